package flow

import "doorstep/client"

// An Outcome is how a handshake ended, in one word.
type Outcome string

// The outcomes.
const (
	Joined      Outcome = "joined"      // every duty done, and we are in
	Verified    Outcome = "verified"    // a recording or an answer was checked, and holds
	DryRun      Outcome = "dry_run"     // stopped before send_join, as asked
	Refused     Outcome = "refused"     // a server said no
	Unreachable Outcome = "unreachable" // no server could be found or reached
	Invalid     Outcome = "invalid"     // an answer, or the join, would be refused as a whole
	TimedOut    Outcome = "timeout"
	Cancelled   Outcome = "cancelled"
	Failed      Outcome = "failed" // anything else, such as a trace that breaks off
)

// ExitCode is the exit code of a program run that ended so.
func (o Outcome) ExitCode() int {
	switch o {
	case Joined, Verified, DryRun:
		return 0
	case Unreachable:
		return 3
	case Invalid:
		return 4
	case TimedOut:
		return 5
	case Cancelled:
		return 130
	}
	return 1
}

// Outcome returns how the handshake ended; Failed while it has not.
func (s State) Outcome() Outcome {
	switch {
	case s.Stopped != nil:
		return s.Stopped.Outcome
	case s.Verification != nil && s.Done:
		return Joined
	}
	return Failed
}

// outcomeOf says how a handshake ends that cannot go on after f.
func outcomeOf(f *client.Failure) Outcome {
	switch f.Kind {
	case client.FailedTimeout:
		return TimedOut
	case client.FailedCancelled:
		return Cancelled
	case client.FailedMalformed, client.FailedTooLarge:
		return Failed
	}
	return Unreachable
}

// exhausted says how a handshake ends whose candidates were all of no use: refused if any of them answered, otherwise by
// what kept them from answering.
func (s *State) exhausted() (Outcome, string) {
	if len(s.Candidates) == 0 {
		return Unreachable, "no join candidate is known: nobody can be asked"
	}
	if s.sawAnswer {
		return Refused, "no join candidate could let us in"
	}
	for _, kind := range []Outcome{Cancelled, TimedOut} {
		if s.sawFailure[kind] {
			return kind, "no join candidate answered"
		}
	}
	return Unreachable, "no join candidate answered"
}
