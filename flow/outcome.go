package flow

// An Outcome is how a handshake ended, in one word.
type Outcome string

// The outcomes.
const (
	Joined      Outcome = "joined"      // every duty done, and we are in
	Verified    Outcome = "verified"    // a recording or an answer was checked, and holds
	DryRun      Outcome = "dry_run"     // stopped before send_join, as asked
	Refused     Outcome = "refused"     // a homeserver said no
	Unreachable Outcome = "unreachable" // no server could be found or reached
	Invalid     Outcome = "invalid"     // an answer, or the join, would be refused as a whole, or is not proven
	TimedOut    Outcome = "timeout"
	Cancelled   Outcome = "cancelled"
	NotProven   Outcome = "not_proven" // open: the imported file lacks what would show it
	Failed      Outcome = "failed"     // anything else, such as a gateway that answers, or a trace that breaks off
)

// Outcomes are all of them.
var Outcomes = []Outcome{
	Joined, Verified, DryRun, Refused, Unreachable, Invalid, TimedOut, Cancelled, NotProven, Failed,
}

// ExitCode is the exit code of a program run that ended so.
func (o Outcome) ExitCode() int {
	switch o {
	case Joined, Verified, DryRun:
		return 0
	case Unreachable:
		return 3
	case Invalid, NotProven:
		return 4
	case TimedOut:
		return 5
	case Cancelled:
		return 130
	}
	return 1
}
