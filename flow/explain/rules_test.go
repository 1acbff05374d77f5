package explain

import (
	"slices"
	"strings"
	"testing"

	"doorstep/flow/auth"
	"doorstep/flow/event"
)

func TestRuleAsked(t *testing.T) {
	for said, want := range map[string]string{
		"rule 4.3.3": "4.3.3 ", "4.3.3": "4.3.3 ", "Rule/4.3.3": "4.3.3 ", "rule 5": "5 ", "5": "", "": "", "rule": "",
		"rule 4.3.3 v11": "4.3.3 11", "4.3.3 v11": "4.3.3 11", "v11 4.3.3": "4.3.3 11", "rule 11 4.3.3": "4.3.3 11",
		"rule 4.3.3 11": "4.3.3 11", "rule 11 5": "5 11", "rule 4.3.3 in room version 11": "4.3.3 11", "11 5": "",
		"rule 4.3.x": "", "4.3.3.": "", "rule 4.3.3 v": "", "depth": "", "rule 1 2 3": "", "v11": "", "ver": "",
		"-1.2": "", "99999999999.1": "",
	} {
		number, version, ok := RuleAsked(said)
		if got := number + " " + version; ok != (want != "") || ok && got != want {
			t.Errorf("%q: %q %t, want %q", said, got, ok, want)
		}
	}
}

// Every rule of every room version is found by its number, and by nothing else: what is found has it in that version.
func TestRulesOf(t *testing.T) {
	for _, v := range event.Versions() {
		for _, r := range auth.Rules(v.ID) {
			found := RulesOf(r.Number, v.ID)
			if len(found) != 1 || found[0].Entry != Find(At(Rule, v.ID+" "+r.Number)) {
				t.Errorf("rule %s of version %s: %d are found", r.Number, v.ID, len(found))
			}
		}
	}
	rules := RulesOf("4.3.3", "")
	var got []string
	for _, r := range rules {
		got = append(got, ShortVersions(r.Versions))
	}
	if want := []string{"6, 7", "8-11"}; !slices.Equal(got, want) {
		t.Errorf("4.3.3 is in %q, want %q", got, want)
	}
	if got := InVersions(VersionsWithout(rules)); got != "1 to 5 and 12" {
		t.Errorf("4.3.3 is not in %q", got)
	}
	if found, _ := Ask("rule 4.3.3"); len(found) != 2 || !strings.HasPrefix(found[1].Name, "join: ") {
		t.Errorf("asked for, 4.3.3 is %d rules", len(found))
	}
	if found, _ := Ask("3.3"); len(found) < 2 || found[0].Kind != Discovery { // a rule of discovery is called so, too
		t.Errorf("asked for, 3.3 is %d things", len(found))
	}
}

// Rules are listed by number, as numbers are counted.
func TestRulesInOrder(t *testing.T) {
	var got []string
	for _, r := range Rules() {
		if strings.HasPrefix(r.Number, "10.") && slices.Contains(r.Versions, "12") {
			got = append(got, r.Number)
		}
	}
	want := []string{"10.1", "10.2", "10.3", "10.4", "10.5", "10.6", "10.6.1", "10.6.2", "10.7", "10.7.1", "10.8", "10.8.1",
		"10.9", "10.9.1", "10.10", "10.10.1", "10.11"}
	if !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}
