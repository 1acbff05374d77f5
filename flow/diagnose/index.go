package diagnose

import (
	"slices"

	"doorstep/client"
	"doorstep/flow"
)

// An index finds the entries of a trace by what they are, without a walk through all of them for every cause: a large
// room has the key documents of thousands of servers in it.
type index struct {
	answers  []*flow.Entry                 // responses and failures of our own requests, in order
	byStep   map[flow.StepID][]*flow.Entry // of answers, those of a step
	byServer map[string][]*flow.Entry      // of answers, those of a server
	keysOf   map[string][]*flow.Entry      // of answers, the key documents of a server; those of probes are left out
	inbound  []*flow.Entry                 // requests that reached our listener, in order
	sought   []*flow.Entry                 // searches for a server, in order
	searchOf map[string][]*flow.Entry      // of sought, those for a server
	calls    []*flow.Entry                 // connections to our listener that ended without a request, in order
	latest   map[landmark]*flow.Entry
	heard    *flow.Entry // what our client heard; nil: nothing yet
}

// A landmark is a kind of entry of which there are few.
type landmark struct {
	kind flow.Kind
	step flow.StepID
}

// newIndex looks through t once, but for the answers left out: what was asked too early shows nothing.
func newIndex(t flow.Trace, without []int) index {
	x := index{byStep: map[flow.StepID][]*flow.Entry{}, byServer: map[string][]*flow.Entry{},
		keysOf: map[string][]*flow.Entry{}, searchOf: map[string][]*flow.Entry{}, latest: map[landmark]*flow.Entry{}}
	for i := range t.Entries {
		e := &t.Entries[i]
		x.latest[landmark{e.Kind, e.Step}] = e
		if e.Discovery != nil {
			x.sought = append(x.sought, e)
			x.searchOf[e.Discovery.Server] = append(x.searchOf[e.Discovery.Server], e)
		}
		if e.FailedCall() {
			x.calls = append(x.calls, e)
		}
		switch {
		case slices.Contains(without, e.Seq):
		case e.GaveUp() != nil: // what was cut off shows nothing of the other side
		case (e.Kind == flow.Response || e.Kind == flow.Failure) && e.Answers > 0 && e.To == flow.Joining:
			x.answer(e)
		case e.Kind == flow.Request && e.To == flow.Joining && e.Step == flow.R:
			x.inbound = append(x.inbound, e)
		}
	}
	if asked := x.latest[landmark{flow.Request, flow.A1}]; asked != nil {
		x.heard = t.Answer(asked.Seq)
	}
	for _, e := range x.byStep[flow.R] {
		asked := t.Entry(e.Answers)
		if asked != nil && asked.Request != nil && asked.Request.Endpoint == client.ServerKeys && !x.isProbe(t, e) {
			x.keysOf[e.Server] = append(x.keysOf[e.Server], e)
		}
	}
	return x
}

func (x *index) answer(e *flow.Entry) {
	if good(e) && e.Response.Unseen { // nothing is known of what it holds, so that it shows nothing
		return
	}
	x.answers = append(x.answers, e)
	x.byStep[e.Step] = append(x.byStep[e.Step], e)
	x.byServer[e.Server] = append(x.byServer[e.Server], e)
}

// isProbe reports whether an answer came when the handshake was over.
func (x *index) isProbe(t flow.Trace, e *flow.Entry) bool {
	return t.Header.Probe && x.heard != nil && e.Seq > x.heard.Seq
}

// at returns the answers of those steps that ok accepts, by Seq.
func (x *index) at(ok func(*flow.Entry) bool, steps ...flow.StepID) []int {
	var out []int
	for _, step := range slices.Compact(slices.Sorted(slices.Values(steps))) {
		out = append(out, seqs(x.byStep[step], ok)...)
	}
	slices.Sort(out)
	return out
}

// seqs returns the Seq of those entries that ok accepts.
func seqs(entries []*flow.Entry, ok func(*flow.Entry) bool) []int {
	var out []int
	for _, e := range entries {
		if ok(e) {
			out = append(out, e.Seq)
		}
	}
	return out
}
