package har

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"doorstep/flow/flowtest"
)

const (
	begins = `{"log":{"version":"1.2","creator":{"name":"x","version":"1"},"entries":[`
	ends   = `]}}`
	make1  = `{"startedDateTime":"2026-11-26T05:06:02.5Z","time":3,"request":{"method":"GET","url":` +
		`"https://a.example/_matrix/federation/v1/make_join/!r:a.example/@u:b.example?ver=12","headers":[]}`
	good = make1 + `,"response":{"status":200,"content":{"text":"{}"}}}`
)

// What is wrong is said, with its place.
func TestBadArchives(t *testing.T) {
	deep := strings.Repeat("[", 20_000) + strings.Repeat("]", 20_000)
	for name, c := range map[string]struct{ file, want string }{
		"empty":        {"", "the file, before byte 1: the file ends here"},
		"no JSON":      {"<html>", "the file, before byte 1: invalid character '<'"},
		"a list":       {"[]", "there has to be an object"},
		"log a list":   {`{"log":[]}`, "log, before byte 9: there has to be an object"},
		"entries":      {`{"log":{"entries":{}}}`, "log.entries, before byte 20: there has to be a list"},
		"cut":          {begins + good, "log.entries, before byte"},
		"cut inside":   {begins + good[:50], "entry 1, before byte 73: the file ends here"},
		"nested":       {begins + good + "," + deep + ends, "entry 2, before byte"},
		"nested aside": {`{"x":` + deep + `}`, "exceeded max depth"},
		"creator":      {`{"log":{"creator":3,"entries":[]}}`, "log.creator, before byte 20: it is a JSON number"},
		"no object":    {begins + `17` + ends, "entry 1: it is a JSON number"},
		"request":      {begins + `{"request":"/_matrix/"}` + ends, "entry 1: request is a JSON string"},
		"no date": {begins + strings.Replace(good, "2026-11-26T05:06:02.5Z", "now\\u001b[31m", 1) + ends,
			"entry 1: startedDateTime"},
		"year": {begins + strings.Replace(good, "2026-", "0001-", 1) + ends, "the year is 1"},
		"time": {begins + strings.Replace(good, `"time":3`, `"time":"3"`, 1) + ends,
			"entry 1: time is a JSON string"},
		"status":       {begins + strings.Replace(good, "200", "20.5", 1) + ends, "response.status is 20.5"},
		"large status": {begins + strings.Replace(good, "200", "1e300", 1) + ends, "which is no status"},
		"headers":      {begins + strings.Replace(good, `"headers":[]`, `"headers":{}`, 1) + ends, "is a JSON object"},
		"encoding": {begins + strings.Replace(good, `"text":"{}"`, `"text":"{}","encoding":"rot13"`, 1) + ends,
			`encoding "rot13"`},
		"base64": {begins + strings.Replace(good, `"text":"{}"`, `"text":"?","encoding":"base64"`, 1) + ends,
			"no base64"},
		"nothing in it": {begins + ends, "no handshake is in it: there are 0 exchanges"},
		"others in it":  {begins + `{"request":{"method":"GET","url":"https://x/"}},{}` + ends, "there are 2 exchanges"},
		"no names": {begins + strings.Replace(good, "!r:a.example/@u:b.example", "..%2f..%2fx/%00", 1) + ends,
			"no handshake is in it"},
		"trailing comma": {begins + good + "," + ends, "entry 2, before byte"},
	} {
		t.Run(name, func(t *testing.T) {
			a, err := Read(strings.NewReader(c.file))
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Fatalf("%v, not %q", err, c.want)
			}
			if a != nil || len(err.Error()) > 500 {
				t.Errorf("%d bytes of error, %v", len(err.Error()), a)
			}
		})
	}
}

// What is too large is refused before it is in memory.
func TestLimits(t *testing.T) {
	l := limits{file: 10_000, entry: 2000, kept: 3000, entryElements: 100, elements: 150}
	header := strings.Replace(good, `"headers":[]`, `"headers":[`+strings.Repeat("{},", 60)+`{}]`, 1)
	long := strings.Replace(good, `"{}"`, `"`+strings.Repeat("x", 3000)+`"`, 1)
	for name, c := range map[string]struct{ file, want string }{
		"entry":       {begins + good + "," + long + ends, "longer than 2000 bytes"},
		"other entry": {begins + `{"_x":"` + strings.Repeat("x", 3000) + `"}` + ends, "longer than 2000 bytes"},
		"aside":       {`{"x":"` + strings.Repeat("x", 3000) + `"}`, "longer than 2000 bytes"},
		"kept": {begins + strings.Repeat(good+",", 20) + good + ends,
			"the limit is 1048576 exchanges with 3000 bytes"},
		"elements": {begins + strings.Replace(header, "{},", "{},{},", 60) + ends,
			"entry 1: its lists have 121 elements, and the limit is 100"},
		"all elements": {begins + header + "," + header + "," + header + ends,
			"entry 3: up to here lists have 183 elements, and the limit is 150"},
		"elements of ours": {`{"log":{"_doorstep":{"lines":[` + strings.Repeat("0,", 100) + `0]}}}`,
			"its lists have 101 elements"},
		"file": {begins + strings.Repeat(`{"_x":"`+strings.Repeat("x", 500)+`"},`, 30) + `{}` + ends,
			"over the limit of its size"},
	} {
		_, err := readWithin(strings.NewReader(c.file), l)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, not %q", name, err, c.want)
		}
	}
	if _, err := readWithin(strings.NewReader(begins+good+ends), l); err != nil {
		t.Error(err)
	}
}

// smallest is an archive with the smallest entry of a file alone that is of a join.
func smallest(t testing.TB, name string) []byte {
	file, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	var a struct {
		Log struct {
			Creator json.RawMessage
			Entries []json.RawMessage
		}
	}
	if err := json.Unmarshal(file, &a); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	var least []byte
	for _, raw := range a.Log.Entries {
		var b bytes.Buffer
		if err := json.Compact(&b, raw); err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(raw, []byte("make_join")) && (least == nil || b.Len() < len(least)) {
			least = b.Bytes()
		}
	}
	return fmt.Appendf(nil, `{"log":{"creator":%s,"entries":[%s]}}`, a.Log.Creator, least)
}

// Whatever the archive, reading it ends, without a panic, and a trace that comes out is a recording.
func FuzzRead(f *testing.F) {
	f.Add([]byte(begins + good + ends))
	f.Add([]byte(begins + make1 + `},` + strings.Replace(good, "/make_join/", "/send_join/", 1) + ends))
	f.Add([]byte(begins + `{"_doorstep":{"request":{"seq":1}}}` +
		`],"_doorstep":{"header":{"doorstep_recording":1},"lines":[{}]}}}`))
	files, err := filepath.Glob("testdata/*.har")
	if err != nil || len(files) < 2 {
		f.Fatalf("%d files, %v", len(files), err)
	}
	for _, name := range files {
		f.Add(smallest(f, name))
	}
	f.Fuzz(func(t *testing.T, file []byte) {
		a, err := readWithin(bytes.NewReader(file), limits{file: 1 << 20, entry: 1 << 18, kept: 1 << 20,
			entryElements: 1 << 12, elements: 1 << 14})
		if err != nil {
			if a != nil {
				t.Error("an archive, and an error")
			}
			return
		}
		if len(a.Handshakes) == 0 {
			t.Error("no handshake, and no error")
		}
		for n := range a.Handshakes[:min(len(a.Handshakes), 5)] {
			trace, err := a.Trace(n+1, "doorstep test")
			if err != nil {
				t.Fatal(err)
			}
			flowtest.Records(t, trace)
		}
	})
}
