package sandbox

import (
	"strings"

	"doorstep/client"
	"doorstep/flow/sandbox/engine"
)

// makeJoinCauses end at make_join, but for those that only show there what goes wrong in general.
func makeJoinCauses() []engine.Scenario {
	refused := func(status int, errcode, text string) []engine.Fault {
		return []engine.Fault{{Endpoint: client.MakeJoin, Instead: engine.Refuse(status, errcode, text)}}
	}
	onlyOther := engine.Layout{Directory: engine.DirectoryName, Founder: engine.ResidentName, Second: engine.OtherName,
		Candidates: []string{engine.OtherName}}
	return []engine.Scenario{{
		Name: "proxy-decodes-path", Title: "A proxy before the resident server decodes the path",
		Finding: "proxy-decodes-path",
		Teaches: "The signature covers the path as it was sent. The same server takes a signed request whose path needs " +
			"no escapes, and refuses this one.",
		Layout: engine.Alone,
		Faults: []engine.Fault{{Server: engine.DirectoryName, Request: decodePath}},
	}, {
		Group: engine.Connecting,
		Name:  "own-certificate-refused", Title: "The resident server calls for our key and refuses our certificate",
		Finding: "own-certificate-refused",
		Teaches: "The arrow that fails comes towards us: the joining server is a server as well, and needs a certificate " +
			"that others trust.",
		Layout: engine.OneResident,
		Faults: []engine.Fault{{Server: engine.JoiningName, Certificate: &client.Leaf{SelfSigned: true}}},
	}, {
		Group: engine.InKeys,
		Name:  "signature-refused", Title: "The resident server finds our request's signature wrong",
		Finding: "signature-refused",
		Teaches: "It has fetched our key, and what it saw is not what we signed: a proxy rewrote it, or the key is not " +
			"the one that signed.",
		Layout: engine.OneResident,
		Faults: []engine.Fault{{Server: engine.ResidentName, Request: decodePath}},
	}, {
		Name: "authorization-stripped", Title: "The Authorization header does not arrive", Finding: "authorization-stripped",
		Teaches: "A proxy that guards a web site itself may keep the header to itself.",
		Layout:  engine.OneResident,
		Faults:  []engine.Fault{{Server: engine.ResidentName, Request: dropAuthorization}},
	}, {
		Name: "authorization-malformed", Title: "The Authorization header arrives in pieces",
		Finding: "authorization-malformed",
		Teaches: "X-Matrix has commas and quotes in it, and not every filter leaves them alone.",
		Layout:  engine.OneResident,
		Faults:  []engine.Fault{{Server: engine.ResidentName, Request: cutAuthorization}},
	}, {
		Name: "wrong-destination", Title: "The server that answers goes by another name", Finding: "wrong-destination",
		Teaches: "The request is signed for the name in the list; the server behind that name is called otherwise, and " +
			"refuses what is not meant for it.",
		Layout: engine.Layout{Directory: engine.DirectoryName, Founder: engine.ResidentName, Second: engine.OtherName,
			Candidates: []string{engine.LostName}},
		Faults: []engine.Fault{{Server: engine.ResidentName, AlsoNamed: engine.LostName}},
	}, {
		Name: "endpoint-unrecognised", Title: "The resident server does not know make_join", Finding: "endpoint-unrecognised",
		Teaches: "M_UNRECOGNIZED is about the path: the request ended at a worker, or a proxy, that does not serve it.",
		Layout:  engine.OneResident, Faults: refused(404, "M_UNRECOGNIZED", "Unrecognized request"),
	}, {
		Name: "user-id-refused", Title: "The resident server takes our user ID for none", Finding: "user-id-refused",
		Teaches: "Dendrite answers so to localparts of an older grammar; Synapse lets such users in.",
		Layout:  engine.OneResident, Faults: []engine.Fault{{Endpoint: client.MakeJoin,
			Instead: engine.Refuse(400, "M_INVALID_PARAM", "Invalid UserID")}},
	}, {
		Name: "proxy-limits", Title: "A proxy in front of the resident server limits requests", Finding: "gateway-error",
		Teaches: "429 with a page: it is the proxy that has had enough, not the homeserver, and not the room.",
		Faults:  []engine.Fault{{Endpoint: client.MakeJoin, Instead: engine.Page(429, "Too Many Requests")}},
	}, {
		Name: "gateway-error", Title: "The resident server's proxy cannot reach the homeserver behind it",
		Finding: "gateway-error",
		Teaches: "A page of HTML and 502: the web server is up, the homeserver is not.",
		Layout:  engine.OneResident, Faults: []engine.Fault{{Endpoint: client.MakeJoin,
			Instead: engine.Page(502, "Bad Gateway")}},
	}, {
		Name: "connection-closed", Title: "The resident server hangs up on make_join", Finding: "connection-closed",
		Teaches: "The connection stood, the request went out, and no answer came.",
		Layout:  engine.OneResident, Faults: []engine.Fault{{Endpoint: client.MakeJoin, Drop: true}},
	}, {
		Name: "bare-internal-error", Title: "500, and not a word why", Finding: "bare-internal-error",
		Teaches: "Dendrite answers so to what it does not expect: a room it does not know, among others.",
		Layout:  engine.OneResident, Faults: []engine.Fault{{Endpoint: client.MakeJoin,
			Instead: &engine.Reply{Status: 500, Body: engine.Fields{"Err": ""}}}},
	}, {
		Name: "room-unknown", Title: "The candidate has never been in the room", Finding: "room-unknown",
		Teaches: "404 is about that server's knowledge: another one may know the room.",
		Layout: engine.Layout{Directory: engine.DirectoryName, Founder: engine.ResidentName, Second: engine.OtherName,
			Candidates: []string{engine.LostName}, Outsiders: []string{engine.LostName}},
	}, {
		Name: "candidate-left", Title: "The candidate has left the room", Finding: "candidate-left",
		Teaches: "It remembers the room and has nobody in it any more.",
		Layout:  onlyOther, Faults: []engine.Fault{{History: everybodyLeaves}},
	}, {
		Name: "candidate-partial", Title: "The candidate is still joining the room itself", Finding: "candidate-partial",
		Teaches: "A server that took a quick join has yet to learn who is in the room, and can let nobody in until then.",
		Layout:  engine.OneResident, Faults: refused(404, "M_NOT_FOUND",
			"Unable to handle /make_join right now; this server is not fully joined."),
	}, {
		Name: "room-dead", Title: "Nothing is left of the room", Finding: "room-dead",
		Teaches: "The last member has gone and the server has cleaned up: without a create event nothing can be allowed.",
		Layout:  engine.OneResident, Faults: refused(403, "M_FORBIDDEN", "No create event in auth events"),
	}, {
		Name: "version-not-offered", Title: "The joining server does not offer the room's version",
		Finding: "version-not-offered",
		Teaches: "The resident server names the version in its refusal. It is one that exists; our list was too short.",
		Layout:  engine.OneResident, Asked: engine.Asked{Offered: []string{"1", "2", "3", "4", "5", "6", "7", "8", "9"}},
	}, {
		Name: "federation-denied", Title: "The resident server federates with servers of its choice only",
		Finding: "federation-denied",
		Teaches: "The refusal comes before the room is looked at: it is about our server.",
		Layout:  engine.OneResident, Faults: refused(403, "M_FORBIDDEN", "Federation denied with "+engine.JoiningName+"."),
	}, {
		Name: "unable-to-authorise", Title: "No candidate can judge a restricted join", Finding: "unable-to-authorise",
		Teaches:     "It is not in the room whose members are let in, and the one server that is was not in the list.",
		RoomVersion: "10", Layout: onlyOther,
		Room: engine.Facts{JoinRule: "restricted", Parent: engine.Parent{RoomID: parentRoom, Joined: true,
			KnownTo: []string{engine.ResidentName}}},
	}, {
		Name: "unable-to-grant", Title: "No candidate has a user who may invite", Finding: "unable-to-grant",
		Teaches: "The condition is met; but a restricted join rests on somebody who could have invited, and they are " +
			"all elsewhere.",
		RoomVersion: "10", Layout: onlyOther,
		Room: engine.Facts{JoinRule: "restricted", InviteLevel: 100, Parent: engine.Parent{RoomID: parentRoom, Joined: true,
			KnownTo: []string{engine.ResidentName, engine.OtherName}}},
	}, {
		Name: "authoriser-gone", Title: "Who is to authorise the join has left", Finding: "authoriser-gone",
		Teaches: "The resident server chooses who authorises a restricted join. This one chose somebody who is no longer " +
			"in the room, and refuses the join for that.",
		RoomVersion: "10",
		Room: engine.Facts{JoinRule: "restricted", Parent: engine.Parent{RoomID: parentRoom, Joined: true,
			KnownTo: []string{engine.ResidentName, engine.OtherName}}},
		Layout: engine.OneResident,
		Faults: refused(403, "M_FORBIDDEN", "eventauth: the nominated 'join_authorised_via_users_server' user "+
			`"@carol:`+engine.ResidentName+`" is not joined to the room`),
	}, {
		Name: "restricted-race", Title: "The condition held at make_join and not at send_join", Finding: "restricted-race",
		Teaches:     "The template names who authorises the join; by the time it came back signed the room had moved on.",
		RoomVersion: "10",
		Room: engine.Facts{JoinRule: "restricted", Parent: engine.Parent{RoomID: parentRoom, Joined: true,
			KnownTo: []string{engine.ResidentName, engine.OtherName}}},
		Faults: []engine.Fault{{Endpoint: client.SendJoinV2, Instead: engine.Refuse(403, "M_FORBIDDEN",
			"You do not belong to any of the required rooms/spaces to join this room.")}},
	}, {
		Name: "unexplained-refusal", Title: "A refusal in words that nobody knows", Finding: "unexplained-refusal",
		Teaches: "Modules and forks have refusals of their own: then the words are all there is.",
		Layout:  engine.OneResident, Faults: refused(403, "M_FORBIDDEN", "Visitors are asked to use the side entrance"),
	}}
}

// templateCauses have something wrong with the protoevent, or with the event that is built from it.
func templateCauses() []engine.Scenario {
	altered := func(f func(*engine.Change)) []engine.Fault {
		return []engine.Fault{{Endpoint: client.MakeJoin, Change: f}}
	}
	parent := engine.Parent{RoomID: parentRoom, Joined: true, KnownTo: []string{engine.ResidentName, engine.OtherName}}
	return []engine.Scenario{{
		Name: "template-unreadable", Title: "make_join answers without an event", Finding: "template-unreadable",
		Teaches: "200 and JSON, and nothing in it that could be signed.",
		Layout:  engine.OneResident, Faults: []engine.Fault{{Endpoint: client.MakeJoin,
			Instead: &engine.Reply{Status: 200, Body: engine.Fields{"room_version": "11"}}}},
	}, {
		Name: "template-wrong-form", Title: "The template is of another family of versions than it says",
		Finding: "template-wrong-form",
		Teaches: "Without room_version it has to be 1 or 2, and their references are pairs; here they are not. A wrong " +
			"guess would give a wrong event ID.",
		Layout: engine.OneResident, Faults: altered(sayVersion("")),
	}, {
		Name: "depth-out-of-range", Title: "The template's depth is more than JSON numbers hold",
		Finding: "depth-out-of-range",
		Teaches: "From version 6 on every server drops an event with such a number: it must not be signed.",
		Layout:  engine.OneResident, Faults: altered(template(func(p *engine.Proto) { p.Depth = 9007199254741000 })),
	}, {
		Name: "template-not-canonical", Title: "The template holds a fraction", Finding: "template-not-canonical",
		Teaches: "Canonical JSON knows integers only, and from version 6 on that is enforced.",
		Layout:  engine.OneResident, Faults: altered(template(func(p *engine.Proto) { p.Content["rank"] = 0.5 })),
	}, {
		Name: "depth-not-incremented", Title: "The template's depth is not more than that of what came before",
		Finding: "depth-not-incremented",
		Teaches: "Nothing forbids it, and yet servers that look for gaps by depth will not find the way back.",
		Faults:  altered(template(func(p *engine.Proto) { p.Depth = 1 })),
	}, {
		Name: "authoriser-unprotected", Title: "A restricted join in a room of version 8", Finding: "authoriser-unprotected",
		Teaches: "Redaction in version 8 drops the field that says who let the user in: a server that has only the " +
			"redacted event will reject it.",
		RoomVersion: "8", Room: engine.Facts{JoinRule: "restricted", Parent: parent},
	}, {
		Group: engine.HandIn,
		Name:  "event-id-refused", Title: "The resident server works out another event ID than we did",
		Finding: "event-id-refused",
		Teaches: "make_join named version 10, the room is of version 11: the two redact differently, so the hash that " +
			"names the event differs.",
		Layout: engine.OneResident, Faults: altered(sayVersion("10")),
	}, {
		Group: engine.HandIn,
		Name:  "join-too-large", Title: "The join event is over 64 KiB", Finding: "join-too-large",
		Teaches: "The template brought it along; signed, it is more than any server takes.",
		Layout:  engine.OneResident,
		Faults:  altered(template(func(p *engine.Proto) { p.Content["displayname"] = strings.Repeat("so long ", 8400) })),
	}}
}

// refusalScenarios end with a server that says no, or with nobody who says anything.
func refusalScenarios() []engine.Scenario {
	return []engine.Scenario{{
		Name: "not-invited", Title: "The room is for invited users only", Finding: "not-invited",
		Teaches: "This 403 is about the room: the join rule lets in who was invited, and every server in the room goes " +
			"by the same rule. Others are about one server only: federation-denied, refusal-not-shared.",
		Room: engine.Facts{JoinRule: "invite"},
	}, {
		Name: "banned", Title: "The user is banned from the room", Finding: "banned",
		Teaches: "The ban is part of the room's state, so that it holds at every server.",
		Room:    engine.Facts{Banned: true},
	}, {
		Name: "knock-only", Title: "The room wants a knock first", Finding: "not-invited",
		Teaches: "The join rule knock lets in who has been invited, and nobody else; knocking is a handshake of its own.",
		Room:    engine.Facts{JoinRule: "knock"},
	}, {
		Name: "restricted-refused", Title: "Not a member of the room that a restricted join asks for",
		Finding:     "restricted-not-met",
		Teaches:     "The resident server knows the other room and does not find the user in it.",
		RoomVersion: "10", Room: engine.Facts{JoinRule: "restricted", Parent: engine.Parent{RoomID: parentRoom,
			KnownTo: []string{engine.ResidentName, engine.OtherName}}},
	}, {
		Name: "unfederated", Title: "The room does not federate", Finding: "not-federated",
		Teaches: "m.federate is false in the create event: only users of the creator's server may enter, for ever.",
		Layout:  engine.Alone, Room: engine.Facts{Unfederated: true},
	}, {
		Name: "server-acl", Title: "The room's access list denies the joining server", Finding: "server-acl",
		Teaches: "The list is state of the room; it is looked at before anything else about the room is said.",
		Room:    engine.Facts{Denied: []string{engine.Ours}},
	}, {
		Group: engine.FindRoom,
		Name:  "unknown-alias", Title: "The directory server does not know the alias", Finding: "alias-not-found",
		Teaches: "Only the alias's own server can resolve it. The handshake ends after two arrows.",
		Room:    engine.Facts{NoAlias: true},
	}, {
		Group: engine.FindRoom,
		Name:  "directory-down", Title: "The directory server cannot be reached", Finding: "directory-unreachable",
		Teaches: "Without the alias's server nobody knows the room's ID or who is in it, although the room is well.",
		Layout: engine.Layout{
			Directory: engine.DirectoryName, Founder: engine.ResidentName, Second: engine.OtherName,
			Candidates: []string{engine.ResidentName, engine.OtherName}, Down: []string{engine.DirectoryName},
		},
	}, {
		Group: engine.Connecting,
		Name:  "no-candidate-answers", Title: "Every join candidate is dead", Finding: "no-candidate-answers",
		Teaches: "The directory's list is all that is known; where none of it answers, the room cannot be reached.",
		Layout: engine.Layout{
			Directory: engine.DirectoryName, Founder: engine.ResidentName, Second: engine.OtherName,
			Candidates: []string{engine.GoneName, engine.LostName}, Down: []string{engine.GoneName, engine.LostName},
		},
	}}
}
