package sandbox

import (
	"encoding/json"
	"slices"
	"strconv"
	"sync"

	"doorstep/client"
	"doorstep/flow/auth"
	"doorstep/flow/event"
	"doorstep/flow/sandbox/engine"
)

func joinAnswerOf(c *engine.Change) *engine.JoinAnswer { return c.Body.(*engine.JoinAnswer) }

// withhold returns a fault that leaves the event of one step out of both lists.
func withhold(step string) func(*engine.Change) {
	return func(c *engine.Change) {
		stateWithout(step)(c)
		joinAnswerOf(c).Chain = without(joinAnswerOf(c).Chain, c.Room.Step(step))
	}
}

// stateWithout returns a fault that leaves the event of one step out of the state.
func stateWithout(step string) func(*engine.Change) {
	return func(c *engine.Change) { joinAnswerOf(c).State = without(joinAnswerOf(c).State, c.Room.Step(step)) }
}

func without(events []*event.Event, e *event.Event) []*event.Event {
	return slices.DeleteFunc(events, func(other *event.Event) bool { return other.ID() == e.ID() })
}

// remakeJoin replaces the returned join by one that was made a millisecond later and signed by the resident server
// only.
func remakeJoin(c *engine.Change) {
	j := joinAnswerOf(c)
	raw, err := event.Edit(j.Event.Raw(), []event.Member{
		{Key: "origin_server_ts", Value: strconv.AppendInt(nil, j.Event.OriginServerTS()+1, 10)},
	}, "signatures", "hashes")
	if err != nil {
		return
	}
	if e, err := event.Hash(j.Event.Version(), raw); err == nil {
		if e, err = e.Sign(c.Server.Name, c.Server.Keys.Current); err == nil {
			j.Event = e
		}
	}
}

// renameJoin gives the returned join a display name.
func renameJoin(c *engine.Change) {
	j := joinAnswerOf(c)
	raw, err := setContent("displayname", "Mallory")(j.Event.Raw())
	if err != nil {
		return
	}
	if e, err := event.Parse(j.Event.Version(), raw); err == nil {
		j.Event = e
	}
}

// omitMembers answers as if omit_members had been asked for.
func omitMembers(c *engine.Change) {
	j := joinAnswerOf(c)
	c.Room.Mu.Lock()
	before, err := c.Room.Before(j.Event.PrevEvents())
	c.Room.Mu.Unlock()
	if err == nil {
		*j = *c.Room.Answer(j.Event, before, true)
	}
}

// chainOfStateOnly leaves out of auth_chain what only the join rests on, not the state that is returned.
func chainOfStateOnly(c *engine.Change) {
	j := joinAnswerOf(c)
	needed := map[string]bool{}
	for _, e := range c.Room.AuthChain(j.State) {
		needed[e.ID()] = true
	}
	j.Chain = slices.DeleteFunc(j.Chain, func(e *event.Event) bool { return !needed[e.ID()] })
}

// forSomebodyElse puts another user of the joining server into the template.
func forSomebodyElse(c *engine.Change) {
	p := c.Body.(*engine.TemplateAnswer).Event
	p.Sender = "@admin:" + client.Domain(p.Sender)
	p.StateKey = p.Sender
}

// staleLevels has the template refer to the power levels that were replaced.
func staleLevels(c *engine.Change) {
	p := c.Body.(*engine.TemplateAnswer).Event
	for i, e := range p.Auth {
		if e.ID() == c.Room.Step(engine.StepLevels2).ID() {
			p.Auth[i] = c.Room.Step(engine.StepLevels)
		}
	}
}

// template returns a fault of the protoevent.
func template(f func(*engine.Proto)) func(*engine.Change) {
	return func(c *engine.Change) { f(c.Body.(*engine.TemplateAnswer).Event) }
}

// sayVersion has make_join name another room version, or with "" none.
func sayVersion(id string) func(*engine.Change) {
	return func(c *engine.Change) { c.Body.(*engine.TemplateAnswer).RoomVersion = id }
}

// closeRoom makes the room one for invited users, right after the template was made.
func closeRoom(c *engine.Change) {
	if e := composed(c, "m.room.join_rules", engine.Fields{"join_rule": "invite"}); e != nil {
		_ = c.Room.Put(e) // the creator may always do that
	}
}

// vanish has the server listen no longer once it has answered.
func vanish(c *engine.Change) {
	gone := make(chan struct{})
	c.Server.HTTP.RegisterOnShutdown(sync.OnceFunc(func() { close(gone) })) // a server may be stopped twice
	client.Go(c.Server.Stop)
	<-gone
}

// composed returns a state event of the creator's, on top of the room as it is now; nil when it cannot be made.
func composed(c *engine.Change, kind string, content engine.Fields) *event.Event {
	f := c.Server.Federation
	p := c.Room.Proto(kind, f.Cast.Alice, "", content, f.Now())
	e, err := p.Event(f.Servers[client.Domain(f.Cast.Alice)].Keys.Current, nil, nil)
	if err != nil {
		return nil
	}
	return e
}

// forbidInState has the state come back with a join rule under which nobody uninvited may join.
func forbidInState(c *engine.Change) {
	e := composed(c, "m.room.join_rules", engine.Fields{"join_rule": "invite"})
	j := joinAnswerOf(c)
	i := slices.IndexFunc(j.State, func(e *event.Event) bool {
		return engine.TupleOf(e) == auth.Tuple{Type: "m.room.join_rules"}
	})
	if e != nil && i >= 0 {
		j.State[i] = e
	}
}

// withoutOurs takes the signature of the server that answers off the returned join.
func withoutOurs(c *engine.Change) {
	j := joinAnswerOf(c)
	e := struct {
		Signatures map[string]json.RawMessage `json:"signatures"`
	}{}
	if json.Unmarshal(j.Event.Raw(), &e) != nil {
		return
	}
	delete(e.Signatures, c.Server.Name)
	raw, err := edit(j.Event.Raw(), "signatures", e.Signatures)
	if err != nil {
		return
	}
	if stripped, err := event.Parse(j.Event.Version(), raw); err == nil {
		j.Event = stripped
	}
}

// hideLevels moves the power levels from state into auth_chain.
func hideLevels(c *engine.Change) {
	stateWithout(engine.StepLevels2)(c)
	joinAnswerOf(c).AddChain(c.Room.Step(engine.StepLevels2))
}

// shortKey adds to a key document an old key that is half as long as a key has to be.
func shortKey(s *engine.Server, reply *engine.Reply) {
	doc, ok := reply.Body.(engine.RawJSON)
	if !ok {
		return
	}
	d := struct {
		Old map[string]json.RawMessage `json:"old_verify_keys"`
	}{}
	if json.Unmarshal(doc, &d) != nil {
		return
	}
	short, err := engine.Encode(engine.Fields{"key": event.EncodeBase64(make([]byte, 16)),
		"expired_ts": s.Federation.Now().Add(-engine.Gap).UnixMilli()})
	if err != nil {
		return
	}
	d.Old["ed25519:short"] = short
	old, err := engine.Encode(d.Old)
	if err != nil {
		return
	}
	if doc, err = event.Edit(doc, []event.Member{{Key: "old_verify_keys", Value: old}}, "signatures"); err != nil {
		return
	}
	if doc, err = event.SignJSON(doc, s.Name, s.Keys.Current); err == nil {
		reply.Body = engine.RawJSON(doc)
	}
}
