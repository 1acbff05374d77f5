package sandbox

import "doorstep/client"

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
