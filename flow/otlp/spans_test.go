package otlp

import (
	"bytes"
	"fmt"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.opentelemetry.io/otel/attribute"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"

	"doorstep/client"
	"doorstep/flow"
	"doorstep/flow/export"
	"doorstep/flow/flowtest"
	"doorstep/flow/recording"
	"doorstep/flow/redact"
	"doorstep/flow/response"
	"doorstep/recordings"
)

// spansOf gives the spans of a trace and its report.
func spansOf(t flow.Trace) ([]Span, export.Report) {
	s := flow.Fold(t)
	r := export.NewReport(t, s, export.ReportOptions{})
	return Spans(t, s, r), r
}

// Every embedded recording is a trace in order: one root, every parent there, the IDs its own, the times those of the
// recording, and a span for everything that happened.
func TestEveryRecording(t *testing.T) {
	seen := map[trace.TraceID]string{}
	for _, name := range recordings.Names() {
		t.Run(name, func(t *testing.T) {
			h := flowtest.Embedded(t, name)
			spans, r := spansOf(h)
			if other, ok := seen[spans[0].Trace]; ok {
				t.Errorf("the same trace as %s", other)
			}
			seen[spans[0].Trace] = name
			inOrder(t, spans, h)
			complete(t, spans, h)
			for i := range spans {
				conventional(t, &spans[i], h)
			}
			told(t, spans, r)
		})
	}
}

// inOrder checks IDs, parents and times.
func inOrder(t *testing.T, spans []Span, h flow.Trace) {
	t.Helper()
	at := map[trace.SpanID]Span{}
	for _, s := range spans {
		if _, twice := at[s.ID]; twice || !s.ID.IsValid() {
			t.Errorf("%s: ID %s", s.Name, s.ID)
		}
		at[s.ID] = s
	}
	last := h.Header.Created.Add(h.Entries[len(h.Entries)-1].At)
	for i, s := range spans {
		if !s.Trace.IsValid() || s.Trace != spans[0].Trace {
			t.Errorf("%s: trace %s", s.Name, s.Trace)
		}
		parent, known := at[s.Parent]
		if root := i == 0; root == s.Parent.IsValid() || root == known {
			t.Errorf("%s: parent %s", s.Name, s.Parent)
		}
		if !s.End.After(s.Start) || s.Start.Before(h.Header.Created) || s.End.After(last.Add(brief)) {
			t.Errorf("%s: from %s to %s", s.Name, s.Start, s.End)
		}
		if known && parent.Kind == trace.SpanKindClient && (s.Start.Before(parent.Start) || s.Start.After(parent.End)) {
			t.Errorf("%s came when %s, which it is under, was not open", s.Name, parent.Name)
		}
	}
}

// complete checks that every entry has its span, of the right kind and with the times that it tells.
func complete(t *testing.T, spans []Span, h flow.Trace) {
	t.Helper()
	of := map[int64]Span{}
	for _, s := range spans[1:] {
		of[value(s, attrEntry).AsInt64()] = s
	}
	for _, e := range h.Entries {
		want := trace.SpanKindUnspecified
		switch {
		case e.Kind == flow.Local:
			want = trace.SpanKindInternal
		case e.Kind == flow.Request && e.From == flow.Joining:
			want = trace.SpanKindClient
		case e.Kind == flow.Request && e.From != flow.Client, e.FailedCall():
			want = trace.SpanKindServer
		}
		s, ok := of[int64(e.Seq)]
		if ok != (want != trace.SpanKindUnspecified) || s.Kind != want {
			t.Errorf("entry %d, %s %s: span of kind %s, want %s", e.Seq, e.Kind, e.Step, s.Kind, want)
			continue
		}
		if e.Kind == flow.Local && (s.End.Sub(s.Start) != max(e.Took, brief) ||
			!s.Start.Equal(h.Header.Created.Add(e.At-e.Took))) {
			t.Errorf("entry %d: took %s, ended at %s", e.Seq, s.End.Sub(s.Start), s.End)
		}
		if a := h.Answer(e.Seq); ok && a != nil && (s.End.Sub(s.Start) < a.Took ||
			!s.End.Equal(h.Header.Created.Add(a.At))) {
			t.Errorf("entry %d: took %s, ended at %s", e.Seq, s.End.Sub(s.Start), s.End)
		}
		delete(of, int64(e.Seq))
	}
	if len(of) != 0 {
		t.Errorf("spans of no entry: %v", of)
	}
}

// conventional checks a span against the conventions for HTTP, and for attributes at large.
func conventional(t *testing.T, s *Span, h flow.Trace) {
	t.Helper()
	seen := map[attribute.Key]bool{}
	for _, a := range s.Attributes {
		if seen[a.Key] {
			t.Errorf("%s: %s stands twice", s.Name, a.Key)
		}
		seen[a.Key] = true
		if text := a.Value.String(); strings.Contains(text, "X-Matrix") || strings.Contains(text, "Bearer") {
			t.Errorf("%s: %s is %s", s.Name, a.Key, text)
		}
	}
	if s.Failed != seen[errorType] || s.Failed != (s.Problem != "") {
		t.Errorf("%s: failed is %v, error.type is there: %v, %q", s.Name, s.Failed, seen[errorType], s.Problem)
	}
	status := value(*s, semconv.HTTPResponseStatusCodeKey).AsInt64()
	if least := map[trace.SpanKind]int64{trace.SpanKindClient: 300, trace.SpanKindServer: 500}[s.Kind]; least > 0 &&
		status >= least && !s.Failed && s.Parent.IsValid() {
		t.Errorf("%s: %d is no error", s.Name, status)
	}
	request := h.Entry(int(value(*s, attrEntry).AsInt64()))
	if s.Kind != trace.SpanKindInternal && !strings.HasPrefix(s.Name, "call ") &&
		(!seen[semconv.HTTPRequestMethodKey] || !seen[attrEndpoint]) {
		t.Errorf("%s: no method", s.Name)
	}
	if s.Kind == trace.SpanKindServer && request != nil && request.Request != nil &&
		(!seen[semconv.URLPathKey] || !seen[semconv.URLSchemeKey]) {
		t.Errorf("%s: no path", s.Name)
	}
	if s.Kind == trace.SpanKindClient {
		whole(t, s, request)
	}
}

// whole checks that the URL of a request can be read, and says what the other attributes say.
func whole(t *testing.T, s *Span, e *flow.Entry) {
	t.Helper()
	text := value(*s, semconv.URLFullKey).AsString()
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "https" || u.User != nil {
		t.Errorf("%s: %s, %v", s.Name, text, err)
		return
	}
	if host := value(*s, semconv.ServerAddressKey).AsString(); host != u.Hostname() {
		t.Errorf("%s: server.address %s, of %s", s.Name, host, text)
	}
	if port := value(*s, semconv.ServerPortKey).String(); port != u.Port() {
		t.Errorf("%s: server.port %s, of %s", s.Name, port, text)
	}
	if !strings.HasSuffix(text, e.Request.Target) {
		t.Errorf("%s: %s asks not for %s", s.Name, text, e.Request.Target)
	}
}

// told checks that every finding is told once, where its evidence is, and that the root says how it ended.
func told(t *testing.T, spans []Span, r export.Report) {
	t.Helper()
	var ids, want []string
	for _, s := range spans {
		for _, e := range s.Events {
			ids = append(ids, eventValue(e, attrFindingID).AsString())
			if e.Name != eventFinding || e.At.Before(s.Start) {
				t.Errorf("%s: %s at %s", s.Name, e.Name, e.At)
			}
		}
	}
	for _, f := range r.Findings {
		want = append(want, f.ID)
	}
	if got := value(spans[0], attrFindings).AsStringSlice(); !slices.Equal(got, want) {
		t.Errorf("findings %v, want %v", got, want)
	}
	slices.Sort(ids)
	slices.Sort(want)
	if !slices.Equal(ids, want) {
		t.Errorf("findings in events: %v, want %v", ids, want)
	}
	if got := value(spans[0], attrOutcome).AsString(); got != string(r.Outcome) || spans[0].Failed != (r.ExitCode != 0) {
		t.Errorf("outcome %s, failed %v; want %s, exit code %d", got, spans[0].Failed, r.Outcome, r.ExitCode)
	}
	if got := value(spans[0], attrPass).AsInt64(); got != int64(r.Counts.Checks.Pass) {
		t.Errorf("%d checks passed, want %d", got, r.Counts.Checks.Pass)
	}
}

func value(s Span, key attribute.Key) attribute.Value {
	for _, a := range s.Attributes {
		if a.Key == key {
			return a.Value
		}
	}
	return attribute.Value{}
}

func eventValue(e Event, key attribute.Key) attribute.Value {
	return value(Span{Attributes: e.Attributes}, key)
}

// tree draws spans as a tree: kind, name, what went wrong, findings.
func tree(spans []Span) string {
	var b strings.Builder
	var draw func(parent trace.SpanID, depth int)
	draw = func(parent trace.SpanID, depth int) {
		for _, s := range spans {
			if s.Parent != parent {
				continue
			}
			fmt.Fprintf(&b, "%s%s %s", strings.Repeat("  ", depth), s.Kind, s.Name)
			if server := value(s, attrServer).AsString(); server != "" {
				fmt.Fprintf(&b, " @%s", server)
			}
			if s.Failed {
				fmt.Fprintf(&b, " [%s: %s]", value(s, errorType).AsString(), s.Problem)
			}
			for _, e := range s.Events {
				fmt.Fprintf(&b, " !%s", eventValue(e, attrFindingID).AsString())
			}
			b.WriteByte('\n')
			draw(s.ID, depth+1)
		}
	}
	draw(trace.SpanID{}, 0)
	return b.String()
}

// Two handshakes as trees: the servers fetch our key while they are busy with a request of ours, a dead candidate is an
// error and the join is none, a refusal makes it one.
func TestTrees(t *testing.T) {
	for name, want := range map[string]string{
		"failover": `server remote join
  internal resolve @directory.example
  client GET query/directory @directory.example
    server GET key/server @directory.example
  internal resolve @gone.example
  client GET make_join @gone.example [connect: connection refused while connecting]
  internal resolve @resident.example
  client GET make_join @resident.example
    server GET key/server @resident.example
  internal build join
  client PUT send_join @resident.example
  internal resolve @other.example
  client GET key/server @resident.example
  client GET key/server @other.example
  client GET key/server @directory.example
  internal verify
`,
		"banned": `server remote join [refused: the resident server refuses the join: 403 M_FORBIDDEN: ` +
			`@you:joining.example is banned from the room; 1 other candidate not asked]
  internal resolve @directory.example
  client GET query/directory @directory.example
    server GET key/server @directory.example
  internal resolve @resident.example
  client GET make_join @resident.example [403: 403 M_FORBIDDEN: @you:joining.example is banned from the room] !banned
    server GET key/server @resident.example
`,
	} {
		spans, _ := spansOf(flowtest.Embedded(t, name))
		if diff := cmp.Diff(want, tree(spans)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// However far a handshake has got, its spans are in order; what has no answer yet is an error.
func TestInterrupted(t *testing.T) {
	for _, name := range []string{"public-v12", "failover", "invite", "banned"} {
		h := flowtest.Embedded(t, name)
		for n := 1; n <= len(h.Entries); n++ {
			part := h.Prefix(n)
			spans, _ := spansOf(part)
			inOrder(t, spans, part)
			open := 0
			for _, s := range spans[1:] {
				if value(s, errorType).AsString() == "no_answer" {
					open++
				}
			}
			answers, want := part.Answers(), 0
			for _, e := range part.Entries {
				if e.Kind == flow.Request && e.From != flow.Client && answers[e.Seq] == nil {
					want++
				}
			}
			if open != want {
				t.Errorf("%s, %d entries: %d spans without an answer, want %d", name, n, open, want)
			}
		}
	}
	if spans, _ := spansOf(flow.Trace{}); spans != nil {
		t.Errorf("a trace without entries has spans: %v", spans)
	}
}

// A trace, the recording of it, and the same read again are one trace, with the same spans; a recording that is
// redacted is another.
func TestSameTrace(t *testing.T) {
	h := flowtest.Embedded(t, "failover")
	h.Header.Created = h.Header.Created.Add(123456789 * time.Nanosecond).In(time.FixedZone("", 7200))
	first, _ := spansOf(h)
	again, _ := spansOf(h)
	if !reflect.DeepEqual(first, again) {
		t.Error("the spans are not the same the second time")
	}
	var file bytes.Buffer
	if err := recording.Write(&file, h); err != nil {
		t.Fatal(err)
	}
	read, err := recording.Read(&file)
	if err != nil {
		t.Fatal(err)
	}
	recorded, _ := spansOf(read)
	if len(recorded) != len(first) {
		t.Fatalf("%d spans of the recording, want %d", len(recorded), len(first))
	}
	for i := range first {
		if first[i].Trace != recorded[i].Trace || first[i].ID != recorded[i].ID || !first[i].Start.Equal(recorded[i].Start) {
			t.Errorf("%s is another span in the recording", first[i].Name)
		}
	}
	redacted, _ := spansOf(redact.Trace(h, "test"))
	if redacted[0].Trace == first[0].Trace {
		t.Error("the redacted trace has the same ID")
	}
}

// No name of a handshake is in the spans of it redacted, and its findings are.
func TestRedacted(t *testing.T) {
	for _, name := range []string{"synapse-banned", "synapse-v12", "dendrite-invited-v12", "failover"} {
		h := flowtest.Embedded(t, name)
		plain, r := spansOf(h)
		spans, _ := spansOf(redact.Trace(h, "test"))
		names := []string{h.Header.User, h.Header.Target, h.Header.Joining, r.RoomID, r.EventID}
		for _, s := range plain {
			names = append(names, value(s, attrServer).AsString(), value(s, semconv.ServerAddressKey).AsString())
		}
		text := fmt.Sprintf("%+v", spans)
		for _, n := range names {
			if n != "" && strings.Contains(text, n) {
				t.Errorf("%s: %s is in the redacted spans", name, n)
			}
		}
		if !value(spans[0], attrRedacted).AsBool() || !slices.Equal(value(spans[0], attrFindings).AsStringSlice(),
			value(plain[0], attrFindings).AsStringSlice()) {
			t.Errorf("%s: %v", name, spans[0].Attributes)
		}
	}
}

// A server may say what it likes: what is sent is UTF-8, bounded, and holds nothing that controls a terminal.
func TestHostileTexts(t *testing.T) {
	h := flowtest.Embedded(t, "banned")
	for i := range h.Entries {
		if e := &h.Entries[i]; e.Response != nil && !response.Succeeds(e.Response) {
			e.Response = &client.Response{Status: 403,
				Body: []byte(`{"errcode":"M_\u001b[31m","error":"` + strings.Repeat("\u202e\xff", 5000) + `"}`)}
			*e = e.Remembering()
		}
	}
	spans, _ := spansOf(h)
	refused := false
	for _, s := range spans {
		for _, text := range append([]string{s.Problem}, emitted(s)...) {
			if len([]rune(text)) > longest || strings.ContainsAny(text, "\x1b\u202e") || strings.ToValidUTF8(text, "") != text {
				t.Errorf("%s: %.80q", s.Name, text)
			}
		}
		refused = refused || value(s, errorType).AsString() == "403" && value(s, attrErrcode).AsString() == "M_\uFFFD[31m"
	}
	if !refused {
		t.Errorf("no span of the refusal: %s", tree(spans))
	}
}

// A list may be as long as it likes: what is sent of it is bounded, and what is left out is counted.
func TestLongLists(t *testing.T) {
	d := &client.Discovery{Steps: make([]client.DiscoveryStep, most+7)}
	for i := range d.Steps {
		d.Steps[i].Result = strings.Repeat("é\xff", 5000)
	}
	var s Span
	s.discovery(d)
	got := value(s, attrLookups).AsStringSlice()
	if len(got) != most+1 || got[most] != "… and 7 more" || len([]rune(got[0])) > longest {
		t.Errorf("%d of them, the last %.80q", len(got), got[len(got)-1])
	}
}

// What TLS showed stands with every exchange that it was seen of, a certificate that was refused among it.
func TestSecured(t *testing.T) {
	ends := time.Date(2026, 11, 27, 5, 11, 43, 0, time.FixedZone("", 3600))
	c := &client.Connection{TLS: &client.TLS{Version: "TLS 1.3", CipherSuite: "TLS_AES_128_GCM_SHA256",
		Certificates: []client.Certificate{{Subject: "CN=a", Issuer: "CN=b", NotAfter: ends, SHA256: "0a1b"}}}}
	var s Span
	s.secured(c)
	for key, want := range map[attribute.Key]string{"tls.protocol.name": "tls", "tls.protocol.version": "1.3",
		"tls.cipher": "TLS_AES_128_GCM_SHA256", "tls.server.subject": "CN=a", "tls.server.issuer": "CN=b",
		"tls.server.not_after": "2026-11-27T04:11:43Z", "tls.server.hash.sha256": "0A1B"} {
		if got := value(s, key).AsString(); got != want {
			t.Errorf("%s is %q, want %q", key, got, want)
		}
	}
	seen := 0
	for _, name := range recordings.Names() {
		h := flowtest.Embedded(t, name)
		spans, _ := spansOf(h)
		for _, s := range spans {
			e := h.Answer(int(value(s, attrEntry).AsInt64()))
			if s.Kind != trace.SpanKindClient || e == nil || e.Connection == nil || e.Connection.TLS == nil ||
				len(e.Connection.TLS.Certificates) == 0 {
				continue
			}
			seen++
			if got := value(s, semconv.TLSServerSubjectKey).AsString(); got != legible(e.Connection.TLS.Certificates[0].Subject) {
				t.Errorf("%s, %s: %q", name, s.Name, got)
			}
		}
	}
	if seen == 0 {
		t.Error("no recording has a certificate")
	}
}

func emitted(s Span) (texts []string) {
	for _, a := range s.Attributes {
		if a.Value.Type() == attribute.STRING {
			texts = append(texts, a.Value.AsString())
		}
	}
	return texts
}

// A token that stands in a query goes nowhere; what a client put into its own is not sent at all.
func TestTokens(t *testing.T) {
	for in, want := range map[string]string{
		"/a":                                "/a",
		"/a?ver=1&ver=2":                    "/a?ver=1&ver=2",
		"/a?access_token=secret&ver=1":      "/a?access_token=REDACTED&ver=1",
		"/a?%61ccess_token=secret":          "/a?%61ccess_token=REDACTED",
		"/a?ver=1&SIG=secret&token":         "/a?ver=1&SIG=REDACTED&token=REDACTED",
		"/a?room_alias=%23access_token%3Db": "/a?room_alias=%23access_token%3Db",
	} {
		if got := withoutTokens(in); got != want {
			t.Errorf("%s: %s, want %s", in, got, want)
		}
	}
	h := flowtest.Embedded(t, "public-v12")
	q := *h.Entries[0].Request
	q.Target += "?access_token=secret"
	h.Entries[0].Request = &q
	if spans, _ := spansOf(h); strings.Contains(fmt.Sprint(spans), "secret") {
		t.Error("the client's token is in its span")
	}
}

// Where a request went is what its Host says, with the port that was found for it where that names none.
func TestDestinations(t *testing.T) {
	for _, c := range []struct {
		host, address, url, server string
		port                       int64
	}{
		{"matrix.example:8449", "192.0.2.1:8449", "https://matrix.example:8449/x", "matrix.example", 8449},
		{"matrix.example", "192.0.2.1:443", "https://matrix.example:443/x", "matrix.example", 443},
		{"[2001:db8::1]:8448", "[2001:db8::1]:8448", "https://[2001:db8::1]:8448/x", "2001:db8::1", 8448},
		{"[2001:db8::1]", "", "https://[2001:db8::1]/x", "2001:db8::1", 0},
		{"matrix.example", "", "https://matrix.example/x", "matrix.example", 0},
	} {
		e := &flow.Entry{Server: "example", Request: &client.Request{Target: "/x",
			Header: []client.Field{{Name: "host", Value: c.host}}}}
		var answer *flow.Entry
		if c.address != "" {
			answer = &flow.Entry{Connection: &client.Connection{Address: c.address}}
		}
		var s Span
		s.destination((&mapping{}).reached(e, answer), e.Request)
		if got := value(s, semconv.URLFullKey).AsString(); got != c.url {
			t.Errorf("%s at %s: %s, want %s", c.host, c.address, got, c.url)
		}
		if got := value(s, semconv.ServerAddressKey).AsString(); got != c.server {
			t.Errorf("%s at %s: %s, want %s", c.host, c.address, got, c.server)
		}
		if got := value(s, semconv.ServerPortKey).AsInt64(); got != c.port {
			t.Errorf("%s at %s: port %d, want %d", c.host, c.address, got, c.port)
		}
	}
}
