package otlp

import (
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"

	"doorstep/flow"
	"doorstep/flow/diagnose"
	"doorstep/flow/export"
)

// Spans returns the spans of a trace, which leads to s and whose report is r. The first is the handshake's, from our
// client's join to its answer; the others follow in the order of the trace, all but those of requests to us directly
// under it. A leave and probes come after the answer, and so do their spans.
//
// A trace without entries has no spans. Equal traces give equal spans.
func Spans(t flow.Trace, s flow.State, r export.Report) []Span {
	if len(t.Entries) == 0 {
		return nil
	}
	m := mapping{t: t, s: s, r: r, id: traceID(t.Header), answers: t.Answers(), holds: map[int]int{}}
	m.listAsked()
	m.root()
	for i := range t.Entries {
		m.take(&t.Entries[i])
	}
	for _, f := range r.Findings {
		m.finding(f)
	}
	return m.spans
}

// take adds the span that begins with an entry. That of an answer is there already, and what is of an unknown kind has
// none.
func (m *mapping) take(e *flow.Entry) {
	switch {
	case e.Kind == flow.Request && e.Request != nil && e.From == flow.Client:
		m.holds[e.Seq] = 0
	case e.Kind == flow.Request && e.Request != nil && e.From == flow.Joining:
		m.exchange(e)
	case e.Kind == flow.Request && e.Request != nil:
		m.call(e)
	case e.FailedCall():
		m.failedCall(e)
	case e.Kind == flow.Local && e.Does() != "":
		m.local(e)
	}
	if answer := m.answers[e.Seq]; answer != nil {
		m.holds[answer.Seq] = m.holds[e.Seq]
	}
}

// root adds the span of the handshake: our client's request as the joining server, which takes it in, sees it. It is
// open until we know what to answer.
func (m *mapping) root() {
	start, end := m.t.Entries[0].At, m.last()
	var asked, answer *flow.Entry
	for i := range m.t.Entries {
		if e := &m.t.Entries[i]; asked == nil && e.Kind == flow.Request && e.Step == flow.A1 {
			asked, answer = e, m.answers[e.Seq]
			start = e.At
		}
	}
	if answer != nil {
		end = answer.At
	}
	h := m.t.Header
	from, to := m.lasting(start, end)
	root := Span{Trace: m.id, ID: spanID(m.id, 0), Name: "remote join", Kind: trace.SpanKindServer, Start: from, End: to}
	if asked != nil && asked.Request != nil {
		root.text(attrStep, string(flow.A1))
		root.received(asked)
	}
	if answer != nil && answer.Response != nil {
		root.replied(answer.Response)
	}
	root.text(attrTarget, h.Target)
	root.text(attrRoom, m.r.RoomID)
	root.text(attrVersion, m.r.RoomVersion)
	root.text(attrUser, h.User)
	root.text(attrOrigin, h.Joining)
	root.text(attrEvent, m.r.EventID)
	root.text(attrForm, string(h.Form))
	root.text(attrOutcome, string(m.r.Outcome))
	root.text(attrFate, m.r.Fate)
	root.text(attrSource, h.Source)
	root.text(attrTitle, h.Title)
	root.yes(attrRedacted, h.Redacted != nil)
	root.checks(m.r.Counts.Checks)
	root.texts(attrFindings, findingIDs(m.r.Findings))
	if o := m.r.Outcome; o != flow.NotProven && o.ExitCode() != 0 { // a dry run is as asked, although the client hears 502
		root.fail(string(m.r.Outcome), firstOf(m.r.Why, string(m.r.Outcome)))
	}
	m.spans = append(m.spans, root)
}

func firstOf(texts ...string) string {
	for _, s := range texts {
		if s != "" {
			return s
		}
	}
	return ""
}

func findingIDs(found []diagnose.Finding) []string {
	var ids []string
	for _, f := range found {
		ids = append(ids, f.ID)
	}
	return ids
}

// finding adds a finding to the span that holds the first of its evidence, at the time of that; one without evidence
// belongs to the whole handshake.
func (m *mapping) finding(f diagnose.Finding) {
	span, at := 0, m.spans[0].End
	for _, seq := range f.Evidence {
		if i, ok := m.holds[seq]; ok {
			span, at = i, m.at(m.t.Entry(seq).At)
			break
		}
	}
	e := Event{Name: eventFinding, At: at, Attributes: []attribute.KeyValue{
		attribute.String(attrFindingID, legible(f.ID)),
		attribute.String(attrFindingSeverity, legible(string(f.Severity))),
		attribute.String(attrFindingTitle, legible(f.Title)),
		attribute.String(attrFindingStep, legible(string(f.Step))),
		attribute.IntSlice(attrFindingEvidence, f.Evidence),
	}}
	if f.Suspect {
		e.Attributes = append(e.Attributes, attribute.Bool(attrFindingSuspect, true))
	}
	m.spans[span].Events = append(m.spans[span].Events, e)
}
