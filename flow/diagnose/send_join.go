package diagnose

import (
	"slices"

	"doorstep/client"
	"doorstep/flow"
	"doorstep/flow/event"
	"doorstep/flow/response"
)

// sendJoinCauses are about A6 and A7: the join is on its way, and whether it arrived may be open.
var sendJoinCauses = []Cause{{
	ID:    "half-joined",
	Title: "We are in the room, and have no answer that says so",
	Cause: "The resident server took the join, and its answer was lost. To everybody else the user is a member; the " +
		"user's own server knows nothing of the room and drops what the others send it.",
	Advice: "Join again, or leave: `doorstep join … --leave --leave` does both; twice, as the user is a member by now. " +
		"On a homeserver, join again through the same server.",
	Apart: "Two things prove it: a leave template that names our join among its auth events, as the membership in " +
		"force, or events of the room that arrive here. That make_leave gives a template at all proves nothing: an " +
		"invited user may leave too.",
	Source: "server-server: Joining Rooms; matrix-org/matrix-spec#752, matrix-org/matrix-spec-proposals#2963",
	Sight:  Detected,
	reword: halfJoinedWords,
	evidence: func(v *view) []int {
		if v.Fate() != flow.FateUnknown {
			return nil
		}
		lost := v.at(func(*flow.Entry) bool { return true }, flow.A7)
		proof := v.roomEvents()
		if v.Undo.Ends == flow.EndsOurJoin {
			proof = append(proof, v.Undo.Template.Seq)
		}
		if lost == nil || proof == nil {
			return nil
		}
		return append(lost, proof...)
	},
}, {
	ID:    "send-join-timeout",
	Title: "The answer to send_join did not come in time",
	Cause: "The resident server works out the state of the whole room before it answers, which takes minutes where " +
		"there are many members. The join may stand by now.",
	Advice: "Wait longer, `--timeout`, ask for the members to be left out, `--omit-members`, or go through another " +
		"server. On a homeserver, raise the federation timeout: Synapse waits a minute and tries four times, tuwunel " +
		"waits for 25 seconds of silence.",
	Apart: "Whether the join stands: `--leave` asks the resident server for a template to leave with; if that names " +
		"our join among its auth events, it stands. A template alone proves nothing: an invited user gets one too.",
	Source: "server-server: Joining Rooms; matrix-org/synapse#8338, matrix-org/synapse#13853, " +
		"matrix-org/synapse#14925, element-hq/dendrite#3153",
	Sight:    Detected,
	rank:     1,
	reword:   leftSinceWords,
	evidence: func(v *view) []int { return v.lost(failed(client.FailedTimeout)) },
}, {
	ID:    "truncated-answer",
	Title: "The answer to send_join broke off",
	Cause: "Some of it came, then the connection ended: a proxy with a limit on size or time, or a server that went " +
		"down. What came cannot be verified. A server answers once it has taken the join, so that it most likely stands " +
		"over there.",
	Advice: "Join again. If it breaks off at the same place, ask for the members to be left out, `--omit-members`, or " +
		"go through another server.",
	Apart: "Cut at a round number of bytes or seconds: a limit. `--leave` leaves again if the join stands, and tells " +
		"if it does not.",
	Source: "server-server: Joining Rooms",
	Sight:  Detected,
	rank:   2,
	reword: leftSinceWords,
	evidence: func(v *view) []int {
		return v.lost(func(e *flow.Entry) bool {
			return failed(client.FailedClosed, client.FailedMalformed)(e) && e.Response != nil
		})
	},
}, {
	ID:    "lost-answer",
	Title: "No answer to send_join came",
	Cause: "The event went out, and the connection ended without an answer. The resident server may have taken the " +
		"join, or never have seen it.",
	Advice: "Join again, which does no harm in either case, or run it with `--leave --leave`, which joins again and " +
		"leaves; twice, as the user may be a member by now. An invite is used up by either.",
	Apart: "Whether it stands: `--leave` asks the resident server for a template to leave with; if that names our " +
		"join among its auth events, it stands. A template alone proves nothing: an invited user gets one too.",
	Source: "server-server: Joining Rooms; matrix-org/matrix-spec#752",
	Sight:  Detected,
	rank:   3,
	reword: leftSinceWords,
	evidence: func(v *view) []int {
		return v.lost(func(e *flow.Entry) bool {
			return failed(client.FailedClosed, client.FailedMalformed)(e) && e.Response == nil
		})
	},
}, {
	ID:    "join-fate-unknown",
	Title: "Whether the join stands cannot be told from the answer",
	Cause: "The answer to send_join is an error that came from the server itself, or from something in front of it, " +
		"at a moment when the event may have been stored already. An error of 500 to 599 is no refusal: the homeserver " +
		"may have broken down after it took the join.",
	Advice: "Join again, which does no harm in either case, or run it with `--leave --leave`, which joins again and " +
		"leaves; twice, as the user may be a member by now. An invite is used up by either.",
	Apart: "A refusal has a status of 400 to 499 and an errcode. `--leave` tells: a leave template that names our " +
		"join among its auth events proves that it stands.",
	Source: "server-server: Joining Rooms; matrix-org/matrix-spec#752",
	Sight:  Detected,
	rank:   4,
	reword: leftSinceWords,
	evidence: func(v *view) []int {
		if v.Fate() != flow.FateUnknown {
			return nil
		}
		return v.at(func(e *flow.Entry) bool {
			return e.Failure == nil && e.Response != nil && !response.Succeeds(response.Unlisted(e.Response))
		}, flow.A7)
	},
}, {
	ID:    "resident-gone",
	Title: "The server that gave the template cannot be reached any more",
	Cause: "make_join went through, and no connection came about for send_join. It went down in between, or something " +
		"between us lets only some connections through. The event was not sent.",
	Advice: "Join again: nothing has happened in the room. If it lasts, go through another server.",
	Apart:  "A connection that stood and was closed is another finding: then the event may have arrived.",
	Source: "server-server: Joining Rooms",
	Sight:  Detected,
	rank:   5,
	evidence: func(v *view) []int {
		out := v.at(func(e *flow.Entry) bool { return e.Failure != nil && v.Fate() == flow.FateNotSent }, flow.A7)
		// a name that leads nowhere any more
		if s := v.Stopped; s != nil && v.Build != nil && s.Step == flow.R && !v.Cancelled() {
			out = append(out, s.Seq)
		}
		return out
	},
}, {
	ID:    "answer-too-large",
	Title: "The answer is larger than we take",
	Cause: "All members, and all that their membership rests on, are in the answer to send_join: 100 MB for a hundred " +
		"thousand. Synapse takes 500 MiB at the most, tuwunel 256 MiB.",
	Advice:   "Ask for the members to be left out: `--omit-members`. Not every resident server does that.",
	Apart:    "servers_in_room, or the member count in a room directory, gives an idea of the size beforehand.",
	Source:   "matrix-org/synapse#10087, matrix-org/synapse#15115",
	Sight:    Detected,
	rank:     6,
	evidence: func(v *view) []int { return v.at(failed(client.FailedTooLarge), arrows...) },
}, {
	ID:    "body-too-large",
	Title: "A proxy refuses our join for its size",
	Cause: "The web server in front of the resident server takes only small requests. The homeserver has not seen the " +
		"event.",
	Advice: "The server's administrator has to raise the limit, client_max_body_size in nginx: events have up to 64 " +
		"KiB, transactions far more. Meanwhile go through another server.",
	Apart:    "A homeserver refuses an event that is too large with JSON and M_TOO_LARGE.",
	Source:   "client-server: Size limits",
	Sight:    Detected,
	rank:     7,
	evidence: func(v *view) []int { return v.at(tooLargeForProxy, flow.A7) },
}, {
	ID:    "send-join-unrecognised",
	Title: "The server knows no send_join",
	Cause: "It gave a template, and the endpoint that takes the signed event is unknown there, in v2 or in both " +
		"forms. A proxy passes on paths from a list, or a worker serves only some of them.",
	Advice: "The server's administrator has to have /_matrix/federation/v2 passed on as well as v1. Meanwhile go " +
		"through another server.",
	Apart:  "Where v1 works, the join stands, and only newer room features are missing: v1 returns no event.",
	Source: "server-server: Unsupported endpoints; matrix-org/synapse#12077, matrix-org/synapse#6693",
	Sight:  Detected,
	rank:   8,
	evidence: func(v *view) []int {
		return v.at(refused(0, []string{"M_UNRECOGNIZED"}), flow.A7)
	},
}, {
	ID:    "join-signature-refused",
	Title: "The resident server finds the signature of our join wrong",
	Cause: "The request was accepted and the event in it was not. It checks the event against an older copy of our " +
		"keys, the key was replaced under the same ID, or the two servers redact the event in different ways.",
	Advice: "Publish the key that signs under an ID that was never used, and the one before it among old_verify_keys. " +
		"A copy serves until its valid_until_ts, for seven days at the most; for rooms of versions 1 to 4 it never runs out.",
	Apart: "Doorstep checks its own event with its own key before anything else: if that passes here, it is the copy " +
		"over there, or the room version.",
	Source: "server-server: Validating hashes and signatures on received events; matrix-org/synapse#4012",
	Sight:  Detected,
	rank:   9,
	evidence: func(v *view) []int {
		return v.at(func(e *flow.Entry) bool {
			return refused(403, nil, response.SaysEventSignature...)(e) || refused(400, nil, response.SaysEventSignature...)(e)
		}, flow.A7)
	},
}}

// afterCauses are about what comes after a good answer.
var afterCauses = []Cause{{
	ID:    "join-soft-failed",
	Title: "The join was answered with 200 and is not in force",
	Cause: "By the state it names the join was right, and it was taken. The room has changed since make_join, so that " +
		"the resident server, and others, keep it out of the present state: nobody sees the user as a member.",
	Advice: "See what changed, a join rule or a ban, and join again: a new template rests on the new state.",
	Apart: "That the same server gives no template to leave with shows it, or one that does not name our join among " +
		"its auth events. Without `--leave` it cannot be seen from here.",
	Source:     "server-server: Soft failure",
	Sight:      Detected,
	incidental: true,
	evidence: func(v *view) []int {
		out := v.at(refused(403, nil, response.SaysNotMember...), flow.U2)
		if v.Undo.Ends == flow.EndsAnother && v.AlreadyMember() == 0 {
			out = append(out, v.Undo.Template.Seq)
		}
		if out == nil || v.Fate() != flow.FateAccepted {
			return nil
		}
		return append(out, v.Reply.Seq)
	},
}, {
	ID:    "already-member",
	Title: "The user was in the room before this join",
	Cause: "The state that came back has the user joined by another event than ours. Homeservers let a member join " +
		"again; a leave afterwards ends the membership that was there before.",
	Advice:     "Nothing has to be done. To leave the room all the same, say `--leave` twice.",
	Apart:      "The user's earlier member event is in the answer, in state or among the auth events of our join.",
	Source:     "room versions: Authorisation rules, join; server-server: Leaving Rooms (Rejecting Invites)",
	Sight:      Detected,
	rank:       1,
	incidental: true,
	reword:     alreadyMemberWords,
	evidence: func(v *view) []int {
		if seq := v.AlreadyMember(); seq != 0 {
			return []int{seq}
		}
		return nil
	},
}, {
	ID:    "leave-held",
	Title: "We did not leave: the leave would have ended something else than our join",
	Cause: "The leave template does not rest on our join: the membership in force is another one. Where that is an " +
		"invite, the leave would reject it; where the user was in the room before, it would end that.",
	Advice: "If the user is not to be in the room, nor invited to it, say `--leave` twice. Otherwise there is nothing " +
		"to undo so far: our join is not in force. A server that is slow may still take it.",
	Apart: "The auth events of a leave hold the membership that it ends. Ours is not among them.",
	Source: "server-server: Leaving Rooms (Rejecting Invites); Auth events selection; room version 1: Authorisation " +
		"rules, leave",
	Sight:      Detected,
	rank:       2,
	incidental: true,
	evidence: func(v *view) []int {
		if hold := v.HoldsLeave(); hold != flow.HeldNotOurs && hold != flow.HeldNotKnown {
			return nil
		}
		return []int{v.Undo.Template.Seq}
	},
}, {
	ID:    "leave-refused",
	Title: "We could not leave again",
	Cause: "Leaving takes make_leave and send_leave, with the same servers and the same ways to fail. If the join " +
		"stands, the user is still a member.",
	Advice:     "Try again, or through another server. A moderator can remove the user, too.",
	Apart:      "What kept the join from working keeps the leave: look for the same finding.",
	Source:     "server-server: Leaving Rooms (Rejecting Invites); matrix-org/matrix-spec#397, matrix-org/synapse#7139",
	Sight:      Detected,
	rank:       3,
	incidental: true,
	evidence: func(v *view) []int {
		if v.Undo.Problem == "" || v.Undo.Seq == 0 || v.Reply != nil && v.at(refused(403, nil, response.SaysNotMember...),
			flow.U2) != nil {
			return nil
		}
		return []int{v.Undo.Seq}
	},
}, {
	ID:    "resync-stuck",
	Title: "The homeserver never finishes learning who is in the room",
	Cause: "After an answer without members it has to fetch them with /state, which can be too large for it, or which " +
		"every server refuses because it does not see us as joined.",
	Advice: "Leave, and join again through another server, or with members included.",
	Source: "element-hq/synapse#19210, matrix-org/synapse#13000",
	Sight:  Elsewhere,
	rank:   4,
	Where:  "In the homeserver's log, for partial state and /state of the room, minutes to days after the join.",
}, {
	ID:     "module-deadlock",
	Title:  "The homeserver waits for itself",
	Cause:  "A module wants the full state of the room while it is being joined, and the join waits for the module.",
	Advice: "Update the module, or turn it off and join again.",
	Source: "element-hq/synapse#16973",
	Sight:  Elsewhere,
	rank:   5,
	Where: "In the homeserver: remote joins never return while Doorstep's go through; the stack of its main process " +
		"shows the callback.",
}, {
	ID:    "join-not-propagated",
	Title: "The resident server told nobody of the join",
	Cause: "It has to pass the join on to every other server in the room. Where that fails, or they judge the join by " +
		"another state, they do not know us and send us nothing.",
	Advice: "Leave, and join again through another server.",
	Source: "server-server: Joining Rooms; matrix-org/synapse#1893",
	Sight:  Elsewhere,
	rank:   6,
	Where:  "On a third server in the room: whether its member list has the user, and its log at the time of the join.",
}}

func tooLargeForProxy(e *flow.Entry) bool {
	return e.Response != nil && e.Failure == nil && e.Response.Status == 413
}

// roomEvents returns the transactions with an event of the room that reached our listener after the join was sent, by
// Seq.
func (v *view) roomEvents() []int {
	if v.Sent == nil {
		return nil
	}
	var out []int
	for _, e := range v.inbound {
		if e.Seq < v.Sent.Seq || e.Request == nil || e.Request.Endpoint != client.Send {
			continue
		}
		pdus, _ := event.Elements(event.Get(e.Request.Body, "pdus"))
		if slices.ContainsFunc(pdus, v.ofRoom) {
			out = append(out, e.Seq)
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

// lost returns the exchanges that ok accepts in which our join went out and no whole answer came, by Seq.
func (v *view) lost(ok func(*flow.Entry) bool) []int {
	return v.at(func(e *flow.Entry) bool { return e.Fate(v.request(e)) == flow.FateUnknown && ok(e) }, flow.A7)
}

// halfJoinedWords tells of a join that was taken back since.
func halfJoinedWords(v *view, f *Finding) {
	if !v.Undo.Left {
		return
	}
	f.Title = "The join stood although no answer said so, and was left again"
	f.Cause = "The resident server took the join, and its answer was lost. The leave template named our join as the " +
		"membership in force, so that it stood; the leave was taken, and the user is not in the room any more."
	f.Advice = "Nothing is left to do. To join, join again."
}

// alreadyMemberWords says what became of the leave that was asked for.
func alreadyMemberWords(v *view, f *Finding) {
	switch {
	case v.Undo.Left:
		f.Cause += " The leave was asked for twice and was taken: the user is not in the room any more."
		f.Advice = "To be in the room again, join again."
	case v.HoldsLeave() == flow.HeldAlreadyIn:
		f.Cause += " So the leave that was asked for was not sent."
	}
}

// leftSinceWords adds that the room was left since.
func leftSinceWords(v *view, f *Finding) {
	switch {
	case !v.Undo.Left:
	case v.Undo.Ends == flow.EndsAnother:
		f.Cause += " The leave that followed did not end this join, but the membership that was in force: an invite, or " +
			"an older one."
		f.Advice = "To join, ask for an invite where the room needs one, and join again."
	default:
		f.Cause += " The room was left again since."
		f.Advice = "Nothing is left to do. To join, join again."
	}
}
