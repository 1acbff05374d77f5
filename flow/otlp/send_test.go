package otlp

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"
	collector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	common "go.opentelemetry.io/proto/otlp/common/v1"
	wire "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"

	"doorstep/flow/flowtest"
	"doorstep/flow/recording"
	"doorstep/recordings"
	"doorstep/recordings/mutate"
)

// TestMain keeps the variables of whoever runs the tests away from the SDK.
func TestMain(m *testing.M) {
	for _, v := range os.Environ() {
		if name, _, _ := strings.Cut(v, "="); strings.HasPrefix(name, "OTEL_") {
			os.Unsetenv(name)
		}
	}
	os.Exit(m.Run())
}

// A receiver takes in spans, as a collector does.
type receiver struct {
	collector.UnimplementedTraceServiceServer
	mu       sync.Mutex
	resource []*common.KeyValue
	scope    *common.InstrumentationScope
	spans    []*wire.Span
	requests int
	header   http.Header
	judge    func(proto.Message) // looks at each request, where there is one
}

func (r *receiver) take(request *collector.ExportTraceServiceRequest) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.judge != nil {
		r.judge(request)
	}
	r.requests++
	for _, of := range request.ResourceSpans {
		r.resource = of.Resource.Attributes
		for _, by := range of.ScopeSpans {
			r.scope = by.Scope
			r.spans = append(r.spans, by.Spans...)
		}
	}
}

// Export takes in spans that come by gRPC.
func (r *receiver) Export(_ context.Context, request *collector.ExportTraceServiceRequest) (
	*collector.ExportTraceServiceResponse, error) {
	r.take(request)
	return &collector.ExportTraceServiceResponse{}, nil
}

// ServeHTTP takes in spans that come by HTTP.
func (r *receiver) ServeHTTP(w http.ResponseWriter, q *http.Request) {
	body, err := io.ReadAll(q.Body)
	var request collector.ExportTraceServiceRequest
	if err != nil || q.Method != http.MethodPost || q.URL.Path != tracesPath ||
		q.Header.Get("Content-Type") != "application/x-protobuf" || proto.Unmarshal(body, &request) != nil {
		http.Error(w, "no OTLP", http.StatusBadRequest)
		return
	}
	r.header = q.Header
	r.take(&request)
}

// listen has r take in spans over HTTP.
func listen(t *testing.T, h http.Handler) *Collector {
	t.Helper()
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	return chosen(t, server.URL)
}

func chosen(t *testing.T, url string) *Collector {
	t.Helper()
	c, err := Choose(url, os.Getenv)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// arrived checks that what a receiver took in is what was sent.
func (r *receiver) arrived(t *testing.T, spans []Span) {
	t.Helper()
	if len(r.spans) != len(spans) {
		t.Fatalf("%d spans came, %d were sent", len(r.spans), len(spans))
	}
	kinds := map[trace.SpanKind]wire.Span_SpanKind{trace.SpanKindClient: wire.Span_SPAN_KIND_CLIENT,
		trace.SpanKindServer: wire.Span_SPAN_KIND_SERVER, trace.SpanKindInternal: wire.Span_SPAN_KIND_INTERNAL}
	for i, s := range spans {
		got := r.spans[i]
		parent := ""
		if s.Parent.IsValid() {
			parent = s.Parent.String()
		}
		if hex.EncodeToString(got.TraceId) != s.Trace.String() || hex.EncodeToString(got.SpanId) != s.ID.String() ||
			hex.EncodeToString(got.ParentSpanId) != parent {
			t.Errorf("%s: span %x of trace %x under %x", s.Name, got.SpanId, got.TraceId, got.ParentSpanId)
		}
		if got.Name != s.Name || got.Kind != kinds[s.Kind] || got.StartTimeUnixNano != uint64(s.Start.UnixNano()) ||
			got.EndTimeUnixNano != uint64(s.End.UnixNano()) {
			t.Errorf("%s: %s, %s, from %d to %d", s.Name, got.Name, got.Kind, got.StartTimeUnixNano, got.EndTimeUnixNano)
		}
		if failed := got.Status.GetCode() == wire.Status_STATUS_CODE_ERROR; failed != s.Failed ||
			got.Status.GetMessage() != s.Problem {
			t.Errorf("%s: status %v", s.Name, got.Status)
		}
		if len(got.Attributes) != len(s.Attributes) || len(got.Events) != len(s.Events) ||
			got.DroppedAttributesCount+got.DroppedEventsCount > 0 {
			t.Errorf("%s: %d attributes, %d events", s.Name, len(got.Attributes), len(got.Events))
		}
		for j, e := range s.Events {
			if got.Events[j].Name != e.Name || got.Events[j].TimeUnixNano != uint64(e.At.UnixNano()) ||
				len(got.Events[j].Attributes) != len(e.Attributes) {
				t.Errorf("%s: event %v", s.Name, got.Events[j])
			}
		}
	}
}

func stringOf(attributes []*common.KeyValue, key string) string {
	for _, a := range attributes {
		if a.Key == key {
			return a.Value.GetStringValue()
		}
	}
	return ""
}

// Every span of every embedded recording arrives by HTTP, with everything that it holds.
func TestSendHTTP(t *testing.T) {
	for _, name := range recordings.Names() {
		r := &receiver{}
		spans, _ := spansOf(flowtest.Embedded(t, name))
		if err := listen(t, r).Send(t.Context(), spans, "1.2.3"); err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		r.arrived(t, spans)
		if stringOf(r.resource, "service.name") != "doorstep" || stringOf(r.resource, "service.version") != "1.2.3" ||
			r.scope.Name != "doorstep" || stringOf(r.resource, "telemetry.sdk.language") != "go" {
			t.Errorf("%s: of %v, %v", name, r.resource, r.scope)
		}
	}
}

// listenGRPC has r take in spans over gRPC.
func listenGRPC(t *testing.T, r *receiver) *Collector {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := grpc.NewServer()
	collector.RegisterTraceServiceServer(server, r)
	served := make(chan error, 1)
	go func() { served <- server.Serve(l) }()
	t.Cleanup(func() {
		server.Stop()
		if err := <-served; err != nil {
			t.Error(err)
		}
	})
	t.Setenv(EnvProtocol, string(GRPC))
	return chosen(t, "http://"+l.Addr().String())
}

// Every span arrives by gRPC.
func TestSendGRPC(t *testing.T) {
	r := &receiver{}
	c := listenGRPC(t, r)
	spans, _ := spansOf(flowtest.Embedded(t, "failover"))
	if err := c.Send(t.Context(), spans, "1.2.3"); err != nil {
		t.Fatal(err)
	}
	r.arrived(t, spans)
}

// As JSON the IDs are in hexadecimal, as OTLP has it.
func TestSendJSON(t *testing.T) {
	var body []byte
	t.Setenv(EnvProtocol, string(HTTPJSON))
	c := listen(t, http.HandlerFunc(func(_ http.ResponseWriter, q *http.Request) {
		if q.Header.Get("Content-Type") == "application/json" {
			body, _ = io.ReadAll(q.Body)
		}
	}))
	spans, _ := spansOf(flowtest.Embedded(t, "banned"))
	if err := c.Send(t.Context(), spans, "1.2.3"); err != nil {
		t.Fatal(err)
	}
	var got struct {
		ResourceSpans []struct {
			ScopeSpans []struct {
				Spans []struct{ TraceID, SpanID, Name string }
			}
		}
	}
	if err := json.Unmarshal(body, &got); err != nil || len(got.ResourceSpans) != 1 {
		t.Fatalf("%v: %s", err, body)
	}
	if first := got.ResourceSpans[0].ScopeSpans[0].Spans; len(first) != len(spans) ||
		!strings.EqualFold(first[0].TraceID, spans[0].Trace.String()) ||
		!strings.EqualFold(first[0].SpanID, spans[0].ID.String()) {
		t.Errorf("%+v", first)
	}
}

// The environment adds header fields, names the service otherwise, and says more of the resource.
func TestEnvironment(t *testing.T) {
	t.Setenv("OTEL_EXPORTER_OTLP_HEADERS", "authorization=Basic%20c2VjcmV0")
	t.Setenv("OTEL_SERVICE_NAME", "joins")
	t.Setenv("OTEL_RESOURCE_ATTRIBUTES", "deployment.environment.name=staging,service.name=not-this")
	t.Setenv("OTEL_TRACES_SAMPLER", "always_off")
	r := &receiver{}
	spans, _ := spansOf(flowtest.Embedded(t, "banned"))
	if err := listen(t, r).Send(t.Context(), spans, "1.2.3"); err != nil {
		t.Fatal(err)
	}
	r.arrived(t, spans)
	if got := r.header.Get("Authorization"); got != "Basic c2VjcmV0" {
		t.Errorf("authorization %q", got)
	}
	if stringOf(r.resource, "service.name") != "joins" || stringOf(r.resource, "service.version") != "1.2.3" ||
		stringOf(r.resource, "deployment.environment.name") != "staging" {
		t.Errorf("resource %v", r.resource)
	}
}

// More spans than go out at once arrive all the same.
func TestSendMany(t *testing.T) {
	some, _ := spansOf(flowtest.Embedded(t, "failover"))
	spans := slices.Clone(some)
	for i := len(some); i < 2*atOnce+1; i++ {
		s := some[len(some)-1]
		s.ID = spanID(s.Trace, 1000+i)
		spans = append(spans, s)
	}
	r := &receiver{}
	if err := listen(t, r).Send(t.Context(), spans, ""); err != nil {
		t.Fatal(err)
	}
	r.arrived(t, spans)
	if r.requests != 3 {
		t.Errorf("%d requests", r.requests)
	}
}

// However heavy spans are, they arrive where a message is bounded as gRPC has it, and as few at a time as that takes.
func TestSendHeavy(t *testing.T) {
	some, _ := spansOf(flowtest.Embedded(t, "failover"))
	var spans []Span
	for i := range 200 {
		s := some[len(some)-1]
		s.ID = spanID(s.Trace, 1000+i)
		s.Attributes = nil
		for j := range 20 {
			s.text(attribute.Key("a"+strconv.Itoa(j)), strings.Repeat("\U0001f6aa", longest+1))
		}
		spans = append(spans, s)
	}
	largest, r := 0, &receiver{}
	c := listen(t, http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		body, err := io.ReadAll(q.Body)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
		}
		largest = max(largest, len(body))
		q.Body = io.NopCloser(bytes.NewReader(body))
		r.ServeHTTP(w, q)
	}))
	if err := c.Send(t.Context(), spans, ""); err != nil {
		t.Fatal(err)
	}
	r.arrived(t, spans)
	if largest > 2*heaviest || r.requests > 32 {
		t.Errorf("%d requests, the largest of %d bytes", r.requests, largest)
	}
}

// A collector that refuses, breaks, is not there or says nothing is an error that says so, before long.
func TestSendErrs(t *testing.T) {
	says := func(status int) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "not today", status) })
	}
	hang := make(chan struct{})
	defer close(hang)
	silent := http.HandlerFunc(func(_ http.ResponseWriter, q *http.Request) {
		_, _ = io.Copy(io.Discard, q.Body) // so that the end of the connection is seen
		select {
		case <-hang:
		case <-q.Context().Done():
		}
	})
	gone := httptest.NewServer(silent)
	gone.Close()
	partly := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		answer, _ := proto.Marshal(&collector.ExportTraceServiceResponse{
			PartialSuccess: &collector.ExportTracePartialSuccess{RejectedSpans: 3, ErrorMessage: "too old"}})
		w.Header().Set("Content-Type", "application/x-protobuf")
		_, _ = w.Write(answer)
	})
	breaks := http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) { // in the middle of its answer
		_, _ = io.Copy(io.Discard, q.Body)
		c, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Type: application/x-protobuf\r\nContent-Length: 100\r\n\r\n\x0a")
		c.Close()
	})
	dribbles := http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) { // a byte at a time, without end
		_, _ = io.Copy(io.Discard, q.Body)
		w.Header().Set("Content-Type", "application/x-protobuf")
		for q.Context().Err() == nil {
			if _, err := w.Write([]byte{0x0a}); err != nil || http.NewResponseController(w).Flush() != nil {
				return
			}
			select {
			case <-hang:
				return
			case <-time.After(5 * time.Millisecond):
			}
		}
	})
	spans, _ := spansOf(flowtest.Embedded(t, "banned"))
	before := slices.Clone(spans)
	for name, c := range map[string]struct {
		at   *Collector
		want string
	}{
		"401":     {listen(t, says(401)), "401 Unauthorized"},
		"404":     {listen(t, says(404)), "not today"},
		"503":     {listen(t, says(503)), "no answer within 300ms"},
		"silent":  {listen(t, silent), "no answer within 300ms"},
		"gone":    {chosen(t, gone.URL), "dial tcp "}, // refused, in the words of the system
		"partial": {listen(t, partly), "too old"},

		"400":         {listen(t, says(400)), "400 Bad Request"},
		"500":         {listen(t, says(500)), "500 Internal Server Error"},
		"breaks":      {listen(t, breaks), "EOF"},
		"dribbles":    {listen(t, dribbles), "no answer within 300ms"},
		"hangs up":    {silentAt(t, "http://", true), "/v1/traces\": "}, // EOF, or reset by peer
		"accepts":     {silentAt(t, "http://", false), "no answer within 300ms"},
		"no TLS":      {silentAt(t, "https://", true), "/v1/traces\": "},
		"gRPC, ends":  {overGRPC(silentAt(t, "http://", true)), "no answer within 300ms"},
		"gRPC, mute":  {overGRPC(silentAt(t, "http://", false)), "no answer within 300ms"},
		"gRPC, gone":  {overGRPC(chosen(t, gone.URL)), "no answer within 300ms"},
		"gRPC, HTTP1": {overGRPC(listen(t, says(404))), "no answer within 300ms"},
	} {
		c.at.Patience = 300 * time.Millisecond
		begun := time.Now()
		err := c.at.Send(t.Context(), spans, "")
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %s", name, err, c.want)
		}
		if took := time.Since(begun); took > 3*time.Second {
			t.Errorf("%s: took %s", name, took)
		}
	}
	if !reflect.DeepEqual(spans, before) {
		t.Error("sending changed the spans")
	}
}

// silentAt is a collector that takes connections and says nothing: it ends each, or leaves it.
func silentAt(t *testing.T, scheme string, ends bool) *Collector {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for c, err := l.Accept(); err == nil; c, err = l.Accept() {
			t.Cleanup(func() { c.Close() })
			if ends {
				c.Close()
			}
		}
	}()
	return chosen(t, scheme+l.Addr().String())
}

func overGRPC(c *Collector) *Collector {
	c.Protocol = GRPC
	return c
}

// Whatever stands in a recording, its spans can be sent, and arrive as they are.
func TestSendMutants(t *testing.T) {
	r := &receiver{}
	c, read := listen(t, r), 0
	for _, name := range []string{"failover", "invite", "banned"} {
		for mutant := range mutate.All(flowtest.EmbeddedBytes(t, name), 40) {
			h, err := recording.Read(bytes.NewReader(mutant))
			if err != nil || len(h.Entries) == 0 {
				continue
			}
			read++
			r.spans = nil
			spans, _ := spansOf(h)
			if err := c.Send(t.Context(), spans, "1.2.3"); err != nil {
				t.Fatalf("%v, of\n%s", err, mutant)
			}
			if len(r.spans) != len(spans) {
				t.Errorf("%d spans came, %d were sent, of\n%s", len(r.spans), len(spans), mutant)
			}
		}
	}
	if read < 20 {
		t.Errorf("only %d recordings could be read", read)
	}
}
