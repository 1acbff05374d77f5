package host

import (
	"fmt"
	"slices"

	"doorstep/client"
	"doorstep/flow"
	"doorstep/flow/response"
)

// A Deed is what a joining server did in one join, told from its trace alone.
type Deed struct {
	Furthest  flow.StepID   // the last arrow of the handshake that was seen of it: A2, A4, A6; empty: none
	Reaction  flow.Reaction // to the last good answer it was given
	Result    Result
	Residents int  // how many servers it asked for a template, but for a directory that nobody said is a candidate
	FellBack  bool // it sent the join to the older endpoint after the newer one
	Again     int  // how often it sent a join again
	Exited    *flow.Exited
}

// A Result is how a join ended as far as its hosts can tell.
type Result string

// The results.
const (
	Joined  Result = "joined"  // it took the answer to its join
	Refused Result = "refused" // it was given an answer to its join, and did not take it
	Failed  Result = "failed"  // it was let in by nobody: no good answer to a join of its came to be
	Unknown Result = "unknown" // it was let in, and nothing shows what it made of that
	Absent  Result = "absent"  // nobody came
)

// DeedOf tells what the joining server did.
func DeedOf(t flow.Trace) Deed {
	d := Deed{Reaction: flow.LastReaction(t), Result: Failed}
	residents, sent, newer := map[string]bool{}, 0, false
	aside := onlyDirectory(t)
	for i := range t.Entries {
		e := &t.Entries[i]
		if e.Exited != nil {
			d.Exited = e.Exited
		}
		if e.Kind != flow.Request || e.From != flow.Joining || e.Request == nil {
			continue
		}
		switch e.Step {
		case flow.A2, flow.A4, flow.A6:
			d.Furthest = max(d.Furthest, e.Step)
		}
		switch e.Request.Endpoint {
		case client.MakeJoin:
			if e.Server != aside {
				residents[e.Server] = true
			}
		case client.SendJoinV2:
			newer = true
			sent++
		case client.SendJoinV1:
			d.FellBack = d.FellBack || newer
			sent++
		}
	}
	d.Residents, d.Again = len(residents), max(0, sent-1)
	if d.FellBack {
		d.Again = max(0, d.Again-1)
	}
	if d.Reaction.Step == flow.A7 {
		d.Result = map[flow.Reacts]Result{flow.Accepts: Joined, flow.Refuses: Refused,
			flow.ReactsUnknown: Unknown}[d.Reaction.Does]
	}
	return d
}

// onlyDirectory is the directory server where it does not list itself among the join candidates; empty where it does,
// or did not answer. Dendrite asks the server of the alias before all others.
func onlyDirectory(t flow.Trace) string {
	for i := range t.Entries {
		e := &t.Entries[i]
		if e.Step != flow.A3 || e.Kind != flow.Response || !response.Succeeds(e.Response) {
			continue
		}
		if d := e.Directory(); d != nil && !slices.Contains(d.Servers, e.Server) {
			return e.Server
		}
	}
	return ""
}

// An Expectation is what somebody wants a join to come to.
type Expectation string

// The expectations.
const (
	ExpectJoined  Expectation = "joined"
	ExpectRefused Expectation = "refused"
)

// Met reports whether a result is what was expected. What is not known is not met.
func (e Expectation) Met(r Result) bool {
	switch e {
	case ExpectJoined:
		return r == Joined
	case ExpectRefused:
		return r == Refused || r == Failed
	}
	return true
}

// Says is a result, as a part of a sentence.
func (r Result) Says() string {
	return map[Result]string{
		Joined:  "took the answer, and is in the room",
		Refused: "was let in, and did not take the answer",
		Failed:  "was let in by nobody",
		Unknown: "was let in; nothing shows what it made of the answer",
		Absent:  "did not come",
	}[r]
}

// Says is a deed, as a part of a sentence.
func (d Deed) Says() string {
	out := d.Result.Says()
	if d.Residents > 1 {
		out += fmt.Sprintf("; it asked %d servers for a template", d.Residents)
	}
	if d.FellBack {
		out += "; it fell back to the older send_join"
	}
	if d.Again > 0 {
		out += "; it sent a join again"
	}
	if d.Exited != nil {
		out += "; " + d.Exited.Says()
	}
	return out
}
