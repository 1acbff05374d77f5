package sandbox

import (
	"time"

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
	}, {
		Name: "address-not-proven", Title: "Another key has signed whose the address is",
		Finding: "address-invite-refused",
		Teaches: "The room has the key of one identity server. What another signs, or somebody who just knows the token, " +
			"proves nothing there.",
		ByRoomID: true, Room: closed, Invite: engine.Invite{From: "alice", Address: engine.Forged},
	}, {
		Name: "address-invite-revoked", Title: "The invite to the address was taken back",
		Finding: "address-invite-refused",
		Teaches: "Whoever invited an address can take that back: the event stays, without the key, and nothing can be " +
			"proven by it any more.",
		ByRoomID: true, Room: closed, Invite: engine.Invite{From: "alice", Address: engine.Revoked},
	}, {
		Name: "nobody-invites", Title: "An invite is waited for, and nobody sends one",
		Finding: "nobody-invited",
		Teaches: "Without an invite there is neither a room nor a server to ask. An invite that was sent before the " +
			"listener stood is not sent again soon.",
		ByRoomID: true, Room: closed, Asked: engine.Asked{Waits: time.Second},
	}, {
		Name: "rejection-refused", Title: "The inviter's server does not take the leave",
		Finding: "invite-not-rejected",
		Teaches: "An invite stands in the room until a leave ends it, and only a server in the room can take that. The " +
			"user's own server may forget the invite all the same.",
		ByRoomID: true, Room: closed, Invite: engine.Invite{From: "alice"}, Asked: engine.Asked{Reject: true},
		Faults: []engine.Fault{{Endpoint: client.SendLeave,
			Instead: engine.Refuse(500, "M_UNKNOWN", "Internal server error")}},
	}}
}
