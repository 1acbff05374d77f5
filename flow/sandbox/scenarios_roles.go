package sandbox

import (
	"fmt"
	"time"

	"doorstep/client"
	"doorstep/flow/sandbox/engine"
)

// publicScenarios is one public room of every version, in order of time.
func publicScenarios() []engine.Scenario {
	teaches := []string{
		"Events are named by the server that sends them, and refer to each other by pairs of ID and hash.",
		"The wire is that of version 1; only the way in which forks of the room are settled has changed.",
		"The joining server no longer chooses an event ID: it is the hash of the event.",
		"The same hash, spelled so that it can stand in a URL.",
		"A signature counts only if its key was valid when the event was made.",
		"Canonical JSON is enforced, and m.room.aliases loses its rule of its own.",
		"Somebody may knock: a membership and a join rule more.",
		"A join rule may let in the members of another room; redaction keeps its allow list.",
		"Redaction keeps the field that says who authorised a restricted join.",
		"Power levels are integers and nothing else.",
		"Redaction keeps less: origin is no longer part of the event ID, and create has no creator field.",
		"The room ID is the hash of the create event, which auth_events no longer list; creators outrank every power level.",
	}
	var out []engine.Scenario
	for i, text := range teaches {
		v := fmt.Sprint(i + 1)
		out = append(out, engine.Scenario{
			Name: "public-v" + v, Title: "A public room of version " + v, Teaches: text, RoomVersion: v,
		})
	}
	return out
}

// roleScenarios succeed, with the parts given to other servers, or in another form.
func roleScenarios() []engine.Scenario {
	return []engine.Scenario{{
		Name: "form-2015", Title: "The handshake as first written down",
		Teaches: "The template comes with an event_id and an origin of the resident's, no room version is spoken of, " +
			"and send_join answers a list of two.",
		RoomVersion: "1", Form: "2015",
	}, {
		Name: "two-residents", Title: "One resident server gives the template, another takes the join",
		Teaches: "In the first form any server in the room could take the signed event; today it has to be the one " +
			"that gave the template.",
		RoomVersion: "1", Form: "2015", SendTo: "another",
	}, {
		Name: "same-server", Title: "The directory server is the resident server",
		Teaches: "Two parts, one server: the alias, the template and the join are all answered by the same name.",
		Layout:  engine.Alone,
	}, {
		Name: "failover", Title: "The first join candidate is dead, the second helps",
		Teaches: "A list of candidates ages: a server without an answer is left for the next one.",
		Layout: engine.Layout{
			Directory: engine.DirectoryName, Founder: engine.ResidentName, Second: engine.OtherName,
			Candidates: []string{engine.GoneName, engine.ResidentName, engine.OtherName}, Down: []string{engine.GoneName},
		},
	}, {
		Name: "invite", Title: "Invited, so the directory is not asked",
		Teaches: "The invite names the room and the server to ask, and the invited user may enter although the room is " +
			"closed.",
		ByRoomID: true, Room: engine.Facts{JoinRule: "invite"}, Invite: engine.Invite{From: "alice"},
	}, {
		Name: "invite-v1", Title: "Invited in the form of the first room versions",
		Teaches: "The body is the event itself, no room version is named, and the answer is a list: this way came every " +
			"invite before there were versions, and invites to rooms of versions 1 and 2 still may.",
		RoomVersion: "2", ByRoomID: true, Room: engine.Facts{JoinRule: "invite"},
		Invite: engine.Invite{From: "alice", V1: true},
	}, {
		Name: "invite-rejected", Title: "The invite is rejected: a leave without a join",
		Teaches: "Nobody was in the room, so there is nothing to leave, and yet it takes a leave: the room has the invite, " +
			"and only its user can end it.",
		ByRoomID: true, Room: engine.Facts{JoinRule: "invite"}, Invite: engine.Invite{From: "alice"},
		Asked: engine.Asked{Reject: true},
	}, {
		Name: "invite-to-address", Title: "Invited by an address, which turns out to be the user's",
		Teaches: "The room has a key, an identity server signs with it that the address is the user's, and a server in the " +
			"room makes an invite of that, which comes like any other.",
		ByRoomID: true, Room: engine.Facts{JoinRule: "invite"},
		Invite: engine.Invite{From: "alice", Address: engine.Bound},
	}, {
		Name: "invite-origin-left", Title: "The server that invited has left the room",
		Teaches: "Its own invite is worth nothing there now; the alias that came with it leads to a server that is still " +
			"in the room.",
		ByRoomID: true,
		Layout: engine.Layout{Directory: engine.DirectoryName, Founder: engine.ResidentName, Second: engine.OtherName,
			Candidates: []string{engine.OtherName, engine.ResidentName}},
		Room: engine.Facts{JoinRule: "invite"}, Invite: engine.Invite{From: "bob", Leaves: true},
	}, {
		Name: "omit-members", Title: "Members are left out of the answer",
		Teaches: "The answer is smaller, and the rest of the state is still to be fetched: the resident server says how " +
			"many events that is.",
		Asked: engine.Asked{OmitMembers: true},
	}, {
		Name: "notary", Title: "A notary has the keys that their server does not give",
		Teaches: "A server that is out of reach from here can still be checked: another passes its key document on, " +
			"signed by both.",
		Layout: engine.Layout{Directory: engine.DirectoryName, Founder: engine.ResidentName, Second: engine.OtherName,
			Candidates: []string{engine.ResidentName}},
		Asked: engine.Asked{Notary: engine.ResidentName, Unseen: []string{engine.OtherName}},
	}, {
		Name: "restricted", Title: "Let in for being a member of another room",
		Teaches: "The resident server names one of its users who may invite, and adds its signature to the join: the " +
			"event that counts is the one it returns.",
		RoomVersion: "10", Room: engine.Facts{JoinRule: "restricted", Parent: engine.Parent{RoomID: parentRoom, Joined: true,
			KnownTo: []string{engine.ResidentName, engine.OtherName}}},
	}, {
		Name: "restricted-elsewhere", Title: "The first resident server cannot judge a restricted join",
		Teaches: "It is not in the room whose members are let in, and says so; a server that is can help.",
		Layout: engine.Layout{
			Directory: engine.DirectoryName, Founder: engine.ResidentName, Second: engine.OtherName,
			Candidates: []string{engine.OtherName, engine.ResidentName},
		},
		RoomVersion: "10", Room: engine.Facts{JoinRule: "restricted", Parent: engine.Parent{RoomID: parentRoom, Joined: true,
			KnownTo: []string{engine.ResidentName}}},
	}, {
		Name: "restricted-granter", Title: "The first resident server has nobody who may invite",
		Teaches: "The condition is met, yet a restricted join needs a user of the resident server who could have invited: " +
			"another server has one.",
		Layout: engine.Layout{
			Directory: engine.DirectoryName, Founder: engine.ResidentName, Second: engine.OtherName,
			Candidates: []string{engine.OtherName, engine.ResidentName},
		},
		RoomVersion: "10", Room: engine.Facts{
			JoinRule: "restricted", Parent: engine.Parent{RoomID: parentRoom, Joined: true,
				KnownTo: []string{engine.ResidentName, engine.OtherName}}, InviteLevel: 100,
		},
	}, {
		Name: "send-join-v1", Title: "The resident server knows only the old send_join",
		Teaches: "M_UNRECOGNIZED is about the endpoint, not about the join: the same event goes to v1, which answers a " +
			"list of two.",
		Faults: []engine.Fault{{Endpoint: client.SendJoinV2, Instead: engine.Refuse(404, "M_UNRECOGNIZED",
			"Unrecognized request")}},
	}, {
		Name: "late-answer", Title: "send_join takes its time",
		Teaches: "The resident server works out the state of the room before it answers; in large rooms that takes minutes.",
		Faults:  []engine.Fault{{Endpoint: client.SendJoinV2, Delay: 1200 * time.Millisecond}},
	}}
}

// parentRoom is the room whose members the restricted scenarios let in.
const parentRoom = "!household:resident.example"
