package sandbox

import (
	"encoding/json"
	"slices"
	"strconv"
	"sync"

	"doorstep/client"
	"doorstep/flow/auth"
	"doorstep/flow/event"
)

func joinAnswerOf(c *change) *joinAnswer { return c.body.(*joinAnswer) }

// withhold returns a fault that leaves the event of one step out of both lists.
func withhold(step string) func(*change) {
	return func(c *change) {
		stateWithout(step)(c)
		joinAnswerOf(c).chain = without(joinAnswerOf(c).chain, c.room.step(step))
	}
}

// stateWithout returns a fault that leaves the event of one step out of the state.
func stateWithout(step string) func(*change) {
	return func(c *change) { joinAnswerOf(c).state = without(joinAnswerOf(c).state, c.room.step(step)) }
}

func without(events []*event.Event, e *event.Event) []*event.Event {
	return slices.DeleteFunc(events, func(other *event.Event) bool { return other.ID() == e.ID() })
}

// remakeJoin replaces the returned join by one that was made a millisecond later and signed by the resident server only.
func remakeJoin(c *change) {
	j := joinAnswerOf(c)
	raw, err := event.Edit(j.event.Raw(), []event.Member{
		{Key: "origin_server_ts", Value: strconv.AppendInt(nil, j.event.OriginServerTS()+1, 10)},
	}, "signatures", "hashes")
	if err != nil {
		return
	}
	if e, err := event.Hash(j.event.Version(), raw); err == nil {
		if e, err = e.Sign(c.server.name, c.server.keys.current); err == nil {
			j.event = e
		}
	}
}

// renameJoin gives the returned join a display name.
func renameJoin(c *change) {
	j := joinAnswerOf(c)
	raw, err := setContent("displayname", "Mallory")(j.event.Raw())
	if err != nil {
		return
	}
	if e, err := event.Parse(j.event.Version(), raw); err == nil {
		j.event = e
	}
}

// omitMembers answers as if omit_members had been asked for.
func omitMembers(c *change) {
	j := joinAnswerOf(c)
	c.room.mu.Lock()
	before, err := c.room.before(j.event.PrevEvents())
	c.room.mu.Unlock()
	if err == nil {
		*j = *c.room.answer(j.event, before, true)
	}
}

// forSomebodyElse puts another user of the joining server into the template.
func forSomebodyElse(c *change) {
	p := c.body.(*templateAnswer).Event
	p.sender = "@admin:" + client.Domain(p.sender)
	p.stateKey = p.sender
}

// staleLevels has the template refer to the power levels that were replaced.
func staleLevels(c *change) {
	p := c.body.(*templateAnswer).Event
	for i, e := range p.auth {
		if e.ID() == c.room.step(stepLevels2).ID() {
			p.auth[i] = c.room.step(stepLevels)
		}
	}
}

// template returns a fault of the protoevent.
func template(f func(*proto)) func(*change) {
	return func(c *change) { f(c.body.(*templateAnswer).Event) }
}

// sayVersion has make_join name another room version, or with "" none.
func sayVersion(id string) func(*change) {
	return func(c *change) { c.body.(*templateAnswer).RoomVersion = id }
}

// closeRoom makes the room one for invited users, right after the template was made.
func closeRoom(c *change) {
	if e := composed(c, "m.room.join_rules", fields{"join_rule": "invite"}); e != nil {
		_ = c.room.put(e) // the creator may always do that
	}
}

// vanish has the server listen no longer once it has answered.
func vanish(c *change) {
	gone := make(chan struct{})
	c.server.http.RegisterOnShutdown(sync.OnceFunc(func() { close(gone) })) // a server may be stopped twice
	client.Go(c.server.stop)
	<-gone
}

// composed returns a state event of the creator's, on top of the room as it is now; nil when it cannot be made.
func composed(c *change, kind string, content fields) *event.Event {
	f := c.server.federation
	p := c.room.proto(kind, f.cast.alice, "", content, f.now())
	e, err := p.event(f.servers[client.Domain(f.cast.alice)].keys.current, nil, nil)
	if err != nil {
		return nil
	}
	return e
}

// forbidInState has the state come back with a join rule under which nobody uninvited may join.
func forbidInState(c *change) {
	e := composed(c, "m.room.join_rules", fields{"join_rule": "invite"})
	j := joinAnswerOf(c)
	i := slices.IndexFunc(j.state, func(e *event.Event) bool { return tupleOf(e) == auth.Tuple{Type: "m.room.join_rules"} })
	if e != nil && i >= 0 {
		j.state[i] = e
	}
}

// withoutOurs takes the signature of the server that answers off the returned join.
func withoutOurs(c *change) {
	j := joinAnswerOf(c)
	e := struct {
		Signatures map[string]json.RawMessage `json:"signatures"`
	}{}
	if json.Unmarshal(j.event.Raw(), &e) != nil {
		return
	}
	delete(e.Signatures, c.server.name)
	raw, err := edit(j.event.Raw(), "signatures", e.Signatures)
	if err != nil {
		return
	}
	if stripped, err := event.Parse(j.event.Version(), raw); err == nil {
		j.event = stripped
	}
}

// hideLevels moves the power levels from state into auth_chain.
func hideLevels(c *change) {
	stateWithout(stepLevels2)(c)
	joinAnswerOf(c).addChain(c.room.step(stepLevels2))
}

// shortKey adds to a key document an old key that is half as long as a key has to be.
func shortKey(s *server, reply *Reply) {
	doc, ok := reply.Body.(rawJSON)
	if !ok {
		return
	}
	d := struct {
		Old map[string]json.RawMessage `json:"old_verify_keys"`
	}{}
	if json.Unmarshal(doc, &d) != nil {
		return
	}
	short, err := encode(fields{"key": event.EncodeBase64(make([]byte, 16)), "expired_ts": s.federation.now().Add(-gap).UnixMilli()})
	if err != nil {
		return
	}
	d.Old["ed25519:short"] = short
	old, err := encode(d.Old)
	if err != nil {
		return
	}
	if doc, err = event.Edit(doc, []event.Member{{Key: "old_verify_keys", Value: old}}, "signatures"); err != nil {
		return
	}
	if doc, err = event.SignJSON(doc, s.name, s.keys.current); err == nil {
		reply.Body = rawJSON(doc)
	}
}
