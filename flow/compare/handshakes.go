package compare

import (
	"doorstep/flow"
)

// Handshakes compares two handshakes: as a whole, step by step, and by what was checked and found. Names, times, keys,
// hashes and signatures differ between any two runs; they are counted and not told, as long as each name of one
// handshake always stands for the same one of the other.
func Handshakes(a, b Side) Comparison {
	c := comparer{a: a, b: b, names: newNames(), copied: map[likeness]bool{}}
	c.names.pairServers(a, b)
	la, lb := eventsOf(a.State), eventsOf(b.State)
	c.names.pairUsersAndRooms(a, b, la, lb)
	c.events = c.names.pairEvents(a.State, b.State, la, lb)
	out := Comparison{Doorstep: 1, A: summary(a), B: summary(b)}
	out.Header = c.facts(out.A, out.B)
	out.Steps = c.steps()
	out.Checks = checks(a.State, b.State)
	out.Findings = findings(a.Findings, b.Findings)
	out.Folds = c.names.folds()
	out.count()
	return out
}

func summary(s Side) Summary {
	h := s.Trace.Header
	return Summary{Name: s.Name, Title: h.Title, Source: h.Source, Tool: h.Tool,
		Created: h.Created.UTC().Format("2006-01-02T15:04:05Z"), Form: h.Form, RoomVersion: roomVersion(s.State),
		Software: software(s), Outcome: s.State.Outcome(), Joining: h.Joining, User: h.User, Target: h.Target,
		Entries: len(s.Trace.Entries), Redacted: h.Redacted != nil, Imported: h.Imported}
}

func roomVersion(s flow.State) string {
	if s.Template == nil || s.Template.RoomVersion == nil {
		return ""
	}
	return s.Template.RoomVersion.ID
}
