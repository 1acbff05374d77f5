package recording

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"doorstep/client"
	"doorstep/flow"
)

// largeAnswer is a body as send_join brings it, of at least so many bytes.
func largeAnswer(size int) []byte {
	var b strings.Builder
	b.WriteString(`{"state":[`)
	for n := 0; b.Len() < size; n++ {
		fmt.Fprintf(&b, `{"auth_events":["$%043d"],"content":{"displayname":"Größe %d","membership":"join"},"depth":%d,`+
			`"hashes":{"sha256":"%043x"},"origin_server_ts":%d,"prev_events":["$%043d"],"room_id":"!r:a.example",`+
			`"sender":"@u%d:a.example","signatures":{"a.example":{"ed25519:1":"%086x"}},"state_key":"@u%d:a.example",`+
			`"type":"m.room.member"},`, n, n, n, n*7919, 1764219600000+n, n+1, n, n*104729, n)
	}
	b.WriteString(`{}]}`)
	return []byte(b.String())
}

// A recording of a large answer is little larger than that: JSON within a string of JSON has its quotes escaped and
// nothing else. Whoever writes it needs little memory beside it, and whoever reads it little beside what comes out.
func TestLargeRecording(t *testing.T) {
	body := largeAnswer(24 << 20)
	trace := flow.Trace{Header: flow.Header{Joining: "you.example", User: "@you:you.example", Target: "!r:a.example",
		Form: flow.FormCurrent}, Entries: []flow.Entry{
		{Seq: 1, Kind: flow.Request, Step: flow.A6, From: flow.Joining, To: flow.Resident, Server: "a.example",
			Request: &client.Request{Endpoint: client.SendJoinV2, Method: "PUT", Target: "/x"}},
		{Seq: 2, Kind: flow.Response, Step: flow.A7, From: flow.Resident, To: flow.Joining, Answers: 1, Server: "a.example",
			Response: &client.Response{Status: 200, Body: body}}}}
	size := uint64(len(body))
	for _, c := range []struct {
		name           string
		ratio          float64 // of the file to the body, at most
		writing, reads uint64  // bytes allocated in all while it is written, and while it is read, at most
	}{{"large.jsonl", 1.15, size / 4, 5 * size / 2}, {"large.jsonl.gz", 0.4, size / 4, 4 * size}} {
		file := filepath.Join(t.TempDir(), c.name)
		wrote := allocated(func() {
			if err := Save(file, trace, false); err != nil {
				t.Fatal(err)
			}
		})
		if wrote > c.writing {
			t.Errorf("%s: %d bytes of memory to write a body of %d", c.name, wrote, size)
		}
		info, err := os.Stat(file)
		if err != nil {
			t.Fatal(err)
		}
		if ratio := float64(info.Size()) / float64(size); ratio > c.ratio {
			t.Errorf("%s: %.2f times as large as the body", c.name, ratio)
		}
		var got flow.Trace
		took := allocated(func() { got, err = Open(file) })
		if err != nil || string(got.Entries[1].Response.Body) != string(body) {
			t.Fatalf("%s: %v, or another body", c.name, err)
		}
		if took > c.reads {
			t.Errorf("%s: %d bytes of memory to read a body of %d", c.name, took, size)
		}
		of := func(n uint64) float64 { return float64(n) / float64(size) }
		t.Logf("%s: %.3f of the body, written with %.2f, read with %.2f", c.name, of(uint64(info.Size())), of(wrote),
			of(took))
	}
}

// allocated is how many bytes of memory do takes in all, those that are free again as well.
func allocated(do func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	do()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}
