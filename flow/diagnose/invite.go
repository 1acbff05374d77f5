package diagnose

import (
	"doorstep/flow"
	"doorstep/flow/response"
)

// inviteCauses are about joins that began with an invite: it names the room, and one server.
var inviteCauses = []Cause{{
	ID:    "inviter-left",
	Title: "The server that sent the invite is in the room no more",
	Cause: "Whoever invited has left since, and was the last of that server. An invite names no other server.",
	Advice: "Name another server that is in the room, `--via NAME`, or ask a member for its alias. The invite itself " +
		"still counts.",
	Apart: "A server that never was in the room says that it does not know it; this one says that it has nobody in it.",
	Source: "server-server: Inviting to a room; matrix-org/matrix-spec#163, matrix-org/synapse#9688, " +
		"element-hq/element-web#14722",
	Sight:      Detected,
	incidental: true,
	evidence: func(v *view) []int {
		if !v.Invited() {
			return nil
		}
		return v.candidates(func(c flow.Candidate, e *flow.Entry) bool {
			return c.Server == v.Invite.Origin && refused(404, nil)(e)
		})
	},
}, {
	ID:    "invite-not-propagated",
	Title: "The server asked does not know of the invite",
	Cause: "We hold an invite, and this server says that there is none. It has not received the event yet, it was cut " +
		"off when the invite was sent, or the invite has been taken back.",
	Advice:     "Join through the server of whoever sent the invite: `--via THAT_SERVER` first, or no --via at all.",
	Apart:      "`--candidates all` asks the inviter's server as well: if that one agrees, the invite was taken back.",
	Source:     "server-server: Joining Rooms; matrix-org/synapse#2367",
	Sight:      Detected,
	rank:       1,
	incidental: true,
	evidence: func(v *view) []int {
		if !v.Invited() {
			return nil
		}
		out := v.at(func(e *flow.Entry) bool {
			return e.Server != v.Invite.Origin && refused(403, nil, response.SaysNotInvited...)(e)
		}, flow.A5)
		if out != nil {
			out = append(out, v.Invite.Seq)
		}
		return out
	},
}, {
	ID:    "alias-moved",
	Title: "The alias leads to another room than the invite",
	Cause: "The inviter's server was of no help, so the alias that came with the invite was asked for. It belongs to " +
		"another room by now, perhaps to the one that replaced this one.",
	Advice: "Join the other room by its alias, if that is the one wanted; otherwise name a server that is in the room " +
		"of the invite, `--via NAME`.",
	Apart: "The room ID of the invite and that of A3 tell them apart. A room that was replaced has a tombstone, which " +
		"only members can see.",
	Source: "client-server: Room aliases; m.room.tombstone",
	Sight:  Detected,
	rank:   2,
	evidence: func(v *view) []int {
		if !v.Invited() || v.Directory == nil || v.Directory.RoomID == "" || v.Directory.RoomID == v.Invite.RoomID {
			return nil
		}
		return []int{v.Invite.Seq, v.Directory.Seq}
	},
}}
