package flow

import (
	"slices"

	"doorstep/client"
	"doorstep/flow/event"
)

// sendJoinCauses are about A6 and A7: the join is on its way, and whether it arrived may be open.
var sendJoinCauses = []Cause{{
	ID:     "half-joined",
	Title:  "We are in the room, and have no answer that says so",
	Cause:  "The resident server took the join, and its answer was lost. To everybody else the user is a member; the user's own server knows nothing of the room and drops what the others send it.",
	Advice: "Join again, which gives the same answer once more, or leave: `doorstep join … --leave` does both. On a homeserver, join again through the same server.",
	Apart:  "That make_leave gives a template, or that events of the room arrive here, proves it: a server leaves out who is not in the room.",
	Source: "server-server: Joining Rooms; matrix-org/matrix-spec#752, matrix-org/matrix-spec-proposals#2963",
	Sight:  Detected,
	seen: func(v *view) []int {
		if v.Sent == nil || v.Reply != nil || v.at(refused(0, nil), A7) != nil && v.Stopped != nil && v.Stopped.Refusal != nil {
			return nil
		}
		lost := v.at(noAnswer, A7)
		proof := v.roomEvents()
		if !v.invited() {
			proof = append(proof, v.at(func(e *Entry) bool { return e.Response != nil && e.Failure == nil && e.Response.Status == 200 }, U2)...)
		}
		if lost == nil || proof == nil {
			return nil
		}
		return append(lost, proof...)
	},
}, {
	ID:     "send-join-timeout",
	Title:  "The answer to send_join did not come in time",
	Cause:  "The resident server works out the state of the whole room before it answers, which takes minutes where there are many members. The join may stand by now.",
	Advice: "Wait longer, `--timeout`, ask for the members to be left out, `--omit-members`, or go through another server. On a homeserver, raise the federation timeout: Synapse waits a minute and tries four times.",
	Apart:  "Whether the join stands: `--leave` asks the resident server for a template to leave with, and gets one only if it does.",
	Source: "server-server: Joining Rooms; matrix-org/synapse#8338, matrix-org/synapse#13853, matrix-org/synapse#14925, matrix-construct/tuwunel#205",
	Sight:  Detected,
	seen:   func(v *view) []int { return v.at(failed(client.FailedTimeout), A7) },
}, {
	ID:     "truncated-answer",
	Title:  "The answer to send_join broke off",
	Cause:  "Some of it came, then the connection ended: a proxy with a limit on size or time, or a server that went down. What came cannot be verified. The join stands over there.",
	Advice: "Join again: the same event gets the same answer. If it breaks off at the same place, ask for the members to be left out, `--omit-members`, or go through another server.",
	Apart:  "Cut at a round number of bytes or seconds: a limit. `--leave` puts right what stands over there.",
	Source: "server-server: Joining Rooms",
	Sight:  Detected,
	seen: func(v *view) []int {
		return v.at(func(e *Entry) bool {
			return failed(client.FailedClosed, client.FailedMalformed)(e) && e.Response != nil
		}, A7)
	},
}, {
	ID:     "lost-answer",
	Title:  "No answer to send_join came",
	Cause:  "The event went out, and the connection ended without an answer. The resident server may have taken the join, or never have seen it.",
	Advice: "Join again, which does no harm in either case, or run it with `--leave`, which leaves if the join stands.",
	Apart:  "Whether it stands: `--leave` asks the resident server for a template to leave with, and gets one only if it does.",
	Source: "server-server: Joining Rooms; matrix-org/matrix-spec#752",
	Sight:  Detected,
	seen: func(v *view) []int {
		return v.at(func(e *Entry) bool {
			return failed(client.FailedClosed, client.FailedMalformed)(e) && e.Response == nil
		}, A7)
	},
}, {
	ID:     "resident-gone",
	Title:  "The server that gave the template cannot be reached any more",
	Cause:  "make_join went through, and no connection came about for send_join. It went down in between, or something between us lets only some connections through. The event was not sent.",
	Advice: "Join again: nothing has happened in the room. If it lasts, go through another server.",
	Apart:  "A connection that stood and was closed is another finding: then the event may have arrived.",
	Source: "server-server: Joining Rooms",
	Sight:  Detected,
	seen: func(v *view) []int {
		out := v.at(failed(client.FailedConnect, client.FailedTLS, client.FailedResolve), A7)
		if s := v.Stopped; s != nil && v.Build != nil && s.Step == R { // a name that leads nowhere any more
			out = append(out, s.Seq)
		}
		return out
	},
}, {
	ID:     "answer-too-large",
	Title:  "The answer is larger than we take",
	Cause:  "All members, and all that their membership rests on, are in the answer to send_join: 100 MB for a hundred thousand. Every homeserver has a limit; Synapse's is 500 MiB.",
	Advice: "Ask for the members to be left out: `--omit-members`. Not every resident server does that.",
	Apart:  "servers_in_room, or the member count in a room directory, gives an idea of the size beforehand.",
	Source: "matrix-org/synapse#9992, matrix-org/synapse#10087, matrix-org/synapse#15115, element-hq/synapse#15127",
	Sight:  Detected,
	seen:   func(v *view) []int { return v.at(failed(client.FailedTooLarge), arrows...) },
}, {
	ID:     "body-too-large",
	Title:  "A proxy refuses our join for its size",
	Cause:  "The web server in front of the resident server takes only small requests. The homeserver has not seen the event.",
	Advice: "The server's administrator has to raise the limit, client_max_body_size in nginx: events have up to 64 KiB, transactions far more. Meanwhile go through another server.",
	Apart:  "A homeserver refuses an event that is too large with JSON and M_TOO_LARGE.",
	Source: "client-server: Size limits",
	Sight:  Detected,
	seen:   func(v *view) []int { return v.at(tooLargeForProxy, A7) },
}, {
	ID:     "send-join-unrecognised",
	Title:  "The server knows no send_join",
	Cause:  "It gave a template, and the endpoint that takes the signed event is unknown there, in v2 or in both forms. A proxy passes on paths from a list, or a worker serves only some of them.",
	Advice: "The server's administrator has to have /_matrix/federation/v2 passed on as well as v1. Meanwhile go through another server.",
	Apart:  "Where v1 works, the join stands, and only newer room features are missing: v1 returns no event.",
	Source: "server-server: Unsupported endpoints; matrix-org/matrix-spec#1519, matrix-org/synapse#8409",
	Sight:  Detected,
	seen: func(v *view) []int {
		return v.at(refused(0, []string{"M_UNRECOGNIZED"}), A7)
	},
}, {
	ID:     "join-signature-refused",
	Title:  "The resident server finds the signature of our join wrong",
	Cause:  "The request was accepted and the event in it was not. It checks the event against an older copy of our keys, the key was replaced under the same ID, or the two servers redact the event in different ways.",
	Advice: "Publish the key that signs under an ID that was never used, and the one before it among old_verify_keys. A copy serves until its valid_until_ts, for seven days at the most; for rooms of versions 1 to 4 it never runs out.",
	Apart:  "Doorstep checks its own event with its own key before anything else: if that passes here, it is the copy over there, or the room version.",
	Source: "server-server: Validating hashes and signatures; matrix-org/synapse#4012, matrix-org/synapse#3121, matrix-org/synapse#6978",
	Sight:  Detected,
	seen: func(v *view) []int {
		return v.at(func(e *Entry) bool {
			return refused(403, nil, saysEventSignature...)(e) || refused(400, nil, saysEventSignature...)(e)
		}, A7)
	},
}}

// afterCauses are about what comes after a good answer.
var afterCauses = []Cause{{
	ID:     "join-soft-failed",
	Title:  "The join was answered with 200 and is not in force",
	Cause:  "By the state it names the join was right, and it was taken. The room has changed since make_join, so that the resident server, and others, keep it out of the present state: nobody sees the user as a member.",
	Advice: "See what changed, a join rule or a ban, and join again: a new template rests on the new state.",
	Apart:  "That the same server gives no template to leave with shows it. Without `--leave` it cannot be seen from here.",
	Source: "server-server: Soft failure; matrix-org/synapse#1893",
	Sight:  Detected,
	beside: true,
	seen: func(v *view) []int {
		out := v.at(refused(403, nil, saysNotMember...), U2)
		if out == nil || v.Reply == nil {
			return nil
		}
		return append(out, v.Reply.Seq)
	},
}, {
	ID:     "leave-refused",
	Title:  "We could not leave again",
	Cause:  "Leaving takes make_leave and send_leave, with the same servers and the same ways to fail. The user is still a member as far as the resident server knows.",
	Advice: "Try again, or through another server. A moderator can remove the user, too.",
	Apart:  "What kept the join from working keeps the leave: look for the same finding.",
	Source: "server-server: Leaving Rooms; matrix-org/synapse#8091, matrix-org/synapse#7122",
	Sight:  Detected,
	beside: true,
	seen: func(v *view) []int {
		if v.Undo.Problem == "" || v.Undo.Seq == 0 || v.Reply != nil && v.at(refused(403, nil, saysNotMember...), U2) != nil {
			return nil
		}
		return []int{v.Undo.Seq}
	},
}, {
	ID:     "resync-stuck",
	Title:  "The homeserver never finishes learning who is in the room",
	Cause:  "After an answer without members it has to fetch them with /state, which can be too large for it, or which every server refuses because it does not see us as joined.",
	Advice: "Leave, and join again through another server, or with members included.",
	Source: "element-hq/synapse#15127, element-hq/synapse#19210, matrix-org/synapse#13000",
	Sight:  Elsewhere,
	Where:  "In the homeserver's log, for partial state and /state of the room, minutes to days after the join.",
}, {
	ID:     "module-deadlock",
	Title:  "The homeserver waits for itself",
	Cause:  "A module wants the full state of the room while it is being joined, and the join waits for the module.",
	Advice: "Update the module, or turn it off and join again.",
	Source: "element-hq/synapse#16973",
	Sight:  Elsewhere,
	Where:  "In the homeserver: remote joins never return while Doorstep's go through; the stack of its main process shows the callback.",
}, {
	ID:     "join-not-propagated",
	Title:  "The resident server told nobody of the join",
	Cause:  "It has to pass the join on to every other server in the room. Where that fails, or they judge the join by another state, they do not know us and send us nothing.",
	Advice: "Leave, and join again through another server.",
	Source: "server-server: Joining Rooms; matrix-org/synapse#1893, matrix-org/synapse#5795",
	Sight:  Elsewhere,
	Where:  "On a third server in the room: whether its member list has the user, and its log at the time of the join.",
}}

func tooLargeForProxy(e *Entry) bool {
	return e.Response != nil && e.Failure == nil && e.Response.Status == 413
}

// roomEvents returns the transactions with an event of the room that reached our listener after the join was sent, by Seq.
func (v *view) roomEvents() []int {
	if v.Sent == nil {
		return nil
	}
	var out []int
	for _, e := range v.inbound {
		if e.Seq < v.Sent.Seq || e.Request == nil || e.Request.Endpoint != client.Send {
			continue
		}
		members, err := event.Members(e.Request.Body)
		if err != nil {
			continue
		}
		for _, m := range members {
			pdus, err := event.Elements(m.Value)
			if m.Key == "pdus" && err == nil && slices.ContainsFunc(pdus, v.ofRoom) {
				out = append(out, e.Seq)
			}
		}
	}
	return out
}

// ofRoom reports whether an event is of the room joined.
func (v *view) ofRoom(pdu []byte) bool {
	members, err := event.Members(pdu)
	return err == nil && slices.ContainsFunc(members, func(m event.Member) bool {
		room, _ := event.String(m.Value)
		return m.Key == "room_id" && room == v.RoomID
	})
}
