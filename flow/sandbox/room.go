package sandbox

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"doorstep/client"
	"doorstep/flow/auth"
	"doorstep/flow/event"
)

// A Room is the room of a scenario: every event, the state after each of them, and the ends new events are added to.
// All resident servers work on the one Room, so that what one of them accepts the others know at once. It is safe for
// concurrent use.
type Room struct {
	version *event.Version
	id      string
	steps   map[string]*event.Event // by the step of the history
	// redacted holds, by ID, what is handed out of events that were redacted; they are judged as they were.
	redacted map[string]*event.Event

	mu      sync.Mutex
	create  *event.Event
	nodes   map[string]*node // by event ID
	order   []*node          // as they were accepted
	current auth.StateMap
	ends    []*node // the forward extremities
}

// A node is an event in its room.
type node struct {
	*event.Event
	place    int
	after    auth.StateMap // the state after it; for an outlier nil
	rejected bool
}

// A composer makes the events of a history: it holds the signing keys of their senders' servers.
type composer struct {
	keys   map[string]*keyring
	random *random
	now    time.Time
}

// newRoom returns the room that history leads to, its last event a little before now.
func newRoom(v *event.Version, history []draft, c composer) (*Room, error) {
	r := &Room{version: v, steps: map[string]*event.Event{}, redacted: map[string]*event.Event{}, nodes: map[string]*node{}, current: auth.StateMap{}}
	founder := client.Domain(history[0].sender)
	if !v.RoomIDIsCreate {
		r.id = "!" + c.random.name() + ":" + founder
	}
	start := c.now.Add(-gap * time.Duration(len(history)+1))
	for i, d := range history {
		ts := start.Add(gap * time.Duration(i))
		server := client.Domain(d.sender)
		keys := c.keys[server]
		if d.rotates {
			keys.rotate(ts.Add(-gap / 2))
		}
		if err := r.add(d, ts, keys.named(d.key), c.random); err != nil {
			return nil, fmt.Errorf("history: %s: %w", d.step, err)
		}
	}
	return r, nil
}

// add makes the event of d and accepts it.
func (r *Room) add(d draft, ts time.Time, key event.SigningKey, random *random) error {
	p := r.proto(d.kind, d.sender, d.stateKey, d.content, ts)
	if d.redacts != "" {
		p.redacts = r.steps[d.redacts].ID()
		if r.version.RedactsInContent {
			p.content = maps.Clone(d.content)
			p.content["redacts"] = p.redacts
		}
	}
	if d.kind == "m.room.create" {
		p.prev, p.depth = nil, 1
		if r.version.RoomIDIsCreate {
			p.roomID = ""
		}
	}
	r.substitute(p, d.auth)
	if r.version.IDs == event.IDChosen {
		p.eventID = "$" + random.name() + ":" + client.Domain(d.sender)
	}
	if keepsOrigin(r.version) {
		p.origin = client.Domain(d.sender)
	}
	e, err := p.event(key, d.unhashed, d.signed)
	if err != nil {
		return err
	}
	if r.create == nil {
		r.create, r.id = e, e.RoomID()
	}
	r.steps[d.step] = e
	verdict := r.judge(e, r.current)
	if verdict.Outcome != auth.Allowed && !d.unchecked && !d.accepted {
		return fmt.Errorf("rule %s: %s", verdict.Rule, verdict.Reason)
	}
	n := r.insert(e)
	n.rejected = verdict.Outcome != auth.Allowed && !d.accepted
	if d.redacts != "" {
		if err := r.redact(r.steps[d.redacts], e, d.bare); err != nil {
			return err
		}
	}
	if !d.outlier {
		r.apply(n, r.current)
	}
	return nil
}

// substitute replaces, or adds where nothing was selected, the auth events at the tuples of by by those of the steps named.
func (r *Room) substitute(p *proto, by map[auth.Tuple]string) {
	for t, step := range by {
		other := r.steps[step]
		i := slices.IndexFunc(p.auth, func(e *event.Event) bool { return tupleOf(e) == t })
		if i < 0 {
			p.auth = slices.Insert(p.auth, 0, other)
		} else {
			p.auth[i] = other
		}
	}
}

// keepsOrigin reports whether events of version v carry origin: up to version 10 redaction keeps it.
func keepsOrigin(v *event.Version) bool { return v.CreatorField }

func tupleOf(e *event.Event) auth.Tuple {
	key, _ := e.StateKey()
	return auth.Tuple{Type: e.Type(), StateKey: key}
}

// proto returns a state event on top of the room as it is now: auth events selected from the current state, the ends of the
// room as prev events.
func (r *Room) proto(kind, sender, stateKey string, content fields, ts time.Time) *proto {
	r.mu.Lock()
	defer r.mu.Unlock()
	p := &proto{version: r.version, kind: kind, roomID: r.id, sender: sender, stateKey: stateKey, content: content, ts: ts, depth: 1}
	for _, end := range r.ends {
		p.prev = append(p.prev, end.Event)
		p.depth = max(p.depth, end.Depth()+1)
	}
	const maxDepth, maxPrev = 1<<53 - 1, 20
	p.depth, p.prev = min(p.depth, maxDepth), p.prev[:min(len(p.prev), maxPrev)]
	if e, err := p.parse(); err == nil {
		for _, t := range auth.Select(e) {
			if chosen := r.current[t]; chosen != nil {
				p.auth = append(p.auth, chosen)
			}
		}
	}
	return p
}

// parse reads p as the event it will be, but for hashes and signatures.
func (p *proto) parse() (*event.Event, error) {
	raw, err := encode(p)
	if err != nil {
		return nil, err
	}
	return event.Parse(p.version, raw)
}

// judge decides e by its auth events and then by state. Whoever calls holds mu, or is alone.
func (r *Room) judge(e *event.Event, state auth.StateMap) auth.Verdict {
	var known []*event.Event
	var missing []string
	for _, id := range e.AuthEvents() {
		if n := r.nodes[id]; n != nil {
			known = append(known, n.Event)
		} else {
			missing = append(missing, id)
		}
	}
	verdict := auth.AgainstAuthEvents(e, known, missing, r.context())
	if verdict.Outcome == auth.Allowed {
		verdict = auth.AgainstState(e, state, r.context())
	}
	return verdict
}

// context tells the rules what they need to know. The signature of whoever authorises a restricted join is taken as given:
// it is this federation's to add, and send_join adds it before the join is accepted.
func (r *Room) context() auth.Context {
	return auth.Context{
		Create:   r.create,
		Rejected: func(id string) bool { return r.nodes[id] != nil && r.nodes[id].rejected },
		Signed:   func(*event.Event, string) (auth.Answer, string) { return auth.Yes, "" },
		Brief:    true,
	}
}

// insert makes e known to the room.
func (r *Room) insert(e *event.Event) *node {
	n := &node{Event: e, place: len(r.order)}
	r.nodes[e.ID()] = n
	r.order = append(r.order, n)
	return n
}

// apply gives n its place at the end of the room: the state before it, it itself, and the ends it replaces.
func (r *Room) apply(n *node, before auth.StateMap) {
	n.after = cloneState(before)
	r.current = cloneState(r.current)
	if _, ok := n.StateKey(); ok {
		n.after[tupleOf(n.Event)] = n.Event
		r.current[tupleOf(n.Event)] = n.Event
	}
	prev := n.PrevEvents()
	r.ends = slices.DeleteFunc(slices.Clone(r.ends), func(end *node) bool { return slices.Contains(prev, end.ID()) })
	r.ends = append(r.ends, n)
}

func cloneState(s auth.StateMap) auth.StateMap {
	out := make(auth.StateMap, len(s)+1)
	for t, e := range s {
		out[t] = e
	}
	return out
}

// errUnknownPrev says that an event is to follow one that is not in the room.
var errUnknownPrev = errors.New("prev_events names an event that is not in the room")

// before returns the state before an event with those prev events. Where the room has forked, its branches differ by
// memberships that were accepted at the same time; of two for one user the later counts.
func (r *Room) before(prev []string) (auth.StateMap, error) {
	out := auth.StateMap{}
	for _, id := range prev {
		n := r.nodes[id]
		if n == nil || n.after == nil {
			return nil, errUnknownPrev
		}
		for t, e := range n.after {
			if have := out[t]; have == nil || r.nodes[have.ID()].place < r.nodes[e.ID()].place {
				out[t] = e
			}
		}
	}
	if len(out) == 0 {
		return nil, errUnknownPrev
	}
	return out, nil
}

// accept adds e to the room and returns the state before it. An event that is there already is left as it is, and known
// returned in its place. A Verdict other than Allowed means that it was refused. An event that the present state would not
// allow, although the state before it does, is kept out of the state: it is soft-failed.
// Spec: server-server, Checks performed on receipt of a PDU, 4 to 6.
func (r *Room) accept(e *event.Event) (known *event.Event, before auth.StateMap, verdict auth.Verdict, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	before, err = r.before(e.PrevEvents())
	if err != nil {
		return nil, nil, verdict, err
	}
	if n := r.nodes[e.ID()]; n != nil {
		return n.Event, before, auth.Verdict{Outcome: auth.Allowed}, nil
	}
	if verdict = r.judge(e, before); verdict.Outcome != auth.Allowed {
		return nil, before, verdict, nil
	}
	allowedNow := auth.AgainstState(e, r.current, r.context()).Outcome == auth.Allowed
	n := r.insert(e)
	if allowedNow {
		r.apply(n, before)
	} else {
		n.after = before
	}
	return e, before, verdict, nil
}

// ID returns the room ID.
func (r *Room) ID() string { return r.id }

// Version returns the room version.
func (r *Room) Version() *event.Version { return r.version }

// State returns the current state: one event for each type and state key, in the order in which they were accepted.
func (r *Room) State() []*event.Event {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.sorted(r.current)
}

// Events returns every event of the room, in the order in which they were accepted.
func (r *Room) Events() []*event.Event {
	r.mu.Lock()
	defer r.mu.Unlock()
	out := make([]*event.Event, len(r.order))
	for i, n := range r.order {
		out[i] = n.Event
	}
	return out
}

// Membership returns the present membership of a user; empty when there has never been one.
func (r *Room) Membership(user string) string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return membership(r.current, user)
}

func membership(s auth.StateMap, user string) string {
	if e := s[auth.Tuple{Type: "m.room.member", StateKey: user}]; e != nil {
		return e.Membership()
	}
	return ""
}

// Servers returns the servers that have a user in the room at present, in order of name.
func (r *Room) Servers() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return servers(r.current)
}

// servers returns the servers that have a joined user in s, in order of name.
func servers(s auth.StateMap) []string {
	var out []string
	for t, e := range s {
		if name := client.Domain(t.StateKey); e.Membership() == "join" && !slices.Contains(out, name) {
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return out
}

// joined returns the users of a server who are in the room, in order of name.
func joined(s auth.StateMap, server string) []string {
	var out []string
	for t, e := range s {
		if e.Membership() == "join" && client.Domain(t.StateKey) == server {
			out = append(out, t.StateKey)
		}
	}
	slices.Sort(out)
	return out
}

// now returns the current state. It is never changed; a later state is another map.
func (r *Room) now() auth.StateMap {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.current
}

// knew reports whether a server has ever had a user in the room.
func (r *Room) knew(server string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.ContainsFunc(r.order, func(n *node) bool {
		key, _ := n.StateKey()
		return n.Membership() == "join" && client.Domain(key) == server
	})
}

// sorted returns the events of s in the order in which the room accepted them.
func (r *Room) sorted(s auth.StateMap) []*event.Event {
	out := make([]*event.Event, 0, len(s))
	for _, e := range s {
		out = append(out, e)
	}
	slices.SortFunc(out, func(a, b *event.Event) int { return r.nodes[a.ID()].place - r.nodes[b.ID()].place })
	return out
}

// chain returns every event that those of from rest on, whether directly or through others, in the order in which
// the room accepted them. The events of from are in it where another rests on them.
func (r *Room) chain(from []*event.Event) []*event.Event {
	reached := map[string]bool{}
	var walk func(e *event.Event)
	walk = func(e *event.Event) {
		for _, id := range e.AuthEvents() {
			if n := r.nodes[id]; n != nil && !reached[id] {
				reached[id] = true
				walk(n.Event)
			}
		}
	}
	for _, e := range from {
		walk(e)
	}
	if r.version.RoomIDIsCreate {
		reached[r.create.ID()] = true // the room ID stands for it
	}
	var out []*event.Event
	for _, n := range r.order {
		if reached[n.ID()] {
			out = append(out, n.Event)
		}
	}
	return out
}

// step returns the event of a step of the history.
func (r *Room) step(name string) *event.Event { return r.steps[name] }

// redact keeps for e what is handed out of it from now on: what its redaction, by, leaves. Dendrite tells of the
// redaction in unsigned, with its own record of the event around it; Synapse sends the bare event.
func (r *Room) redact(e, by *event.Event, bare bool) error {
	left := e.Redacted()
	if !bare {
		unsigned, err := encode(fields{
			"redacted_by":      by.ID(),
			"redacted_because": fields{"EventNID": len(r.order), "PDU": rawJSON(by.Raw()), "Rejected": false},
		})
		if err != nil {
			return err
		}
		raw, err := event.Edit(left.Raw(), []event.Member{{Key: "unsigned", Value: unsigned}})
		if err != nil {
			return err
		}
		if left, err = event.Parse(r.version, raw); err != nil {
			return err
		}
	}
	r.redacted[e.ID()] = left
	return nil
}

// handedOut returns events as they are sent to other servers: those that were redacted as redaction leaves them.
func (r *Room) handedOut(events []*event.Event) []*event.Event {
	out := make([]*event.Event, len(events))
	for i, e := range events {
		out[i] = e
		if left := r.redacted[e.ID()]; left != nil {
			out[i] = left
		}
	}
	return out
}
