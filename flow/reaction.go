package flow

import (
	"fmt"
	"net/url"
	"slices"
	"strings"

	"doorstep/client"
	"doorstep/flow/event"
	"doorstep/flow/response"
)

// A Reaction is what a joining server did with a good answer of the directory (A3), to make_join (A5) or to send_join
// (A7), as far as what came after it shows. It starts as unknown, and is made of the trace alone.
type Reaction struct {
	To       int     // the answer, by Seq; 0: there is none to react to
	Step     StepID  // of the answer
	Does     Reacts  // what it did
	By       Showing // what shows it
	Evidence []int   // the entries that show it, by Seq
}

// Reacts says what a joining server does with an answer.
type Reacts string

// What it does with one.
const (
	ReactsUnknown Reacts = "unknown" // nothing shows it
	Accepts       Reacts = "accepted"
	Refuses       Reacts = "refused"
)

// A Showing is what shows a reaction.
type Showing string

// What shows that an answer was accepted, or refused.
const (
	NothingShows  Showing = ""
	ByGoingOn     Showing = "next_step"   // the next step of the handshake, which rests on the answer
	ByTransaction Showing = "transaction" // a transaction with something of the room
	ByQuery       Showing = "query"       // a question about the room that only its members have
	ByAskingAgain Showing = "asked_again" // the step before, once more: of another server, or of the same
	ByCommand     Showing = "command"     // the end of the command that was to make it join
)

// Reactions returns what the joining server did with every good answer of t to A2, A4 and A6, in order.
func Reactions(t Trace) []Reaction {
	var out []Reaction
	for i := range t.Entries {
		if e := &t.Entries[i]; e.reactedTo() {
			out = append(out, ReactionTo(t, e))
		}
	}
	return out
}

// LastReaction returns what the joining server did with the last good answer of t to send_join; with that to
// make_join, or of the directory, where it came no further. Its To is 0 where no good answer was given.
func LastReaction(t Trace) Reaction {
	last := Reaction{Does: ReactsUnknown}
	for _, r := range Reactions(t) {
		if r.Step >= last.Step { // A3, A5, A7
			last = r
		}
	}
	return last
}

// reactedTo reports whether e is a good answer to a joining server that its next step rests on.
func (e *Entry) reactedTo() bool {
	return (e.Step == A3 || e.Step == A5 || e.Step == A7) && e.Kind == Response && e.Response != nil &&
		e.Failure == nil && e.To == Joining && response.Succeeds(response.Unlisted(e.Response))
}

// ReactionTo returns what the joining server did with answer, a good answer of t.
//
// Whoever goes on to the next step has accepted the answer; whoever takes the same step again has not. Behind A7 there
// is no next step: a transaction with something of the room, or a question that only a server in the room has, shows
// that the joining server takes itself for being in it. Questions for single events, for event_auth and for keys show
// nothing: they are also asked while an answer is looked at. Where the wire shows nothing, the command decides.
func ReactionTo(t Trace, answer *Entry) Reaction {
	r := Reaction{To: answer.Seq, Step: answer.Step, Does: ReactsUnknown}
	room := roomOf(t, answer)
	for i := answer.Seq; i < len(t.Entries); i++ {
		e := &t.Entries[i]
		does, by := reactionIn(e, answer.Step, room)
		if e.Exited != nil {
			does, by = e.Exited.reaction(answer.Step)
		}
		if by != NothingShows {
			r.Does, r.By, r.Evidence = does, by, []int{e.Seq}
			return r
		}
	}
	return r
}

// reaction is what the end of the command shows about the answer of that step. One that was ended shows nothing; one
// that says that it has joined shows nothing about the steps before A7, which it has to have gone on from.
func (x *Exited) reaction(step StepID) (Reacts, Showing) {
	switch {
	case x.Signal != "" || x.TimedOut:
		return ReactsUnknown, NothingShows
	case x.Code != 0:
		return Refuses, ByCommand
	case step == A7:
		return Accepts, ByCommand
	}
	return ReactsUnknown, NothingShows
}

// reactionIn says what one entry after an answer of that step shows.
func reactionIn(e *Entry, step StepID, room string) (Reacts, Showing) {
	if e.Kind != Request || e.From != Joining || e.By != "" || e.Request == nil {
		return ReactsUnknown, NothingShows
	}
	switch {
	case step == A3 && e.Step == A4, step == A5 && e.Step == A6:
		return Accepts, ByGoingOn
	case step == A3 && e.Step == A2, step == A5 && e.Step == A4:
		return Refuses, ByAskingAgain
	case step == A7 && (e.Step == A4 || e.Step == A6) && namesRoom(e.Request, room):
		return Refuses, ByAskingAgain
	case step == A7 && asksAsMember(e.Request, room):
		return Accepts, ByQuery
	case step == A7 && brings(e.Request, room):
		return Accepts, ByTransaction
	}
	return ReactsUnknown, NothingShows
}

// roomOf is the room that the request which answer answers names in its path; empty where it names none.
func roomOf(t Trace, answer *Entry) string {
	asked := t.Entry(answer.Answers)
	if asked == nil || asked.Request == nil {
		return ""
	}
	if _, names := client.EndpointOf(asked.Request.Method, asked.Request.Target); len(names) == 2 {
		return names[0]
	}
	return ""
}

// segments are those of the path of a request, unescaped.
func segments(r *client.Request) []string {
	path, _, _ := strings.Cut(r.Target, "?")
	out := strings.Split(path, "/")
	for i := range out {
		if s, err := url.PathUnescape(out[i]); err == nil {
			out[i] = s
		}
	}
	return out
}

func namesRoom(r *client.Request, room string) bool {
	return room != "" && slices.Contains(segments(r), room)
}

// membersAsk are the questions about a room that only servers in it have, by what stands before the room in the path.
var membersAsk = []string{"state_ids", "state", "backfill", "get_missing_events"}

func asksAsMember(r *client.Request, room string) bool {
	s := segments(r)
	for i := 1; i < len(s); i++ {
		if room != "" && s[i] == room && slices.Contains(membersAsk, s[i-1]) {
			return true
		}
	}
	return false
}

// brings reports whether a request is a transaction with an event of the room, or with something else about it.
// Spec: server-server, Transactions.
func brings(r *client.Request, room string) bool {
	if s := segments(r); room == "" || r.Method != "PUT" || len(s) < 3 || s[len(s)-2] != "send" {
		return false
	}
	o, err := event.ReadObject(r.Body)
	if err != nil {
		return false
	}
	pdus, _ := o.Elements("pdus")
	for _, p := range pdus {
		if of, _ := event.GetString(p, "room_id"); of == room {
			return true
		}
	}
	edus, _ := o.Elements("edus")
	for _, e := range edus {
		content := event.Get(e, "content")
		if of, _ := event.GetString(content, "room_id"); of == room || event.Get(content, room) != nil {
			return true
		}
	}
	return false
}

// Words says what shows a reaction, as part of a sentence; empty where nothing does.
func (r Reaction) Words() string {
	if len(r.Evidence) == 0 {
		return ""
	}
	what := map[Showing]string{
		ByGoingOn:     "as the next step shows",
		ByTransaction: "as a transaction about the room shows",
		ByQuery:       "as a question about the room shows that only its members have",
		ByAskingAgain: "as the same step shows that it took again",
		ByCommand:     "as its command says",
	}[r.By]
	return fmt.Sprintf("%s (entry %d)", what, r.Evidence[0])
}
