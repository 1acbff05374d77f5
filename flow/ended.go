package flow

import (
	"slices"
	"strings"

	"doorstep/flow/verify"
)

// ExitCode is the exit code of s, in every form of output. An interrupted handshake has that of the signal, as shells
// have it; with strict, a join that stands although checks failed has that of an invalid one.
func (s State) ExitCode(o Outcome, strict bool) int {
	switch {
	case o == Cancelled:
		return interruptCode(s.Stopped)
	case strict && o.ExitCode() == 0 && s.failedChecks() > 0:
		return Invalid.ExitCode()
	}
	return o.ExitCode()
}

// failedChecks counts the checks that failed, on every template and on the answer.
func (s State) failedChecks() int {
	if f := s.foundBefore(); f != nil {
		return f.Checks.Fail
	}
	n := 0
	for _, c := range slices.Concat(s.TemplateChecks, s.Undo.Checks, s.JoinerChecks) {
		if c.Outcome == verify.Fail {
			n++
		}
	}
	if s.Verification != nil {
		n += s.Verification.Tally(verify.NoKind).Fail
	}
	return n
}

// Outcome returns how the handshake ended; Failed while it has not. Of a redacted recording it is what it was before.
func (s State) Outcome() Outcome {
	if f := s.foundBefore(); f != nil {
		return f.Outcome
	}
	return s.shownOutcome()
}

// shownOutcome is the outcome that the entries themselves lead to.
func (s State) shownOutcome() Outcome {
	if o, hosted := s.hostedOutcome(); hosted {
		return o
	}
	switch {
	case s.JoinedByLog():
		return Joined
	case s.Stopped != nil:
		return s.Stopped.Outcome
	case s.Rejected():
		return Verified
	case s.Verification != nil && s.Done:
		return Joined
	}
	if o, over := s.overWithoutClient(); over {
		return o
	}
	if s.Header.Imported.lacksEnd() || s.Header.Watched() {
		return NotProven
	}
	return Failed
}

// overWithoutClient is the outcome of an imported trace that has nothing of a client, as far as the servers' part
// tells.
func (s State) overWithoutClient() (Outcome, bool) {
	switch {
	case s.Header.Imported == nil || s.Asked:
		return "", false
	case s.Verification != nil:
		return Joined, true
	case s.Template == nil && s.Reply == nil && s.sawRefusal:
		return Refused, true
	}
	return "", false
}

// WhyEnded says how the handshake ended: why it stopped, and what became of the leave that was asked for.
func (s State) WhyEnded() string {
	words, left := "", s.LeaveWords()
	switch found := s.foundWords(); {
	case found == "" && s.JoinedByLog():
		words = s.Header.LoggedBy() + " logged that the join succeeded: nothing of it could be checked"
	case found != "":
		words = found
	case s.hostedWords() != "":
		words = s.hostedWords()
	case s.Stopped != nil:
		words = s.Stopped.Words()
	case s.Rejected():
		return s.RejectWords()
	case left != "" && s.Outcome() == Joined:
		words = string(Joined)
	case s.Outcome() == NotProven:
		words = "not proven: " + s.Header.Lacks("what would show how it ended")
	}
	if left == "" || s.Cancelled() {
		return words
	}
	return words + ", and " + left
}

// VerifiedOutcome says whether what a trace holds can be relied upon, and why not. What is open because an imported
// file lacks something is not proven, and never failed. A trace without an answer to send_join has nothing that could
// be verified, and something is false: it is refused where a homeserver's refusal ended it, not proven where the file
// may just lack the answer, and failed otherwise.
func (s State) VerifiedOutcome() (o Outcome, why string, something bool) {
	outcome := s.Outcome()
	if s.Stopped != nil {
		why = s.Stopped.Words()
	}
	if found := s.foundBefore(); found != nil && s.Verification != nil {
		return found.Verified, "as found before the recording was redacted: its signatures and hashes cannot be checked " +
			"any more", true
	}
	switch {
	case s.Verification != nil && s.Verification.Unproven != "" && s.LacksKeys():
		return NotProven, "not proven: " + s.Header.Lacks("keys") + ": " + s.Verification.Unproven, true
	case s.Rejected():
		return Failed, "nothing to verify: the invite was rejected, and nothing was joined", false
	case outcome == Verified || s.Verification != nil && s.Stopped == nil:
		return Verified, why, true
	case s.Verification != nil && s.Verification.Invalid == "" && s.Verification.Unproven == "":
		return Verified, why, true // what came after the verification is not its business
	case s.Verification != nil:
		return outcome, why, true
	case s.JoinedByLog():
		return NotProven, "nothing to verify: a log has neither events nor signatures", false
	case outcome == NotProven:
		return outcome, "nothing to verify: " + s.Header.Lacks("what would show how it ended"), false
	case outcome != Refused:
		outcome = Failed
	}
	if why == "" {
		why = "the trace ends before an answer to send_join was verified"
	}
	return outcome, "nothing to verify: " + why, false
}

// exhausted says how a handshake ends none of whose candidates helped: refused if the homeserver of any of them
// answered, failed if others answered in their place, otherwise by what kept them from answering.
func (s *State) exhausted() (Outcome, string) {
	switch {
	case len(s.Candidates) == 0:
		return Unreachable, "no join candidate is known: nobody can be asked"
	case s.sawRefusal:
		return Refused, "no join candidate could let us in"
	case s.sawAnswer:
		return Failed, "no homeserver answered make_join: " + strings.Join(s.instead, ", ") + " answered"
	case !s.asked:
		return s.keptFromAnswering(), "no join candidate could be asked: no name in the list leads to a server"
	case s.sawFailure[Failed] && !s.sawFailure[TimedOut]:
		return Failed, "no join candidate gave a whole answer"
	}
	return s.keptFromAnswering(), "no join candidate answered"
}

// keptFromAnswering is the outcome where no candidate answered.
func (s *State) keptFromAnswering() Outcome {
	if s.sawFailure[TimedOut] {
		return TimedOut
	}
	return Unreachable
}

// foundBefore returns what was found before t was redacted, where s is the state of all of it; nil otherwise.
func (s State) foundBefore() *FoundBefore {
	if r := s.Header.Redacted; r != nil && s.entries >= r.Found.Entries {
		return &r.Found
	}
	return nil
}

// foundWords says that an outcome is that of before the redaction, where the redacted trace alone does not lead to it.
func (s State) foundWords() string {
	if f := s.foundBefore(); f != nil && f.Outcome != s.shownOutcome() {
		return string(f.Outcome) + ", as found before the recording was redacted"
	}
	return ""
}

// lacksEnd reports whether what shows how the handshake ended may have happened and not be in the file: an event
// template without which no answer can be verified, the join, or bodies.
func (i *Imported) lacksEnd() bool {
	return i != nil && slices.ContainsFunc(i.Missing, func(m Missing) bool {
		return m == MissingTemplate || m == MissingJoin || m == MissingBodies
	})
}
