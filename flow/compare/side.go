package compare

import (
	"cmp"

	"doorstep/client"
	"doorstep/flow"
	"doorstep/flow/diagnose"
)

// A Side is one of two handshakes that are compared.
type Side struct {
	Name     string // what it goes by: a file, an embedded recording
	Trace    flow.Trace
	State    flow.State         // that the trace leads to
	Findings []diagnose.Finding // that the trace shows
}

// rolesOf are the servers by the parts they played, the weightiest first.
func rolesOf(s Side) []string {
	out := make([]string, 4)
	out[0] = s.Trace.Header.Joining
	for i := range s.Trace.Entries {
		switch e := &s.Trace.Entries[i]; e.Step {
		case flow.A6:
			out[1] = cmp.Or(out[1], e.Server)
		case flow.A4:
			out[2] = e.Server
		case flow.A2:
			out[3] = cmp.Or(out[3], e.Server)
		}
	}
	if s.State.Template != nil {
		out[2] = s.State.Template.Server
	}
	return out
}

// serversOf are the servers that a handshake knows of, in the order in which they are met.
func serversOf(s Side) []string {
	var out []string
	seen := map[string]bool{"": true}
	add := func(name string) {
		if !seen[name] {
			seen[name] = true
			out = append(out, name)
		}
	}
	h := s.Trace.Header
	add(h.Joining)
	add(client.Domain(h.User))
	for i := range s.Trace.Entries {
		add(s.Trace.Entries[i].Server)
	}
	for _, c := range s.State.Candidates {
		add(c.Server)
	}
	if r := s.State.Reply; r != nil {
		for _, name := range r.ServersInRoom {
			add(name)
		}
	}
	return out
}

func alias(s Side) string {
	if client.IsAlias(s.Trace.Header.Target) {
		return s.Trace.Header.Target
	}
	return s.State.Alias
}
