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
	Sight: Detected,
	evidence: func(v *view) []int {
		if id, err := client.ParseRoomID(v.RoomID); err != nil || id.Domain != "" {
			return nil
		}
		return v.nobody()
	},
}, {
	ID:    "no-candidates",
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
	Sight: Detected,
	rank:  2,
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
	ID:         "invalid-via",
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
	ID:     "first-refusal-final",
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
	ID:         "refusal-not-shared",
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
	ID:         "residents-disagree",
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
	ID:         "slow-answer",
	Sight:      Detected,
	incidental: true,
	evidence: func(v *view) []int {
		return v.at(func(e *flow.Entry) bool { return failed(client.FailedTimeout)(e) && !noConnection(e.Failure) }, flow.A5)
	},
}, {
	ID:    "no-candidate-answers",
	Sight: Detected,
	rank:  1,
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
