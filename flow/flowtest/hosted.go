package flowtest

import (
	"doorstep/flow"
)

// Hosted tells a handshake as the servers see it that were asked, from what the joining server wrote down: its requests
// and ours with their answers, without what it did by itself. decide says what the server that was asked made of the
// signature of a request that got that answer, nil where there is none; without it every one verifies.
func Hosted(t flow.Trace, decide func(request flow.Entry, answer *flow.Entry) *flow.Authenticated) flow.Trace {
	h := t.Header
	h.Source, h.Listen, h.KeyID, h.VerifyKey = flow.SourceHost, "", "", ""
	h.Imported = nil
	out := flow.Trace{Header: h}
	seqs := map[int]int{}
	add := func(e flow.Entry) {
		was := e.Seq
		e.Seq = len(out.Entries) + 1
		if was > 0 {
			seqs[was] = e.Seq
		}
		out.Entries = append(out.Entries, e.Remembering())
	}
	for _, e := range t.Entries {
		if e.Kind != flow.Request && e.Answers == 0 || e.From == flow.Client || e.To == flow.Client || e.Step == flow.L1 ||
			e.Step == flow.L2 {
			continue
		}
		was := e.Seq
		e.Answers, e.Altered, e.Attempt, e.Of = seqs[e.Answers], nil, 0, 0
		add(e)
		if signed := e.Step == flow.A2 || e.Step == flow.A4 || e.Step == flow.A6; !signed || e.Kind != flow.Request {
			continue
		}
		decided := &flow.Authenticated{Origin: h.Joining}
		if decide != nil {
			decided = decide(e, t.Answer(was))
		}
		if decided != nil {
			decided.Request = len(out.Entries)
			add(flow.Entry{At: e.At, Kind: flow.Local, Step: flow.R, From: e.To, To: e.To, Server: e.Server,
				Authenticated: decided})
		}
	}
	return out
}

// Then appends entries to a trace, numbered.
func Then(t flow.Trace, entries ...flow.Entry) flow.Trace {
	t.Entries = t.Entries[:len(t.Entries):len(t.Entries)]
	for _, e := range entries {
		e.Seq = len(t.Entries) + 1
		if e.At == 0 && len(t.Entries) > 0 {
			e.At = t.Entries[len(t.Entries)-1].At
		}
		t.Entries = append(t.Entries, e.Remembering())
	}
	return t
}
