package har

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"

	"doorstep/flow"
	"doorstep/flow/recording"
)

// A numbered line is that of an entry of a recording, with the exchange that it was part of; nil: it was none.
type numbered struct {
	seq  int
	line json.RawMessage
	part *exchange
}

// own gives back the recording that an archive was made of. The error says what of it is missing or was changed.
func (a *archive) own() (flow.Trace, error) {
	var lines []numbered
	add := func(line json.RawMessage, part *exchange) error {
		var l struct{ Seq int }
		if err := json.Unmarshal(line, &l); err != nil {
			return plainly(err)
		}
		lines = append(lines, numbered{l.Seq, line, part})
		return nil
	}
	for _, line := range a.trace.Lines {
		if err := add(line, nil); err != nil {
			return flow.Trace{}, fmt.Errorf("log._doorstep.lines: %w", err)
		}
	}
	for i := range a.kept {
		x := &a.kept[i]
		if x.own == nil {
			continue
		}
		for _, line := range []json.RawMessage{x.own.Request, x.own.Answer} {
			if line == nil {
				continue
			}
			if err := add(line, x); err != nil {
				return flow.Trace{}, fmt.Errorf("entry %d: _doorstep: %w", x.Place, err)
			}
		}
	}
	slices.SortStableFunc(lines, func(a, b numbered) int { return a.seq - b.seq })
	return restored(a.trace.Header, lines)
}

// restored reads the lines of a recording, and puts back what stands in the fields of the archive.
func restored(header json.RawMessage, lines []numbered) (flow.Trace, error) {
	parts := []io.Reader{bytes.NewReader(oneLine(header))}
	for _, l := range lines {
		parts = append(parts, bytes.NewReader(oneLine(l.line)))
	}
	t, err := recording.Read(io.MultiReader(parts...))
	if err != nil {
		return flow.Trace{}, fmt.Errorf("_doorstep: %w", err)
	}
	if len(t.Entries) != len(lines) {
		return flow.Trace{}, errors.New("_doorstep: entries are missing")
	}
	for i := range t.Entries {
		if x := lines[i].part; x != nil {
			x.restore(&t.Entries[i])
		}
	}
	return t, nil
}

// oneLine gives a JSON value as a line.
func oneLine(v json.RawMessage) []byte {
	var b bytes.Buffer
	if json.Compact(&b, v) != nil { // it was read as JSON, so that it is some
		return append(v, '\n')
	}
	b.WriteByte('\n')
	return b.Bytes()
}

// restore puts back what WithoutRequest and WithoutAnswer took out.
func (x *exchange) restore(e *flow.Entry) {
	if r := e.Request; r != nil {
		if r.Method == "" {
			r.Method = x.Request.Method
		}
		if r.Target == "" {
			r.Target = x.Request.Target
		}
		if r.Header == nil {
			r.Header = x.Request.Header
		}
		if r.Body == nil {
			r.Body = x.Request.Body
		}
	}
	if r := e.Response; r != nil && x.Response != nil {
		r.Body = x.Response.Body
		if r.Reason == "" {
			r.Reason = x.Response.Reason
		}
		if r.Header == nil {
			r.Header = x.Response.Header
		}
	}
}
