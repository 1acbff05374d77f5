package recording

import (
	"bytes"
	"encoding/json"
	"runtime"
	"strings"
	"testing"

	"doorstep/client"
	"doorstep/flow"
)

// A line with a large body is written as encoding/json writes it, with little memory.
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
		want, err := json.Marshal(lineOf(&e))
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
		if took := after.TotalAlloc - before.TotalAlloc; took > 4*uint64(len(want)) {
			t.Errorf("%s: %d bytes of memory for a line of %d", name, took, len(want))
		}
		if err := (&Writer{full{}}).Append(&e); err == nil {
			t.Errorf("%s: written where there is no room", name)
		}
	}
}

// full is a disk without room.
type full struct{}

func (full) Write([]byte) (int, error) { return 0, bytes.ErrTooLarge }
