package diagnose

import (
	"slices"

	"doorstep/client"
	"doorstep/flow"
	"doorstep/flow/response"
	"doorstep/flow/shell"
)

// clientCauses are about A1 and A8: what the client asks, and what its own server makes of it before, or after, it
// asks others.
var clientCauses = []Cause{{
	ID:     "cancelled",
	Sight:  Detected,
	reword: cancelledWords,
	evidence: func(v *view) []int {
		if !v.Cancelled() {
			return nil
		}
		return []int{v.Stopped.Seq}
	},
}, {
	ID:         "too-many-vias",
	Sight:      Detected,
	rank:       1,
	incidental: true,
	evidence: func(v *view) []int {
		const many, long = 50, 4 << 10
		asked := v.clientAsked()
		if asked == nil || asked.Request == nil || len(v.Header.Via) < many && len(asked.Request.Target) < long {
			return nil
		}
		tooLong := func(e *flow.Entry) bool {
			return e.Response != nil && slices.Contains([]int{400, 413, 414, 431}, e.Response.Status)
		}
		return append(v.turnedDown(tooLong), asked.Seq)
	},
}, {
	ID:    "join-in-progress",
	Sight: Detected,
	rank:  2,
	evidence: func(v *view) []int {
		return v.turnedDown(refused(429, nil, response.SaysJoinInProgress...))
	},
}, {
	ID:    "client-rate-limited",
	Sight: Detected,
	rank:  3,
	evidence: func(v *view) []int {
		return v.turnedDown(func(e *flow.Entry) bool {
			return refused(429, nil)(e) && spokenBy(response.Homeserver)(e) && !refused(429, nil,
				response.SaysJoinInProgress...)(e)
		})
	},
}, {
	ID:    "room-too-complex",
	Sight: Detected,
	rank:  4,
	evidence: func(v *view) []int {
		e := v.clientHeard()
		if e == nil || !refused(0, []string{"M_RESOURCE_LIMIT_EXCEEDED"})(e) && !refused(0, nil,
			response.SaysTooComplex...)(e) {
			return nil
		}
		return []int{e.Seq}
	},
}, {
	ID:    "own-server-refuses",
	Sight: Detected,
	rank:  5,
	evidence: func(v *view) []int {
		return v.turnedDown(func(e *flow.Entry) bool {
			return refused(403, nil)(e) && spokenBy(response.Homeserver)(e) && !refused(0, nil, response.SaysViaAnyServer...)(e)
		})
	},
}, {
	ID:    "stale-local-copy",
	Sight: Suspected,
	rank:  6,
	evidence: func(v *view) []int {
		return v.turnedDown(refused(0, nil, `from "leave" to "join"`, "leave to join", "not invited", "sender's membership"))
	},
}, {
	ID:    "we-back-off",
	Sight: Suspected,
	rank:  7,
	evidence: func(v *view) []int {
		return v.turnedDown(refused(0, nil, response.SaysViaAnyServer...))
	},
}, {
	ID:    "client-gave-up",
	Sight: Detected,
	rank:  8,
	evidence: func(v *view) []int {
		asked, heard := v.clientAsked(), v.clientHeard()
		if heard == nil || heard.GaveUp() != nil || v.Reply == nil || !v.Reply.Usable() ||
			heard.Response != nil && !slices.Contains([]int{408, 502, 503, 504, 524}, heard.Response.Status) ||
			heard.Failure != nil && !failed(client.FailedTimeout, client.FailedClosed)(heard) {
			return nil
		}
		reply := v.trace.Entry(v.Reply.Seq)
		if heard.Response != nil && heard.Speaker() == response.Homeserver &&
			asked.At+heard.Took > reply.At {
			return nil // the homeserver's own word, after it had the answer
		}
		return []int{heard.Seq, reply.Seq}
	},
}, {
	ID:    "homeserver-fails-after",
	Sight: Suspected,
	rank:  9,
	evidence: func(v *view) []int {
		heard := v.clientHeard()
		if heard == nil || heard.Response == nil || heard.Response.Status < 500 ||
			heard.Speaker() != response.Homeserver ||
			v.Verification == nil || v.Stopped == nil || v.Stopped.Seq != heard.Seq {
			return nil
		}
		return []int{v.Reply.Seq, heard.Seq}
	},
}}

// cancelledWords says who interrupted the handshake, during what, and what may stand in the room.
func cancelledWords(v *view, f *Finding) {
	f.Cause = sentence(v.Stopped.Why) + "."
	if server, maybe := v.LeftBehind(); maybe {
		f.Advice = "Join again, or take the join back, which " + server + " may have accepted."
		if undo := shell.Line(v.UndoCommand()); undo != "" {
			f.Try = append(f.Try, undo)
		}
	}
}
