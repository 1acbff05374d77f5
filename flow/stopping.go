package flow

import (
	"context"
	"errors"

	"doorstep/flow/response"
)

func (s *State) stop(e *Entry, outcome Outcome, refusal *response.Refusal, why string) {
	if s.Stopped == nil {
		s.Stopped = &Stop{Seq: e.Seq, Step: e.Step, Outcome: outcome, Refusal: refusal, Why: why}
	}
}

// final reports whether a refused make_join ends the attempt, as the policy has it. The server that invited us may have
// left since: its refusal is not the room's, as long as the directory can name others.
func (s *State) final(f *response.Refusal) bool {
	if s.Header.AskAll {
		return false
	}
	if s.at < len(s.Candidates) && s.Candidates[s.at].From == "invite" && s.Alias != "" && s.Directory == nil {
		return false
	}
	return s.Policy.Ends(f)
}

// fateWords ends a sentence about an answer that cannot be used, where it leaves open whether the homeserver gave it.
func (s State) fateWords() string {
	if s.fate != FateUnknown || s.Sent == nil {
		return ""
	}
	return ": " + s.Sent.Server + " may have accepted the join all the same"
}

// interrupted takes in an entry that tells that somebody ended the handshake, and reports whether it does. A key
// document that was fetched for a server which asked us something, and went away, ends nothing.
func (s *State) interrupted(e *Entry) bool {
	if e.GaveUp() == nil || e.Step == R && e.By == "" && (e.Discovery == nil || e.To == Joining) {
		return false
	}
	before := s.Stopped
	if before != nil && before.Outcome == Cancelled {
		return true // what else was under way ends with it
	}
	stop := &Stop{Seq: e.Seq, Step: e.Step, Outcome: Cancelled, By: e.By, Why: s.interruptWords(e) + s.standingWords(e)}
	if before != nil {
		stop.Refusal = before.Refusal
		stop.Why += "; before that: " + before.Why
	}
	s.Stopped = stop
	return true
}

// interruptWords says who interrupted the handshake, and during what.
func (s State) interruptWords(e *Entry) string {
	by := "the user"
	if e.By != "" && e.By != string(ByUser) {
		by = e.By
	}
	doing := map[StepID]string{
		A3: "asking the directory server", A5: "asking " + e.Server + " for a protoevent", L1: "making the event",
		A7: "waiting for the answer to send_join", L2: "verifying the answer", A8: "the client waited for its answer",
		U2: "asking to leave again", U4: "leaving again",
	}[e.Step]
	switch {
	case s.rejects() && (e.Step == U2 || e.Step == U4):
		doing = "rejecting the invite"
	case doing != "":
	case e.Waited():
		doing = "waiting for an invite"
	case e.Discovery != nil:
		doing = "finding " + e.Server
	default:
		doing = "asking " + e.Server
	}
	return "interrupted by " + by + " while " + doing
}

// standingWords says what may stand in the room although the handshake was interrupted.
func (s State) standingWords(e *Entry) string {
	switch {
	case s.rejects() && e.Step == U4:
		return ": the invite may be rejected all the same"
	case s.rejects():
		return ": the invite stands"
	case s.Sent == nil || !s.fate.MayStand():
		return ": nothing was changed in the room"
	case s.Undo.Left:
		return ": the room was left again"
	case s.fate == FateAccepted:
		return ": " + s.Sent.Server + " has accepted the join"
	}
	return ": " + s.Sent.Server + " may have accepted the join"
}

// An Interrupt is the cause of a context that somebody cancelled to end a handshake: a signal by its name, or the user.
type Interrupt string

// ByUser is the interrupt of whoever sits at the screen. The others are named for the signal.
const ByUser Interrupt = "user"

func (i Interrupt) Error() string { return "interrupted by " + string(i) }

// interruptCodes are the exit codes of signals: 128 and the signal's number.
var interruptCodes = map[string]int{"SIGHUP": 129, "SIGINT": 130, "SIGQUIT": 131, "SIGTERM": 143}

func interruptCode(s *Stop) int {
	if s != nil && interruptCodes[s.By] != 0 {
		return interruptCodes[s.By]
	}
	return Cancelled.ExitCode()
}

// NoteInterrupt has what ctx was cancelled for kept with every entry that tells of the cancellation.
func NoteInterrupt(ctx context.Context, emit func(Entry) Entry) func(Entry) Entry {
	return func(e Entry) Entry {
		var by Interrupt
		if f := e.GaveUp(); f != nil && ctx.Err() != nil {
			if by = ByUser; errors.As(context.Cause(ctx), &by) {
				e.By = string(by)
			} else {
				e.By = string(ByUser)
			}
		}
		return emit(e)
	}
}
