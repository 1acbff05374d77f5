package export

import (
	"cmp"
	"io"

	"doorstep/flow"
	"doorstep/flow/printable"
	"doorstep/flow/recording"
)

// A Reader takes in a handshake, as it happens or as it was recorded: every entry in order, then the end. Each form a
// trace can be written in is one.
type Reader interface {
	// Entry takes in e, the last entry of t.
	Entry(t flow.Trace, e *flow.Entry) error
	// End takes in that nothing more comes: t is whole, s is the state it leads to, and r is the report of it.
	End(t flow.Trace, s flow.State, r Report) error
}

// Read has reader take in a whole trace.
func Read(reader Reader, t flow.Trace, s flow.State, r Report) error {
	for n := range t.Entries {
		if err := reader.Entry(t.Prefix(n+1), &t.Entries[n]); err != nil {
			return err
		}
	}
	return reader.End(t, s, r)
}

// JSON returns a Reader that writes the report, one JSON object, to w once the handshake is over.
func JSON(w io.Writer) Reader { return jsonReader{w} }

type jsonReader struct{ w io.Writer }

func (j jsonReader) Entry(flow.Trace, *flow.Entry) error { return nil }

func (j jsonReader) End(_ flow.Trace, _ flow.State, r Report) error { return printable.Write(j.w, r) }

// NDJSON returns a Reader that writes a JSON object a line to w: {"doorstep":1,"step":…} for every entry as it comes,
// and {"doorstep":1,"result":…}, the report without its steps, at the end.
func NDJSON(w io.Writer) Reader { return ndjsonReader{w} }

type ndjsonReader struct{ w io.Writer }

func (n ndjsonReader) Entry(t flow.Trace, e *flow.Entry) error {
	return printable.Write(n.w, struct {
		Doorstep int      `json:"doorstep"`
		Step     StepJSON `json:"step"`
	}{1, NewStepJSON(t, e)})
}

func (n ndjsonReader) End(_ flow.Trace, _ flow.State, r Report) error {
	r.Steps = nil
	return printable.Write(n.w, struct {
		Doorstep int    `json:"doorstep"`
		Result   Report `json:"result"`
	}{1, r})
}

// A Recorder is a Reader that writes a recording to a file. Close completes it; what came before is kept also where the
// handshake never ends.
type Recorder struct {
	w     *recording.Writer
	close func() error
	err   error // the first that came up
}

// Record creates the file of a recording, which must not exist unless force is set.
func Record(name string, h flow.Header, force bool) (*Recorder, error) {
	w, done, err := recording.Create(name, h, force)
	if err != nil {
		return nil, err
	}
	return &Recorder{w: w, close: done}, nil
}

// Entry appends an entry to the file. After an error it does nothing more.
func (r *Recorder) Entry(_ flow.Trace, e *flow.Entry) error {
	if r.err == nil {
		r.err = r.w.Append(e)
	}
	return r.err
}

// End does nothing: a recording holds evidence only.
func (r *Recorder) End(flow.Trace, flow.State, Report) error { return nil }

// Close completes the file, once, and returns the first error there was in writing it. A nil Recorder has nothing to
// complete.
func (r *Recorder) Close() error {
	if r == nil {
		return nil
	}
	if r.close != nil {
		closed := r.close() // of gzip it is the first error once more
		r.err = cmp.Or(r.err, closed)
		r.close = nil
	}
	return r.err
}
