package diagnose

import (
	"doorstep/flow"
	"doorstep/flow/response"
)

// inviteCauses are about joins that began with an invite: it names the room, and one server.
var inviteCauses = []Cause{{
	ID:         "inviter-left",
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
	ID:         "invite-not-propagated",
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
	Sight: Detected,
	rank:  2,
	evidence: func(v *view) []int {
		if !v.Invited() || v.Directory == nil || v.Directory.RoomID == "" || v.Directory.RoomID == v.Invite.RoomID {
			return nil
		}
		return []int{v.Invite.Seq, v.Directory.Seq}
	},
}}
