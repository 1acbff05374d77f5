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
	ID:    "cancelled",
	Title: "The handshake was interrupted",
	Cause: "Somebody ended it before it came to its end: with Ctrl-c, or with a signal. What had not been looked at " +
		"by then is not known.",
	Advice: "Run it again.",
	Apart:  "A deadline that passed is another outcome: timeout.",
	Source: "server-server: Joining Rooms",
	Sight:  Detected,
	reword: cancelledWords,
	evidence: func(v *view) []int {
		if !v.Cancelled() {
			return nil
		}
		return []int{v.Stopped.Seq}
	},
}, {
	ID:    "too-many-vias",
	Title: "The client names more servers than a request can hold",
	Cause: "Every server named makes the URL longer, and web servers refuse long ones. Some clients add every server " +
		"they have ever seen in a room.",
	Advice: "Name three to five servers, of which the first is up.",
	Apart:  "The length of the target of A1 is the measure: nginx takes 8 KiB. 414, 431 and 400 are what proxies say.",
	Source: "client-server: Joining rooms; element-hq/element-web#30954, element-hq/element-ios#6224, " +
		"element-hq/element-android#2661, cinnyapp/cinny#533",
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
	Title: "The joining server is joining this room already",
	Cause: "An earlier request is still under way: large rooms take minutes, and a client that does not wait for the " +
		"answer asks again.",
	Advice: "Wait. The room will be there when the first request is done.",
	Source: "matrix-org/synapse#5705",
	Sight:  Detected,
	rank:   2,
	evidence: func(v *view) []int {
		return v.turnedDown(refused(429, nil, response.SaysJoinInProgress...))
	},
}, {
	ID:    "client-rate-limited",
	Title: "The user's own server allows no more joins for now",
	Cause: "A homeserver limits how many rooms on other servers a user may join in a time: Synapse lets ten through " +
		"and then one in 100 seconds. No other server was asked.",
	Advice: "Wait for as long as retry_after_ms says. An administrator can raise rc_joins.remote, or exempt a user.",
	Apart:  "A resident server that limits joins answers at A5; this answer came from our own.",
	Source: "client-server: Rate limiting; matrix-org/synapse#8735, matrix-org/synapse#9409, matrix-org/synapse#12710",
	Sight:  Detected,
	rank:   3,
	evidence: func(v *view) []int {
		return v.turnedDown(func(e *flow.Entry) bool {
			return refused(429, nil)(e) && spokenBy(response.Homeserver)(e) && !refused(429, nil,
				response.SaysJoinInProgress...)(e)
		})
	},
}, {
	ID:    "room-too-complex",
	Title: "The user's own server takes no rooms of this size",
	Cause: "Its administrator has set a limit, limit_remote_rooms in Synapse. It is compared with the number of state " +
		"events in the room, divided by 500.",
	Advice: "Ask the administrator to raise the limit, or to except you from it.",
	Apart:  "Doorstep's own join of the same room counts the state events: divide by 500 for the figure that is needed.",
	Source: "matrix-org/synapse#5783, matrix-org/synapse#7901",
	Sight:  Detected,
	rank:   4,
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
	Title: "The user's own server does not allow this join",
	Cause: "A rule of that server: guests may not join, the account is suspended or locked, an administrator has " +
		"blocked the room, a module refuses. No other server was asked.",
	Advice: "Ask the administrator of your own server.",
	Apart:  "The words of the answer are the server's own. A refusal by the room would have come with A5.",
	Source: "client-server: Joining rooms",
	Sight:  Detected,
	rank:   5,
	evidence: func(v *view) []int {
		return v.turnedDown(func(e *flow.Entry) bool {
			return refused(403, nil)(e) && spokenBy(response.Homeserver)(e) && !refused(0, nil, response.SaysViaAnyServer...)(e)
		})
	},
}, {
	ID:    "stale-local-copy",
	Title: "The homeserver seems to judge by an old copy of the room",
	Cause: "It was in the room before and still holds its state, so it decides the join by itself, by rules that may " +
		"have changed since, and asks nobody.",
	Advice: "Have the administrator purge the room from the homeserver, then join again.",
	Apart:  "Doorstep asks the servers in the room: if it gets in, the copy is what is wrong.",
	Source: "x86pup/conduwuit#411, matrix-org/dendrite#256, matrix-org/synapse#13270",
	Sight:  Suspected,
	rank:   6,
	evidence: func(v *view) []int {
		return v.turnedDown(refused(0, nil, `from "leave" to "join"`, "leave to join", "not invited", "sender's membership"))
	},
}, {
	ID:    "we-back-off",
	Title: "The homeserver seems to have given up on the other servers",
	Cause: "It says that no server helped, and has asked none. Synapse leaves a server alone that failed before, at " +
		"make_join and send_join too: for ten minutes at first, then for twice as long each time, up to a week. " +
		"Dendrite's list of such servers is for transactions: it asks them all the same when it joins.",
	Advice: "Reset the connection in the homeserver's administration (Synapse: federation destinations), or wait.",
	Apart:  "Doorstep keeps no such list: if it gets through, the list is out of date.",
	Source: "matrix-org/synapse#7287, matrix-org/synapse#7297, matrix-org/synapse#10021",
	Sight:  Suspected,
	rank:   7,
	evidence: func(v *view) []int {
		return v.turnedDown(refused(0, nil, response.SaysViaAnyServer...))
	},
}, {
	ID:    "client-gave-up",
	Title: "The client was told that it failed while the join went on",
	Cause: "Something between the client and its server waits for less time than the join takes: nginx gives up after " +
		"60 seconds. The handshake goes on behind it, and the room turns up later.",
	Advice: "Wait a few minutes and look for the room before trying again. An administrator can raise " +
		"proxy_read_timeout, or its like.",
	Apart:  "A7 came, and its checks say whether the join stands; A8 came before it.",
	Source: "matrix-org/synapse#5705, matrix-org/synapse#13853, matrix-org/matrix-react-sdk#5204",
	Sight:  Detected,
	rank:   8,
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
	Title: "The answer was good, and the homeserver could not make use of it",
	Cause: "A7 arrived whole and passes every check that refuses an answer; the homeserver told its client that the " +
		"join failed. Something inside it gave way: an answer too large for its own workers, an error while it stored " +
		"keys, an event it expects and need not get.",
	Advice: "Look into the homeserver's log at the time of A7, and upgrade it. In Synapse, requests between workers " +
		"have a size limit of their own.",
	Apart: "The same join with Doorstep succeeds. Look for: request exceeds maximum size, Failed to talk to main " +
		"process, CardinalityViolation, KeyError.",
	Source: "matrix-org/synapse#9956, matrix-org/synapse#16683, matrix-org/synapse#12736, element-hq/synapse#19679",
	Sight:  Suspected,
	rank:   9,
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
		f.Advice = "Join again, or take the join back, which " + server + " may have accepted: " +
			codeOf(shell.Line(v.UndoCommand()))
	}
}

// codeOf marks text as a command.
func codeOf(text string) string { return "`" + text + "`" }
