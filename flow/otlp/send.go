package otlp

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/go-logr/logr"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracegrpc"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"
)

// atOnce is how many spans go out in one request, and heaviest how many bytes they take: collectors bound both. What
// takes gRPC bounds a message to 4 MiB, unless it is told otherwise.
const (
	atOnce   = 500
	heaviest = 1 << 20
)

// batch returns how many of the first spans go out in one request: one at least.
func batch(spans []Span) (n int) {
	for bytes := 0; n < min(atOnce, len(spans)); n++ {
		if bytes += spans[n].weight(); bytes > heaviest && n > 0 {
			break
		}
	}
	return n
}

// Send sends spans, and returns when the collector has taken them, or why it has not. It takes as long as c.Patience at
// most. version is that of the program.
func (c *Collector) Send(ctx context.Context, spans []Span, version string) error {
	ctx, done := context.WithTimeoutCause(ctx, c.Patience, errors.New("no answer within "+c.Patience.String()))
	defer done()
	otel.SetLogger(logr.Discard()) // the screen is no place for what the SDK has to say
	ended, err := produce(ctx, spans, version)
	if err != nil {
		return err
	}
	exporter := otlptrace.NewUnstarted(c.client())
	err = exporter.Start(ctx)
	for len(ended) > 0 && err == nil {
		n := batch(spans)
		err = exporter.ExportSpans(ctx, ended[:n])
		ended, spans = ended[n:], spans[n:]
	}
	if late := context.Cause(ctx); late != nil && err != nil && !errors.Is(err, late) {
		err = fmt.Errorf("%w: %w", late, err)
	}
	stop, stopped := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
	defer stopped()
	return errors.Join(err, exporter.Shutdown(stop))
}

// client returns what speaks to the collector. Headers, certificates and compression are those of the environment.
func (c *Collector) client() otlptrace.Client {
	if c.Protocol == GRPC {
		return otlptracegrpc.NewClient(otlptracegrpc.WithEndpointURL(c.URL))
	}
	return otlptracehttp.NewClient(otlptracehttp.WithEndpointURL(c.URL))
}

// produce makes the spans with the SDK, each with the IDs and at the times that it has already.
func produce(ctx context.Context, spans []Span, version string) ([]sdktrace.ReadOnlySpan, error) {
	from, err := origin(ctx, version)
	if err != nil {
		return nil, err
	}
	var ended gathered
	provider := sdktrace.NewTracerProvider(sdktrace.WithResource(from), sdktrace.WithIDGenerator(known{}),
		sdktrace.WithSampler(sdktrace.AlwaysSample()), sdktrace.WithSpanProcessor(&ended))
	tracer := provider.Tracer("doorstep", trace.WithInstrumentationVersion(version),
		trace.WithSchemaURL(semconv.SchemaURL))
	for i := range spans {
		spans[i].produce(ctx, tracer)
	}
	return ended.spans, provider.Shutdown(ctx)
}

// produce makes one span.
func (s *Span) produce(ctx context.Context, tracer trace.Tracer) {
	ctx = context.WithValue(ctx, idsKey{}, s)
	if s.Parent.IsValid() {
		ctx = trace.ContextWithSpanContext(ctx, trace.NewSpanContext(trace.SpanContextConfig{TraceID: s.Trace,
			SpanID: s.Parent, TraceFlags: trace.FlagsSampled}))
	}
	_, span := tracer.Start(ctx, s.Name, trace.WithSpanKind(s.Kind), trace.WithTimestamp(s.Start),
		trace.WithAttributes(s.Attributes...))
	for _, e := range s.Events {
		span.AddEvent(e.Name, trace.WithTimestamp(e.At), trace.WithAttributes(e.Attributes...))
	}
	if s.Failed {
		span.SetStatus(codes.Error, s.Problem)
	}
	span.End(trace.WithTimestamp(s.End))
}

// origin says which program the spans are of. The environment may name it otherwise, and add to it.
func origin(ctx context.Context, version string) (*resource.Resource, error) {
	r, err := resource.New(ctx,
		resource.WithSchemaURL(semconv.SchemaURL),
		resource.WithAttributes(semconv.ServiceName("doorstep"), semconv.ServiceVersion(version)),
		resource.WithTelemetrySDK(), resource.WithFromEnv())
	if errors.Is(err, resource.ErrPartialResource) {
		return nil, fmt.Errorf("OTEL_RESOURCE_ATTRIBUTES: %w", err)
	}
	return r, err
}

// known hands the SDK the IDs that a span has already.
type known struct{}

type idsKey struct{}

// NewIDs returns the IDs of the root.
func (known) NewIDs(ctx context.Context) (trace.TraceID, trace.SpanID) {
	s := ctx.Value(idsKey{}).(*Span)
	return s.Trace, s.ID
}

// NewSpanID returns the ID of any other span.
func (known) NewSpanID(ctx context.Context, _ trace.TraceID) trace.SpanID {
	return ctx.Value(idsKey{}).(*Span).ID
}

// gathered takes in the spans that have ended, in order, so that they can be sent together and what comes of it is
// known.
type gathered struct{ spans []sdktrace.ReadOnlySpan }

// OnStart does nothing.
func (*gathered) OnStart(context.Context, sdktrace.ReadWriteSpan) {}

// OnEnd keeps a span.
func (g *gathered) OnEnd(s sdktrace.ReadOnlySpan) { g.spans = append(g.spans, s) }

// Shutdown does nothing: the spans are sent by whoever gathered them.
func (*gathered) Shutdown(context.Context) error { return nil }

// ForceFlush does nothing.
func (*gathered) ForceFlush(context.Context) error { return nil }
