package sandbox

import (
	"doorstep/client"
	"doorstep/flow/sandbox/engine"
)

func inviteCauses() []engine.Scenario {
	bobInvites := engine.Layout{Directory: engine.DirectoryName, Founder: engine.ResidentName, Second: engine.OtherName,
		Candidates: []string{engine.OtherName, engine.ResidentName}}
	closed := engine.Facts{JoinRule: "invite"}
	return []engine.Scenario{{
		Name: "inviter-left", Title: "The server that invited has left, and nobody else is known", Finding: "inviter-left",
		Teaches: "An invite names one server. Where that one has left the room, and the room has no alias, there is " +
			"nobody else to ask.",
		Layout: bobInvites, Room: closed, ByRoomID: true, Invite: engine.Invite{From: "bob", Leaves: true},
		Faults: []engine.Fault{{History: withoutAlias}},
	}, {
		Name: "invite-not-propagated", Title: "The server asked first knows nothing of the invite",
		Finding: "invite-not-propagated",
		Teaches: "An invite travels to the other servers of the room like any event. One that has not seen it says what " +
			"is true for it: not invited.",
		Layout: bobInvites, Room: closed, ByRoomID: true, Invite: engine.Invite{From: "alice"},
		Asked: engine.Asked{Via: []string{engine.OtherName}, Like: "synapse"},
		Faults: []engine.Fault{{Server: engine.OtherName, Endpoint: client.MakeJoin,
			Instead: engine.Refuse(403, "M_FORBIDDEN", "You are not invited to this room.")}},
	}, {
		Name: "alias-moved", Title: "The alias leads to another room than the invite", Finding: "alias-moved",
		Teaches: "When the inviter's server is of no help, the alias that came with the invite is asked for; by now it " +
			"may be another room's.",
		Layout: bobInvites, Room: closed, ByRoomID: true, Invite: engine.Invite{From: "bob", Leaves: true},
		Faults: []engine.Fault{{Endpoint: client.QueryDirectory, Instead: &engine.Reply{Status: 200, Body: engine.Fields{
			"room_id": "!another:" + engine.ResidentName, "servers": []string{engine.ResidentName}}}}},
	}}
}
