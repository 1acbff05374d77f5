package auth

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"doorstep/flow/event"
)

func versions() []string {
	var ids []string
	for _, v := range event.Versions() {
		ids = append(ids, v.ID)
	}
	return ids
}

// TestRules runs the tables of every version, and checks that each rule of each version decided at least once.
func TestRules(t *testing.T) {
	tests := slices.Concat(roomTests, memberTests, otherTests)
	for _, version := range versions() {
		t.Run("version "+version, func(t *testing.T) {
			decided := map[string]bool{}
			for _, test := range tests {
				number := test.number(version)
				if number == "-" {
					continue
				}
				t.Run(test.name, func(t *testing.T) {
					r := newRoom(t, version)
					e := test.event(r)
					v := AgainstAuthEvents(e, r.named(e), r.missing, r.context)
					if v.Outcome != test.want || v.Rule != number {
						t.Errorf("by auth_events: %v by %q (%s), want %v by %q", v.Outcome, v.Rule, v.Reason, test.want, number)
					}
					checkVerdict(t, v, version)
					decided[v.Rule] = true

					c := r.context
					c.Brief, c.Memo = true, new(Memo)
					brief := AgainstAuthEvents(e, r.named(e), r.missing, c)
					full := v
					full.Tried = nil
					if diff := cmp.Diff(full, brief); diff != "" {
						t.Errorf("brief verdict differs (-full +brief):\n%s", diff)
					}

					if aboutAuthEvents(version, number) {
						return
					}
					v = AgainstState(e, r.state, r.context)
					if v.Outcome != test.want || v.Rule != number {
						t.Errorf("by state: %v by %q (%s), want %v by %q", v.Outcome, v.Rule, v.Reason, test.want, number)
					}
					checkVerdict(t, v, version)
				})
			}
			for _, number := range deciding(version) {
				if !decided[number] {
					t.Errorf("no test in which rule %s decides", number)
				}
			}
		})
	}
}

func (test ruleTest) number(version string) string {
	for i, column := range columns {
		if slices.Contains(column, version) {
			return strings.Fields(test.rules)[i]
		}
	}
	return ""
}

// aboutAuthEvents reports whether the rule is about the auth_events list.
func aboutAuthEvents(version, number string) bool {
	if version == "12" {
		return strings.HasPrefix(number, "3.")
	}
	return strings.HasPrefix(number, "2.")
}

// deciding lists the rules that have no sub-rules.
func deciding(version string) []string {
	var list []string
	all := Rules(version)
	for i, r := range all {
		if i+1 == len(all) || !strings.HasPrefix(all[i+1].Number, r.Number+".") {
			list = append(list, r.Number)
		}
	}
	return list
}

// checkVerdict checks what holds for every verdict with a trace.
func checkVerdict(t *testing.T, v Verdict, version string) {
	t.Helper()
	if v.Reason == "" || !strings.HasSuffix(v.Reason, ".") {
		t.Errorf("reason %q is no sentence", v.Reason)
	}
	if len(v.Tried) == 0 {
		if v.Outcome != Undecided {
			t.Errorf("%v without a rule tried", v.Outcome)
		}
		return
	}
	last := v.Tried[len(v.Tried)-1]
	switch v.Outcome {
	case Allowed:
		if last.Effect != Allow || last.Number != v.Rule {
			t.Errorf("allowed by %s, but the last rule tried is %+v", v.Rule, last)
		}
	case Rejected:
		if last.Effect != Reject || last.Number != v.Rule {
			t.Errorf("rejected by %s, but the last rule tried is %+v", v.Rule, last)
		}
	case Undecided:
		if !slices.ContainsFunc(v.Tried, func(r Rule) bool { return r.Number == v.Rule }) {
			t.Errorf("undecided by %s, which was not tried", v.Rule)
		}
	default:
		t.Errorf("outcome %v", v.Outcome)
	}
	known := map[string]int{}
	for i, r := range Rules(version) {
		known[r.Number] = i
	}
	before := -1
	for _, r := range v.Tried {
		place, ok := known[r.Number]
		if !ok || place <= before {
			t.Errorf("rule %s is not on the page, or tried after a later one", r.Number)
		}
		before = place
		if (r.Effect == Unclear || r.Effect == NotApplying) != (r.Note != "") {
			t.Errorf("rule %s: effect %v with note %q", r.Number, r.Effect, r.Note)
		}
		if r.Says == "" {
			t.Errorf("rule %s says nothing", r.Number)
		}
	}
}
