package compare

import (
	"doorstep/flow"
	"doorstep/flow/verify"
)

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

// kinds are the kinds of checks in the order of the work.
func kinds() []verify.Kind {
	var out []verify.Kind
	for _, k := range verify.AllKinds() {
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
	for _, c := range s.Around() {
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
