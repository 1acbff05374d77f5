package engine

import (
	"maps"
	"slices"
)

// Renamed returns the scenario with public names in place of its parts: in the layout, the facts about its room, the
// faults and the texts that they answer with.
func (s Scenario) Renamed(n Naming) Scenario {
	if len(n) == 0 {
		return s
	}
	l := s.Layout
	s.Layout = Layout{Directory: n.Of(l.Directory), Founder: n.Of(l.Founder), Second: n.Of(l.Second),
		Candidates: n.all(l.Candidates), Down: n.all(l.Down), Outsiders: n.all(l.Outsiders)}
	s.Room.Parent.RoomID = n.text(s.Room.Parent.RoomID)
	s.Room.Parent.KnownTo = n.all(s.Room.Parent.KnownTo)
	s.Asked.Via, s.Asked.Unseen = n.all(s.Asked.Via), n.all(s.Asked.Unseen)
	s.Asked.Notary = n.Of(s.Asked.Notary)
	s.Faults = slices.Clone(s.Faults)
	for i := range s.Faults {
		s.Faults[i] = s.Faults[i].renamed(n)
	}
	return s
}

func (f Fault) renamed(n Naming) Fault {
	f.Server = n.Of(f.Server)
	if f.AlsoNamed != "" {
		f.AlsoNamed = n.Of(f.AlsoNamed)
	}
	f.Instead = f.Instead.renamed(n)
	if f.Certificate != nil {
		leaf := *f.Certificate
		leaf.Names = n.all(leaf.Names)
		f.Certificate = &leaf
	}
	return f
}

// renamed returns an answer whose texts speak of public names; its header fields stay as they are.
func (r *Reply) renamed(n Naming) *Reply {
	if r == nil {
		return nil
	}
	out := *r
	out.Body = n.value(r.Body)
	return &out
}

// value renames in all texts of a value that is made of Fields and lists.
func (n Naming) value(v any) any {
	switch v := v.(type) {
	case string:
		return n.text(v)
	case []string:
		out := slices.Clone(v)
		for i := range out {
			out[i] = n.text(out[i])
		}
		return out
	case Fields:
		out := maps.Clone(v)
		for key := range out {
			out[key] = n.value(out[key])
		}
		return out
	}
	return v
}
