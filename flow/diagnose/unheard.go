package diagnose

import (
	"slices"

	"doorstep/flow"
	"doorstep/flow/response"
)

// An Unheard is a request for our key that a server has to make before it can check who asks, and that never reached
// us: no entry of the trace is about it. A refusal shows that the server has no key of ours, and the trace, which holds
// all that reached our listener, that the server did not call.
type Unheard struct {
	Refusal  int // Seq of the refusal that it stands before
	From     flow.Role
	Server   string
	Findings []string // the IDs of the findings that say so, the most telling first
}

// UnheardOf returns the requests for our key that found, the findings of t, say were wanted, in the order of their
// refusals. t leads to s.
func UnheardOf(t flow.Trace, s flow.State, found []Finding) []Unheard {
	found = slices.DeleteFunc(slices.Clone(found), func(f Finding) bool { return !misses(f.ID) })
	if len(found) == 0 {
		return nil
	}
	v := newView(t, s)
	if !v.listens() || v.ourPlace() == placeElsewhere {
		return nil
	}
	var out []Unheard
	for _, f := range found {
		for _, seq := range f.Evidence {
			e := t.Entry(seq)
			if e == nil || !slices.Contains(arrows, e.Step) || e.Response == nil || response.Succeeds(e.Response) ||
				v.heardFrom(e.Server) {
				continue
			}
			if i := slices.IndexFunc(out, func(u Unheard) bool { return u.Refusal == seq }); i >= 0 {
				out[i].Findings = append(out[i].Findings, f.ID)
				continue
			}
			out = append(out, Unheard{Refusal: seq, From: e.From, Server: e.Server, Findings: []string{f.ID}})
		}
	}
	slices.SortFunc(out, func(a, b Unheard) int { return a.Refusal - b.Refusal })
	return out
}

// misses reports whether a cause is that a server did not get our key from us.
func misses(id string) bool {
	i := slices.IndexFunc(identityCauses, func(c Cause) bool { return c.ID == id })
	return i >= 0 && identityCauses[i].unheard
}
