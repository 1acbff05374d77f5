package export

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"io"
	"runtime"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"doorstep/client"
	"doorstep/flow"
	"doorstep/flow/har"
	"doorstep/flow/printable"
)

// answering is a trace of requests with an answer each, of those bodies.
func answering(bodies ...[]byte) flow.Trace {
	t := flow.Trace{}
	for _, b := range bodies {
		n := len(t.Entries)
		t.Entries = append(t.Entries,
			flow.Entry{Seq: n + 1, Kind: flow.Request, Step: flow.A6, From: flow.Joining, To: flow.Resident, Server: "a.example",
				Request: &client.Request{Method: "PUT", Target: "/x", Header: []client.Field{}}},
			flow.Entry{Seq: n + 2, Kind: flow.Response, Step: flow.A7, From: flow.Resident, To: flow.Joining, Answers: n + 1,
				Server: "a.example", Response: &client.Response{Status: 200, Header: []client.Field{}, Body: b}})
	}
	return t
}

// A long body is written piece by piece, and comes to the bytes that it would come to as one text: whatever is escaped,
// wherever the pieces end, and whatever else the archive holds.
func TestLongBodies(t *testing.T) {
	long := func(s string) []byte { return []byte(strings.Repeat(s, 3*longBody/len(s)+1)) }
	for name, bodies := range map[string][][]byte{
		"ascii":    {long(`{"a":"b<&>\\\""}` + "\n\x7f\x01")},
		"letters":  {long("aä漢😀"), long("ä")},
		"marks":    {long("e\u0301\u0301\u0301\u0301\u0301\u0301"), long("\u0301")},
		"controls": {long("a\u202e\u2028\u200b\ufeff\u0085")},
		"no utf-8": {long("\xff\xfe"), long("a\xc3")},
		"with short": {[]byte("short"), long("x"), nil, []byte(""), []byte("\xff"), long("yz"), []byte(long("q")[:longBody]),
			[]byte(long("q")[:longBody-1])},
	} {
		trace := answering(bodies...)
		var got bytes.Buffer
		if err := HAR(&got).End(trace, flow.State{}, Report{}); err != nil {
			t.Fatal(err)
		}
		f, _, err := archive(trace)
		if err != nil {
			t.Fatal(err)
		}
		for i, b := range bodies {
			text := string(b)
			if !utf8.Valid(b) {
				text = base64.StdEncoding.EncodeToString(b)
			}
			if b != nil {
				f.Log.Entries[i].Response.Content.Text = &text
			}
		}
		var want bytes.Buffer
		if err := printable.Write(&want, f); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got.Bytes(), want.Bytes()) {
			t.Errorf("%s: %d bytes, not the %d of one text", name, got.Len(), want.Len())
		}
		var back har.File
		if err := json.Unmarshal(got.Bytes(), &back); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Writing an archive takes little memory beside the trace, however long a body is.
func TestLongBodiesTakeLittleMemory(t *testing.T) {
	body := bytes.Repeat([]byte(`{"type":"m.room.member","content":{"displayname":"<ä>"}},`), 16<<20/58)
	trace := answering(body)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	counted := &counter{}
	if err := HAR(counted).End(trace, flow.State{}, Report{}); err != nil {
		t.Fatal(err)
	}
	runtime.ReadMemStats(&after)
	if counted.n < len(body) {
		t.Errorf("%d bytes were written", counted.n)
	}
	if counted.most > 4*longBody {
		t.Errorf("%d bytes at once", counted.most)
	}
	t.Logf("%d bytes allocated in all for a body of %d", after.TotalAlloc-before.TotalAlloc, len(body))
	if used := after.TotalAlloc - before.TotalAlloc; used > uint64(len(body))/4 { // all together
		t.Errorf("%d bytes allocated", used)
	}
}

// A counter counts what is written, and the most at once.
type counter struct{ n, most int }

func (c *counter) Write(p []byte) (int, error) {
	c.n, c.most = c.n+len(p), max(c.most, len(p))
	return len(p), nil
}

var _ io.Writer = (*counter)(nil)

// No body makes an archive much longer than base64 would, and all of them come back.
func TestBodiesThatSwell(t *testing.T) {
	const size = 2 << 20
	for _, unit := range []string{"<", `"`, "\x01", "\x7f", "\u202e", "\u0301", "\xff", `{"a":"b"},`} {
		want := []byte(strings.Repeat(unit, size/len(unit)))
		trace := answering(want)
		trace.Header = flow.Header{Joining: "you.example", User: "@you:you.example", Target: "!r:a.example",
			Form: flow.FormCurrent, Tool: "doorstep test", Created: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)}
		var b bytes.Buffer
		if err := HAR(&b).End(trace, flow.State{}, Report{}); err != nil {
			t.Fatal(err)
		}
		if b.Len() > size*4/3+8192 {
			t.Errorf("%q: %d bytes for a body of %d", unit, b.Len(), size)
		}
		capture, err := har.Read(&b)
		if err != nil {
			t.Fatalf("%q: %v", unit, err)
		}
		got, err := capture.Trace(1, "doorstep test")
		if err != nil || len(got.Entries) != 2 || !bytes.Equal(got.Entries[1].Response.Body, want) {
			t.Errorf("%q: %v, or another body", unit, err)
		}
	}
}
