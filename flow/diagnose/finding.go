package diagnose

import (
	"fmt"

	"doorstep/flow"
	"doorstep/flow/shell"
)

// A Finding names the cause of a failed join, or something worth knowing, with the evidence and the next action.
type Finding struct {
	ID       string      `json:"id"` // stable, kebab-case
	Severity Severity    `json:"severity"`
	Step     flow.StepID `json:"step"` // of the first piece of evidence
	Title    string      `json:"title"`
	Cause    string      `json:"cause"`
	Advice   string      `json:"advice"`
	Evidence []int       `json:"evidence"`          // entries, by Seq
	Suspect  bool        `json:"suspect,omitempty"` // the evidence is only a hint
	// what would tell it from a cause that looks alike, and how to find out
	Apart  string       `json:"apart,omitempty"`
	Source string       `json:"source,omitempty"` // section of the spec, or reports of it
	Try    []shell.Text `json:"try,omitempty"`    // commands for a shell, made from this run's evidence
	Waived bool         `json:"waived,omitempty"` // the user asked to go on regardless, and it did not matter

	// Before says that it was found before the recording was redacted: it rests on what nobody can check any more.
	Before bool `json:"found_before_redaction,omitempty"`

	Checks Resting `json:"-"` // the checks that it tells the cause of
}

// A Resting says which checks a finding rests on, if any.
type Resting struct {
	Failed    bool // one that failed
	Unchecked bool // one that could not be made
}

// A Severity says how much a finding matters.
type Severity string

// The severities, the weightiest first.
const (
	SeverityError Severity = "error" // the join failed for it
	SeverityWarn  Severity = "warn"  // the join stands, but something is wrong
	SeverityInfo  Severity = "info"  // nothing is wrong, but it is good to know
)

// waive makes a note of a finding that the user was ready for.
func (f *Finding) waive(flag string) {
	f.Waived, f.Severity = true, SeverityInfo
	f.Title = fmt.Sprintf("Waived by %s: %s", flag, f.Title)
	f.Advice = fmt.Sprintf("Nothing, for this run: with %s we went on regardless. Homeservers do not. %s", flag, f.Advice)
}

// given makes a note of what is the matter with an answer of servers of ours: the joining server has met it, and is not
// to blame.
func (f *Finding) given() {
	f.Severity = SeverityInfo
	f.Cause = "So it is with what the joining server was given here, which is part of what is hosted. " + f.Cause
	f.Advice = "Nothing, at the joining server: the checks and findings about it say what it made of this. Where it is " +
		"one of another server: " + f.Advice
	f.Try = nil
}
