package jaeger

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"

	"doorstep/flow"
	"doorstep/flow/export"
	"doorstep/flow/flowtest"
	"doorstep/flow/otlp"
	"doorstep/flow/recording"
)

// program is Doorstep, built by TestMain.
var program string

// TestMain builds the program, and keeps the variables of whoever runs the tests away from it.
func TestMain(m *testing.M) {
	os.Exit(func() int {
		dir, err := os.MkdirTemp("", "")
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		defer os.RemoveAll(dir)
		program = filepath.Join(dir, "doorstep")
		build := exec.Command("go", "build", "-buildvcs=false", "-o", program, ".")
		build.Dir = "../../../.."
		if out, err := build.CombinedOutput(); err != nil {
			fmt.Fprintf(os.Stderr, "go build: %v\n%s", err, out)
			return 1
		}
		for _, v := range os.Environ() {
			if name, _, _ := strings.Cut(v, "="); strings.HasPrefix(name, "OTEL_") {
				os.Unsetenv(name)
			}
		}
		return m.Run()
	}())
}

// A stored trace is one as Jaeger's interface is given it.
type stored struct {
	TraceID   string
	Spans     []span
	Processes map[string]struct{ ServiceName string }
	Warnings  []string
}

// A span is one of them; times are in microseconds.
type span struct {
	SpanID, OperationName, ProcessID string
	References                       []struct{ RefType, TraceID, SpanID string }
	StartTime, Duration              int64
	Tags                             []field
	Logs                             []struct {
		Timestamp int64
		Fields    []field
	}
	Warnings []string
}

type field struct {
	Key   string
	Value any
}

// values gives fields by their keys, as texts.
func values(fields []field) map[string]string {
	by := map[string]string{}
	for _, f := range fields {
		by[f.Key] = fmt.Sprint(f.Value)
	}
	return by
}

// Every kind of handshake comes out of Jaeger as it went in, found by the service that was named, in one trace: sent
// by replay, by export and by a run as it happens, in every protocol.
func TestJaeger(t *testing.T) {
	at := run(t)
	for _, c := range []struct {
		name, protocol string
		args           []string // %: the file of a recording
		code           int
		fetches        int // of our key, that were seen
	}{
		{"synapse-v12", "http/protobuf", []string{"replay", "synapse-v12", "--json"}, 0, 0},
		{"dendrite-not-invited", "grpc", []string{"replay", "dendrite-not-invited", "--json"}, 1, 1},
		{"failover", "http/json", []string{"export", "failover"}, 0, 2},
		{"", "grpc", []string{"sandbox", "public-v12", "--json", "--record", "%"}, 0, 2},
	} {
		t.Run(strings.Join(c.args[:2], " "), func(t *testing.T) {
			service := fmt.Sprintf("doorstep-%d", time.Now().UnixNano())
			file := filepath.Join(t.TempDir(), "run.jsonl")
			for i := range c.args {
				c.args[i] = strings.ReplaceAll(c.args[i], "%", file)
			}
			send(t, at, c.protocol, service, c.code, c.args)
			h := handshake(t, c.name, file)
			s := flow.Fold(h)
			r := export.NewReport(h, s, export.ReportOptions{})
			want := otlp.Spans(h, s, r)
			got := at.find(t, service, len(want))
			one(t, got, service, want)
			for _, w := range want {
				same(t, got, w)
			}
			at.sameInV3(t, want)
			holds(t, want, h, c.fetches)
		})
	}
}

// send has the program send a handshake.
func send(t *testing.T, at server, protocol, service string, code int, args []string) {
	t.Helper()
	where := at.http
	if protocol == "grpc" {
		where = at.grpc
	}
	ctx, done := context.WithTimeout(t.Context(), time.Minute)
	defer done()
	cmd := exec.CommandContext(ctx, program, append(args, "--otlp", where)...)
	cmd.Env = append(os.Environ(), otlp.EnvProtocol+"="+protocol, "OTEL_SERVICE_NAME="+service)
	var said strings.Builder
	cmd.Stderr = &said
	var exit *exec.ExitError
	if err := cmd.Run(); err != nil && !errors.As(err, &exit) || cmd.ProcessState.ExitCode() != code {
		t.Fatalf("%v: %v, want exit code %d: %s", args, err, code, said.String())
	}
	if !strings.Contains(said.String(), "sent to "+where) {
		t.Fatalf("%v: %s", args, said.String())
	}
}

// handshake reads an embedded recording, or the one in the file.
func handshake(t *testing.T, name, file string) flow.Trace {
	t.Helper()
	if name != "" {
		return flowtest.Embedded(t, name)
	}
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	h, err := recording.Read(f)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// get asks Jaeger.
func (s server) get(t *testing.T, path string, into any) (status int) {
	t.Helper()
	response, err := http.Get(s.query + path)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err == nil && response.StatusCode == http.StatusOK {
		err = json.Unmarshal(body, into)
	}
	if err != nil {
		t.Fatalf("%s: %v, %s", path, err, body)
	}
	return response.StatusCode
}

// find waits until the traces of a service have that many spans: the collector takes them in before it stores them.
func (s server) find(t *testing.T, service string, spans int) stored {
	t.Helper()
	var answer struct{ Data []stored }
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		answer.Data = nil // start and end: recordings are older than what is looked through otherwise
		s.get(t, "/api/traces?limit=20&start=1&end="+fmt.Sprint(time.Now().Add(time.Hour).UnixMicro())+
			"&service="+url.QueryEscape(service), &answer)
		if len(answer.Data) == 1 && len(answer.Data[0].Spans) >= spans {
			return answer.Data[0]
		}
	}
	t.Fatalf("%d traces of %s: %.2000v; want one with %d spans", len(answer.Data), service, answer.Data, spans)
	return stored{}
}

// one checks that a trace is whole: the service, the IDs, and nothing that Jaeger warns of.
func one(t *testing.T, got stored, service string, want []otlp.Span) {
	t.Helper()
	if got.TraceID != want[0].Trace.String() || len(got.Spans) != len(want) || len(got.Warnings) > 0 {
		t.Errorf("trace %s with %d spans, %v; want %s with %d", got.TraceID, len(got.Spans), got.Warnings, want[0].Trace,
			len(want))
	}
	for _, s := range got.Spans {
		if of := got.Processes[s.ProcessID].ServiceName; of != service || len(s.Warnings) > 0 {
			t.Errorf("%s: of %s, %v", s.OperationName, of, s.Warnings)
		}
	}
}

// same checks a span of Jaeger's: its parent, its times, its kind, whether it is an error, attributes and findings.
func same(t *testing.T, in stored, want otlp.Span) {
	t.Helper()
	for _, got := range in.Spans {
		if got.SpanID != want.ID.String() {
			continue
		}
		parent := ""
		for _, r := range got.References {
			if r.RefType != "CHILD_OF" || r.TraceID != want.Trace.String() {
				t.Errorf("%s: %+v", want.Name, r)
			}
			parent = r.SpanID
		}
		if want.Parent.IsValid() != (parent != "") || parent != "" && parent != want.Parent.String() {
			t.Errorf("%s: under %s, want %s", want.Name, parent, want.Parent)
		}
		if got.OperationName != want.Name || got.StartTime != want.Start.UnixMicro() ||
			got.Duration != want.End.Sub(want.Start).Microseconds() {
			t.Errorf("%s: %s at %d for %d µs; want %d, %s", want.Name, got.OperationName, got.StartTime, got.Duration,
				want.Start.UnixMicro(), want.End.Sub(want.Start))
		}
		tags := values(got.Tags)
		if tags["span.kind"] != want.Kind.String() || (tags["error"] == "true") != want.Failed ||
			tags["otel.status_description"] != want.Problem {
			t.Errorf("%s: %v; want %s, failed %v: %s", want.Name, tags, want.Kind, want.Failed, want.Problem)
		}
		for _, a := range want.Attributes {
			alike(t, want.Name, tags, a)
		}
		if len(got.Logs) != len(want.Events) {
			t.Errorf("%s: %d findings, want %d", want.Name, len(got.Logs), len(want.Events))
			return
		}
		for i, e := range want.Events {
			said := values(got.Logs[i].Fields)
			if said["event"] != e.Name || got.Logs[i].Timestamp != e.At.UnixMicro() {
				t.Errorf("%s: %v at %d", want.Name, said, got.Logs[i].Timestamp)
			}
			for _, a := range e.Attributes {
				alike(t, want.Name, said, a)
			}
		}
		return
	}
	t.Errorf("no span %s, %s", want.ID, want.Name)
}

// alike checks one attribute; of lists Jaeger makes JSON.
func alike(t *testing.T, name string, tags map[string]string, want attribute.KeyValue) {
	t.Helper()
	text := want.Value.String()
	switch want.Value.Type() {
	case attribute.STRINGSLICE, attribute.INT64SLICE:
		text = fmt.Sprint(want.Value.AsInterface())
		var list []any
		if err := json.Unmarshal([]byte(tags[string(want.Key)]), &list); err != nil || fmt.Sprint(list) != text {
			t.Errorf("%s: %s is %s, want %s", name, want.Key, tags[string(want.Key)], text)
		}
	default:
		if got, ok := tags[string(want.Key)]; !ok || got != text {
			t.Errorf("%s: %s is %q, want %q", name, want.Key, got, text)
		}
	}
}

// sameInV3 checks times to the nanosecond, by the API that gives the trace back as OTLP.
func (s server) sameInV3(t *testing.T, want []otlp.Span) {
	t.Helper()
	var answer struct {
		Result struct {
			ResourceSpans []struct {
				ScopeSpans []struct {
					Scope struct{ Name string }
					Spans []struct {
						SpanID, StartTimeUnixNano, EndTimeUnixNano string
					}
				}
			}
		}
	}
	if status := s.get(t, "/api/v3/traces/"+want[0].Trace.String(), &answer); status != http.StatusOK {
		t.Fatalf("status %d", status)
	}
	at := map[string]string{}
	for _, of := range answer.Result.ResourceSpans {
		for _, by := range of.ScopeSpans {
			for _, span := range by.Spans {
				at[strings.ToLower(span.SpanID)] = by.Scope.Name + " " + span.StartTimeUnixNano + " " + span.EndTimeUnixNano
			}
		}
	}
	for _, w := range want {
		text := fmt.Sprintf("doorstep %d %d", w.Start.UnixNano(), w.End.UnixNano())
		if got := at[w.ID.String()]; got != text {
			t.Errorf("%s: %s, want %s", w.Name, got, text)
		}
	}
}

// holds checks that what was sent is the whole handshake: a span of an exchange for each request, one for each piece of
// local work, discovery among it, and one for each time that a server asked for our key, under the request of ours that
// made it ask.
func holds(t *testing.T, spans []otlp.Span, h flow.Trace, fetches int) {
	t.Helper()
	want, got, kinds := map[trace.SpanKind]int{}, map[trace.SpanKind]int{}, map[trace.SpanID]trace.SpanKind{}
	for i := range h.Entries {
		switch e := &h.Entries[i]; {
		case e.Kind == flow.Local:
			want[trace.SpanKindInternal]++
		case e.Kind == flow.Request && e.From == flow.Joining:
			want[trace.SpanKindClient]++
		case e.Kind == flow.Request:
			want[trace.SpanKindServer]++
		}
	}
	resolved, fetched := 0, 0
	for _, s := range spans {
		kinds[s.ID] = s.Kind
		got[s.Kind]++
		if s.Name == "resolve" {
			resolved++
		}
		if s.Kind == trace.SpanKindServer && s.Name == "GET key/server" && kinds[s.Parent] == trace.SpanKindClient {
			fetched++
		}
	}
	if fmt.Sprint(got) != fmt.Sprint(want) || resolved == 0 || fetched != fetches {
		t.Errorf("%v, %d of discovery, %d of our key; want %v, %d", got, resolved, fetched, want, fetches)
	}
}
