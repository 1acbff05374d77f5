// Package otlp gives a handshake as one trace of OpenTelemetry: a span for the join and one under it for every exchange
// and every piece of local work. Spans is a pure function of a trace; a Collector is where spans are sent.
package otlp
