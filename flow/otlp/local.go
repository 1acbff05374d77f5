package otlp

import (
	"fmt"

	"go.opentelemetry.io/otel/trace"

	"doorstep/client"
	"doorstep/flow"
	"doorstep/flow/verify"
)

// local adds the span of a piece of local work, which is written down when it is done.
func (m *mapping) local(e *flow.Entry) {
	name := "verify"
	switch {
	case e.Discovery != nil:
		name = "resolve"
	case e.Build != nil:
		name = "build " + e.Build.Membership
	}
	sp := m.add(m.spans[0].ID, name, trace.SpanKindInternal, e.At-e.Took, e.At, e)
	switch {
	case e.Discovery != nil:
		sp.discovery(e.Discovery)
	case e.Build != nil:
		sp.text(attrMembership, e.Build.Membership)
		sp.text(attrVersion, e.Build.RoomVersion)
		sp.text(attrEvent, e.Build.EventID)
		sp.text(attrKeyID, e.Build.KeyID)
	default:
		sp.verification(m.verification(e), m.s.LacksKeys())
	}
}

func (s *Span) discovery(d *client.Discovery) {
	var steps, addresses []string
	for _, step := range d.Steps {
		steps = append(steps, fmt.Sprintf("%s: %s", step.Action, step.Result))
	}
	for _, to := range d.Destinations {
		addresses = append(addresses, to.Address)
	}
	s.texts(attrLookups, steps)
	s.texts(attrAddresses, addresses)
	if d.Failure != nil {
		s.fail(string(d.Failure.Kind), d.Failure.Message)
	}
}

// verification returns what verifying the answer came to at e: an answer may be verified again once missing keys are
// there.
func (m *mapping) verification(e *flow.Entry) *verify.Verification {
	for _, later := range m.t.Entries[e.Seq:] {
		if later.Step == flow.L2 {
			return flow.Fold(m.t.Prefix(e.Seq)).Verification
		}
	}
	return m.s.Verification
}

// verification tells what verifying came to. open says that the imported file lacks what would decide it.
func (s *Span) verification(v *verify.Verification, open bool) {
	if v == nil {
		s.fail("not_verified", "the answer was not verified to its end")
		return
	}
	n := v.Tally(verify.NoKind)
	s.checks(n)
	s.number(attrEvents, v.Counts.Events)
	s.number(attrSignatures, v.Counts.Signatures)
	switch {
	case v.Invalid != "":
		s.fail("invalid", v.Invalid)
	case v.Unproven != "" && !open: // what a file lacks is no error
		s.fail("unproven", "not proven: "+v.Unproven)
	}
}
