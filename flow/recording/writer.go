package recording

import (
	"bufio"
	"bytes"
	"cmp"
	"compress/gzip"
	"encoding/base64"
	"io"
	"strings"
	"unicode/utf8"

	"doorstep/client"
	"doorstep/flow"
	"doorstep/flow/printable"
	"doorstep/flow/safely"
)

// A Writer writes a recording, entry by entry, each in one write but for those with a large body: a program that is
// killed loses at most the entry being written.
type Writer struct{ w io.Writer }

// NewWriter writes the header line to w.
func NewWriter(w io.Writer, h flow.Header) (*Writer, error) {
	line, err := HeaderJSON(h)
	if err != nil {
		return nil, err
	}
	_, err = w.Write(append(line, '\n'))
	return &Writer{w}, err
}

// Append writes one entry.
func (rw *Writer) Append(e *flow.Entry) error {
	if e.Unknown == nil {
		if l := lineOf(e); l.Body != nil && len(*l.Body) >= longLine {
			return rw.appendLong(l)
		}
	}
	line, err := EntryJSON(e)
	if err != nil {
		return err
	}
	_, err = rw.w.Write(append(line[:len(line):len(line)], '\n'))
	return err
}

// Write writes a whole trace.
func Write(w io.Writer, t flow.Trace) error {
	b := bufio.NewWriter(w)
	rw, err := NewWriter(b, t.Header)
	if err != nil {
		return err
	}
	for i := range t.Entries {
		if err := rw.Append(&t.Entries[i]); err != nil {
			return err
		}
	}
	return b.Flush()
}

func lineOf(e *flow.Entry) entryLine {
	l := entryLine{Seq: e.Seq, At: e.At, Took: e.Took, Held: e.Held, Kind: e.Kind, Step: e.Step, From: e.From, To: e.To,
		Server:   e.Server,
		Inferred: e.Inferred, Answers: e.Answers, Attempt: e.Attempt, Of: e.Of, By: e.By, Failure: e.Failure,
		Discovery: e.Discovery, Authenticated: e.Authenticated, Exited: e.Exited}
	if r := e.Request; r != nil {
		l.Endpoint, l.Method, l.Target = r.Endpoint, r.Method, textOf([]byte(r.Target))
		l.Header, l.Body = fieldLines(r.Header), textOf(r.Body)
	}
	if r := e.Response; r != nil {
		l.Status, l.Reason, l.Header, l.Body = r.Status, textOf([]byte(r.Reason)), fieldLines(r.Header), textOf(r.Body)
		l.Excess = r.Excess
	}
	if c := e.Connection; c != nil {
		l.Connection = &connectionLine{c.Address, c.TLS, c.Timings, c.Unreached}
	}
	if e.Build != nil {
		l.Build = &buildLine{*e.Build, textOf(e.Build.Event)}
	}
	l.Altered = alteredLineOf(e.Altered)
	l.Logged = loggedLineOf(e)
	return l
}

func fieldLines(fields []client.Field) []headerField {
	var out []headerField
	for _, f := range fields {
		out = append(out, headerField{text(f.Name), text(f.Value)})
	}
	return out
}

// appendLong writes a line piece by piece, so that its body is not copied as a whole. The bytes are those that
// it would have if it were written at once.
func (rw *Writer) appendLong(l entryLine) error {
	body := *l.Body
	l.Body = &text{}
	line, err := lineJSON(l)
	if err != nil {
		return err
	}
	// Within a string the quotes would be escaped, and no other body is a string.
	before, after, _ := bytes.Cut(line, []byte(`"body":""`))
	out := bufio.NewWriterSize(rw.w, longLine)
	out.Write(before)
	out.WriteString(`"body":`)
	if err := writeText(out, body); err != nil {
		return err
	}
	out.Write(after)
	out.WriteByte('\n')
	return out.Flush() // gives the first error of those before
}

// textPiece is how much of a text is escaped at a time.
const textPiece = 64 << 10

// writeText writes a text as its MarshalJSON gives it.
func writeText(out *bufio.Writer, t text) error {
	if !t.isString() {
		out.WriteString(`{"base64":"`)
		encoder := base64.NewEncoder(base64.StdEncoding, out)
		_, err := encoder.Write(t)
		encoder.Close() // gives the same error
		out.WriteString(`"}`)
		return err
	}
	out.WriteByte('"')
	piece := make([]byte, 0, 2*textPiece)
	for len(t) > 0 {
		end := min(textPiece, len(t))
		for end < len(t) && t[end-1] >= utf8.RuneSelf { // what is escaped is never split
			end++
		}
		piece = printable.AppendText(piece[:0], t[:end])
		if _, err := out.Write(piece); err != nil {
			return err
		}
		t = t[end:]
	}
	return out.WriteByte('"')
}

// Save writes a whole trace to a file, or nothing: gzip, modes and errors are those of Create.
func Save(name string, t flow.Trace, force bool) error {
	return safely.Write(name, safely.Options{Mode: safely.Private, Force: force}, func(w io.Writer) error {
		return WriteAs(w, name, t)
	})
}

// WriteAs writes a trace as it stands in a file of that name: as gzip where that ends in .gz.
func WriteAs(w io.Writer, name string, t flow.Trace) error {
	if !strings.HasSuffix(name, ".gz") {
		return Write(w, t)
	}
	z := gzip.NewWriter(w)
	return cmp.Or(Write(z, t), z.Close()) // which gives the same error again
}
