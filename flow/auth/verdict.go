package auth

import "doorstep/flow/event"

// AgainstAuthEvents decides e by the events its own auth_events name. list holds those that are available, in the order
// of auth_events; missing the IDs of the others. An ID that auth_events names and neither holds is missing too; an
// event in list that auth_events does not name is left aside. With an event missing, e can be rejected (two entries at
// one tuple, say) but never allowed. Spec: server-server, Checks performed on receipt of a PDU, 4.
func AgainstAuthEvents(e *event.Event, list []*event.Event, missing []string, c Context) Verdict {
	if e == nil {
		return Verdict{Outcome: Undecided, Reason: "There is no event to judge."}
	}
	j := judge{event: e, context: c, byList: true}
	j.entries, j.missing = entries(e.AuthEvents(), list, missing)
	return j.verdict()
}

// AgainstState decides e by a room state. The rules about the auth_events list are among Tried as not applying.
// Spec: server-server, Checks performed on receipt of a PDU, 5 and 6.
func AgainstState(e *event.Event, s State, c Context) Verdict {
	if e == nil {
		return Verdict{Outcome: Undecided, Reason: "There is no event to judge."}
	}
	j := judge{event: e, context: c, state: s}
	if s == nil {
		j.state = StateMap(nil)
	}
	return j.verdict()
}

// entries gives, for the IDs an event names, the events in the order named and the IDs for which there is none.
func entries(named []string, list []*event.Event, missing []string) ([]*event.Event, []string) {
	if len(missing) == 0 && len(list) == len(named) && sameOrder(named, list) {
		return list, nil
	}
	byID := make(map[string]*event.Event, len(list))
	for _, e := range list {
		if e != nil {
			byID[e.ID()] = e
		}
	}
	for _, id := range missing {
		delete(byID, id)
	}
	var found []*event.Event
	var lacking []string
	for _, id := range named {
		if e := byID[id]; e != nil {
			found = append(found, e)
		} else {
			lacking = append(lacking, id)
		}
	}
	return found, lacking
}

func sameOrder(ids []string, list []*event.Event) bool {
	for i, e := range list {
		if e == nil || e.ID() != ids[i] {
			return false
		}
	}
	return true
}

// Rules returns the rules of a room version in the order of its page, with their numbers and what they say; nil for a
// version that is not one of 1 to 12.
func Rules(version string) []Rule {
	var list []Rule
	var walk func([]rule)
	walk = func(rules []rule) {
		for _, r := range rules {
			list = append(list, Rule{Number: r.number, Says: r.says})
			walk(r.rules)
		}
	}
	walk(page(version))
	return list
}
