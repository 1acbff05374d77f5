package interop

import (
	"context"
	"encoding/hex"
	"os"
	"strings"
	"testing"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/confmap"
	"go.opentelemetry.io/collector/consumer/consumertest"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/collector/receiver/otlpreceiver"
	"go.opentelemetry.io/collector/receiver/receivertest"
	"go.opentelemetry.io/otel/trace"

	"doorstep/client/freeport"
	"doorstep/flow"
	"doorstep/flow/export"
	"doorstep/flow/flowtest"
	"doorstep/flow/otlp"
	"doorstep/recordings"
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

// collect runs the receiver of the collector, with a place to look at what it took in.
func collect(t *testing.T) (overGRPC, overHTTP string, taken *consumertest.TracesSink) {
	t.Helper()
	overGRPC, overHTTP, taken = freeport.Address(t), freeport.Address(t), &consumertest.TracesSink{}
	factory := otlpreceiver.NewFactory()
	config := factory.CreateDefaultConfig()
	if err := confmap.NewFromStringMap(map[string]any{"protocols": map[string]any{
		"grpc": map[string]any{"endpoint": overGRPC}, "http": map[string]any{"endpoint": overHTTP}},
	}).Unmarshal(config); err != nil {
		t.Fatal(err)
	}
	r, err := factory.CreateTraces(t.Context(), receivertest.NewNopSettings(factory.Type()), config, taken)
	if err != nil {
		t.Fatal(err)
	}
	start(t, r)
	return overGRPC, overHTTP, taken
}

func start(t *testing.T, c component.Component) {
	t.Helper()
	if err := c.Start(t.Context(), componenttest.NewNopHost()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Shutdown(context.WithoutCancel(t.Context())); err != nil { // it is over by now
			t.Error(err)
		}
	})
}

// Whatever the protocol, the collector has every span of every embedded recording as it was sent.
func TestCollector(t *testing.T) {
	overGRPC, overHTTP, taken := collect(t)
	for protocol, address := range map[otlp.Protocol]string{otlp.GRPC: overGRPC, otlp.HTTPProtobuf: overHTTP,
		otlp.HTTPJSON: overHTTP} {
		t.Setenv(otlp.EnvProtocol, string(protocol))
		c, err := otlp.Choose("http://"+address, os.Getenv)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range recordings.Names() {
			h := flowtest.Embedded(t, name)
			s := flow.Fold(h)
			spans := otlp.Spans(h, s, export.NewReport(h, s, export.ReportOptions{}))
			taken.Reset()
			if err := c.Send(t.Context(), spans, "test"); err != nil {
				t.Errorf("%s by %s: %v", name, protocol, err)
				continue
			}
			same(t, name+" by "+string(protocol), took(taken.AllTraces()), spans)
		}
	}
}

// took lists the spans that a collector took in, in order.
func took(traces []ptrace.Traces) (all []ptrace.Span) {
	for _, in := range traces {
		for _, of := range in.ResourceSpans().All() {
			for _, by := range of.ScopeSpans().All() {
				for _, s := range by.Spans().All() {
					all = append(all, s)
				}
			}
		}
	}
	return all
}

func same(t *testing.T, name string, got []ptrace.Span, want []otlp.Span) {
	t.Helper()
	if len(got) != len(want) {
		t.Errorf("%s: %d spans, %d were sent", name, len(got), len(want))
		return
	}
	kinds := map[trace.SpanKind]ptrace.SpanKind{trace.SpanKindClient: ptrace.SpanKindClient,
		trace.SpanKindServer: ptrace.SpanKindServer, trace.SpanKindInternal: ptrace.SpanKindInternal}
	for i, w := range want {
		g := got[i]
		id, of, parent := g.SpanID(), g.TraceID(), g.ParentSpanID()
		if hex.EncodeToString(id[:]) != w.ID.String() || hex.EncodeToString(of[:]) != w.Trace.String() ||
			hex.EncodeToString(parent[:]) != w.Parent.String() || g.Name() != w.Name || g.Kind() != kinds[w.Kind] {
			t.Errorf("%s: %s %s %x of %x under %x, want %+v", name, g.Kind(), g.Name(), id, of, parent, w)
		}
		if !g.StartTimestamp().AsTime().Equal(w.Start) || !g.EndTimestamp().AsTime().Equal(w.End) {
			t.Errorf("%s, %s: from %s to %s", name, w.Name, g.StartTimestamp(), g.EndTimestamp())
		}
		if g.Attributes().Len() != len(w.Attributes) || g.Events().Len() != len(w.Events) ||
			(g.Status().Code() == ptrace.StatusCodeError) != w.Failed || g.Status().Message() != w.Problem {
			t.Errorf("%s, %s: %d attributes, %d events, %s %s", name, w.Name, g.Attributes().Len(), g.Events().Len(),
				g.Status().Code(), g.Status().Message())
		}
		for _, a := range w.Attributes {
			if v, ok := g.Attributes().Get(string(a.Key)); !ok || v.AsString() != a.Value.String() {
				t.Errorf("%s, %s: %s is %q, want %q", name, w.Name, a.Key, v.AsString(), a.Value.String())
			}
		}
	}
}
