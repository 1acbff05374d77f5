package recording

import (
	"bufio"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"
	"unicode/utf8"

	"doorstep/client"
	"doorstep/flow"
)

// recordingVersion is the version of the recording format that this program writes.
const recordingVersion = 1

// Limits on a recording, which may come from anybody.
const (
	maxRecordingLine    = 1 << 30 // bytes: a send_join answer of the largest size accepted, escaped
	maxRecordingEntries = 1 << 20
)

// ErrTruncated is the reason given with a trace whose recording ends in the middle of a line: its writer was killed.
var ErrTruncated = errors.New("the recording breaks off in the middle of an entry: what comes before it is shown")

// headerLine is the first line of a recording.
type headerLine struct {
	Version int `json:"doorstep_recording"`
	flow.Header
}

// entryLine is one entry as recorded. A body is a string when it is UTF-8, otherwise base64 under another key, so that
// its bytes come back as they were. Durations are nanoseconds.
type entryLine struct {
	Seq      int           `json:"seq"`
	At       time.Duration `json:"at"`
	Took     time.Duration `json:"took,omitempty"`
	Kind     flow.Kind     `json:"kind"`
	Step     flow.StepID   `json:"step,omitempty"`
	From     flow.Role     `json:"from,omitempty"`
	To       flow.Role     `json:"to,omitempty"`
	Server   string        `json:"server,omitempty"`
	Inferred bool          `json:"inferred,omitempty"`
	Answers  int           `json:"answers,omitempty"`
	Attempt  int           `json:"attempt,omitempty"`
	Of       int           `json:"of,omitempty"`

	Endpoint client.Endpoint `json:"endpoint,omitempty"`
	Method   string          `json:"method,omitempty"`
	Target   *text           `json:"target,omitempty"`
	Status   int             `json:"status,omitempty"`
	Reason   *text           `json:"reason,omitempty"`
	Header   []headerField   `json:"header,omitempty"`
	Body     *text           `json:"body,omitempty"`
	Excess   int             `json:"excess,omitempty"` // bytes after the announced end of the body, not kept

	Failure    *client.Failure   `json:"failure,omitempty"`
	By         string            `json:"by,omitempty"`
	Connection *connectionLine   `json:"connection,omitempty"`
	Discovery  *client.Discovery `json:"discovery,omitempty"`
	Build      *buildLine        `json:"build,omitempty"`
}

type connectionLine struct {
	Address   string             `json:"address,omitempty"`
	TLS       *client.TLS        `json:"tls,omitempty"`
	Timings   client.Timings     `json:"timings"`
	Unreached []client.Unreached `json:"unreached,omitempty"`
}

type buildLine struct {
	flow.Build
	Event *text `json:"event"`
}

type headerField struct {
	Name  text `json:"name"`
	Value text `json:"value"`
}

// text is a byte string in JSON: a string where it is UTF-8, otherwise {"base64": …}.
type text []byte

func (t text) MarshalJSON() ([]byte, error) {
	if utf8.Valid(t) {
		return json.Marshal(string(t))
	}
	return json.Marshal(map[string]string{"base64": base64.StdEncoding.EncodeToString(t)})
}

func (t *text) UnmarshalJSON(b []byte) error {
	if len(b) > 0 && b[0] == '"' {
		var s string
		if err := json.Unmarshal(b, &s); err != nil {
			return err
		}
		*t = text(s)
		return nil
	}
	var o struct {
		Base64 *[]byte `json:"base64"`
	}
	if err := json.Unmarshal(b, &o); err != nil {
		return err
	}
	if o.Base64 == nil {
		return errors.New("neither a string nor base64")
	}
	*t = *o.Base64
	return nil
}

// textOf gives b as text; nil stays nil, so that no body and an empty body stay apart.
func textOf(b []byte) *text {
	if b == nil {
		return nil
	}
	t := text(b)
	return &t
}

func (t *text) bytes() []byte {
	if t == nil {
		return nil
	}
	if *t == nil {
		return []byte{}
	}
	return *t
}

// A Writer writes a recording, entry by entry, each in one write but for those with a large body: a program that is
// killed loses at most the entry being written.
type Writer struct{ w io.Writer }

// NewWriter writes the header line to w.
func NewWriter(w io.Writer, h flow.Header) (*Writer, error) {
	line, err := json.Marshal(headerLine{recordingVersion, h})
	if err != nil {
		return nil, err
	}
	_, err = w.Write(append(line, '\n'))
	return &Writer{w}, err
}

// Append writes one entry.
func (rw *Writer) Append(e *flow.Entry) error {
	line := []byte(e.Unknown)
	if line == nil {
		l := lineOf(e)
		if l.Body != nil && len(*l.Body) >= longLine {
			return rw.appendLong(l)
		}
		var err error
		if line, err = json.Marshal(l); err != nil {
			return err
		}
	}
	_, err := rw.w.Write(append(line[:len(line):len(line)], '\n'))
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
	l := entryLine{Seq: e.Seq, At: e.At, Took: e.Took, Kind: e.Kind, Step: e.Step, From: e.From, To: e.To,
		Server:   e.Server,
		Inferred: e.Inferred, Answers: e.Answers, Attempt: e.Attempt, Of: e.Of, By: e.By, Failure: e.Failure,
		Discovery: e.Discovery}
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
	return l
}

func fieldLines(fields []client.Field) []headerField {
	var out []headerField
	for _, f := range fields {
		out = append(out, headerField{text(f.Name), text(f.Value)})
	}
	return out
}

// Read reads a recording. With ErrTruncated the trace holds every whole entry; with any other error there is
// none. Entries of a kind this version does not know are kept as they are.
func Read(r io.Reader) (flow.Trace, error) {
	in, err := newReader(r, nil)
	if err != nil {
		return flow.Trace{}, err
	}
	for err == nil {
		err = in.next()
	}
	switch {
	case errors.Is(err, io.EOF):
		return in.trace, nil
	case errors.Is(err, ErrTruncated):
		return in.trace, ErrTruncated
	}
	return flow.Trace{}, err
}

func checkHeader(h flow.Header) error {
	if _, err := client.ParseServerName(h.Joining); err != nil {
		return err
	}
	if _, err := client.ParseUserID(h.User); err != nil {
		return err
	}
	if client.IsAlias(h.Target) {
		if _, err := client.ParseAlias(h.Target); err != nil {
			return err
		}
	} else if _, err := client.ParseRoomID(h.Target); err != nil {
		return err
	}
	if h.Form != flow.Form2015 && h.Form != flow.FormCurrent {
		return fmt.Errorf("form %q is neither 2015 nor current", h.Form)
	}
	return nil
}

var knownKinds = map[flow.Kind]bool{flow.Request: true, flow.Response: true, flow.Failure: true, flow.Local: true}
var knownRoles = map[flow.Role]bool{flow.Client: true, flow.Joining: true, flow.Directory: true, flow.Resident: true}

// entryOf reads the line of the entry that follows those of t. It lets nothing through that the rest of the program
// relies on: order, roles, what belongs to what.
func entryOf(line []byte, t flow.Trace, small *compactor) (flow.Entry, error) {
	l, err := readEntryLine(line)
	small.line(&l)
	if err != nil {
		var kind struct{ Kind flow.Kind }
		if json.Unmarshal(line, &kind) != nil || kind.Kind == "" || knownKinds[kind.Kind] {
			return flow.Entry{}, err
		}
		l = entryLine{Seq: len(t.Entries) + 1, Kind: kind.Kind}
	}
	n := len(t.Entries) + 1
	if l.Kind == "" {
		return flow.Entry{}, errors.New("no kind")
	}
	if l.Seq != n {
		return flow.Entry{}, fmt.Errorf("seq is %d, not %d", l.Seq, n)
	}
	e := flow.Entry{Seq: n, At: l.At, Took: l.Took, Kind: l.Kind, Step: l.Step, From: l.From, To: l.To, Server: l.Server,
		Inferred: l.Inferred,
		Answers:  l.Answers, Attempt: l.Attempt, Of: l.Of, By: l.By, Failure: l.Failure, Discovery: l.Discovery}.Remembering()
	if !knownKinds[l.Kind] {
		return flow.Entry{Seq: n, At: max(l.At, lastAt(t)), Kind: l.Kind, Step: l.Step,
			Unknown: append(json.RawMessage(nil), line...)}, nil
	}
	if !knownRoles[l.From] || !knownRoles[l.To] {
		return flow.Entry{}, fmt.Errorf("roles %q and %q", l.From, l.To)
	}
	if l.At < lastAt(t) || l.Took < 0 {
		return flow.Entry{}, errors.New("its time is before that of the entry before it")
	}
	if l.Connection != nil {
		c := l.Connection
		e.Connection = &client.Connection{Address: c.Address, TLS: c.TLS, Timings: c.Timings, Unreached: c.Unreached}
	}
	switch l.Kind {
	case flow.Request:
		e.Request = &client.Request{Endpoint: l.Endpoint, Method: l.Method, Target: small.text(string(l.Target.bytes())),
			Header: small.fields(l.Header), Body: l.Body.bytes()}
	case flow.Response:
		e.Response = l.response(small)
	case flow.Failure:
		if l.Failure == nil {
			return flow.Entry{}, errors.New("a failure without its reason")
		}
		if l.Status != 0 {
			e.Response = l.response(small)
		}
	}
	if l.Kind == flow.Response || l.Kind == flow.Failure && l.Step != flow.L1 && !e.FailedCall() {
		asked := t.Entry(l.Answers)
		if asked == nil || asked.Kind != flow.Request || flow.ResponseStep[asked.Step] != l.Step {
			return flow.Entry{}, fmt.Errorf("it answers entry %d, which is no request of that kind", l.Answers)
		}
	}
	if l.Build != nil {
		b := l.Build.Build
		b.Event = l.Build.Event.bytes()
		e.Build = &b
	}
	AddFacts(&e)
	return e, nil
}

// response is the answer that a line holds, whole or cut.
func (l *entryLine) response(small *compactor) *client.Response {
	return &client.Response{Status: l.Status, Reason: small.text(string(l.Reason.bytes())), Header: small.fields(l.Header),
		Body: l.Body.bytes(), Excess: l.Excess}
}

func lastAt(t flow.Trace) time.Duration {
	if len(t.Entries) == 0 {
		return 0
	}
	return t.Entries[len(t.Entries)-1].At
}
