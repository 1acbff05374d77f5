package engine

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
	Steps   map[string]*event.Event // by the step of the history
	// redacted holds, by ID, what is handed out of events that were redacted; they are judged as they were.
	redacted map[string]*event.Event

	Mu      sync.Mutex
	Create  *event.Event
	Nodes   map[string]*node // by event ID
	order   []*node          // as they were accepted
	current auth.StateMap
	ends    []*node // the forward extremities
	crowd   *crowd  // what makes it large; nil: it is not
}

// A node is an event in its room.
type node struct {
	*event.Event
	place    int
	After    auth.StateMap // the state after it; for an outlier nil
	rejected bool
}

// A composer makes the events of a history: it holds the signing keys of their senders' servers.
type composer struct {
	keys   map[string]*keyring
	random *Random
	now    time.Time
	// invites are signed by the invited user's server as well, as real ones are: Dendrite asks for that
	cosigns bool
}

// newRoom returns the room that history leads to, its last event a little before now.
func newRoom(v *event.Version, history []Draft, c composer) (*Room, error) {
	r := &Room{version: v, Steps: map[string]*event.Event{}, redacted: map[string]*event.Event{},
		Nodes: map[string]*node{}, current: auth.StateMap{}}
	founder := client.Domain(history[0].Sender)
	if !v.RoomIDIsCreate {
		r.id = "!" + c.random.name() + ":" + founder
	}
	start := c.now.Add(-Gap * time.Duration(len(history)+1))
	for i, d := range history {
		ts := start.Add(Gap * time.Duration(i))
		server := client.Domain(d.Sender)
		keys := c.keys[server]
		if d.Rotates {
			keys.rotate(ts.Add(-Gap / 2))
		}
		if invited := client.Domain(d.StateKey); c.cosigns && d.Content["membership"] == "invite" && c.keys[invited] != nil {
			d.Cosigner, d.Cosigns = invited, c.keys[invited].Current
		}
		if err := r.add(d, ts, keys.named(d.Key), c.random); err != nil {
			return nil, fmt.Errorf("history: %s: %w", d.Step, err)
		}
	}
	return r, nil
}

// add makes the event of d and accepts it.
func (r *Room) add(d Draft, ts time.Time, key event.SigningKey, random *Random) error {
	p := r.Proto(d.Kind, d.Sender, d.StateKey, d.Content, ts)
	if d.Redacts != "" {
		p.redacts = r.Steps[d.Redacts].ID()
		if r.version.RedactsInContent {
			p.Content = maps.Clone(d.Content)
			p.Content["redacts"] = p.redacts
		}
	}
	if d.Kind == "m.room.create" {
		p.prev, p.Depth = nil, 1
		if r.version.RoomIDIsCreate {
			p.roomID = ""
		}
	}
	r.substitute(p, d.Auth)
	if r.version.IDs == event.IDChosen {
		p.eventID = "$" + random.name() + ":" + client.Domain(d.Sender)
	}
	if KeepsOrigin(r.version) {
		p.origin = client.Domain(d.Sender)
	}
	e, err := p.Event(key, d.Unhashed, d.Signed)
	if err != nil {
		return err
	}
	if d.Cosigner != "" && d.Cosigner != client.Domain(d.Sender) {
		if e, err = e.Sign(d.Cosigner, d.Cosigns); err != nil {
			return err
		}
	}
	if r.Create == nil {
		r.Create, r.id = e, e.RoomID()
	}
	r.Steps[d.Step] = e
	verdict := r.judge(e, r.current)
	if verdict.Outcome != auth.Allowed && !d.Unchecked && !d.Accepted {
		return fmt.Errorf("rule %s: %s", verdict.Rule, verdict.Reason)
	}
	n := r.insert(e)
	n.rejected = verdict.Outcome != auth.Allowed && !d.Accepted
	if d.Redacts != "" {
		if err := r.redact(r.Steps[d.Redacts], e, d.Bare); err != nil {
			return err
		}
	}
	if !d.Outlier {
		r.apply(n, r.current)
	}
	return nil
}

// substitute replaces, or adds where nothing was selected, the auth events at the tuples of by by those of the steps
// named.
func (r *Room) substitute(p *Proto, by map[auth.Tuple]string) {
	for t, step := range by {
		other := r.Steps[step]
		i := slices.IndexFunc(p.Auth, func(e *event.Event) bool { return TupleOf(e) == t })
		if i < 0 {
			p.Auth = slices.Insert(p.Auth, 0, other)
		} else {
			p.Auth[i] = other
		}
	}
}

// KeepsOrigin reports whether events of version v carry origin: up to version 10 redaction keeps it.
func KeepsOrigin(v *event.Version) bool { return v.CreatorField }

// TupleOf is the place of a state event: its type and state key.
func TupleOf(e *event.Event) auth.Tuple {
	key, _ := e.StateKey()
	return auth.Tuple{Type: e.Type(), StateKey: key}
}

// Proto returns a state event on top of the room as it is now: auth events selected from the current state, the ends
// of the room as prev events.
func (r *Room) Proto(kind, sender, stateKey string, content Fields, ts time.Time) *Proto {
	r.Mu.Lock()
	defer r.Mu.Unlock()
	p := &Proto{version: r.version, kind: kind, roomID: r.id, Sender: sender, StateKey: stateKey, Content: content,
		ts: ts, Depth: 1}
	for _, end := range r.ends {
		p.prev = append(p.prev, end.Event)
		p.Depth = max(p.Depth, end.Depth()+1)
	}
	const maxDepth, maxPrev = 1<<53 - 1, 20
	p.Depth, p.prev = min(p.Depth, maxDepth), p.prev[:min(len(p.prev), maxPrev)]
	if e, err := p.parse(); err == nil {
		for _, t := range auth.Select(e) {
			if chosen := r.current[t]; chosen != nil {
				p.Auth = append(p.Auth, chosen)
			}
		}
	}
	return p
}

// parse reads p as the event it will be, but for hashes and signatures.
func (p *Proto) parse() (*event.Event, error) {
	raw, err := Encode(p)
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
		if n := r.Nodes[id]; n != nil {
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

// context tells the rules what they need to know. The signature of whoever authorises a restricted join is taken as
// given: it is this federation's to add, and send_join adds it before the join is accepted.
func (r *Room) context() auth.Context {
	return auth.Context{
		Create:   r.Create,
		Rejected: func(id string) bool { return r.Nodes[id] != nil && r.Nodes[id].rejected },
		Signed:   func(*event.Event, string) (auth.Answer, string) { return auth.Yes, "" },
		Brief:    true,
	}
}

// insert makes e known to the room.
func (r *Room) insert(e *event.Event) *node {
	n := &node{Event: e, place: len(r.order)}
	r.Nodes[e.ID()] = n
	r.order = append(r.order, n)
	return n
}

// apply gives n its place at the end of the room: the state before it, it itself, and the ends it replaces.
func (r *Room) apply(n *node, before auth.StateMap) {
	n.After = cloneState(before)
	r.current = cloneState(r.current)
	if _, ok := n.StateKey(); ok {
		n.After[TupleOf(n.Event)] = n.Event
		r.current[TupleOf(n.Event)] = n.Event
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

var (
	// errUnknownPrev says that an event is to follow one that is not in the room.
	errUnknownPrev = errors.New("prev_events names an event that is not in the room")
	// errNoPrev says that an event is to follow none: there is no state that it could be allowed by.
	errNoPrev = errors.New("prev_events is empty: there is no state before the event that allows it")
)

// Before returns the state before an event with those prev events. Where the room has forked, its branches differ by
// memberships that were accepted at the same time; of two for one user the later counts.
func (r *Room) Before(prev []string) (auth.StateMap, error) {
	out := auth.StateMap{}
	for _, id := range prev {
		n := r.Nodes[id]
		if n == nil || n.After == nil {
			return nil, errUnknownPrev
		}
		for t, e := range n.After {
			if have := out[t]; have == nil || r.Nodes[have.ID()].place < r.Nodes[e.ID()].place {
				out[t] = e
			}
		}
	}
	if len(out) == 0 {
		return nil, errNoPrev
	}
	return out, nil
}

// accept adds e to the room and returns the state before it. An event that is there already is left as it is, and
// known returned in its place. A Verdict other than Allowed means that it was refused. An event that the present
// state would not allow, although the state before it does, is kept out of the state: it is soft-failed. Spec:
// server-server, Checks performed on receipt of a PDU, 4 to 6.
func (r *Room) accept(e *event.Event) (known *event.Event, before auth.StateMap, verdict auth.Verdict, err error) {
	r.Mu.Lock()
	defer r.Mu.Unlock()
	before, err = r.Before(e.PrevEvents())
	if err != nil {
		return nil, nil, verdict, err
	}
	if n := r.Nodes[e.ID()]; n != nil {
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
		n.After = before
	}
	return e, before, verdict, nil
}

// Put accepts an event of the federation's own.
func (r *Room) Put(e *event.Event) error {
	_, _, verdict, err := r.accept(e)
	if err == nil && verdict.Outcome != auth.Allowed {
		err = fmt.Errorf("rule %s: %s", verdict.Rule, verdict.Reason)
	}
	return err
}

// ID returns the room ID.
func (r *Room) ID() string { return r.id }

// Version returns the room version.
func (r *Room) Version() *event.Version { return r.version }

// State returns the current state: one event for each type and state key, in the order in which they were accepted.
func (r *Room) State() []*event.Event {
	r.Mu.Lock()
	defer r.Mu.Unlock()
	return r.sorted(r.current)
}

// Events returns every event of the room, in the order in which they were accepted.
func (r *Room) Events() []*event.Event {
	r.Mu.Lock()
	defer r.Mu.Unlock()
	out := make([]*event.Event, len(r.order))
	for i, n := range r.order {
		out[i] = n.Event
	}
	return out
}

// Membership returns the present membership of a user; empty when there has never been one.
func (r *Room) Membership(user string) string {
	r.Mu.Lock()
	defer r.Mu.Unlock()
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
	r.Mu.Lock()
	defer r.Mu.Unlock()
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
	r.Mu.Lock()
	defer r.Mu.Unlock()
	return r.current
}

// knew reports whether a server has ever had a user in the room.
func (r *Room) knew(server string) bool {
	r.Mu.Lock()
	defer r.Mu.Unlock()
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
	slices.SortFunc(out, func(a, b *event.Event) int { return r.Nodes[a.ID()].place - r.Nodes[b.ID()].place })
	return out
}

// AuthChain returns what events rest on, in the order of the room.
func (r *Room) AuthChain(of []*event.Event) []*event.Event {
	r.Mu.Lock()
	defer r.Mu.Unlock()
	return r.chain(of, nil)
}

// chain returns every event that those of from rest on, whether directly or through others, in the order in which
// the room accepted them. The events of from are in it where another rests on them, those of
// needed in any case.
func (r *Room) chain(from []*event.Event, needed map[string]bool) []*event.Event {
	reached := map[string]bool{}
	var walk func(e *event.Event)
	walk = func(e *event.Event) {
		for _, id := range e.AuthEvents() {
			if n := r.Nodes[id]; n != nil && !reached[id] {
				reached[id] = true
				walk(n.Event)
			}
		}
	}
	for _, e := range from {
		walk(e)
	}
	for id := range needed {
		reached[id] = true
		walk(r.Nodes[id].Event)
	}
	if r.version.RoomIDIsCreate {
		reached[r.Create.ID()] = true // the room ID stands for it
	}
	var out []*event.Event
	for _, n := range r.order {
		if reached[n.ID()] {
			out = append(out, n.Event)
		}
	}
	return out
}

// Step returns the event of a step of the history.
func (r *Room) Step(name string) *event.Event { return r.Steps[name] }

// redact keeps for e what is handed out of it from now on: what its redaction, by, leaves. Dendrite tells of the
// redaction in unsigned, with its own record of the event around it; Synapse sends the bare event.
func (r *Room) redact(e, by *event.Event, bare bool) error {
	left := e.Redacted()
	if !bare {
		unsigned, err := Encode(Fields{
			"redacted_by":      by.ID(),
			"redacted_because": Fields{"EventNID": len(r.order), "PDU": RawJSON(by.Raw()), "Rejected": false},
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
