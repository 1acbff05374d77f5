package diagnose

import (
	"slices"
	"strings"

	"doorstep/client"
	"doorstep/flow"
	"doorstep/flow/event"
	"doorstep/flow/response"
	"doorstep/flow/verify"
)

// candidateCauses are about the list of join candidates as a whole.
var candidateCauses = []Cause{{
	ID:    "no-via-v12",
	Title: "The room ID names no server, and the client named none",
	Cause: "From room version 12 on a room ID is a hash, without a domain. Whom to ask has to come along: in the " +
		"link, from an alias, or with an invite. A client that loses it on the way, for instance after a room upgrade, " +
		"leads here.",
	Advice: "Name a server that is in the room: `doorstep join ROOM_ID --via NAME`. Links made by a recent client " +
		"carry some.",
	Source: "room version 12: Event format; appendices: Room IDs, Routing; matrix-construct/tuwunel#171, " +
		"element-hq/element-x-android#5152",
	Sight: Detected,
	evidence: func(v *view) []int {
		if id, err := client.ParseRoomID(v.RoomID); err != nil || id.Domain != "" {
			return nil
		}
		return v.nobody()
	},
}, {
	ID:    "no-candidates",
	Title: "Nobody is known who could be asked",
	Cause: "A room ID came without a server to ask, or the list that came with it is empty. The domain in a room ID " +
		"only says which server made up the ID: it need not be in the room, and Synapse and Dendrite do not ask it. " +
		"tuwunel does when nobody else is named.",
	Advice: "Name a server that is in the room: `doorstep join ROOM_ID --via NAME`, or join by alias.",
	Source: "appendices: Routing; matrix-org/synapse#1253, matrix-org/synapse#2171, element-hq/element-web#23791, " +
		"element-hq/element-web#2925",
	Sight: Detected,
	rank:  1,
	evidence: func(v *view) []int {
		if id, err := client.ParseRoomID(v.RoomID); err == nil && id.Domain == "" {
			return nil // the room ID has to do with it
		}
		return v.nobody()
	},
}, {
	ID:    "room-id-as-server",
	Title: "The room ID itself was taken for a server name",
	Cause: "Somebody cut the room ID at its colon to find a server. The ID of a room of version 12 has no colon, and " +
		"all of it was left.",
	Advice: "Update the client or the program that made the link, and name a server that is in the room: `--via NAME`.",
	Source: "room version 12: Event format; appendices: Room IDs; matrix-construct/tuwunel#171, cinnyapp/cinny#2427",
	Sight:  Detected,
	rank:   2,
	evidence: func(v *view) []int {
		id, err := client.ParseRoomID(v.RoomID)
		if err != nil || id.Domain != "" {
			return nil
		}
		var out []int
		for _, c := range v.Candidates {
			if strings.TrimPrefix(c.Server, "!") == id.Opaque {
				out = append(out, v.named(c), c.Answer)
			}
		}
		return slices.DeleteFunc(out, func(seq int) bool { return seq == 0 })
	},
}, {
	ID:    "invalid-via",
	Title: "A server to ask is no server name",
	Cause: "Somebody put a URL, or a name with characters that no name has, where a server name belongs: a host and " +
		"maybe a port.",
	Advice:     "Leave it out, or write it as a server name: example.org, example.org:8448.",
	Apart:      "Doorstep leaves it out and goes on. Synapse did fail over it, and refuses name by name now.",
	Source:     "appendices: Server Name; matrix-org/synapse#7108, matrix-org/synapse#8650",
	Sight:      Detected,
	rank:       3,
	incidental: true,
	evidence: func(v *view) []int {
		var out []int
		for _, c := range v.Candidates {
			if _, err := client.ParseServerName(c.Server); err != nil {
				out = append(out, v.named(c))
			}
		}
		return slices.DeleteFunc(out, func(seq int) bool { return seq == 0 })
	},
}, {
	ID:    "first-refusal-final",
	Title: "One candidate's refusal ended it, and others were not asked",
	Cause: "The answer was one after which this way of going about it asks nobody else, and it is not the room's own " +
		"refusal: another server may well say yes. Doorstep stops at the first refusal by which every server in the room " +
		"should go; Synapse ends a join over most answers of 400 to 499.",
	Advice: "Leave that server out of the list, or join by room ID and put another one first: `--via NAME`. For an " +
		"alias, Synapse and tuwunel ignore via.",
	Apart:  "`--candidates all` asks every one of them. `--like dendrite` goes on after any refusal.",
	Source: "matrix-org/synapse#3811, matrix-org/synapse#3812, matrix-org/synapse#15074",
	Sight:  Detected,
	rank:   4,
	reword: func(v *view, f *Finding) { f.Cause += " In force here: " + v.Policy.Says + "." },
	evidence: func(v *view) []int {
		untried := func(c flow.Candidate) bool { return !c.Tried && c.Server != "" }
		if v.Stopped == nil || v.Stopped.Step != flow.A5 || v.Stopped.Refusal == nil ||
			!slices.ContainsFunc(v.Following(), untried) {
			return nil
		}
		for _, words := range response.RoomRefusals {
			if response.Says(v.Stopped.Refusal.Message, words...) {
				return nil
			}
		}
		return []int{v.Stopped.Seq}
	},
}, {
	ID:    "refusal-not-shared",
	Title: "The candidates do not agree: some refuse, another lets us in",
	Cause: "Every candidate was asked, and the refusals are not shared by all. They are those servers' own, or those " +
		"servers are behind. A homeserver that asks a refusing one first may give up there.",
	Advice: "Join by room ID, and put the server that lets us in first: `--via NAME`. Synapse and Dendrite keep the " +
		"order then; for an alias Synapse and tuwunel ignore via, and tuwunel shuffles in either case. Leave the others " +
		"out of links.",
	Apart:      "Each refusal has its own finding.",
	Source:     "matrix-org/synapse#3811, matrix-org/synapse#15074",
	Sight:      Detected,
	rank:       5,
	incidental: true,
	evidence: func(v *view) []int {
		if !v.Header.AskAll || v.Template == nil {
			return nil
		}
		synapse, _ := flow.PolicyNamed("synapse")
		out := v.candidates(func(_ flow.Candidate, e *flow.Entry) bool {
			return refused(0, nil)(e) && synapse.Ends(response.RefusalOf(e.Response))
		})
		if out != nil {
			out = append(out, v.Template.Seq)
		}
		return out
	},
}, {
	ID:    "residents-disagree",
	Title: "The residents see the room in different states",
	Cause: "Asked at about the same time, they made templates that rest on different events. One of them has not " +
		"heard of a change yet, or the room has come apart: its servers settled a conflict in different ways.",
	Advice: "Join through the server of an active moderator. If it lasts, tell the moderators: a new event of the kind " +
		"that differs can bring the servers together again.",
	Apart:      "Ask again with `--candidates all`: what was only late agrees the second time.",
	Source:     "room version 2: State resolution",
	Sight:      Detected,
	rank:       6,
	incidental: true,
	evidence: func(v *view) []int {
		rests := map[string]string{} // by server, what its template rests on
		var out []int
		for _, seq := range v.at(func(e *flow.Entry) bool {
			return e.Response != nil && e.Failure == nil && response.Succeeds(e.Response)
		}, flow.A5) {
			e := v.trace.Entry(seq)
			t := e.Template()
			if !t.Usable() || verify.RefusedBy(v.State.CheckTemplate(t, "join")) != "" {
				continue
			}
			proto, err := event.Parse(t.RoomVersion, t.Event)
			if err != nil {
				continue
			}
			ids := slices.Clone(proto.AuthEvents())
			slices.Sort(ids)
			rests[e.Server] = strings.Join(ids, " ")
			out = append(out, seq)
		}
		differ := false
		for _, a := range rests {
			for _, b := range rests {
				differ = differ || a != b
			}
		}
		if !differ || v.authoriser() != "" { // who lets us in is each server's own choice
			return nil
		}
		return out
	},
}}

// silenceCauses are about candidates that give no answer at all.
var silenceCauses = []Cause{{
	ID:    "slow-answer",
	Title: "The resident server keeps make_join waiting",
	Cause: "The connection stands, and the answer does not come within the time we wait. It is overloaded, or it " +
		"waits itself: for our key, which it cannot fetch, or for a look-up.",
	Advice: "Try again later, or through another server: `--via NAME`.",
	Apart: "If it asked for our key meanwhile, the request shows after A4. `--timeout` says how long to wait; Synapse " +
		"waits 20 seconds, Dendrite 30.",
	Source:     "server-server: Joining Rooms",
	Sight:      Detected,
	incidental: true,
	evidence: func(v *view) []int {
		return v.at(func(e *flow.Entry) bool { return failed(client.FailedTimeout)(e) && !noConnection(e.Failure) }, flow.A5)
	},
}, {
	ID:     "no-candidate-answers",
	Title:  "None of the join candidates answered",
	Cause:  "Every server that could have let us in is down, unreachable from here, or no longer there.",
	Advice: "Name a server that is up and in the room. The arrows say what became of each attempt.",
	Apart: "If every server fails in the same way, look at our own side: the resolver, the network, the list of " +
		"authorities, the clock.",
	Source: "server-server: Joining Rooms; matrix-org/synapse#7946",
	Sight:  Detected,
	rank:   1,
	evidence: func(v *view) []int {
		if v.Stopped == nil || v.Cancelled() || !v.NobodyAnswered() || len(v.Candidates) == 0 ||
			v.Template != nil || v.at(refused(0, nil), flow.A3) != nil {
			return nil
		}
		var evidence []int
		for _, c := range v.Candidates {
			if c.Answer > 0 {
				evidence = append(evidence, c.Answer)
			}
		}
		return evidence
	},
}}

// nobody returns the evidence of a list of candidates that is empty although the room is known: what our client
// asked, and what the directory said.
func (v *view) nobody() []int {
	asked := v.clientAsked()
	if v.Stopped == nil || v.RoomID == "" || len(v.Candidates) > 0 || v.Directory != nil && v.Directory.Abandoned ||
		asked == nil || v.clientHeard() != nil && v.Stopped.Seq == v.clientHeard().Seq {
		return nil
	}
	switch {
	case v.Directory == nil && v.Stopped.Step == flow.A1:
		return []int{asked.Seq}
	case v.Directory != nil && v.Directory.Usable() && v.Stopped.Seq == v.Directory.Seq:
		return []int{asked.Seq, v.Directory.Seq}
	}
	return nil
}

// named returns the entry in which a candidate was named; 0 where that is not known.
func (v *view) named(c flow.Candidate) int {
	switch {
	case c.From == "via" && v.clientAsked() != nil:
		return v.clientAsked().Seq
	case c.From == "directory" && v.Directory != nil:
		return v.Directory.Seq
	case c.From == "invite" && v.Invite != nil:
		return v.Invite.Seq
	}
	return 0
}
