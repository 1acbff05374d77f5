package recording

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"time"
	"unicode/utf8"

	"doorstep/client"
	"doorstep/flow"
	"doorstep/flow/printable"
)

// recordingVersion is the version of the recording format that this program writes.
const recordingVersion = 1

// longLine is from how many bytes on a line is read into memory that is asked for at once, rather than piece by piece,
// each copied into the next; and its body decoded where it lies.
const longLine = 1 << 20

// ErrTruncated is the reason given with a trace whose recording ends in the middle of a line: its writer was killed.
var ErrTruncated = errors.New("the recording breaks off in the middle of an entry: what comes before it is shown")

// headerLine is the first line of a recording.
type headerLine struct {
	Version int `json:"doorstep_recording"`
	flow.Header
}

// entryLine is one entry as recorded. A body is a string when it is UTF-8, otherwise an object with base64, so that its
// bytes come back as they were; and base64 as well where it is large, and escaped would be larger than that. Durations
// are nanoseconds.
type entryLine struct {
	Seq      int           `json:"seq"`
	At       time.Duration `json:"at"`
	Took     time.Duration `json:"took,omitempty"`
	Held     time.Duration `json:"held,omitempty"`
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
	Altered    *alteredLine      `json:"altered,omitempty"`
	Logged     *loggedLine       `json:"logged,omitempty"`

	Authenticated *flow.Authenticated `json:"authenticated,omitempty"`
	Exited        *flow.Exited        `json:"exited,omitempty"`
}

// loggedLine is what a homeserver's log has of an entry that nobody saw.
type loggedLine struct {
	Lines []string `json:"lines"`
	From  int      `json:"from,omitempty"`
	Said  string   `json:"said,omitempty"`
}

// alteredLine is what would have been sent, or made, where somebody changed the step. The request has no Authorization
// signature, as everywhere.
type alteredLine struct {
	By           flow.AlteredBy  `json:"by"`
	Mutation     string          `json:"mutation,omitempty"`
	Server       string          `json:"server,omitempty"`
	Endpoint     client.Endpoint `json:"endpoint,omitempty"`
	Method       string          `json:"method,omitempty"`
	Target       *text           `json:"target,omitempty"`
	Header       []headerField   `json:"header,omitempty"`
	Body         *text           `json:"body,omitempty"`
	Event        *text           `json:"event,omitempty"`
	Sealing      *flow.Sealing   `json:"sealing,omitempty"`
	OwnSignature bool            `json:"own_signature,omitempty"`
	// of an answer
	Status   int           `json:"status,omitempty"`
	Delivery *deliveryLine `json:"delivery,omitempty"`
}

// deliveryLine is how an answer was written instead.
type deliveryLine struct {
	Dropped bool  `json:"dropped,omitempty"`
	Cut     int   `json:"cut,omitempty"`  // bytes of the body
	Over    int64 `json:"over,omitempty"` // nanoseconds
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

// text is a byte string in JSON: a string where it is UTF-8, otherwise {"base64": …}; that as well where it is large
// and escaped would be larger.
type text []byte

func (t text) MarshalJSON() ([]byte, error) {
	if t.isString() {
		return marshal(string(t))
	}
	return json.Marshal(map[string]string{"base64": base64.StdEncoding.EncodeToString(t)})
}

// isString reports whether t is written as a string.
func (t text) isString() bool {
	return utf8.Valid(t) && (len(t) < longLine || printable.Len(t) <= base64.StdEncoding.EncodedLen(len(t)))
}

// marshal is json.Marshal without an escape for every <, > and &, which would make a body of those six times as long.
func marshal(v any) ([]byte, error) {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
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
