package sandbox

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"doorstep/client"
	"doorstep/flow/auth"
	"doorstep/flow/event"
)

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

// everybodyLeaves has every member on one server leave at the end.
func everybodyLeaves(server string) func([]draft, cast) []draft {
	return func(h []draft, c cast) []draft {
		for _, user := range []string{c.alice, c.bob, c.erin} {
			if client.Domain(user) == server {
				h = append(h, draft{step: user + " leaves", kind: "m.room.member", sender: user, stateKey: user, content: fields{"membership": "leave"}})
			}
		}
		return h
	}
}

// withoutAlias leaves the canonical alias out, so that an invite cannot name it.
func withoutAlias(h []draft, _ cast) []draft {
	return slices.DeleteFunc(h, func(d draft) bool { return d.kind == "m.room.canonical_alias" })
}

// wereHere has the user who wants to join have been in the room before, signed with a key that was lost since.
func wereHere(h []draft, c cast) []draft {
	for _, membership := range []string{"join", "leave"} {
		h = append(h, draft{
			step: "you once: " + membership, kind: "m.room.member", sender: c.you, stateKey: c.you, key: lostKey,
			content: fields{"membership": membership},
		})
	}
	return h
}

// otherKey has everything that the second server signed with its present key be signed with another one under the same ID.
func otherKey(h []draft, c cast) []draft {
	rotated := false
	for i := range h {
		rotated = rotated || h[i].rotates
		if rotated && client.Domain(h[i].sender) == client.Domain(c.bob) {
			h[i].signed = turnSignature
		}
	}
	return h
}

// oldFashioned has a member whose user ID could not be registered any more.
func oldFashioned(h []draft, c cast) []draft {
	user := "@Frieda F.:" + client.Domain(c.bob)
	return append(h, draft{step: "frieda joins", kind: "m.room.member", sender: user, stateKey: user, content: fields{"membership": "join"}})
}

// policed names a policy server.
func policed(h []draft, c cast) []draft {
	return append(h, draft{step: "policy", kind: "m.room.policy", sender: c.alice, content: fields{
		"via": "policy.example", "public_keys": fields{"ed25519": "XGX0JRS2Af3be3knz2fBiRbApjm2Dh61gXDJA8kcJNI"},
	}})
}

// redactedState has a member, power levels, the topic and the creator's own join redacted, with the redaction told of and without.
func redactedState(h []draft, c cast) []draft {
	for i := range h {
		if h[i].kind == "m.room.power_levels" {
			h[i].content["notifications"] = fields{"room": 50} // which no redaction leaves
		}
	}
	for i, step := range []string{"erin joins", stepLevels2, stepTopic, "alice joins", stepLevels} {
		h = append(h, draft{step: "redaction of " + step, kind: "m.room.redaction", sender: c.alice, redacts: step, bare: i%2 == 1,
			content: fields{"reason": "spam"}})
	}
	return h
}

// troublesome has a member whose name is a number, a topic with a NUL in it and a null among the levels.
func troublesome(h []draft, c cast) []draft {
	at(h, "erin joins").content["displayname"] = 5
	at(h, stepTopic).content["topic"] = "What is behind\x00the door?"
	at(h, stepLevels2).content["notifications"] = fields{"room": nil}
	return h
}

// overlong has the topic carry in unsigned what it replaced, of a length that takes it over the limit.
func overlong(raw []byte) ([]byte, error) {
	return edit(raw, "unsigned", fields{"prev_content": fields{"topic": strings.Repeat("Once upon a time. ", 4000)}})
}

// onItself has the topic name itself among its auth_events.
func onItself(raw []byte) ([]byte, error) {
	e := struct {
		EventID    string            `json:"event_id"`
		AuthEvents []json.RawMessage `json:"auth_events"`
	}{}
	if err := json.Unmarshal(raw, &e); err != nil {
		return nil, err
	}
	itself, err := encode([]any{e.EventID, fields{}})
	if err != nil {
		return nil, err
	}
	return edit(raw, "auth_events", append(e.AuthEvents, itself))
}

// oneID gives the last name of the room the ID of the topic.
func oneID(h []draft, _ cast) []draft {
	var id json.RawMessage
	at(h, stepTopic).unhashed = func(raw []byte) ([]byte, error) {
		e := struct {
			EventID json.RawMessage `json:"event_id"`
		}{}
		err := json.Unmarshal(raw, &e)
		id = e.EventID
		return raw, err
	}
	second := at(h, "name")
	second.sender, second.outlier = at(h, stepTopic).sender, false
	second.unhashed = func(raw []byte) ([]byte, error) { return edit(raw, "event_id", id) }
	return h
}

// replaced has the room replaced by another one.
func replaced(h []draft, c cast) []draft {
	return append(h, draft{step: "tombstone", kind: "m.room.tombstone", sender: c.alice,
		content: fields{"body": "This room has been replaced", "replacement_room": "!successor:" + client.Domain(c.alice)}})
}

// foundedElsewhere gives the room an ID of a server that did not make it, which its own servers do not mind.
func foundedElsewhere(h []draft, _ cast) []draft {
	d := at(h, stepCreate)
	d.accepted, d.unhashed = true, setField("room_id", "!moved:"+DirectoryName)
	return h
}

// setField returns a fault that sets one field of an event before it is hashed and signed.
func setField(key string, value any) func([]byte) ([]byte, error) {
	return func(raw []byte) ([]byte, error) { return edit(raw, key, value) }
}

// elsewhere puts the topic into another room.
func elsewhere(h []draft, c cast) []draft {
	d := at(h, stepTopic)
	d.unchecked, d.unhashed = true, setField("room_id", "!elsewhere:"+client.Domain(c.alice))
	return h
}

// edit sets one member of a JSON object.
func edit(obj []byte, key string, value any) ([]byte, error) {
	text, err := encode(value)
	if err != nil {
		return nil, err
	}
	return event.Edit(obj, []event.Member{{Key: key, Value: text}})
}
