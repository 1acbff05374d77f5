package verify

import (
	"strings"

	"doorstep/flow/auth"
)

// A tally counts checks by what they look at and by outcome.
type tally [kinds][Fail + 1]int

func (t *tally) add(o *tally) {
	for k := range t {
		for c := range t[k] {
			t[k][c] += o[k][c]
		}
	}
}

// A Tally counts checks by outcome.
type Tally struct {
	Pass       int `json:"pass"`
	Fail       int `json:"fail"`
	Warn       int `json:"warn"`
	NotChecked int `json:"not_checked"`
}

// Add counts one more.
func (t *Tally) Add(o CheckOutcome) {
	switch o {
	case Pass:
		t.Pass++
	case Fail:
		t.Fail++
	case Warn:
		t.Warn++
	default:
		t.NotChecked++
	}
}

// MostAlike is how many checks of one kind and outcome on the events of an answer are kept, those that come first.
// The others are counted; who asks for the checks of one event gets all of them.
const MostAlike = 20_000

// mostAlike is MostAlike, but for tests.
var mostAlike = MostAlike

// A collector takes in checks of one subject. Those that pass are only counted, unless all is set: an answer has a
// hundred thousand of them, and nobody reads what was seen until they open the event.
type collector struct {
	subject string
	seq     int // the entry that the checks are about; 0: none by itself
	all     bool
	// goneNoted says that what cannot be checked of a redacted recording is noted for all events at once.
	goneNoted bool
	checks    []Check
	tally     *tally
	alike     *tally // of those kept, where no more than MostAlike are
	unkept    int    // those that are counted and not kept, then
}

// add notes a check. What it returns is there to be completed at once.
func (c *collector) add(k Kind, o CheckOutcome, field, rule, detail string) *Check {
	row := &checkKinds[k]
	check := Check{Kind: k, Subject: c.subject, Outcome: o, Rule: row.Rule, Field: field, Detail: detail,
		Refuses: row.Refuses, Seq: c.seq}
	if rule != "" {
		check.Rule = rule
	}
	if o == Fail || o == Warn {
		check.Others = row.Others
	}
	c.tally[k][o]++
	if c.alike != nil {
		if c.alike[k][o] >= mostAlike {
			c.unkept++
			return &check
		}
		c.alike[k][o]++
	}
	c.checks = append(c.checks, check)
	return &c.checks[len(c.checks)-1]
}

// pass counts a check that passed. say is called only when the check is to be shown; it must not be kept.
func (c *collector) pass(k Kind, field string, say func() string) {
	if !c.all {
		c.tally[k][Pass]++
		return
	}
	c.add(k, Pass, field, "", say())
}

// passRule is pass for a check that a numbered rule decided.
func (c *collector) passRule(k Kind, say func() (rule, detail string)) {
	if !c.all {
		c.tally[k][Pass]++
		return
	}
	rule, detail := say()
	c.add(k, Pass, "", rule, detail)
}

// fail notes a check that failed. f is empty where the check can fail in one way only.
func (c *collector) fail(k Kind, f Fault, field, detail string) *Check {
	return c.add(k, Fail, field, "", detail).as(f)
}

// warn notes a check that found something within the rules. f is as for fail.
func (c *collector) warn(k Kind, f Fault, field, detail string) *Check {
	return c.add(k, Warn, field, "", detail).as(f)
}

// unchecked notes a check that could not be made, and why.
func (c *collector) unchecked(k Kind, field, why string) *Check {
	return c.add(k, NotChecked, field, "", why)
}

// ruled notes a check that a numbered rule decided, or left open.
func (c *collector) ruled(k Kind, o CheckOutcome, field, detail string, verdict auth.Verdict) *Check {
	check := c.add(k, o, field, verdict.Rule, detail).as(ruled(verdict))
	check.Ground = verdict.Ground
	return check
}

// as says what was found.
func (c *Check) as(f Fault) *Check {
	c.Fault = f
	if others, ok := checkKinds[c.Kind].OthersOf[f]; ok && c.Outcome != Pass && c.Outcome != NotChecked {
		c.Others = others
	}
	return c
}

// about names the events that a check failed for, or could not be made for.
func (c *Check) about(ids ...string) *Check {
	c.About = append(c.About, ids...)
	return c
}

// ruled gives the fault of a verdict.
func ruled(v auth.Verdict) Fault {
	if v.Outcome == auth.Rejected {
		return RuleRejects
	}
	return ""
}

// reason gives the reason of a verdict without its full stop.
func reason(v auth.Verdict) string { return strings.TrimSuffix(v.Reason, ".") }

// shown quotes a JSON value for a sentence, cut to a sensible length.
func shown(value []byte) string {
	if value == nil {
		return "missing"
	}
	const limit = 120
	if len(value) > limit {
		return string(value[:limit]) + "…"
	}
	return string(value)
}

// goneWords are why a check of a redacted recording is not made.
const goneWords = "the recording is redacted, and what this rests on was taken out of it"

// gone notes a check that nobody can make of a redacted recording, unless it is noted for all events at once.
func (c *collector) gone(k Kind, field string) {
	if !c.goneNoted {
		c.unchecked(k, field, goneWords).as(RecordingRedacted)
	}
}
