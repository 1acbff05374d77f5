package sandbox

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"

	"doorstep/client"
	"doorstep/flow/auth"
	"doorstep/flow/event"
)

// What the faults of the table do to a history.

// bend returns a fault of the draft of one step.
func bend(step string, f func(*draft)) func([]draft, cast) []draft {
	return func(h []draft, _ cast) []draft {
		f(at(h, step))
		return h
	}
}

// tamper returns a fault that changes the event of one step after it was signed.
func tamper(step string, f func([]byte) ([]byte, error)) func([]draft, cast) []draft {
	return bend(step, func(d *draft) { d.signed = f })
}

// turnSignature turns over one bit of every signature.
func turnSignature(raw []byte) ([]byte, error) {
	e := struct {
		Signatures map[string]map[string]string `json:"signatures"`
	}{}
	if err := json.Unmarshal(raw, &e); err != nil {
		return nil, err
	}
	for _, byKey := range e.Signatures {
		for id, text := range byKey {
			b, _, err := event.DecodeBase64(text)
			if err != nil {
				return nil, err
			}
			b[0] ^= 1
			byKey[id] = event.EncodeBase64(b)
		}
	}
	return edit(raw, "signatures", e.Signatures)
}

// setContent returns a fault that sets one string of an event's content.
func setContent(key, text string) func([]byte) ([]byte, error) {
	return func(raw []byte) ([]byte, error) {
		e := struct {
			Content json.RawMessage `json:"content"`
		}{}
		if err := json.Unmarshal(raw, &e); err != nil {
			return nil, err
		}
		content, err := edit(e.Content, key, text)
		if err != nil {
			return nil, err
		}
		return edit(raw, "content", json.RawMessage(content))
	}
}

// wrongPair puts another event's hash into the last pair of auth_events.
func wrongPair(raw []byte) ([]byte, error) {
	e := struct {
		AuthEvents [][]any `json:"auth_events"`
	}{}
	if err := json.Unmarshal(raw, &e); err != nil {
		return nil, err
	}
	last := len(e.AuthEvents) - 1
	e.AuthEvents[last][1] = e.AuthEvents[0][1]
	return edit(raw, "auth_events", e.AuthEvents)
}

// before puts a draft before the one of a step.
func before(h []draft, step string, d draft) []draft {
	return slices.Insert(h, slices.IndexFunc(h, func(d draft) bool { return d.step == step }), d)
}

func secondCreate(h []draft, c cast) []draft {
	content := maps.Clone(at(h, stepCreate).content)
	h = before(h, stepTopic, draft{step: "second create", kind: "m.room.create", sender: c.alice, content: content, outlier: true})
	at(h, stepTopic).auth = map[auth.Tuple]string{{Type: "m.room.create"}: "second create"}
	return h
}

// avatar is a state event of erin's, who has no power for it.
func avatar(c cast) draft {
	return draft{
		step: "avatar", kind: "m.room.avatar", sender: c.erin, unchecked: true,
		content: fields{"url": "mxc://other.example/OcJqxyNMbWkWUexAmgSKQErv"},
	}
}

func avatarWithoutPower(h []draft, c cast) []draft { return append(h, avatar(c)) }

func seizedPower(h []draft, c cast) []draft {
	content := maps.Clone(at(h, stepLevels2).content)
	users := maps.Clone(content["users"].(fields))
	users[c.erin] = 100
	content["users"] = users
	d := avatar(c)
	d.auth = map[auth.Tuple]string{{Type: "m.room.power_levels"}: "seized power"}
	return append(h,
		draft{step: "seized power", kind: "m.room.power_levels", sender: c.erin, content: content, outlier: true, unchecked: true}, d)
}

func listCreate(h []draft, _ cast) []draft {
	d := at(h, stepTopic)
	d.auth, d.unchecked = map[auth.Tuple]string{{Type: "m.room.create"}: stepCreate}, true
	return h
}

// What they do to an answer.

func (c *change) join() *joinAnswer { return c.body.(*joinAnswer) }

// withhold returns a fault that leaves the event of one step out of both lists.
func withhold(step string) func(*change) {
	return func(c *change) {
		stateWithout(step)(c)
		c.join().chain = without(c.join().chain, c.room.step(step))
	}
}

// stateWithout returns a fault that leaves the event of one step out of the state.
func stateWithout(step string) func(*change) {
	return func(c *change) { c.join().state = without(c.join().state, c.room.step(step)) }
}

func without(events []*event.Event, e *event.Event) []*event.Event {
	return slices.DeleteFunc(events, func(other *event.Event) bool { return other.ID() == e.ID() })
}

// remakeJoin replaces the returned join by one that was made a millisecond later and signed by the resident server only.
func remakeJoin(c *change) {
	j := c.join()
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
	j := c.join()
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
	j := c.join()
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

// edit sets one member of a JSON object.
func edit(obj []byte, key string, value any) ([]byte, error) {
	text, err := encode(value)
	if err != nil {
		return nil, err
	}
	return event.Edit(obj, []event.Member{{Key: key, Value: text}})
}
