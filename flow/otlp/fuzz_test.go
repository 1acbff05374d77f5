package otlp

import (
	"bytes"
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"

	"doorstep/flow"
	"doorstep/flow/recording"
	"doorstep/recordings/mutate"
)

// aShortJoin is a recording in which nobody could be asked for long.
const aShortJoin = `{"doorstep_recording":1,"created":"2026-01-01T00:00:00Z","joining":"j.test","user_id":"@a:j.test","target":"!r:r.test","form":"current"}
{"seq":1,"kind":"request","step":"A1","from":"client","to":"joining","endpoint":"join","method":"POST","target":"/x?access_token="}
{"seq":2,"at":1,"kind":"request","step":"A4","from":"joining","to":"resident","server":"r.test","endpoint":"make_join","method":"GET","target":"/x?ver=1"}
{"seq":3,"at":2,"kind":"request","step":"R","from":"resident","to":"joining","endpoint":"key/server","method":"GET","target":"/_matrix/key/v2/server"}
{"seq":4,"at":3,"kind":"failure","step":"A5","from":"resident","to":"joining","answers":2,"took":2,"failure":{"kind":"timeout","message":"no answer"}}
{"seq":5,"at":4,"kind":"local","step":"R","from":"joining","to":"joining","server":"r.test","discovery":{"server":"r.test","steps":[]}}
`

// FuzzSpans: whatever the reader accepts becomes a trace in order: one root that every span is under, each ID
// its own, every text UTF-8, no secret of a query, and the same again from the same recording.
func FuzzSpans(f *testing.F) {
	for seed := range uint64(4) {
		f.Add([]byte(aShortJoin), seed)
	}
	f.Fuzz(func(t *testing.T, file []byte, seed uint64) {
		if seed > 0 {
			file = mutate.One(file, seed)
		}
		h, err := recording.Read(bytes.NewReader(file))
		if err != nil && !errors.Is(err, recording.ErrTruncated) || len(h.Entries) > 20 {
			return
		}
		spans, r := spansOf(h)
		if (len(spans) == 0) != (len(h.Entries) == 0) || len(spans) > 3*len(h.Entries)+1 {
			t.Fatalf("%d spans of %d entries", len(spans), len(h.Entries))
		}
		if again := Spans(h, flow.Fold(h), r); !reflect.DeepEqual(spans, again) {
			t.Error("the same trace has other spans the second time")
		}
		under := map[trace.SpanID]trace.SpanID{}
		for _, s := range spans {
			if _, twice := under[s.ID]; twice || !s.ID.IsValid() {
				t.Errorf("%s: ID %s", s.Name, s.ID)
			}
			under[s.ID] = s.Parent
		}
		for _, s := range spans {
			top, depth := s.ID, 0
			for ; under[top].IsValid() && depth <= len(spans); depth++ {
				top = under[top]
			}
			if s.Trace != spans[0].Trace || top != spans[0].ID {
				t.Errorf("%s: ID %s is under %s, and not the handshake's", s.Name, s.ID, s.Parent)
			}
			if s.End.Before(s.Start) || !utf8.ValidString(s.Name+s.Problem) || s.Failed != (s.Problem != "") {
				t.Errorf("%+v", s)
			}
			lists := [][]attribute.KeyValue{s.Attributes}
			for _, e := range s.Events {
				lists = append(lists, e.Attributes)
				if e.At == (time.Time{}) && !h.Header.Created.IsZero() {
					t.Errorf("%s is at no time", e.Name)
				}
			}
			for _, list := range lists {
				seen := map[attribute.Key]bool{}
				for _, a := range list {
					text := a.Value.String()
					if seen[a.Key] || !utf8.ValidString(text) || strings.ContainsAny(text, "\x1b\x00") {
						t.Errorf("%s: %s is %q", s.Name, a.Key, text)
					}
					seen[a.Key] = true
				}
			}
		}
	})
}

// FuzzChoose: whatever the environment names, a collector is one that can be asked, or an error of one line.
func FuzzChoose(f *testing.F) {
	f.Add("", "http://127.0.0.1:4318", "", "http/protobuf", "")
	f.Add("127.0.0.1:4317", "", "", "grpc", "")
	f.Add("", "", "https://[::1]:4318/x?y#z", "", "otlp")
	f.Add("", "", "http://user:secret_word@a.example", "http/json", "")
	f.Fuzz(func(t *testing.T, given, all, traces, protocol, exporter string) {
		c, err := Choose(given, func(name string) string {
			return map[string]string{EnvEndpoint: all, EnvTracesEndpoint: traces, EnvProtocol: protocol, EnvExporter: exporter}[name]
		})
		switch {
		case err != nil:
			if c != nil || strings.ContainsAny(err.Error(), "\n\x1b") {
				t.Errorf("%+v, %q", c, err)
			}
		case c == nil:
			if given != "" {
				t.Errorf("%q names nobody", given)
			}
		case c.URL == "" || c.Protocol == "" || strings.ContainsAny(c.URL, "\n\x1b "):
			t.Errorf("%+v", c)
		}
	})
}
