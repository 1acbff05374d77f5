package sandbox

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"doorstep/client"
	"doorstep/flow/auth"
	"doorstep/flow/event"
	"doorstep/flow/sandbox/engine"
)

// redraft returns a fault that alters the draft of one step.
func redraft(step string, f func(*engine.Draft)) func([]engine.Draft, engine.Cast) []engine.Draft {
	return func(h []engine.Draft, _ engine.Cast) []engine.Draft {
		f(engine.At(h, step))
		return h
	}
}

// tamper returns a fault that changes the event of one step after it was signed.
func tamper(step string, f func([]byte) ([]byte, error)) func([]engine.Draft, engine.Cast) []engine.Draft {
	return redraft(step, func(d *engine.Draft) { d.Signed = f })
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
func before(h []engine.Draft, step string, d engine.Draft) []engine.Draft {
	return slices.Insert(h, slices.IndexFunc(h, func(d engine.Draft) bool { return d.Step == step }), d)
}

func secondCreate(h []engine.Draft, c engine.Cast) []engine.Draft {
	content := maps.Clone(engine.At(h, engine.StepCreate).Content)
	h = before(h, engine.StepTopic, engine.Draft{Step: "second create", Kind: "m.room.create", Sender: c.Alice,
		Content: content, Outlier: true})
	engine.At(h, engine.StepTopic).Auth = map[auth.Tuple]string{{Type: "m.room.create"}: "second create"}
	return h
}

// avatar is a state event of erin's, who has no power for it.
func avatar(c engine.Cast) engine.Draft {
	return engine.Draft{
		Step: "avatar", Kind: "m.room.avatar", Sender: c.Erin, Unchecked: true,
		Content: engine.Fields{"url": "mxc://" + client.Domain(c.Erin) + "/OcJqxyNMbWkWUexAmgSKQErv"},
	}
}

func avatarWithoutPower(h []engine.Draft, c engine.Cast) []engine.Draft { return append(h, avatar(c)) }

func seizedPower(h []engine.Draft, c engine.Cast) []engine.Draft {
	content := maps.Clone(engine.At(h, engine.StepLevels2).Content)
	users := maps.Clone(content["users"].(engine.Fields))
	users[c.Erin] = 100
	content["users"] = users
	d := avatar(c)
	d.Auth = map[auth.Tuple]string{{Type: "m.room.power_levels"}: "seized power"}
	return append(h,
		engine.Draft{Step: "seized power", Kind: "m.room.power_levels", Sender: c.Erin, Content: content, Outlier: true,
			Unchecked: true}, d)
}

func listCreate(h []engine.Draft, _ engine.Cast) []engine.Draft {
	d := engine.At(h, engine.StepTopic)
	d.Auth, d.Unchecked = map[auth.Tuple]string{{Type: "m.room.create"}: engine.StepCreate}, true
	return h
}

// everybodyLeaves has every member on the second server leave at the end.
func everybodyLeaves(h []engine.Draft, c engine.Cast) []engine.Draft {
	for _, user := range []string{c.Alice, c.Bob, c.Erin} {
		if client.Domain(user) == client.Domain(c.Bob) {
			h = append(h, engine.Draft{Step: user + " leaves", Kind: "m.room.member", Sender: user, StateKey: user,
				Content: engine.Fields{"membership": "leave"}})
		}
	}
	return h
}

// bobLeaves leaves nobody on the second server whose membership anything rests on.
func bobLeaves(h []engine.Draft, c engine.Cast) []engine.Draft {
	return append(h, engine.Draft{Step: "bob leaves", Kind: "m.room.member", Sender: c.Bob, StateKey: c.Bob,
		Content: engine.Fields{"membership": "leave"}})
}

// withoutAlias leaves the canonical alias out, so that an invite cannot name it.
func withoutAlias(h []engine.Draft, _ engine.Cast) []engine.Draft {
	return slices.DeleteFunc(h, func(d engine.Draft) bool { return d.Kind == "m.room.canonical_alias" })
}

// wereHere has the user who wants to join have been in the room before, signed with a key that was lost since.
func wereHere(h []engine.Draft, c engine.Cast) []engine.Draft {
	for _, membership := range []string{"join", "leave"} {
		h = append(h, engine.Draft{
			Step: "you once: " + membership, Kind: "m.room.member", Sender: c.You, StateKey: c.You, Key: engine.LostKey,
			Content: engine.Fields{"membership": membership},
		})
	}
	return h
}

// otherKey has everything that the second server signed with its present key be signed with another one under the
// same ID.
func otherKey(h []engine.Draft, c engine.Cast) []engine.Draft {
	rotated := false
	for i := range h {
		rotated = rotated || h[i].Rotates
		if rotated && client.Domain(h[i].Sender) == client.Domain(c.Bob) {
			h[i].Signed = turnSignature
		}
	}
	return h
}

// oldFashioned has a member whose user ID could not be registered any more.
func oldFashioned(h []engine.Draft, c engine.Cast) []engine.Draft {
	user := "@Frieda F.:" + client.Domain(c.Bob)
	return append(h, engine.Draft{Step: "frieda joins", Kind: "m.room.member", Sender: user, StateKey: user,
		Content: engine.Fields{"membership": "join"}})
}

// policed names a policy server.
func policed(h []engine.Draft, c engine.Cast) []engine.Draft {
	return append(h, engine.Draft{Step: "policy", Kind: "m.room.policy", Sender: c.Alice, Content: engine.Fields{
		"via": "policy.example", "public_keys": engine.Fields{"ed25519": "XGX0JRS2Af3be3knz2fBiRbApjm2Dh61gXDJA8kcJNI"},
	}})
}

// redactedState has a member, power levels, the topic and the creator's own join redacted, with the redaction told of
// and without.
func redactedState(h []engine.Draft, c engine.Cast) []engine.Draft {
	for i := range h {
		if h[i].Kind == "m.room.power_levels" {
			h[i].Content["notifications"] = engine.Fields{"room": 50} // which no redaction leaves
		}
	}
	for i, step := range []string{"erin joins", engine.StepLevels2, engine.StepTopic, "alice joins", engine.StepLevels} {
		h = append(h, engine.Draft{Step: "redaction of " + step, Kind: "m.room.redaction", Sender: c.Alice, Redacts: step,
			Bare:    i%2 == 1,
			Content: engine.Fields{"reason": "spam"}})
	}
	return h
}

// troublesome has a member whose name is a number, a topic with a NUL in it and a null among the levels.
func troublesome(h []engine.Draft, c engine.Cast) []engine.Draft {
	engine.At(h, "erin joins").Content["displayname"] = 5
	engine.At(h, engine.StepTopic).Content["topic"] = "What is behind\x00the door?"
	engine.At(h, engine.StepLevels2).Content["notifications"] = engine.Fields{"room": nil}
	return h
}

// overlong has the topic carry in unsigned what it replaced, of a length that takes it over the limit.
func overlong(raw []byte) ([]byte, error) {
	return edit(raw, "unsigned", engine.Fields{"prev_content": engine.Fields{"topic": strings.Repeat("Once upon a time. ",
		4000)}})
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
	itself, err := engine.Encode([]any{e.EventID, engine.Fields{}})
	if err != nil {
		return nil, err
	}
	return edit(raw, "auth_events", append(e.AuthEvents, itself))
}

// oneID gives the last name of the room the ID of the topic.
func oneID(h []engine.Draft, _ engine.Cast) []engine.Draft {
	var id json.RawMessage
	engine.At(h, engine.StepTopic).Unhashed = func(raw []byte) ([]byte, error) {
		e := struct {
			EventID json.RawMessage `json:"event_id"`
		}{}
		err := json.Unmarshal(raw, &e)
		id = e.EventID
		return raw, err
	}
	second := engine.At(h, "name")
	second.Sender, second.Outlier = engine.At(h, engine.StepTopic).Sender, false
	second.Unhashed = func(raw []byte) ([]byte, error) { return edit(raw, "event_id", id) }
	return h
}

// replaced has the room replaced by another one.
func replaced(h []engine.Draft, c engine.Cast) []engine.Draft {
	return append(h, engine.Draft{Step: "tombstone", Kind: "m.room.tombstone", Sender: c.Alice,
		Content: engine.Fields{"body": "This room has been replaced",
			"replacement_room": "!successor:" + client.Domain(c.Alice)}})
}

// foundedElsewhere gives the room an ID of a server that did not make it, which its own servers do not mind.
func foundedElsewhere(h []engine.Draft, c engine.Cast) []engine.Draft {
	d := engine.At(h, engine.StepCreate)
	d.Accepted, d.Unhashed = true, setField("room_id", "!moved:"+client.Domain(c.Dora))
	return h
}

// setField returns a fault that sets one field of an event before it is hashed and signed.
func setField(key string, value any) func([]byte) ([]byte, error) {
	return func(raw []byte) ([]byte, error) { return edit(raw, key, value) }
}

// elsewhere puts the topic into another room.
func elsewhere(h []engine.Draft, c engine.Cast) []engine.Draft {
	d := engine.At(h, engine.StepTopic)
	d.Unchecked, d.Unhashed = true, setField("room_id", "!elsewhere:"+client.Domain(c.Alice))
	return h
}

// edit sets one member of a JSON object.
func edit(obj []byte, key string, value any) ([]byte, error) {
	text, err := engine.Encode(value)
	if err != nil {
		return nil, err
	}
	return event.Edit(obj, []event.Member{{Key: key, Value: text}})
}
