package otlp

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"
)

// A Span is one span of a handshake, as it will be sent. The times are those of the handshake.
type Span struct {
	Trace      trace.TraceID
	ID         trace.SpanID
	Parent     trace.SpanID // zero: it is the root
	Name       string
	Kind       trace.SpanKind
	Start, End time.Time
	Attributes []attribute.KeyValue
	Events     []Event
	Failed     bool
	Problem    string // with Failed: what went wrong, in a sentence
}

// An Event is something that is told of at one moment of a span: a finding.
type Event struct {
	Name       string
	At         time.Time
	Attributes []attribute.KeyValue
}

// fail gives the span the status of an error, in place of any before. kind is one of few, and goes into error.type; it
// stands for a problem without words, as a recording may have one.
func (s *Span) fail(kind, problem string) {
	s.Failed, s.Problem = true, legible(cmp.Or(problem, kind, "failed"))
	s.Attributes = slices.DeleteFunc(s.Attributes, func(a attribute.KeyValue) bool { return a.Key == errorType })
	s.text(errorType, kind)
}

// text adds an attribute, unless the text is empty.
func (s *Span) text(key attribute.Key, value string) {
	if value != "" {
		s.Attributes = append(s.Attributes, key.String(legible(value)))
	}
}

// texts adds an attribute that is a list, unless it is empty.
func (s *Span) texts(key attribute.Key, values []string) {
	if len(values) == 0 {
		return
	}
	var out []string
	for _, v := range values[:min(len(values), most)] {
		out = append(out, legible(v))
	}
	if more := len(values) - most; more > 0 {
		out = append(out, fmt.Sprintf("… and %d more", more))
	}
	s.Attributes = append(s.Attributes, key.StringSlice(out))
}

// number adds an attribute, also where it is zero.
func (s *Span) number(key attribute.Key, n int) { s.Attributes = append(s.Attributes, key.Int(n)) }

// yes adds an attribute where it holds.
func (s *Span) yes(key attribute.Key, holds bool) {
	if holds {
		s.Attributes = append(s.Attributes, key.Bool(true))
	}
}

// weight is about how many bytes a span takes when it is sent.
func (s *Span) weight() int {
	n := 200 + len(s.Name) + len(s.Problem) + heavy(s.Attributes)
	for _, e := range s.Events {
		n += len(e.Name) + heavy(e.Attributes)
	}
	return n
}

// heavy is weight for attributes.
func heavy(attributes []attribute.KeyValue) (n int) {
	for _, a := range attributes {
		n += 20 + len(a.Key) + len(a.Value.String())
	}
	return n
}
