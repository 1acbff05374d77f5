package diagnose

import (
	"doorstep/client"
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
}, {
	ID:    "nobody-invited",
	Sight: Detected,
	rank:  3,
	evidence: func(v *view) []int {
		return v.stoppedAt(func(e *flow.Entry) bool { return e.Waited() && e.Failure.Kind == client.FailedTimeout })
	},
}, {
	ID:    "address-invite-refused",
	Sight: Detected,
	rank:  4,
	evidence: func(v *view) []int {
		if v.Bound == nil || v.Invite != nil {
			return nil
		}
		out := v.stoppedAt(func(e *flow.Entry) bool {
			asked := v.request(e)
			return e.Response != nil && asked != nil && asked.Request != nil &&
				asked.Request.Endpoint == client.ExchangeInvite && e.Speaker() == response.Homeserver
		})
		if out != nil {
			out = append(out, v.Bound.Seq)
		}
		return out
	},
}, {
	ID:    "invite-not-rejected",
	Sight: Detected,
	rank:  5,
	evidence: func(v *view) []int {
		if !v.Header.Reject || v.Invite == nil || v.Stopped == nil || v.Stopped.Outcome == flow.Cancelled {
			return nil
		}
		return []int{v.Invite.Seq, v.Stopped.Seq}
	},
}}

// stoppedAt returns the entry at which the handshake stopped, where ok accepts it.
func (v *view) stoppedAt(ok func(*flow.Entry) bool) []int {
	if v.Stopped == nil {
		return nil
	}
	if e := v.trace.Entry(v.Stopped.Seq); e != nil && ok(e) {
		return []int{e.Seq}
	}
	return nil
}
