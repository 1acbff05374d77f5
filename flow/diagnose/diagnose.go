// Package diagnose says why a handshake failed, and what else is worth knowing about it: findings, each with its cause,
// the next action and the entries of the trace it rests on. The catalogue has one file for each stage of the path; its
// words are entries of flow/explain, in findings-*.md; what is looked for in a trace is in view.go and searches.go.
package diagnose

import (
	"cmp"
	"slices"
	"strings"

	"doorstep/client"
	"doorstep/flow"
	"doorstep/flow/response"
)

// newView looks at t, which leads to s.
func newView(t flow.Trace, s flow.State) *view {
	v := &view{State: s, trace: t, index: newIndex(t, s.Early), explained: map[int]bool{}}
	v.probes = v.probeResults()
	return v
}

// Findings returns what t shows, which leads to s, the most telling first: errors before warnings; among errors those
// that rest on the entry at which the handshake stopped; then by stage and rank, which put causes before their
// consequences. It reads evidence and guesses nothing: where two causes look alike, both are there. Of a check there
// are none: nobody joined anything; see inspect.Of.
func Findings(t flow.Trace, s flow.State) []Finding {
	if t.Header.Source == flow.SourceCheck {
		return nil
	}
	causes := catalogue()
	if t.Header.Hosted() {
		causes = causesOf(causeGroups(), hostedStages...)
	}
	return carried(t, newView(t, s).findings(causes))
}

// hostedStages are the parts of the catalogue that are looked through where servers of ours are asked: what the joining
// server did, and what is the matter with our answers. The others are about the way to them, which is not seen from
// there, or about who asks as about ourselves.
var hostedStages = []Stage{StageDirectory, StageMakeJoin, StageTemplate, StageJoiner, StageKeys, StageAnswer,
	StageEvents}

// findings returns those of causes that v shows, as Findings does; the order of causes makes no difference.
func (v *view) findings(causes []Cause) []Finding {
	var found []ranked
	residual := func(c Cause) bool { return c.residual }
	for _, c := range slices.DeleteFunc(slices.Clone(causes), residual) {
		found = v.look(c, found)
	}
	for _, r := range found {
		for _, seq := range r.Evidence {
			explains := r.cause.Sight == Detected && r.cause.Severity != SeverityInfo && !r.Waived
			v.explained[seq] = v.explained[seq] || explains
		}
	}
	for _, c := range causes {
		if c.residual {
			found = v.look(c, found)
		}
	}
	slices.SortFunc(found, ranked.compare)
	var out []Finding
	for _, f := range found {
		out = append(out, f.Finding)
	}
	return out
}

// A ranked finding knows its place among the others.
type ranked struct {
	Finding
	cause  Cause
	atStop bool // it rests on the entry at which the handshake stopped
}

func (r ranked) compare(other ranked) int {
	weight := func(s Severity) int { return slices.Index([]Severity{SeverityError, SeverityWarn, SeverityInfo}, s) }
	behind := func(r ranked) int {
		switch {
		case r.Waived: // the user knows of it, so it is told after what there is to find
			return 2
		case r.atStop:
			return 0
		}
		return 1
	}
	return cmp.Or(cmp.Compare(weight(r.Severity), weight(other.Severity)), cmp.Compare(behind(r), behind(other)),
		inOrder(r.cause, other.cause))
}

// look adds the finding of a cause to found, where v shows it.
func (v *view) look(c Cause, found []ranked) []ranked {
	if c.evidence == nil {
		return found
	}
	v.resting = Resting{}
	evidence := c.evidence(v)
	resting := v.resting // before anything else is looked at
	if len(evidence) == 0 {
		return found
	}
	slices.Sort(evidence)
	evidence = slices.Compact(evidence)
	f := Finding{ID: c.ID, Severity: v.severity(c, evidence), Title: c.Title, Cause: c.Cause, Advice: c.Advice,
		Evidence: evidence, Suspect: c.Sight == Suspected, Apart: c.Apart, Source: c.Source, Try: v.try(c, evidence),
		Checks: resting}
	if e := v.trace.Entry(evidence[0]); e != nil {
		f.Step = e.Step
	}
	if c.reword != nil {
		c.reword(v, &f)
	}
	if c.detail != nil {
		f.Cause = strings.TrimSpace(f.Cause + " " + c.detail(v))
	}
	if v.Header.Hosted() && c.stage != StageJoiner {
		f.given()
	}
	v.blame(&f)
	if v.waived(c, evidence) {
		f.waive(c.waiver)
	}
	return append(found, ranked{f, c, v.Stopped != nil && slices.Contains(evidence, v.Stopped.Seq)})
}

// waived reports whether we went on regardless at every entry of the evidence, as the user asked.
func (v *view) waived(c Cause, evidence []int) bool {
	return c.waiver != "" && !slices.ContainsFunc(evidence, func(seq int) bool {
		e := v.trace.Entry(seq)
		return e == nil || e.Failure != nil && slices.Contains([]client.Reason{client.ReasonCertificate,
			client.ReasonPrivate}, e.Failure.Reason) ||
			e.Connection != nil && slices.ContainsFunc(e.Connection.Unreached, func(u client.Unreached) bool {
				return slices.Contains([]client.Reason{client.ReasonCertificate, client.ReasonPrivate}, u.Failure.Reason)
			})
	})
}

// severity is that of the catalogue, but what did not keep the join from succeeding is no error.
func (v *view) severity(c Cause, evidence []int) Severity {
	if c.route { // an answer that came all the same says what it says for another reason
		evidence = slices.DeleteFunc(slices.Clone(evidence), func(seq int) bool {
			e := v.trace.Entry(seq)
			return e != nil && e.Response != nil && e.Failure == nil
		})
	}
	if c.Severity == "" && v.Stopped != nil && v.Stopped.Outcome != flow.DryRun &&
		(!c.incidental || v.failedAt(evidence)) {
		return SeverityError
	}
	if c.Severity == "" {
		return SeverityWarn
	}
	return c.Severity
}

// Probes returns what the probes of t, which leads to s, found out, server by server in the order in which they were
// asked; nil where none were asked for.
func Probes(t flow.Trace, s flow.State) []ProbeResult {
	if !t.Header.Probe {
		return nil
	}
	return newView(t, s).probes
}

// RawFindings returns what an answer shows that was verified without its handshake: s is what VerifyRaw made of it.
// There are no entries to rest on, so Evidence is empty, and what only a handshake tells is not looked for.
func RawFindings(s flow.State) []Finding {
	v := rawView(s)
	stages := []Stage{StageAnswer, StageEvents}
	switch refused := s.Verification == nil || s.Reply.Error != nil; {
	case refused:
		stages = []Stage{StageRequests, StageMakeJoin, StageBuild, StageSendJoin, StageLeft}
	case !s.Reply.Usable():
		stages = []Stage{StageFront, StageAnswer}
	}
	found := v.findings(causesOf(causeGroups(), stages...))
	for i := range found {
		found[i].Evidence = []int{}
		if found[i].Step == "" || s.Verification != nil {
			found[i].Step = flow.A7
		}
	}
	return found
}

// rawView is a view of s with the one exchange there was: what was asked is not known, and the answer is what came
// back.
func rawView(s flow.State) *view {
	t := flow.Trace{Header: s.Header, Entries: []flow.Entry{
		{Seq: 1, Kind: flow.Request, Step: flow.A6, From: flow.Joining, To: flow.Resident,
			Request: &client.Request{Endpoint: client.SendJoinV2}},
		{Seq: 2, Kind: flow.Response, Step: flow.A7, From: flow.Resident, To: flow.Joining, Answers: 1,
			Response: rawResponse(s)},
	}}
	for i := range t.Entries {
		t.Entries[i] = t.Entries[i].Remembering()
	}
	if s.Stopped != nil && s.Stopped.Outcome != flow.Verified {
		stopped := *s.Stopped
		stopped.Seq = 2
		s.Stopped = &stopped
	} else {
		s.Stopped = nil
	}
	if s.Reply != nil {
		s.Reply = s.Reply.At(2)
	}
	return &view{State: s, trace: t, index: newIndex(t, nil), explained: map[int]bool{}}
}

// statusOf is the status that homeservers send with an errcode. Spec: client-server, Standard error response.
func statusOf(errcode string) int {
	switch errcode {
	case "M_FORBIDDEN":
		return 403
	case "M_NOT_FOUND", "M_UNRECOGNIZED":
		return 404
	case "M_UNAUTHORIZED", "M_MISSING_TOKEN":
		return 401
	case "M_LIMIT_EXCEEDED":
		return 429
	case "M_UNKNOWN":
		return 500
	}
	return 400
}

// rawResponse is the answer as it would have come: a refusal in the list of v1 has its status in there.
func rawResponse(s flow.State) *client.Response {
	u, problem := response.UnwrapV1(s.Reply.Body)
	switch {
	case problem == "" && u.List && u.Status != 200:
		return &client.Response{Status: u.Status, Body: u.Object}
	case s.Reply.Error != nil:
		return &client.Response{Status: statusOf(s.Reply.Error.Errcode), Body: u.Object}
	}
	return &client.Response{Status: 200, Body: s.Reply.Body}
}
