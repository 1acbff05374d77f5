package sandbox

import (
	"doorstep/client"
	"doorstep/flow/sandbox/engine"
)

// verificationScenarios have one thing wrong in what comes back from send_join, and nothing else: the check each is
// named for fails, on the event its comment names.
func verificationScenarios() []engine.Scenario {
	return []engine.Scenario{{
		// The topic: nothing rests on it. One bit of its signature is turned over.
		Group: engine.InKeys,
		Name:  "bad-signature", Title: "The signature of one event is wrong", Finding: "bad-signature",
		Teaches: "The event is dropped; nothing else rests on it, so the rest of the room stands.",
		Faults:  []engine.Fault{{History: tamper(engine.StepTopic, turnSignature)}},
	}, {
		// The topic's text: no redaction keeps it, so the signature and the event ID still hold.
		Name: "bad-hash", Title: "The content of one event was changed", Finding: "bad-hash",
		Teaches: "The signature covers the redacted event only. The content hash shows the change, and the event goes on " +
			"redacted.",
		Faults: []engine.Fault{{History: tamper(engine.StepTopic, setContent("topic", "Whatever they want you to read."))}},
	}, {
		// The returned join: the resident server made it again, with another time, and signed it. Well formed, not ours.
		Name: "wrong-event-id", Title: "The join event that comes back has another ID", Finding: "wrong-event-id",
		Teaches: "The ID is the hash of the event: another ID is another event, one that we never signed.",
		Faults:  []engine.Fault{{Endpoint: client.SendJoinV2, Change: remakeJoin}},
	}, {
		// The topic, in version 1: the hash next to bob's member event in its auth_events. Signed as it is.
		Name: "wrong-reference-hash", Title: "A reference names an event by the wrong hash", Finding: "wrong-reference-hash",
		Teaches:     "In versions 1 and 2 a reference carries the hash of the event it names, and the two can be compared.",
		RoomVersion: "1",
		Faults:      []engine.Fault{{History: redraft(engine.StepTopic, func(d *engine.Draft) { d.Unhashed = wrongPair })}},
	}, {
		// Carol's invite: the only event that rests on it is the one by which she declined, and nothing rests on that.
		Name: "missing-auth-event", Title: "An auth event is in neither list", Finding: "missing-auth-event",
		Teaches: "state and auth_chain together have to hold every event that one of them rests on.",
		Faults:  []engine.Fault{{Endpoint: client.SendJoinV2, Change: withhold(engine.StepInvited)}},
	}, {
		// The create event is left out of state only: auth_chain still holds it, so that no event lacks what it rests on.
		Name: "no-create", Title: "The create event is missing from the state", Finding: "no-create",
		Teaches: "Whatever else is in the state, without its create event it is no state of a room, and the answer is " +
			"worth nothing.",
		Faults: []engine.Fault{{Endpoint: client.SendJoinV2, Change: stateWithout(engine.StepCreate)}},
	}, {
		// A second create event of alice's, well made. The topic rests on it, so that it is no padding either.
		Name: "two-creates", Title: "A second create event in auth_chain", Finding: "two-creates",
		Teaches: "A room has one beginning. Each of the two is in order by itself; together they are not.",
		Faults:  []engine.Fault{{History: secondCreate}},
	}, {
		// The name that was replaced: once in force, in neither list otherwise.
		Name: "duplicate-state", Title: "Two state events in one place", Finding: "duplicate-state",
		Teaches: "State has one event for each type and state key; here the old name is listed next to the new one.",
		Faults: []engine.Fault{{Endpoint: client.SendJoinV2, Change: func(c *engine.Change) {
			joinAnswerOf(c).
				AddState(c.Room.Step(engine.StepOldName))
		}}},
	}, {
		// An avatar set by erin, who has no power.
		Name: "unauthorised-state", Title: "A state event by somebody without the power", Finding: "unauthorised-state",
		Teaches: "Signed and whole, but the sender's power level is under what the event needs.",
		Faults:  []engine.Fault{{History: avatarWithoutPower}},
	}, {
		// Erin gives herself power, which the rules reject; an avatar of hers rests on that.
		Name: "rejected-auth-event", Title: "An event that rests on a rejected one", Finding: "rejected-auth-event",
		Teaches: "Judged by the events it names it would pass, but one of them was rejected, so it falls too.",
		Faults:  []engine.Fault{{History: seizedPower}},
	}, {
		// A room of version 10 given out as version 9: events of the two hash, sign and authorise alike.
		Name: "wrong-room-version", Title: "make_join names another room version than the create event",
		Finding:     "wrong-room-version",
		Teaches:     "The join was built by the rules of a version that is not the room's.",
		RoomVersion: "10",
		Faults: []engine.Fault{{Endpoint: client.MakeJoin,
			Change: func(c *engine.Change) { c.Body.(*engine.TemplateAnswer).RoomVersion = "9" }}},
	}, {
		// The topic, signed by the key that other.example gave up ten seconds before.
		Group: engine.InKeys,
		Name:  "expired-key", Title: "An event signed with a key that had expired", Finding: "expired-key",
		Teaches: "The signature is right, and from version 5 on worth nothing: the key stopped before the event was made.",
		Faults:  []engine.Fault{{History: redraft(engine.StepTopic, func(d *engine.Draft) { d.Key = engine.FirstKey })}},
	}, {
		// The topic, signed by a key that other.example never published.
		Group: engine.InKeys,
		Name:  "unknown-key", Title: "An event signed with a key that nobody publishes", Finding: "unknown-key",
		Teaches: "A server rebuilt without its old keys leaves such events behind: nobody can check them any more.",
		Faults:  []engine.Fault{{History: redraft(engine.StepTopic, func(d *engine.Draft) { d.Key = engine.LostKey })}},
	}, {
		// The returned join: a display name added to its content. The ID and both signatures still hold.
		Name: "tampered-returned-event", Title: "Our join comes back with another content",
		Finding: "tampered-returned-event",
		Teaches: "Its signatures still verify and its ID is right: only the content hash shows what was added.",
		Faults:  []engine.Fault{{Endpoint: client.SendJoinV2, Change: renameJoin}},
	}, {
		// The name that was replaced, which nothing rests on.
		Name: "padded-auth-chain", Title: "An event in auth_chain that nothing rests on", Finding: "padded-auth-chain",
		Teaches: "It does no harm, but it is not what was asked for.",
		Faults: []engine.Fault{{Endpoint: client.SendJoinV2, Change: func(c *engine.Change) {
			joinAnswerOf(c).
				AddChain(c.Room.Step(engine.StepOldName))
		}}},
	}, {
		// The topic, which lists the create event as it would in version 11.
		Name: "create-listed-v12", Title: "An event of version 12 lists the create event", Finding: "create-listed",
		Teaches: "The room ID stands for the create event in version 12; an event that lists it all the same is " +
			"rejected.",
		RoomVersion: "12",
		Faults:      []engine.Fault{{History: listCreate}},
	}}
}
