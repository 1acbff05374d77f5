package diagnose

import (
	"fmt"

	"doorstep/flow"
)

// A Finding names the cause of a failed join, or something worth knowing, with the evidence and the next action.
type Finding struct {
	ID       string      `json:"id"`       // stable, kebab-case
	Severity string      `json:"severity"` // error, warn or info
	Step     flow.StepID `json:"step"`     // of the first piece of evidence
	Title    string      `json:"title"`
	Cause    string      `json:"cause"`
	Advice   string      `json:"advice"`
	Evidence []int       `json:"evidence"`          // entries, by Seq
	Suspect  bool        `json:"suspect,omitempty"` // the evidence is only a hint
	// what would tell it from a cause that looks alike, and how to find out
	Apart  string   `json:"apart,omitempty"`
	Source string   `json:"source,omitempty"` // section of the spec, or reports of it
	Try    []string `json:"try,omitempty"`    // commands for a shell, made from this run's evidence
	Waived bool     `json:"waived,omitempty"` // the user asked to go on regardless, and it did not matter
}

// The severities of a finding.
const (
	SeverityError = "error" // the join failed for it
	SeverityWarn  = "warn"  // the join stands, but something is wrong
	SeverityInfo  = "info"  // nothing is wrong, but it is good to know
)

// A Cause is one row of the catalogue: a way in which joins fail, and how it shows.
type Cause struct {
	ID       string // stable, kebab-case
	Severity string // empty: an error where the join failed, otherwise a warning
	Title    string // what happened, in plain words
	Cause    string // why
	Advice   string // what a person can do about it
	Apart    string // what tells it from a cause that looks alike, and the command that finds out; may be empty
	Source   string // section of the spec, or reports of it
	Sight    Sight
	Where    string // Elsewhere: where to look for it

	// incidental marks what may also be there when a join failed for another reason: it is an error only where an entry of
	// its evidence is one at which an attempt failed.
	incidental bool
	// reword fits the words to what the trace shows; nil: they are right as they stand.
	reword func(*view, *Finding)
	// seen returns the entries that show it, by Seq; none where it is not so. Nil for what cannot be seen from here.
	seen func(*view) []int
	// way marks what is about the way to a server: where an answer came all the same, it is not why that answer is a
	// refusal.
	way bool
	// waiver is the flag by which the user goes on regardless; where that was done it is a note.
	waiver string
	// detail says what there was to see in this trace, in sentences that follow Cause; nil: there is no more to say.
	detail func(*view) string
}

// Sight says how much of a cause the joining side can see.
type Sight string

// How much of a cause can be seen.
const (
	Detected  Sight = "detected"              // the evidence proves it
	Suspected Sight = "suspected"             // there are hints
	Elsewhere Sight = "not visible from here" // it happens where no joining server looks
)

// A CauseGroup is a part of the catalogue.
type CauseGroup struct {
	Title  string
	Causes []Cause
}

// waive makes a note of a finding that the user was ready for.
func (f *Finding) waive(flag string) {
	f.Waived, f.Severity = true, SeverityInfo
	f.Title = fmt.Sprintf("Waived by %s: %s", flag, f.Title)
	f.Advice = fmt.Sprintf("Nothing, for this run: with %s we went on regardless. Homeservers do not. %s", flag, f.Advice)
}
