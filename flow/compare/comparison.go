package compare

import (
	"doorstep/flow"
)

// A Comparison says in what two handshakes differ. As JSON it is a stable contract, version 1, to which fields are only
// ever added.
type Comparison struct {
	Doorstep int       `json:"doorstep_diff"` // 1
	Equal    bool      `json:"equal"`         // nothing differs but what does between any two runs
	ExitCode int       `json:"exit_code"`     // 0: equal, 1: different
	Shared   bool      `json:"shared"`        // there is a step that both have
	A        Summary   `json:"a"`
	B        Summary   `json:"b"`
	Header   []Fact    `json:"header"` // about the handshakes as a whole: those that differ
	Steps    []StepRow `json:"steps"`  // in the order of A; those of B alone stand after what came before them in B
	Checks   Checks    `json:"checks"`
	Findings Findings  `json:"findings"`
	Counts   Counts    `json:"counts"`
	Folds    []Fold    `json:"as_any_two_runs"` // what differs between any two runs, by class
}

func (c *Comparison) count() {
	for _, s := range c.Steps {
		switch {
		case s.B == nil:
			c.Counts.Steps.OnlyA++
		case s.A == nil:
			c.Counts.Steps.OnlyB++
		case len(s.Differences) > 0:
			c.Counts.Steps.Changed++
		default:
			c.Counts.Steps.Alike++
		}
		c.Shared = c.Shared || s.A != nil && s.B != nil
		for _, d := range s.Differences {
			c.Counts.Values.Differ += max(len(d.In), 1)
		}
		c.Counts.Values.Alike += s.Alike
		c.Counts.Values.AsAny += s.AsAny
	}
	c.Shared = c.Shared || len(c.Steps) == 0 // two that hold nothing are alike
	c.Equal = len(c.Header) == 0 && c.Counts.Steps.Alike == len(c.Steps) && c.Checks.alike() && c.Findings.alike()
	if !c.Equal {
		c.ExitCode = 1
	}
}

// A Summary says what one of the two is.
type Summary struct {
	Name        string       `json:"name"`
	Title       string       `json:"title"`
	Source      string       `json:"source"`
	Tool        string       `json:"tool"`
	Created     string       `json:"created"`
	Form        flow.Form    `json:"form"`
	RoomVersion string       `json:"room_version"`
	Software    string       `json:"software"` // what the resident server says it runs; empty: it does not say
	Outcome     flow.Outcome `json:"outcome"`
	Joining     string       `json:"joining"`
	User        string       `json:"user_id"`
	Target      string       `json:"target"`
	Entries     int          `json:"entries"`

	Redacted bool           `json:"redacted,omitempty"` // names are pseudonyms, and no signature or hash can be checked
	Imported *flow.Imported `json:"imported,omitempty"` // what another program recorded, and what that lacks
}

// A Fact is one thing that the two say differently about themselves as a whole.
type Fact struct {
	Name FactName `json:"name"`
	A    string   `json:"a"` // empty: it is not said
	B    string   `json:"b"`
}

// A FactName says what a fact is about.
type FactName string

// The facts, in the order in which they are told. Unless something else is said, a fact is "yes" or "no".
const (
	FactForm         FactName = "form"                  // 2015, current
	FactRoomVersion  FactName = "room_version"          //
	FactSoftware     FactName = "software"              // what the resident server says it runs
	FactOutcome      FactName = "outcome"               // as in the report of a handshake
	FactFate         FactName = "fate"                  // what became of the join that was sent
	FactDirectory    FactName = "directory_is_resident" // the alias was asked of the server that gave the protoevent
	FactSameResident FactName = "one_resident"          // send_join went to the server that gave the protoevent
	FactCandidates   FactName = "candidates"            // how many there were
	FactAsks         FactName = "asks_by"               // alias, room_id
	FactOffered      FactName = "offered"               // room versions
	FactPolicy       FactName = "like"                  // by whose rules candidates are asked
	FactAskAll       FactName = "ask_all"               // all candidates are asked
	FactSendTo       FactName = "send_to"               // same, another: the resident that is to get send_join
	FactDryRun       FactName = "dry_run"               //
	FactLeave        FactName = "leave"                 //
	FactOmit         FactName = "omit_members"          // what send_join asks for; empty: nothing
	FactNotary       FactName = "notary"                // there is one
	FactProbe        FactName = "probe"                 //
	FactMembers      FactName = "members_omitted"       // the answer left members out
)

// Counts are how many steps and values differ, and how many do not.
type Counts struct {
	Steps struct {
		Changed int `json:"changed"`
		OnlyA   int `json:"only_a"`
		OnlyB   int `json:"only_b"`
		Alike   int `json:"alike"`
	} `json:"steps"`
	Values struct {
		Differ int `json:"differ"`
		Alike  int `json:"alike"`
		AsAny  int `json:"as_any_two_runs"`
	} `json:"values"`
}
