package recording

import (
	"bytes"
	"io"
	"runtime"
	"strings"
	"testing"

	"doorstep/client"
	"doorstep/flow"
)

// A line with a large body is written as a short one is, with little memory.
func TestLongLines(t *testing.T) {
	unit := "{\"a\":\"<&>\u2028é\\u0000\"},\n"
	for name, body := range map[string]string{
		"text":   strings.Repeat(unit, 2*longLine/len(unit)) + "é",
		"binary": strings.Repeat("\x1f\x8b\x00\xff", longLine/2),
	} {
		e := flow.Entry{Seq: 7, Kind: flow.Failure, Step: flow.A7, From: flow.Resident, To: flow.Joining, Answers: 6,
			Failure:    &client.Failure{Kind: client.FailedClosed, Message: `said "body":"" and left`},
			Connection: &client.Connection{Timings: client.Timings{Body: 3}},
			Response: &client.Response{Status: 200, Reason: `"body":""`, Body: []byte(body),
				Header: []client.Field{{Name: `,"body":""`, Value: `,"body":""`}}}}
		want, err := marshal(lineOf(&e))
		if err != nil {
			t.Fatal(err)
		}
		var got bytes.Buffer
		got.Grow(len(want) + 1)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		if err := (&Writer{&got}).Append(&e); err != nil {
			t.Fatal(err)
		}
		runtime.ReadMemStats(&after)
		if !bytes.Equal(got.Bytes(), append(want, '\n')) {
			t.Errorf("%s: another line", name)
		}
		if took := after.TotalAlloc - before.TotalAlloc; took > uint64(len(want)) {
			t.Errorf("%s: %d bytes of memory for a line of %d", name, took, len(want))
		}
		if err := (&Writer{full{}}).Append(&e); err == nil {
			t.Errorf("%s: written where there is no room", name)
		}
	}
}

// A line without an end is not read beyond the limit, and takes little more memory than that.
func TestLineWithoutEnd(t *testing.T) {
	const most = 16 << 20
	for name, ahead := range map[string]func() int{"a file": func() int { return 1 << 40 }, "a stream": nil} {
		trace := flow.Trace{Header: flow.Header{Joining: "you.example", User: "@you:you.example", Target: "!r:a.example",
			Form: flow.FormCurrent}, Entries: []flow.Entry{{Seq: 1, Kind: flow.Local, Step: flow.L2, From: flow.Joining,
			To: flow.Joining}}}
		var b bytes.Buffer
		if err := Write(&b, trace); err != nil {
			t.Fatal(err)
		}
		b.WriteString(`{"seq":`)
		in, err := newReader(io.MultiReader(&b, endless{}), ahead)
		if err != nil {
			t.Fatal(err)
		}
		in.most.line = most
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		for err == nil {
			err = in.next()
		}
		runtime.ReadMemStats(&after)
		if took := after.TotalAlloc - before.TotalAlloc; took > 3*most {
			t.Errorf("%s: %d bytes of memory", name, took)
		}
		if err.Error() != "a line of more than 16777216 bytes" || len(in.trace.Entries) != len(trace.Entries) {
			t.Errorf("%s: %v, after %d entries", name, err, len(in.trace.Entries))
		}
	}
}

// endless is a file of blanks.
type endless struct{}

func (endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = ' '
	}
	return len(p), nil
}

// full is a disk without room.
type full struct{}

func (full) Write([]byte) (int, error) { return 0, bytes.ErrTooLarge }
