package compare

import (
	"doorstep/flow"
	"doorstep/flow/diagnose"
	"doorstep/flow/verify"
)

// A Side is one of two handshakes that are compared.
type Side struct {
	Name     string // what it goes by: a file, an embedded recording
	Trace    flow.Trace
	State    flow.State         // that the trace leads to
	Findings []diagnose.Finding // that the trace shows
}

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

// Handshakes compares two handshakes: as a whole, step by step, and by what was checked and found. Names, times, keys,
// hashes and signatures differ between any two runs; they are counted and not told, as long as each name of one
// handshake always stands for the same one of the other.
func Handshakes(a, b Side) Comparison {
	c := comparer{a: a, b: b, names: newNames(), copied: map[likeness]bool{}}
	c.names.pairServers(a, b)
	la, lb := eventsOf(a.State), eventsOf(b.State)
	c.names.pairUsersAndRooms(a, b, la, lb)
	c.events = c.names.pairEvents(a.State, b.State, la, lb)
	out := Comparison{Doorstep: 1, A: summary(a), B: summary(b)}
	out.Header = c.facts(out.A, out.B)
	out.Steps = c.steps()
	out.Checks = checks(a.State, b.State)
	out.Findings = findings(a.Findings, b.Findings)
	out.Folds = c.names.folds()
	out.count()
	return out
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

// A comparer is one comparison on its way.
type comparer struct {
	a, b   Side
	names  *names
	events []eventPair
	copied map[likeness]bool // what differs in the protoevents, and in the events made of them
}

func summary(s Side) Summary {
	h := s.Trace.Header
	return Summary{Name: s.Name, Title: h.Title, Source: h.Source, Tool: h.Tool,
		Created: h.Created.UTC().Format("2006-01-02T15:04:05Z"), Form: h.Form, RoomVersion: roomVersion(s.State),
		Software: software(s), Outcome: s.State.Outcome(), Joining: h.Joining, User: h.User, Target: h.Target,
		Entries: len(s.Trace.Entries)}
}

func roomVersion(s flow.State) string {
	if s.Template == nil || s.Template.RoomVersion == nil {
		return ""
	}
	return s.Template.RoomVersion.ID
}

// A CheckDiffers says in what the outcomes of one kind of check differ.
type CheckDiffers struct {
	ID string       `json:"id"`
	A  CheckTallied `json:"a"`
	B  CheckTallied `json:"b"`
}

// A CheckTallied counts the outcomes of one kind of check, and tells of the first that did not pass.
type CheckTallied struct {
	Pass       int    `json:"pass"`
	Warn       int    `json:"warn"`
	Fail       int    `json:"fail"`
	NotChecked int    `json:"not_checked"`
	Detail     string `json:"detail,omitempty"`
	faults     map[verify.Fault]int
}

func (c CheckTallied) made() int { return c.Pass + c.Warn + c.Fail + c.NotChecked }

// Checks says in which checks two handshakes differ. That one has more events, and so more checks that passed, is no
// difference.
type Checks struct {
	Differ []CheckDiffers `json:"differ"`
	OnlyA  []string       `json:"only_a"` // kinds of checks that were made there only, and passed
	OnlyB  []string       `json:"only_b"`
	Alike  int            `json:"alike"` // kinds of checks that came to the same
}

func (c Checks) alike() bool { return len(c.Differ)+len(c.OnlyA)+len(c.OnlyB) == 0 }

// checks compares the outcomes of all checks, kind by kind, in the order of the work.
func checks(a, b flow.State) Checks {
	out := Checks{Differ: []CheckDiffers{}, OnlyA: []string{}, OnlyB: []string{}}
	ta, tb := tallied(a), tallied(b)
	for _, k := range kinds() {
		x, y := ta[k], tb[k]
		passed := x.made() == x.Pass && y.made() == y.Pass
		switch {
		case x.made() == 0 && y.made() == 0:
		case passed && y.made() == 0:
			out.OnlyA = append(out.OnlyA, k.String())
		case passed && x.made() == 0:
			out.OnlyB = append(out.OnlyB, k.String())
		case passed || x.Warn == y.Warn && x.Fail == y.Fail && x.NotChecked == y.NotChecked && sameFaults(x, y):
			out.Alike++
		default:
			out.Differ = append(out.Differ, CheckDiffers{k.String(), x, y})
		}
	}
	return out
}

// kinds are the kinds of checks in the order of the work: those of the protoevent, then those of the answer.
func kinds() []verify.Kind {
	var out []verify.Kind
	for k := verify.KindTemplateReadable; k < verify.KindAnswerShape; k++ {
		out = append(out, k)
	}
	for _, k := range verify.CheckKinds() {
		out = append(out, k.Kind)
	}
	return out
}

func sameFaults(a, b CheckTallied) bool {
	if len(a.faults) != len(b.faults) {
		return false
	}
	for f, n := range a.faults {
		if b.faults[f] != n {
			return false
		}
	}
	return true
}

func tallied(s flow.State) map[verify.Kind]CheckTallied {
	out := map[verify.Kind]CheckTallied{}
	note := func(c verify.Check, counted bool) {
		t := out[c.Kind]
		if !counted {
			switch c.Outcome {
			case verify.Pass:
				t.Pass++
			case verify.Warn:
				t.Warn++
			case verify.Fail:
				t.Fail++
			default:
				t.NotChecked++
			}
		}
		if c.Outcome != verify.Pass {
			if t.Detail == "" {
				t.Detail = c.Detail
			}
			if t.faults == nil {
				t.faults = map[verify.Fault]int{}
			}
			t.faults[c.Fault]++
		}
		out[c.Kind] = t
	}
	for _, c := range s.TemplateChecks {
		note(c, false)
	}
	for _, c := range s.LeaveChecks() {
		note(c, false)
	}
	if v := s.Verification; v != nil {
		for _, k := range kinds() {
			if n := v.Tally(k); n.Pass+n.Warn+n.Fail+n.NotChecked > 0 {
				t := out[k]
				t.Pass, t.Warn = t.Pass+n.Pass, t.Warn+n.Warn
				t.Fail, t.NotChecked = t.Fail+n.Fail, t.NotChecked+n.NotChecked
				out[k] = t
			}
		}
		for _, c := range v.Checks {
			note(c, true)
		}
	}
	return out
}

// Findings says which findings only one of two handshakes leads to.
type Findings struct {
	OnlyA []FindingLine   `json:"only_a"`
	OnlyB []FindingLine   `json:"only_b"`
	Weigh []FindingWeighs `json:"weigh"` // both have them, at another step or of another severity
	Alike int             `json:"alike"`
}

// A FindingLine is a finding in short.
type FindingLine struct {
	ID       string            `json:"id"`
	Severity diagnose.Severity `json:"severity"`
	Step     flow.StepID       `json:"step"`
	Title    string            `json:"title"`
	Evidence []int             `json:"evidence"`
}

// FindingWeighs is a finding that weighs differently in two handshakes.
type FindingWeighs struct {
	A FindingLine `json:"a"`
	B FindingLine `json:"b"`
}

func (f Findings) alike() bool { return len(f.OnlyA)+len(f.OnlyB)+len(f.Weigh) == 0 }

func findings(a, b []diagnose.Finding) Findings {
	out := Findings{OnlyA: []FindingLine{}, OnlyB: []FindingLine{}, Weigh: []FindingWeighs{}}
	left := map[string][]FindingLine{}
	for _, f := range b {
		left[f.ID] = append(left[f.ID], findingLine(f))
	}
	for _, f := range a {
		x := findingLine(f)
		same := left[f.ID]
		switch {
		case len(same) == 0:
			out.OnlyA = append(out.OnlyA, x)
			continue
		case same[0].Severity != x.Severity || same[0].Step != x.Step:
			out.Weigh = append(out.Weigh, FindingWeighs{x, same[0]})
		default:
			out.Alike++
		}
		left[f.ID] = same[1:]
	}
	for _, f := range b {
		if same := left[f.ID]; len(same) > 0 {
			out.OnlyB = append(out.OnlyB, same[0])
			left[f.ID] = same[1:]
		}
	}
	return out
}

func findingLine(f diagnose.Finding) FindingLine {
	return FindingLine{f.ID, f.Severity, f.Step, f.Title, f.Evidence}
}
