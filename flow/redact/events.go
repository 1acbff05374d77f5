package redact

import (
	"bytes"
	"slices"

	"doorstep/flow"
	"doorstep/flow/event"
)

// collect finds the events in a body, and the room versions that are named.
func (r *redactor) collect(raw []byte, depth int) {
	if len(raw) == 0 || depth > deepest {
		return
	}
	switch raw[0] {
	case '[':
		_ = event.EachElement(raw, func(e []byte) { r.collect(e, depth+1) }) // it is JSON
	case '{':
		members, _, _ := event.MembersUpTo(raw, mostMembers, lists...)
		keys := 0
		for _, m := range members {
			if slices.Contains([]string{"type", "sender", "content", "auth_events", "prev_events"}, m.Key) {
				keys++
			}
			if m.Key == "room_version" {
				r.saw(m.Value)
			}
			if m.Key != "content" || keys == 0 {
				r.collect(m.Value, depth+1)
			}
		}
		if keys == 5 {
			r.found = append(r.found, raw)
		}
	}
}

// saw notes a room version that is named, as JSON text.
func (r *redactor) saw(raw []byte) {
	id, _ := event.String(raw)
	if v, ok := event.Lookup(id); ok && v.IDs != event.IDChosen && !slices.Contains(r.versions, v) {
		r.versions = append(r.versions, v)
	}
}

// identify works out the IDs of the events that were found, by the rules of each version that is named.
func (r *redactor) identify() {
	for _, raw := range r.found {
		for _, v := range r.versions {
			if e, err := event.Parse(v, raw); err == nil && e.ID() != "" {
				r.pdus[e.ID()] = pdu{raw, v}
			}
		}
	}
	r.found = nil
}

// hashIDs gives the IDs that are hashes in an event, as texts of JSON, without their quotes.
func hashIDs(raw []byte) func(func([]byte) bool) {
	return func(yield func([]byte) bool) {
		for len(raw) > 0 {
			at := bytes.IndexByte(raw, '"')
			if at < 0 || len(raw) < at+hashID+2 {
				return
			}
			id := raw[at+1 : at+1+hashID]
			if raw[at+1+hashID] != '"' || id[0] != '!' && id[0] != '$' || !isBase64(id[1:]) {
				raw = raw[at+1:]
				continue
			}
			if !yield(id) {
				return
			}
			raw = raw[at+hashID+2:]
		}
	}
}

// isBase64 reports whether all of b are characters of base64, in either alphabet.
func isBase64(b []byte) bool {
	for _, c := range b {
		letter := 'a' <= c|0x20 && c|0x20 <= 'z'
		if !letter && (c < '0' || c > '9') && c != '+' && c != '/' && c != '_' && c != '-' {
			return false
		}
	}
	return true
}

// hashed returns the part of an event that its ID is made from, and a little more.
func (p pdu) hashed() ([]byte, error) { return event.Edit(p.raw, nil, "unsigned", "signatures") }

// A step is an event that waits for its pseudonym.
type step struct {
	id     string
	hashed []byte   // what its ID is made from; nil: it cannot be read
	refs   []string // the events of the trace that it names there, of those that were not looked at yet
}

func (r *redactor) step(id string) step {
	out := step{id: id}
	out.hashed, _ = r.pdus[id].hashed() // an event that was read is an object
	for hash := range hashIDs(out.hashed) {
		ref := "$" + string(hash[1:])
		if _, ok := r.pdus[ref]; ok && ref != id {
			out.refs = append(out.refs, ref)
		}
	}
	return out
}

// work gives an event of the trace its pseudonym, and before it those it names, on a stack of its own: there may be
// very many in a row.
func (r *redactor) work(id string) {
	stack := []step{r.step(id)}
	busy := map[string]bool{id: true}
	for len(stack) > 0 {
		top := &stack[len(stack)-1]
		if _, done := r.names[flow.RemovedEvents][top.id]; done {
			stack = stack[:len(stack)-1]
			continue
		}
		if len(top.refs) > 0 {
			next := top.refs[0]
			top.refs = top.refs[1:]
			if _, done := r.names[flow.RemovedEvents][next]; !done && !busy[next] {
				busy[next] = true
				stack = append(stack, r.step(next))
			}
			continue
		}
		r.settle(*top)
		stack = stack[:len(stack)-1]
	}
}

// settle gives an event the ID that it has once it is redacted.
func (r *redactor) settle(s step) {
	if s.hashed == nil {
		return
	}
	p := r.pdus[s.id]
	delete(r.pdus, s.id) // no event can name itself, by way of others or not; if one seems to, this ends here
	trial := r.trial
	r.trial = false // what comes out is hashed
	defer func() { r.pdus[s.id], r.trial = p, trial }()
	if e, err := event.Parse(p.version, r.json(nil, s.hashed, place{})); err == nil && e.ID() != "" {
		r.names.named(flow.RemovedEvents, s.id, func(int) string { return e.ID() })
	}
}
