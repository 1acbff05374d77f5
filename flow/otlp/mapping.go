package otlp

import (
	"slices"
	"strings"
	"time"

	"go.opentelemetry.io/otel/trace"

	"doorstep/flow"
	"doorstep/flow/export"
)

// A mapping is a trace that is being turned into spans.
type mapping struct {
	t       flow.Trace
	s       flow.State
	r       export.Report
	id      trace.TraceID
	answers map[int]*flow.Entry
	spans   []Span
	holds   map[int]int // the span that an entry went into, by Seq
	asked   []exchange  // ours with other servers, in order
}

// An exchange is a request of ours, and for how long it was open. It begins before the entry of the request, which is
// written down when the connection stands.
type exchange struct {
	seq        int
	server     string
	start, end time.Duration
}

// listAsked lists our requests to other servers.
func (m *mapping) listAsked() {
	for i := range m.t.Entries {
		if e := &m.t.Entries[i]; e.Kind == flow.Request && e.Request != nil && e.From == flow.Joining {
			x := exchange{e.Seq, e.Server, e.At, m.last()}
			if answer := m.answers[e.Seq]; answer != nil {
				x.start, x.end = min(e.At, answer.At-answer.Took), answer.At
			}
			m.asked = append(m.asked, x)
		}
	}
}

// open returns when our request of that Seq was open.
func (m *mapping) open(seq int) (start, end time.Duration) {
	i, _ := slices.BinarySearchFunc(m.asked, seq, func(x exchange, seq int) int { return x.seq - seq })
	return m.asked[i].start, m.asked[i].end
}

// at is a time of the trace on the clock.
func (m *mapping) at(d time.Duration) time.Time { return m.t.Header.Created.Add(d) }

// brief is how long a span lasts at least. One that ends as it begins is none that ends too early, but Jaeger warns of
// it as of such a one.
const brief = time.Nanosecond

// lasting returns on the clock when a span begins and ends.
func (m *mapping) lasting(start, end time.Duration) (from, to time.Time) {
	return m.at(start), m.at(max(start+brief, end))
}

// last is the time of the last entry: what has no end was given up by then.
func (m *mapping) last() time.Duration { return m.t.Entries[len(m.t.Entries)-1].At }

// add adds a span under a parent, from and to a time of the trace, that begins with e.
func (m *mapping) add(parent trace.SpanID, name string, kind trace.SpanKind, start, end time.Duration,
	e *flow.Entry) *Span {
	m.holds[e.Seq] = len(m.spans)
	from, to := m.lasting(max(0, start), end)
	m.spans = append(m.spans, Span{Trace: m.id, ID: spanID(m.id, e.Seq), Parent: parent,
		Name: legible(strings.TrimSpace(name)), Kind: kind,
		Start: from, End: to})
	sp := &m.spans[len(m.spans)-1]
	sp.text(attrStep, string(e.Step))
	sp.number(attrEntry, e.Seq)
	sp.text(attrServer, e.Server)
	sp.yes(attrInferred, e.Inferred)
	sp.yes(attrAltered, e.Altered != nil)
	return sp
}

// cause returns the span that a request to us belongs under: the newest request of ours that was open when it came, to
// the same server if there is one, or else the handshake.
func (m *mapping) cause(e *flow.Entry) trace.SpanID {
	began := e.At
	if e.Kind == flow.Failure {
		began -= e.Took
	}
	cause := 0
	for _, x := range slices.Backward(m.asked) {
		switch open := x.start <= began && began <= x.end; {
		case open && x.server == e.Server:
			return spanID(m.id, x.seq)
		case open && cause == 0:
			cause = x.seq
		}
	}
	return spanID(m.id, cause)
}
