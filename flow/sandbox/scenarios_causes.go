package sandbox

import (
	"fmt"
	"slices"
	"time"

	"doorstep/client"
)

// causeScenarios are the causes of failed joins that the other tables do not show, each in a handshake of its own, along
// the path of the handshake. Most end without a join; in the others what is worth a warning is the point.
func causeScenarios() []Scenario {
	return slices.Concat(inviteCauses(), directoryCauses(), candidateCauses(), clientCauses(),
		makeJoinCauses(), templateCauses(), sendJoinCauses(), replyCauses(), keyScenarios(), probeScenarios())
}

func inviteCauses() []Scenario {
	bobInvites := Layout{Directory: DirectoryName, Founder: ResidentName, Second: OtherName, Candidates: []string{OtherName, ResidentName}}
	closed := Facts{JoinRule: "invite"}
	return []Scenario{{
		Name: "inviter-left", Title: "The server that invited has left, and nobody else is known", Finding: "inviter-left",
		Teaches: "An invite names one server. Where that one has left the room, and the room has no alias, there is nobody else to ask.",
		Layout:  bobInvites, Room: closed, ByRoomID: true, Invite: Invite{From: "bob", Leaves: true},
		Faults: []Fault{{history: withoutAlias}},
	}, {
		Name: "invite-not-propagated", Title: "The server asked first knows nothing of the invite", Finding: "invite-not-propagated",
		Teaches: "An invite travels to the other servers of the room like any event. One that has not seen it says what is true for it: not invited.",
		Layout:  bobInvites, Room: closed, ByRoomID: true, Invite: Invite{From: "alice"},
		Asked:  Asked{Via: []string{OtherName}, Like: "synapse"},
		Faults: []Fault{{Server: OtherName, Endpoint: client.MakeJoin, Instead: refuse(403, "M_FORBIDDEN", "You are not invited to this room.")}},
	}, {
		Name: "alias-moved", Title: "The alias leads to another room than the invite", Finding: "alias-moved",
		Teaches: "When the inviter's server is of no help, the alias that came with the invite is asked for; by now it may be another room's.",
		Layout:  bobInvites, Room: closed, ByRoomID: true, Invite: Invite{From: "bob", Leaves: true},
		Faults: []Fault{{Endpoint: client.QueryDirectory, Instead: &Reply{Status: 200, Body: fields{
			"room_id": "!another:" + ResidentName, "servers": []string{ResidentName}}}}},
	}}
}

func directoryCauses() []Scenario {
	return []Scenario{{
		Name: "directory-silent", Title: "The directory server never answers", Finding: "directory-unreachable",
		Teaches: "No other server may answer for the alias. Synapse gives it ten seconds.",
		Faults:  []Fault{{Endpoint: client.QueryDirectory, Hang: true}},
	}, {
		Name: "directory-error", Title: "The directory server breaks down over the alias", Finding: "directory-error",
		Teaches: "500 says nothing about the alias: it may well exist.",
		Faults:  []Fault{{Endpoint: client.QueryDirectory, Instead: refuse(500, "M_UNKNOWN", "Internal server error")}},
	}, {
		Name: "directory-answer-broken", Title: "The directory server leaves the servers out", Finding: "directory-answer-broken",
		Teaches: "room_id and servers are both needed: the one without the other leads nowhere.",
		Faults:  []Fault{{Endpoint: client.QueryDirectory, Instead: &Reply{Status: 200, Body: fields{"room_id": "!somewhere:" + ResidentName}}}},
	}, {
		Name: "room-abandoned", Title: "The directory knows of nobody in the room", Finding: "room-abandoned",
		Teaches: "Once everybody has left, Dendrite answers for the alias with null in place of servers.",
		Faults:  []Fault{{Endpoint: client.QueryDirectory, Instead: &Reply{Status: 200, Body: fields{"room_id": "!somewhere:" + ResidentName, "servers": nil}}}},
	}, {
		Name: "stale-candidates", Title: "The directory lists servers that are in the room no more", Finding: "stale-candidates",
		Teaches: "One has left, one is gone, and the server that is still in the room is not in the list: it dates from when the alias was made.",
		Layout: Layout{Directory: DirectoryName, Founder: ResidentName, Second: OtherName,
			Candidates: []string{OtherName, GoneName}, Down: []string{GoneName}},
		Faults: []Fault{{history: everybodyLeaves(OtherName)}},
	}}
}

func candidateCauses() []Scenario {
	return []Scenario{{
		Name: "no-candidates", Title: "A room ID, and no server to ask", Finding: "no-candidates",
		Teaches:  "The server in a room ID only names who made the ID, it need not be in the room: without via nobody is asked.",
		ByRoomID: true,
	}, {
		Name: "no-via-v12", Title: "A room ID of version 12, and no server to ask", Finding: "no-via-v12",
		Teaches:  "It is a hash and names no server at all. Links and invites have to say whom to ask.",
		ByRoomID: true, RoomVersion: "12",
	}, {
		Name: "room-id-as-server", Title: "The room ID is taken for a server name", Finding: "room-id-as-server",
		Teaches:  "Whoever cuts the ID of a version 12 room at a colon that is not there asks a server that cannot exist.",
		ByRoomID: true, RoomVersion: "12", Asked: Asked{Via: []string{thisRoom}},
	}, {
		Name: "invalid-via", Title: "via holds a URL in place of a server name", Finding: "invalid-via",
		Teaches:  "A server name is a host and maybe a port. A wrong one is left out, and the others are asked.",
		ByRoomID: true, Asked: Asked{Via: []string{"https://" + ResidentName}},
	}, {
		Name: "too-many-vias", Title: "The client names so many servers that its request is refused", Finding: "too-many-vias",
		Teaches:  "Every via makes the URL longer, and web servers have a limit. Three to five are enough.",
		ByRoomID: true, Asked: Asked{Via: manyNames(200)}, Front: Front{LongestURI: 8 << 10},
	}, {
		Name: "first-refusal-final", Title: "One candidate's refusal ends it, as it does in Synapse", Finding: "first-refusal-final",
		Teaches: "Most answers of 400 to 499 end the join there, although the next candidate would have helped.",
		Layout:  otherFirst, Asked: Asked{Like: "synapse"},
		Faults: []Fault{{Server: OtherName, Endpoint: client.MakeJoin, Instead: refuse(400, "M_UNKNOWN", "unknown error")}},
	}, {
		Name: "refusal-not-shared", Title: "Of all candidates, one refuses", Finding: "refusal-not-shared",
		Teaches: "Asked one by one they do not agree: the refusal is that server's own, and the room lets us in.",
		Layout:  otherFirst, Asked: Asked{AskAll: true},
		Faults: []Fault{{Server: OtherName, Endpoint: client.MakeJoin, Instead: refuse(403, "M_FORBIDDEN", "Federation denied with "+JoiningName+".")}},
	}, {
		Name: "residents-disagree", Title: "Two residents, two pictures of the room", Finding: "residents-disagree",
		Teaches: "Their templates rest on different power levels: one of them is behind, or the room has come apart.",
		Asked:   Asked{AskAll: true},
		Faults:  []Fault{{Server: OtherName, Endpoint: client.MakeJoin, change: staleLevels}},
	}}
}

// otherFirst is the usual layout with the creator's server second in the directory's list.
var otherFirst = Layout{Directory: DirectoryName, Founder: ResidentName, Second: OtherName, Candidates: []string{OtherName, ResidentName}}

// manyNames returns n server names that are in use nowhere.
func manyNames(n int) []string {
	out := make([]string, n)
	for i := range out {
		out[i] = fmt.Sprintf("a-server-that-was-in-the-room-once-%03d.example", i)
	}
	return out
}

func clientCauses() []Scenario {
	turnedDown := func(status int, errcode, text string) Front { return Front{Instead: refuse(status, errcode, text)} }
	return []Scenario{{
		Name: "client-rate-limited", Title: "The user joins too many rooms at a time", Finding: "client-rate-limited",
		Teaches: "429 from the user's own server: nothing was sent to anybody else.",
		Front: Front{Instead: &Reply{Status: 429, Body: fields{
			"errcode": "M_LIMIT_EXCEEDED", "error": "Too Many Requests", "retry_after_ms": 100_000}}},
	}, {
		Name: "join-in-progress", Title: "A join to this room is already under way", Finding: "join-in-progress",
		Teaches: "The client has lost patience and asks again, while the first handshake goes on behind it.",
		Front:   turnedDown(429, "M_LIMIT_EXCEEDED", "There is already a federated join to this room in progress. Please wait for it to finish."),
	}, {
		Name: "room-too-complex", Title: "The user's own server takes no rooms as large as this", Finding: "room-too-complex",
		Teaches: "An administrator can set a limit; it counts the state events of a room in five hundreds.",
		Front:   turnedDown(400, "M_RESOURCE_LIMIT_EXCEEDED", "Your homeserver is unable to join rooms this large or complex. Please speak to your server administrator, or upgrade your instance to join this room."),
	}, {
		Name: "own-server-refuses", Title: "The user's own server says no", Finding: "own-server-refuses",
		Teaches: "Guests, suspended accounts, rooms that an administrator has blocked: no other server was asked.",
		Front:   turnedDown(403, "M_FORBIDDEN", "This room has been blocked on this server"),
	}, {
		Name: "client-gave-up", Title: "The proxy before our own server does not wait", Finding: "client-gave-up",
		Teaches: "The client is told 504, the handshake goes on: minutes later the room is there.",
		Front:   Front{Patience: 300 * time.Millisecond},
		Faults:  []Fault{{Endpoint: client.SendJoinV2, Delay: 1200 * time.Millisecond}},
	}}
}
