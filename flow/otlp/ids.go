package otlp

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"

	"go.opentelemetry.io/otel/trace"

	"doorstep/flow"
)

// traceID returns the ID of the trace of a handshake. It rests on the header, which says when it began, who asked for
// what, and with which key: so the run, its recording, and the recording sent again are one trace, and a redacted
// recording is another.
func traceID(h flow.Header) trace.TraceID {
	h.Created = h.Created.UTC().Round(0)
	text, _ := json.Marshal(h) // texts, numbers and a date: it cannot err
	sum := sha256.Sum256(append([]byte("doorstep trace "), text...))
	return trace.TraceID(sum[:16])
}

// spanID returns the ID of the span that begins with the entry of that Seq; that of the root is of 0.
func spanID(of trace.TraceID, seq int) trace.SpanID {
	sum := sha256.Sum256(binary.BigEndian.AppendUint64(append([]byte("doorstep span "), of[:]...), uint64(seq)))
	return trace.SpanID(sum[:8])
}
