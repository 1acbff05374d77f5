package diagnose

import (
	"slices"

	"doorstep/flow"
	"doorstep/flow/event"
	"doorstep/flow/response"
	"doorstep/flow/verify"
)

// A view is a trace as the catalogue looks at it: the state it leads to, and its entries by what they tell.
type view struct {
	flow.State
	index
	trace  flow.Trace
	probes []ProbeResult

	explained  map[int]bool    // the entries that a cause looked at so far rests on
	creates    *[]string       // what createIDs returns, once it was asked for
	isCreateID map[string]bool // likewise, for isCreate
	resting    Resting         // the checks that the cause being looked at has accepted
}

// request returns the request that e answers.
func (v *view) request(e *flow.Entry) *flow.Entry { return v.trace.Entry(e.Answers) }

// checked returns the evidence of checks of one of those IDs with one of those outcomes; see checks.
func (v *view) checked(outcomes []verify.CheckOutcome, kinds ...verify.Kind) []int {
	return v.checks(func(c verify.Check) bool {
		return slices.Contains(kinds, c.Kind) && slices.Contains(outcomes, c.Outcome)
	})
}

// failing is checked for checks that failed.
func (v *view) failing(kinds ...verify.Kind) []int {
	return v.checked([]verify.CheckOutcome{verify.Fail}, kinds...)
}

// faulty is checked for checks that failed, of that ID and with one of those faults.
func (v *view) faulty(kind verify.Kind, faults ...verify.Fault) []int {
	return v.checks(func(c verify.Check) bool {
		return c.Kind == kind && c.Outcome == verify.Fail && slices.Contains(faults, c.Fault)
	})
}

// ours reports whether a check is about our own join. What a homeserver does about an event of the answer, it does
// not do about that.
func (v *view) ours(c verify.Check) bool { return v.Verification.OfJoin(c) }

// checks returns the evidence of those checks of the answer to send_join that ok accepts: the answer, and where one
// of them is why it was refused as a whole, or why the join is not proven, the verification that ended the handshake.
// None where ok accepts none; checks that passed are not shown to it.
func (v *view) checks(ok func(verify.Check) bool) []int {
	if v.Verification == nil || v.Reply == nil {
		return nil
	}
	found, decisive := false, false
	for _, c := range v.Verification.Checks {
		if c.Outcome != verify.Pass && ok(c) {
			found, decisive = true, decisive || v.Verification.Decides(c)
			v.resting.Failed = v.resting.Failed || c.Outcome == verify.Fail
			v.resting.Unchecked = v.resting.Unchecked || c.Outcome == verify.NotChecked
		}
	}
	switch {
	case !found:
		return nil
	case decisive && v.Stopped != nil && v.Stopped.Step == flow.L2:
		return []int{v.Reply.Seq, v.Stopped.Seq}
	}
	return []int{v.Reply.Seq}
}

// templates returns the answers to make_join whose protoevent fails a check that ok accepts, by Seq.
func (v *view) templates(ok func(verify.Check) bool) []int {
	found := v.at(func(e *flow.Entry) bool {
		if e.Response == nil || e.Failure != nil || !response.Succeeds(e.Response) {
			return false
		}
		return slices.ContainsFunc(v.State.CheckTemplate(e.Template(), "join"),
			func(c verify.Check) bool { return c.Outcome == verify.Fail && ok(c) })
	}, flow.A5)
	v.resting.Failed = v.resting.Failed || len(found) > 0
	return found
}

// clientAsked and clientHeard return what our client asked, and what it heard; nil where it has not.
func (v *view) clientAsked() *flow.Entry { return v.last(flow.Request, flow.A1) }

func (v *view) clientHeard() *flow.Entry { return v.heard }

// last returns the last entry of that kind and step; nil when there is none.
func (v *view) last(k flow.Kind, step flow.StepID) *flow.Entry { return v.latest[landmark{k, step}] }

// turnedDown reports whether our client's own server said no before it asked anybody, in an answer that ok accepts; it
// returns that answer.
func (v *view) turnedDown(ok func(*flow.Entry) bool) []int {
	e := v.clientHeard()
	if e == nil || v.last(flow.Request, flow.A2) != nil || v.last(flow.Request, flow.A4) != nil || !ok(e) {
		return nil
	}
	return []int{e.Seq}
}

// candidates returns the answers that ended the attempts with candidates that ok accepts, by Seq.
func (v *view) candidates(ok func(flow.Candidate, *flow.Entry) bool) []int {
	var out []int
	for _, c := range v.Candidates {
		if e := v.trace.Entry(c.Answer); e != nil && c.Why != "" && ok(c, e) {
			out = append(out, e.Seq)
		}
	}
	return out
}

// authoriser returns the user whom the protoevent names as the one who let us in by a restricted rule; empty without
// one.
func (v *view) authoriser() string {
	if v.Template == nil || v.Template.RoomVersion == nil || !v.Template.RoomVersion.Restricted {
		return ""
	}
	e, err := event.Parse(v.Template.RoomVersion, v.Template.Event)
	if err != nil {
		return ""
	}
	user, _ := e.ContentString("join_authorised_via_users_server")
	return user
}

// lacksAuthoriser reports whether a check says that our join rests on an event that did not come, where that can be the
// membership of whoever authorised it: members were left out.
func (v *view) lacksAuthoriser(c verify.Check) bool {
	return c.Kind == verify.KindClosure && c.Outcome == verify.Fail && v.ours(c) && v.Reply.MembersOmitted &&
		v.authoriser() != ""
}

// replied returns the events of the answer to send_join that can be read, those in both lists twice.
func (v *view) replied() []*event.Event {
	if v.Reply == nil || !v.Reply.Usable() || v.Template == nil || v.Template.RoomVersion == nil {
		return nil
	}
	var out []*event.Event
	events := v.Reply.Events(v.Template.RoomVersion)
	for _, list := range [][]verify.ReplyEvent{events.State, events.AuthChain} {
		for _, e := range list {
			if e.Event != nil {
				out = append(out, e.Event)
			}
		}
	}
	return out
}
