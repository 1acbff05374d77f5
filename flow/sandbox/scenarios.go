package sandbox

import "doorstep/client"

// refusalScenarios end with a server that says no, or with nobody who says anything.
func refusalScenarios() []Scenario {
	return []Scenario{{
		Name: "not-invited", Title: "The room is for invited users only", Finding: "not-invited",
		Teaches: "This 403 is about the room: the join rule lets in who was invited, and every server in the room goes " +
			"by the same rule. Others are about one server only: federation-denied, refusal-not-shared.",
		Room: Facts{JoinRule: "invite"},
	}, {
		Name: "banned", Title: "The user is banned from the room", Finding: "banned",
		Teaches: "The ban is part of the room's state, so that it holds at every server.",
		Room:    Facts{Banned: true},
	}, {
		Name: "knock-only", Title: "The room wants a knock first", Finding: "not-invited",
		Teaches: "The join rule knock lets in who has been invited, and nobody else; knocking is a handshake of its own.",
		Room:    Facts{JoinRule: "knock"},
	}, {
		Name: "restricted-refused", Title: "Not a member of the room that a restricted join asks for", Finding: "restricted-not-met",
		Teaches:     "The resident server knows the other room and does not find the user in it.",
		RoomVersion: "10", Room: Facts{JoinRule: "restricted", Parent: Parent{RoomID: parentRoom, KnownTo: []string{ResidentName, OtherName}}},
	}, {
		Name: "unfederated", Title: "The room does not federate", Finding: "not-federated",
		Teaches: "m.federate is false in the create event: only users of the creator's server may enter, for ever.",
		Layout:  alone, Room: Facts{Unfederated: true},
	}, {
		Name: "server-acl", Title: "The room's access list denies the joining server", Finding: "server-acl",
		Teaches: "The list is state of the room; it is looked at before anything else about the room is said.",
		Room:    Facts{Denied: []string{ours}},
	}, {
		Name: "unknown-alias", Title: "The directory server does not know the alias", Finding: "alias-not-found",
		Teaches: "Only the alias's own server can resolve it. The handshake ends after two arrows.",
		Room:    Facts{NoAlias: true},
	}, {
		Name: "directory-down", Title: "The directory server cannot be reached", Finding: "directory-unreachable",
		Teaches: "Without the alias's server nobody knows the room's ID or who is in it, although the room is well.",
		Layout: Layout{
			Directory: DirectoryName, Founder: ResidentName, Second: OtherName,
			Candidates: []string{ResidentName, OtherName}, Down: []string{DirectoryName},
		},
	}, {
		Name: "no-candidate-answers", Title: "Every join candidate is dead", Finding: "no-candidate-answers",
		Teaches: "The directory's list is all that is known; where none of it answers, the room cannot be reached.",
		Layout: Layout{
			Directory: DirectoryName, Founder: ResidentName, Second: OtherName,
			Candidates: []string{GoneName, LostName}, Down: []string{GoneName, LostName},
		},
	}}
}

// answerScenarios have a resident server whose answer is late, broken, or about something else than the join.
func answerScenarios() []Scenario {
	return []Scenario{{
		Name: "incompatible-version", Title: "The room's version is unknown to the joining server", Finding: "incompatible-version",
		Teaches: "The resident server names the version; the list that the joining server offered does not hold it.",
		Layout:  oneResident,
		Faults: []Fault{{Endpoint: client.MakeJoin, Instead: &Reply{Status: 400, Body: fields{
			"errcode": "M_INCOMPATIBLE_ROOM_VERSION", "room_version": "org.example.next",
			"error": "Your homeserver does not support the features required to interact with this room",
		}}}},
	}, {
		Name: "rate-limited", Title: "The resident server asks to come back later", Finding: "rate-limited",
		Teaches: "429 says nothing about the room: wait as long as retry_after_ms says, or ask another server.",
		Layout:  oneResident,
		Faults: []Fault{{Endpoint: client.MakeJoin, Instead: &Reply{Status: 429, Header: map[string]string{"Retry-After": "5"}, Body: fields{
			"errcode": "M_LIMIT_EXCEEDED", "error": "Too Many Requests", "retry_after_ms": 5000,
		}}}},
	}, {
		Name: "html-answer", Title: "A web server answers in place of the resident server", Finding: "html-answer",
		Teaches: "Status 200 and a page of HTML: the request reached the wrong virtual host, or a proxy that knows no /_matrix.",
		Layout:  oneResident,
		Faults: []Fault{{Endpoint: client.MakeJoin, Instead: &Reply{Status: 200, Header: map[string]string{"Content-Type": "text/html"},
			Body: "<!DOCTYPE html>\n<html><head><title>Welcome</title></head><body><h1>It works!</h1></body></html>\n"}}},
	}, {
		Name: "key-unreachable", Title: "The resident server cannot fetch our key", Finding: "key-unreachable",
		Teaches: "To check who asks, it has to reach the joining server, or find a notary that can: being able to send is not enough.",
		Layout:  oneResident,
		Faults:  []Fault{{Server: ResidentName, Blind: true}},
	}, {
		Name: "wrong-certificate", Title: "The resident server's certificate is for another name", Finding: "wrong-certificate",
		Teaches: "The connection stands, but whoever answers has not shown to be the server that was asked for.",
		Layout:  oneResident,
		Faults:  []Fault{{Server: ResidentName, Certificate: &client.Leaf{Names: []string{"matrix." + ResidentName}}}},
	}, {
		Name: "incomplete-chain", Title: "The resident server leaves out the intermediate certificate", Finding: "incomplete-chain",
		Teaches: "Browsers fetch what is missing, homeservers do not: the whole chain has to be served.",
		Layout:  oneResident,
		Faults:  []Fault{{Server: ResidentName, Certificate: &client.Leaf{Names: []string{ResidentName}, OmitIntermediate: true}}},
	}, {
		Name: "lying-template", Title: "The template is for somebody else", Finding: "lying-template",
		Teaches: "Five fields have to be what was asked for before anything is signed; here the sender is not.",
		Layout:  oneResident,
		Faults:  []Fault{{Endpoint: client.MakeJoin, change: forSomebodyElse}},
	}, {
		Name: "stale-template", Title: "The template rests on replaced power levels", Finding: "stale-auth-events",
		Teaches: "The join is allowed by the events it names, yet those are not what selection from the state gives.",
		Faults:  []Fault{{Endpoint: client.MakeJoin, change: staleLevels}},
	}, {
		Name: "slow-answer", Title: "The resident server never answers make_join", Finding: "slow-answer",
		Teaches: "The connection stands and nothing comes: only the joining server's own deadline ends it.",
		Layout:  oneResident,
		Faults:  []Fault{{Endpoint: client.MakeJoin, Hang: true}},
	}, {
		Name: "truncated-answer", Title: "The answer to send_join breaks off", Finding: "truncated-answer",
		Teaches: "The resident server has let us in, but what came of its answer cannot be used: nothing can be verified.",
		Faults:  []Fault{{Endpoint: client.SendJoinV2, Cut: 2000}},
	}, {
		Name: "lost-answer", Title: "The connection closes after send_join", Finding: "lost-answer",
		Teaches: "The join was accepted all the same: other servers see a member whose own server knows nothing of it.",
		Faults:  []Fault{{Endpoint: client.SendJoinV2, Drop: true}},
	}, {
		Name: "members-omitted", Title: "Members are left out without being asked to", Finding: "members-omitted",
		Teaches: "A joining server that does not ask for it takes the state for whole, and would miss nearly everybody.",
		Faults:  []Fault{{Endpoint: client.SendJoinV2, change: omitMembers}},
	}}
}

// verificationScenarios have one thing wrong in what comes back from send_join, and nothing else: the check each is
// named for fails, on the event its comment names.
func verificationScenarios() []Scenario {
	return []Scenario{{
		// The topic: nothing rests on it. One bit of its signature is turned over.
		Name: "bad-signature", Title: "The signature of one event is wrong", Finding: "bad-signature",
		Teaches: "The event is dropped; nothing else rests on it, so the rest of the room stands.",
		Faults:  []Fault{{history: tamper(stepTopic, turnSignature)}},
	}, {
		// The topic's text: no redaction keeps it, so the signature and the event ID still hold.
		Name: "bad-hash", Title: "The content of one event was changed", Finding: "bad-hash",
		Teaches: "The signature covers the redacted event only. The content hash shows the change, and the event goes on redacted.",
		Faults:  []Fault{{history: tamper(stepTopic, setContent("topic", "Whatever they want you to read."))}},
	}, {
		// The returned join: the resident server made it anew, with another time, and signed it. Well formed, not ours.
		Name: "wrong-event-id", Title: "The join event that comes back has another ID", Finding: "wrong-event-id",
		Teaches: "The ID is the hash of the event: another ID is another event, one that we never signed.",
		Faults:  []Fault{{Endpoint: client.SendJoinV2, change: remakeJoin}},
	}, {
		// The topic, in version 1: the hash beside bob's member event in its auth_events. Signed as it is.
		Name: "wrong-reference-hash", Title: "A reference names an event by the wrong hash", Finding: "wrong-reference-hash",
		Teaches:     "In versions 1 and 2 a reference carries the hash of the event it names, and the two can be compared.",
		RoomVersion: "1",
		Faults:      []Fault{{history: bend(stepTopic, func(d *draft) { d.unhashed = wrongPair })}},
	}, {
		// Carol's invite: the only event that rests on it is the one by which she declined, and nothing rests on that.
		Name: "missing-auth-event", Title: "An auth event is in neither list", Finding: "missing-auth-event",
		Teaches: "state and auth_chain together have to hold every event that one of them rests on.",
		Faults:  []Fault{{Endpoint: client.SendJoinV2, change: withhold(stepInvited)}},
	}, {
		// The create event is left out of state only: auth_chain still holds it, so that no event lacks what it rests on.
		Name: "no-create", Title: "The create event is missing from the state", Finding: "no-create",
		Teaches: "Whatever else is in the state, without its create event it is no state of a room, and the answer is worth nothing.",
		Faults:  []Fault{{Endpoint: client.SendJoinV2, change: stateWithout(stepCreate)}},
	}, {
		// A second create event of alice's, well made. The topic rests on it, so that it is no padding either.
		Name: "two-creates", Title: "A second create event in auth_chain", Finding: "two-creates",
		Teaches: "A room has one beginning. Each of the two is in order by itself; together they are not.",
		Faults:  []Fault{{history: secondCreate}},
	}, {
		// The name that was replaced: once in force, in neither list otherwise.
		Name: "duplicate-state", Title: "Two state events in one place", Finding: "duplicate-state",
		Teaches: "State has one event for each type and state key; here the old name is listed beside the new one.",
		Faults:  []Fault{{Endpoint: client.SendJoinV2, change: func(c *change) { c.join().addState(c.room.step(stepOldName)) }}},
	}, {
		// An avatar set by erin, who has no power.
		Name: "unauthorised-state", Title: "A state event by somebody without the power", Finding: "unauthorised-state",
		Teaches: "Signed and whole, but the sender's power level is under what the event needs.",
		Faults:  []Fault{{history: avatarWithoutPower}},
	}, {
		// Erin gives herself power, which the rules reject; an avatar of hers rests on that.
		Name: "rejected-auth-event", Title: "An event that rests on a rejected one", Finding: "rejected-auth-event",
		Teaches: "Judged by the events it names it would pass, but one of them was rejected, so it falls too.",
		Faults:  []Fault{{history: seizedPower}},
	}, {
		// A room of version 10 given out as version 9: events of the two hash, sign and authorise alike.
		Name: "wrong-room-version", Title: "make_join names another room version than the create event", Finding: "wrong-room-version",
		Teaches:     "The join was built by the rules of a version that is not the room's.",
		RoomVersion: "10",
		Faults:      []Fault{{Endpoint: client.MakeJoin, change: func(c *change) { c.body.(*templateAnswer).RoomVersion = "9" }}},
	}, {
		// The topic, signed by the key that other.example gave up ten seconds before.
		Name: "expired-key", Title: "An event signed with a key that had expired", Finding: "expired-key",
		Teaches: "The signature is right, and from version 5 on worth nothing: the key stopped before the event was made.",
		Faults:  []Fault{{history: bend(stepTopic, func(d *draft) { d.key = firstKey })}},
	}, {
		// The topic, signed by a key that other.example never published.
		Name: "unknown-key", Title: "An event signed with a key that nobody publishes", Finding: "unknown-key",
		Teaches: "A server rebuilt without its old keys leaves such events behind: nobody can check them any more.",
		Faults:  []Fault{{history: bend(stepTopic, func(d *draft) { d.key = lostKey })}},
	}, {
		// The returned join: a display name added to its content. The ID and both signatures still hold.
		Name: "tampered-returned-event", Title: "Our join comes back with another content", Finding: "tampered-returned-event",
		Teaches: "Its signatures still verify and its ID is right: only the content hash shows what was added.",
		Faults:  []Fault{{Endpoint: client.SendJoinV2, change: renameJoin}},
	}, {
		// The name that was replaced, which nothing rests on.
		Name: "padded-auth-chain", Title: "An event in auth_chain that nothing rests on", Finding: "padded-auth-chain",
		Teaches: "It does no harm, but it is not what was asked for.",
		Faults:  []Fault{{Endpoint: client.SendJoinV2, change: func(c *change) { c.join().addChain(c.room.step(stepOldName)) }}},
	}, {
		// The topic, which lists the create event as it would in version 11.
		Name: "create-listed-v12", Title: "An event of version 12 lists the create event", Finding: "create-listed",
		Teaches:     "The room ID stands for the create event in version 12; an event that lists it all the same is rejected.",
		RoomVersion: "12",
		Faults:      []Fault{{history: listCreate}},
	}}
}
