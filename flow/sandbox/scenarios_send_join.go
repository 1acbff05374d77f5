package sandbox

import (
	"doorstep/client"
	"doorstep/flow/sandbox/engine"
)

// sendJoinCauses come to send_join, and no answer that can be used comes back; or what comes after goes wrong.
func sendJoinCauses() []engine.Scenario {
	at := func(f engine.Fault) []engine.Fault { f.Endpoint = client.SendJoinV2; return []engine.Fault{f} }
	return []engine.Scenario{{
		Name: "half-joined", Title: "The answer to send_join is lost, and the join stands", Finding: "half-joined",
		Teaches: "The resident server took the join and hung up. Its leave template names our join as the membership in " +
			"force, which proves that we are in; leaving puts it right.",
		Asked: engine.Asked{Leave: true}, Faults: at(engine.Fault{Drop: true}),
	}, {
		Name: "resident-gone", Title: "The resident server goes down between make_join and send_join",
		Finding: "resident-gone",
		Teaches: "The template is there, the event is signed, and nobody takes it: the room has not seen it.",
		Faults:  []engine.Fault{{Server: engine.ResidentName, Endpoint: client.MakeJoin, Change: vanish}},
	}, {
		Name: "send-join-timeout", Title: "The resident server never answers send_join", Finding: "send-join-timeout",
		Teaches: "In a large room the answer can take longer than the joining server waits: Synapse gives it a minute.",
		Faults:  at(engine.Fault{Hang: true}),
	}, {
		Name: "answer-too-large", Title: "The answer to send_join is more than the joining server takes",
		Finding: "answer-too-large",
		Teaches: "Every member is in it. Leaving the members out makes a room of a hundred thousand a small one.",
		Asked:   engine.Asked{MostBytes: 4 << 10},
	}, {
		Name: "send-join-unrecognised", Title: "The resident server knows neither form of send_join",
		Finding: "send-join-unrecognised",
		Teaches: "v2 is unknown there, and v1 as well: a proxy passes on paths from a list that is too short.",
		Faults: []engine.Fault{
			{Endpoint: client.SendJoinV2, Instead: engine.Refuse(404, "M_UNRECOGNIZED", "Unrecognized request")},
			{Endpoint: client.SendJoinV1, Instead: engine.Refuse(404, "M_UNRECOGNIZED", "Unrecognized request")},
		},
	}, {
		Name: "body-too-large", Title: "A proxy takes no request as large as our join", Finding: "body-too-large",
		Teaches: "413 and HTML: the homeserver has not seen the event.",
		Faults:  at(engine.Fault{Instead: engine.Page(413, "Request Entity Too Large")}),
	}, {
		Group: engine.InKeys,
		Name:  "join-signature-refused", Title: "The resident server finds our event's signature wrong",
		Finding: "join-signature-refused",
		Teaches: "The request was signed with the same key and was taken, so that it is the event, or an older copy of " +
			"our keys.",
		Faults: at(engine.Fault{Instead: engine.Refuse(403, "M_FORBIDDEN",
			"Signature check failed: bad signature from joining.example")}),
	}, {
		Name: "join-soft-failed", Title: "200, and yet we are not in the room", Finding: "join-soft-failed",
		Teaches: "The room was closed after make_join. The resident server takes an event that was right when it was " +
			"made, and keeps it out of the state.",
		Asked: engine.Asked{Leave: true}, Faults: []engine.Fault{{Endpoint: client.MakeJoin, Change: closeRoom}},
	}, {
		Name: "join-fate-unknown", Title: "The resident server breaks down over our join", Finding: "join-fate-unknown",
		Teaches: "500 is no refusal: the event may have been stored before something broke. Whoever gets it may be in the " +
			"room.",
		Faults: at(engine.Fault{Instead: engine.Refuse(500, "M_UNKNOWN", "Internal server error")}),
	}, {
		Name: "gateway-at-send-join", Title: "A proxy gives up on send_join", Finding: "gateway-error",
		Teaches: "502 and HTML: the proxy spoke, not the homeserver, which may have taken the join all the same.",
		Faults:  at(engine.Fault{Instead: engine.Page(502, "Bad Gateway")}),
	}, {
		Name: "empty-answer", Title: "204 at send_join, and nothing with it", Finding: "answer-incomplete",
		Teaches: "Any 2xx is a success, and without state and auth_chain it cannot be used: the join may stand.",
		Faults:  at(engine.Fault{Instead: &engine.Reply{Status: 204, Body: ""}}),
	}, {
		Name: "escaped-path-refused", Title: "A proxy refuses the escapes in the path of send_join",
		Finding: "escaped-path-refused",
		Teaches: "In version 3 an event ID may hold a slash, which is encoded in the path; make_join went through a " +
			"moment before.",
		RoomVersion: "3", Faults: at(engine.Fault{Instead: &engine.Reply{Status: 400,
			Header: map[string]string{"Content-Type": "text/plain"}, Body: ""}}),
	}, {
		Name: "already-member", Title: "The user is in the room already", Finding: "already-member",
		Teaches: "Servers let a member join again. Leaving afterwards would end the membership from before, so it has to " +
			"be said twice.",
		Asked: engine.Asked{Leave: true, AlreadyIn: true},
	}, {
		Name: "leave-held", Title: "The join did not arrive, and the leave would reject the invite", Finding: "gateway-error",
		Teaches: "An invited user gets a leave template, too. Its auth events name the invite, not our join: leaving " +
			"would reject it.",
		ByRoomID: true, Room: engine.Facts{JoinRule: "invite"}, Invite: engine.Invite{From: "alice"},
		Asked:  engine.Asked{Leave: true},
		Faults: at(engine.Fault{Instead: engine.Page(502, "Bad Gateway")}),
	}, {
		Name: "leave-refused", Title: "We are in, and cannot leave again", Finding: "leave-refused",
		Teaches: "Leaving is a handshake of its own, and can fail as joining can.",
		Asked:   engine.Asked{Leave: true}, Faults: []engine.Fault{{Endpoint: client.MakeLeave,
			Instead: engine.Refuse(500, "M_UNKNOWN", "Internal server error")}},
	}}
}

// replyCauses have an answer to send_join that shows what is wrong when it is verified.
func replyCauses() []engine.Scenario {
	at := func(f func(*engine.Change)) []engine.Fault {
		return []engine.Fault{{Endpoint: client.SendJoinV2, Change: f}}
	}
	return []engine.Scenario{{
		Name: "answer-incomplete", Title: "The answer to send_join has no auth_chain", Finding: "answer-incomplete",
		Teaches: "state and auth_chain are both needed: without the one nothing in the other can be authorised.",
		Faults: []engine.Fault{{Endpoint: client.SendJoinV2, Instead: &engine.Reply{Status: 200,
			Body: engine.Fields{"state": []any{}}}}},
	}, {
		Name: "answer-of-other-form", Title: "The v2 endpoint answers in the form of v1", Finding: "answer-of-other-form",
		Teaches: "A list of two where an object was due: an implementation that serves both endpoints with one handler.",
		Faults:  at(func(c *engine.Change) { joinAnswerOf(c).List = true }),
	}, {
		Name: "servers-unnamed", Title: "Members are left out, and nobody says whose", Finding: "servers-unnamed",
		Teaches: "Whoever leaves members out has to list the servers in the room: the joining server has to know whom to " +
			"send events to.",
		Asked: engine.Asked{OmitMembers: true}, Faults: at(func(c *engine.Change) { joinAnswerOf(c).ServersInRoom = nil }),
	}, {
		Name: "partial-state-incomplete", Title: "With the members, the power levels went missing",
		Finding: "partial-state-incomplete",
		Teaches: "Only members may be left out. Synapse has been seen to break down over an answer without power levels.",
		Asked:   engine.Asked{OmitMembers: true}, Faults: at(hideLevels),
	}, {
		Name: "authoriser-left-out", Title: "Who let us in is left out with the members", Finding: "authoriser-left-out",
		Teaches: "The answer has what its state rests on, and forgets what the join rests on: the membership of who " +
			"authorised it is nowhere.",
		RoomVersion: "10", Layout: engine.Layout{Directory: engine.DirectoryName, Founder: engine.ResidentName,
			Second: engine.OtherName, Candidates: []string{engine.OtherName}},
		Room: engine.Facts{JoinRule: "restricted", Parent: engine.Parent{RoomID: parentRoom, Joined: true,
			KnownTo: []string{engine.ResidentName, engine.OtherName}}},
		Asked:  engine.Asked{OmitMembers: true},
		Faults: append(at(chainOfStateOnly), engine.Fault{History: bobLeaves}),
	}, {
		Name: "restricted-unsigned", Title: "The server that let us in did not sign", Finding: "restricted-unsigned",
		Teaches: "It named its user as the one who authorises; without its signature every other server will reject " +
			"the join.",
		RoomVersion: "10", Room: engine.Facts{JoinRule: "restricted", Parent: engine.Parent{RoomID: parentRoom, Joined: true,
			KnownTo: []string{engine.ResidentName, engine.OtherName}}},
		Faults: at(withoutOurs),
	}, {
		Name: "join-forbidden", Title: "The state that comes back forbids the join", Finding: "join-forbidden",
		Teaches: "By the events it names the join is allowed; by the join rule in the state it is not.",
		Faults:  at(forbidInState),
	}, {
		Name: "create-unusable", Title: "The create event's signature is wrong", Finding: "create-unusable",
		Teaches: "It would be dropped, and with it the room: everything rests on it.",
		Faults:  []engine.Fault{{History: tamper(engine.StepCreate, turnSignature)}},
	}, {
		Name: "create-rejected", Title: "The room ID is of another server than the one that made the room",
		Finding: "create-unusable",
		Teaches: "The create event is well signed, and rule 1.2 rejects it: no server that keeps to the rules has such a " +
			"room.",
		Faults: []engine.Fault{{History: foundedElsewhere}},
	}, {
		Group: engine.InKeys,
		Name:  "create-unverifiable", Title: "The server that made the room is gone, and its keys with it",
		Finding: "create-unverifiable",
		Teaches: "Nobody can check the create event any more but servers that kept the key; those without drop it, and " +
			"say there is none.",
		Layout: engine.Layout{Directory: engine.DirectoryName, Founder: engine.ResidentName, Second: engine.OtherName,
			Candidates: []string{engine.OtherName}, Down: []string{engine.ResidentName}},
	}, {
		Group: engine.InKeys,
		Name:  "keys-unavailable", Title: "The keys of one member's server are not available", Finding: "keys-unavailable",
		Teaches: "Its events cannot be verified: they are neither right nor wrong, and homeservers leave them out.",
		Layout: engine.Layout{Directory: engine.DirectoryName, Founder: engine.ResidentName, Second: engine.OtherName,
			Candidates: []string{engine.ResidentName}, Down: []string{engine.OtherName}},
	}, {
		Group: engine.InKeys,
		Name:  "key-id-reused", Title: "One server's signatures all fail, with a key that it publishes",
		Finding: "key-id-reused",
		Teaches: "A server that was set up again makes a new key and may call it as the old one was called.",
		Faults:  []engine.Fault{{History: otherKey}},
	}, {
		Group: engine.InKeys,
		Name:  "malformed-key", Title: "A key document lists a key of the wrong length", Finding: "malformed-key",
		Teaches: "An ed25519 key has 32 bytes. Some homeservers leave such a key out, others break off.",
		Faults:  []engine.Fault{{Server: engine.OtherName, Endpoint: client.ServerKeys, Reply: shortKey}},
	}, {
		Group: engine.InKeys,
		Name:  "server-rebuilt", Title: "Our server was in the room before, with a key it has lost",
		Finding: "server-rebuilt",
		Teaches: "Its old events are signed with a key that nobody publishes any more: the new join rests on one of them.",
		Faults:  []engine.Fault{{History: wereHere}},
	}, {
		Name: "unverifiable-auth-event", Title: "An event rests on one whose signature is wrong",
		Finding: "unverifiable-auth-event",
		Teaches: "The one is dropped for its signature, the other falls with it although it is well signed.",
		Faults:  []engine.Fault{{History: tamper(engine.StepInvited, turnSignature)}},
	}, {
		Name: "malformed-event", Title: "An event breaks the format of its room version", Finding: "malformed-event",
		Teaches: "Well signed, and yet a time that is no number: it is dropped before anybody looks at what it says.",
		Faults: []engine.Fault{{History: redraft(engine.StepTopic,
			func(d *engine.Draft) { d.Unhashed = setField("origin_server_ts", "yesterday") })}},
	}, {
		Name: "event-id-conflict", Title: "Two events have one ID", Finding: "event-id-conflict",
		Teaches: "In versions 1 and 2 a server chooses the IDs of its events, and nothing keeps it from choosing one " +
			"twice.",
		RoomVersion: "2", Faults: []engine.Fault{{History: oneID}},
	}, {
		Name: "circular-auth-events", Title: "An event names itself among what it rests on", Finding: "circular-auth-events",
		Teaches: "Where the ID is chosen it is known before the event is made, and so the event can name itself. It " +
			"rests on nothing, then.",
		RoomVersion: "1", Faults: []engine.Fault{{History: redraft(engine.StepTopic,
			func(d *engine.Draft) { d.Accepted, d.Unhashed = true, onItself })}},
	}, {
		Name: "risky-event", Title: "Events hold what has broken homeservers", Finding: "risky-event",
		Teaches: "A null for a level, a number for a name, a NUL in a topic: the rules of version 5 take all three, " +
			"and servers have broken on each.",
		RoomVersion: "5", Faults: []engine.Fault{{History: troublesome}},
	}, {
		Name: "large-unsigned", Title: "An event is too large only with what stands in unsigned", Finding: "large-unsigned",
		Teaches: "The limit is written for the whole event; servers drop unsigned before they measure.",
		Faults:  []engine.Fault{{History: tamper(engine.StepTopic, overlong)}},
	}, {
		Name: "foreign-event", Title: "An event of another room is in the state", Finding: "foreign-event",
		Teaches: "Signed and whole, and not of this room.",
		Faults:  []engine.Fault{{History: elsewhere}},
	}, {
		Name: "historical-id", Title: "A member's user ID could not be registered today", Finding: "historical-id",
		Teaches: "Capitals and blanks were allowed once. Such events have to be taken; a server that is too strict cannot " +
			"join.",
		Faults: []engine.Fault{{History: oldFashioned}},
	}, {
		Name: "redacted-state", Title: "Members, power levels and the topic were redacted", Finding: "redacted-events",
		Teaches: "Their hashes no longer hold, their signatures do: redaction leaves what the room rests on. Such rooms " +
			"are ordinary.",
		Faults: []engine.Fault{{History: redactedState}},
	}, {
		Name: "room-replaced", Title: "The room was replaced by another one", Finding: "room-replaced",
		Teaches: "A tombstone names the room to go to. The join is good; nobody will be talking here.",
		Faults:  []engine.Fault{{History: replaced}},
	}, {
		Name: "unreadable-returned-event", Title: "What comes back in place of our join is no event",
		Finding: "unreadable-returned-event",
		Teaches: "Nobody has to add a signature here, so the event that was sent stands, and the join with it.",
		Faults:  at(func(c *engine.Change) { joinAnswerOf(c).Returned = engine.RawJSON(`"ok"`) }),
	}, {
		Name: "policy-server", Title: "The room names a policy server", Finding: "policy-server",
		Teaches: "Events without its signature may be kept out by other servers: messages of a server that does not ask " +
			"for one get lost.",
		Faults: []engine.Fault{{History: policed}},
	}}
}

// answerScenarios have a resident server whose answer is late, broken, or about something else than the join.
func answerScenarios() []engine.Scenario {
	return []engine.Scenario{{
		Group: engine.InTemplate,
		Name:  "incompatible-version", Title: "The room's version is unknown to the joining server",
		Finding: "incompatible-version",
		Teaches: "The resident server names the version; the list that the joining server offered does not hold it.",
		Layout:  engine.OneResident,
		Faults: []engine.Fault{{Endpoint: client.MakeJoin, Instead: &engine.Reply{Status: 400, Body: engine.Fields{
			"errcode": "M_INCOMPATIBLE_ROOM_VERSION", "room_version": "org.example.next",
			"error": "Your homeserver does not support the features required to interact with this room",
		}}}},
	}, {
		Name: "rate-limited", Title: "The resident server asks to come back later", Finding: "rate-limited",
		Teaches: "429 says nothing about the room: wait as long as retry_after_ms says, or ask another server.",
		Layout:  engine.OneResident,
		Faults: []engine.Fault{{Endpoint: client.MakeJoin, Instead: &engine.Reply{Status: 429,
			Header: map[string]string{"Retry-After": "5"}, Body: engine.Fields{
				"errcode": "M_LIMIT_EXCEEDED", "error": "Too Many Requests", "retry_after_ms": 5000,
			}}}},
	}, {
		Name: "html-answer", Title: "A web server answers in place of the resident server", Finding: "html-answer",
		Teaches: "Status 200 and a page of HTML: the request reached the wrong virtual host, or a proxy that knows no " +
			"/_matrix.",
		Layout: engine.OneResident,
		Faults: []engine.Fault{{Endpoint: client.MakeJoin, Instead: &engine.Reply{Status: 200,
			Header: map[string]string{"Content-Type": "text/html"},
			Body:   "<!DOCTYPE html>\n<html><head><title>Welcome</title></head><body><h1>It works!</h1></body></html>\n"}}},
	}, {
		Group: engine.InKeys,
		Name:  "key-unreachable", Title: "The resident server cannot fetch our key", Finding: "key-unreachable",
		Teaches: "To check who asks, it has to reach the joining server, or find a notary that can: being able to send is " +
			"not enough.",
		Layout: engine.OneResident,
		Faults: []engine.Fault{{Server: engine.ResidentName, Blind: true}},
	}, {
		Group: engine.Connecting,
		Name:  "wrong-certificate", Title: "The resident server's certificate is for another name",
		Finding: "wrong-certificate",
		Teaches: "The connection stands, but whoever answers has not shown to be the server that was asked for.",
		Layout:  engine.OneResident,
		Faults: []engine.Fault{{Server: engine.ResidentName,
			Certificate: &client.Leaf{Names: []string{"matrix." + engine.ResidentName}}}},
	}, {
		Group: engine.Connecting,
		Name:  "incomplete-chain", Title: "The resident server leaves out the intermediate certificate",
		Finding: "incomplete-chain",
		Teaches: "Browsers fetch what is missing, homeservers do not: the whole chain has to be served.",
		Layout:  engine.OneResident,
		Faults: []engine.Fault{{Server: engine.ResidentName, Certificate: &client.Leaf{Names: []string{engine.ResidentName},
			OmitIntermediate: true}}},
	}, {
		Group: engine.InTemplate,
		Name:  "lying-template", Title: "The template is for somebody else", Finding: "lying-template",
		Teaches: "Five fields have to be what was asked for before anything is signed; here the sender is not.",
		Layout:  engine.OneResident,
		Faults:  []engine.Fault{{Endpoint: client.MakeJoin, Change: forSomebodyElse}},
	}, {
		Group: engine.InTemplate,
		Name:  "stale-template", Title: "The template rests on replaced power levels", Finding: "stale-auth-events",
		Teaches: "The join is allowed by the events it names, yet those are not what selection from the state gives.",
		Faults:  []engine.Fault{{Endpoint: client.MakeJoin, Change: staleLevels}},
	}, {
		Name: "slow-answer", Title: "The resident server never answers make_join", Finding: "slow-answer",
		Teaches: "The connection stands and nothing comes: only the joining server's own deadline ends it.",
		Layout:  engine.OneResident,
		Faults:  []engine.Fault{{Endpoint: client.MakeJoin, Hang: true}},
	}, {
		Group: engine.HandIn,
		Name:  "truncated-answer", Title: "The answer to send_join breaks off", Finding: "truncated-answer",
		Teaches: "The resident server has let us in, but what came of its answer cannot be used: nothing can be verified.",
		Faults:  []engine.Fault{{Endpoint: client.SendJoinV2, Cut: 2000}},
	}, {
		Group: engine.HandIn,
		Name:  "lost-answer", Title: "The connection closes after send_join", Finding: "lost-answer",
		Teaches: "The join was accepted all the same: other servers see a member whose own server knows nothing of it.",
		Faults:  []engine.Fault{{Endpoint: client.SendJoinV2, Drop: true}},
	}, {
		Group: engine.InAnswer,
		Name:  "members-omitted", Title: "Members are left out without being asked to", Finding: "members-omitted",
		Teaches: "A joining server that does not ask for it takes the state for whole, and would miss nearly everybody.",
		Faults:  []engine.Fault{{Endpoint: client.SendJoinV2, Change: omitMembers}},
	}}
}
