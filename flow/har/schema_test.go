package har_test

import (
	"bytes"
	"encoding/json"
	"math"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"doorstep/client"
	"doorstep/flow"
	"doorstep/flow/flowtest"
	"doorstep/flow/har"
	"doorstep/flow/redact"
	"doorstep/recordings"
)

func harSchema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	file, err := os.ReadFile("testdata/har-1.2.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	if err := c.AddResource("har.json", doc); err != nil {
		t.Fatal(err)
	}
	return c.MustCompile("har.json")
}

// valid checks an archive: by the schema, and that its times add up and its entries are in order.
func valid(t *testing.T, schema *jsonschema.Schema, file []byte) har.File {
	t.Helper()
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	if err := schema.Validate(v); err != nil {
		t.Fatal(err)
	}
	var f har.File
	if err := json.Unmarshal(file, &f); err != nil {
		t.Fatal(err)
	}
	var before time.Time
	for i, e := range f.Log.Entries {
		x := e.Timings
		sum := max(x.Blocked, 0) + max(x.Connect, 0) + x.Send + x.Wait + x.Receive
		if math.Abs(sum-e.Time) > 0.001 || x.SSL > x.Connect {
			t.Errorf("entry %d: %v ms, and its parts are %+v", i, e.Time, x)
		}
		start, err := time.Parse(time.RFC3339, e.StartedDateTime)
		if err != nil || start.Before(before) {
			t.Errorf("entry %d: %s is before %s, %v", i, e.StartedDateTime, before, err)
		}
		before = start
		if e.Response.Status == 0 && e.Response.Error == "" {
			t.Errorf("entry %d: no response, and no reason", i)
		}
		query := url.Values{}
		for _, p := range e.Request.QueryString {
			query.Add(p.Name, p.Value)
		}
		if u, err := url.Parse(e.Request.URL); err != nil || u.Query().Encode() != query.Encode() {
			t.Errorf("entry %d: %v, the query of %s is %v", i, err, e.Request.URL, query)
		}
	}
	return f
}

// Every recording makes a valid archive, redacted or not, with one entry for every request.
func TestArchivesAreValid(t *testing.T) {
	schema := harSchema(t)
	failed := 0
	for _, name := range recordings.Names() {
		t.Run(name, func(t *testing.T) {
			trace := flowtest.Embedded(t, name)
			for _, trace := range []flow.Trace{trace, redact.Trace(trace, "doorstep test")} {
				f := valid(t, schema, archived(t, trace))
				requests := 0
				for _, e := range trace.Entries {
					if e.Kind == flow.Request {
						requests++
					}
				}
				if len(f.Log.Entries) != requests {
					t.Errorf("%d entries, and %d requests", len(f.Log.Entries), requests)
				}
				for _, e := range f.Log.Entries {
					if e.Response.Status == 0 {
						failed++
					}
				}
			}
		})
	}
	if failed == 0 {
		t.Error("no exchange failed")
	}
}

// Whatever a trace holds, the archive is valid and gives it back: bytes that are no text, requests nobody answered,
// entries of unknown kinds, targets that are none.
func TestOddTraces(t *testing.T) {
	trace := flowtest.Embedded(t, "failover")
	entries := append([]flow.Entry(nil), trace.Entries...)
	for i := range entries {
		e := &entries[i]
		if r := e.Request; r != nil {
			odd := *r
			odd.Header = append([]client.Field{{Name: "X-\xff", Value: "\x00\x1b[31m"}, {Name: ":path", Value: "/"}},
				r.Header...)
			odd.Body = []byte("\xff\x00")
			if i%2 == 0 {
				odd.Target = "/a b\"<\x01>#\xff"
			}
			e.Request = &odd
		}
		if r := e.Response; r != nil {
			odd := *r
			odd.Reason, odd.Body = "\xfe", []byte("\xff{}")
			odd.Header = []client.Field{{Name: "Content-Type", Value: "\xff"}, {Name: "Location", Value: "x\xff"}}
			e.Response = &odd
		}
	}
	n := len(entries)
	entries = append(entries,
		flow.Entry{Seq: n + 1, At: entries[n-1].At, Kind: "dream", Step: "Z9",
			Unknown: json.RawMessage(`{"seq":` + jsonOf(n+1) + `,"kind":"dream","step":"Z9","at":1}`)},
		flow.Entry{Seq: n + 2, At: entries[n-1].At, Kind: flow.Request, Step: flow.R, From: flow.Joining, To: flow.Resident,
			Server: "no server name", Request: &client.Request{Method: "GET", Target: "*"}})
	trace.Entries = entries
	file := archived(t, trace)
	valid(t, harSchema(t), file)
	want, got := strings.Join(lines(t, trace), "\n"), strings.Join(lines(t, imported(t, file)), "\n")
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func jsonOf(v any) string {
	b, _ := json.Marshal(v) // of a number it never errs
	return string(b)
}
