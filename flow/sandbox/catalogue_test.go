package sandbox

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"doorstep/flow/diagnose"
	"doorstep/flow/sandbox/engine"
)

var update = flag.Bool("update", false, "write "+findingsFile+" again")

// findingsFile is the catalogue as a document.
const findingsFile = "../../.github/FINDINGS.md"

// named returns the scenarios that are named for a finding, in the order of the table.
func named(id string) []string {
	var out []string
	for _, s := range Scenarios() {
		if s.Finding == id {
			out = append(out, s.Name)
		}
	}
	return out
}

// Whatever the catalogue claims to detect happens in a scenario, or is what a joining server of TestGuests does, and
// every scenario's finding is in the catalogue.
func TestCatalogueIsShown(t *testing.T) {
	guests := shownByGuests() // what a joining server does wrong is no scenario of the one of ours
	for _, c := range diagnose.Catalogue() {
		if guests[c.ID] {
			continue
		}
		if c.ID == "cancelled" || c.ID == "leave-held" {
			continue // nobody interrupts a scenario; leave-held comes after the reason for which the join failed
		}
		if c.Sight == diagnose.Detected && len(named(c.ID)) == 0 {
			t.Errorf("no scenario leads to %s", c.ID)
		}
	}
	for _, s := range Scenarios() {
		c, ok := diagnose.CauseOf(s.Finding)
		if s.Finding != "" && (!ok || c.Sight == diagnose.Elsewhere) {
			t.Errorf("%s: its finding %q is in no catalogue, or cannot be seen", s.Name, s.Finding)
		}
	}
}

// The document is what the catalogue says today.
func TestFindingsDocument(t *testing.T) {
	want := findingsDocument()
	if *update {
		if err := os.WriteFile(findingsFile, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(findingsFile)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Errorf("%s is out of date; go test ./flow/sandbox -run FindingsDocument -update writes it again (-want +got):\n%s",
			findingsFile, diff)
	}
}

func findingsDocument() string {
	var b strings.Builder
	count := map[diagnose.Sight]int{}
	for _, c := range diagnose.Catalogue() {
		count[c.Sight]++
	}
	fmt.Fprintf(&b, `# Why a remote join fails

Every cause that Doorstep knows, along the path of the handshake. %d of them it detects from the evidence of a trace, at
%d more the evidence only hints, and %d happen where no joining server can see them. `+"`doorstep explain ID`"+` prints one
entry; the scenarios make them happen.

This file is written by a test: change the catalogue in `+"`flow/diagnose`"+`, then run
`+"`go test ./flow/sandbox -run FindingsDocument -update`"+`.
`, count[diagnose.Detected], count[diagnose.Suspected], count[diagnose.Elsewhere])
	for _, g := range diagnose.CatalogueGroups() {
		fmt.Fprintf(&b, "\n## %s\n", g.Title)
		for _, c := range g.Causes {
			fmt.Fprintf(&b, "\n### `%s`\n\n**%s.** %s\n\n- What to do: %s\n", c.ID, c.Title, c.Cause, c.Advice)
			line := func(head, text string) {
				if text != "" {
					fmt.Fprintf(&b, "- %s: %s\n", head, text)
				}
			}
			line("How to be sure", c.Apart)
			for _, command := range c.Commands() {
				line("Try", "`"+string(command)+"`")
			}
			sight := string(c.Sight)
			if c.Severity != "" {
				sight += ", severity " + string(c.Severity)
			}
			line("Sight", sight)
			line("Where to look", c.Where)
			var commands []string
			for _, name := range named(c.ID) {
				commands = append(commands, "`doorstep sandbox "+name+"`")
			}
			slices.Sort(commands)
			line("See it", strings.Join(commands, ", "))
			line("Source", c.Source)
		}
	}
	return b.String()
}

// Every scenario is in one of the groups, and every group holds some: fewer than would need another way to look for
// them.
func TestEveryScenarioHasAGroup(t *testing.T) {
	held := map[engine.Group]int{}
	for _, s := range Scenarios() {
		held[s.Group]++
		if !slices.Contains(engine.Groups(), s.Group) {
			t.Errorf("%s is in group %q, which is not listed", s.Name, s.Group)
		}
	}
	for _, g := range engine.Groups() {
		if held[g] == 0 || held[g] > 45 {
			t.Errorf("group %q holds %d scenarios", g, held[g])
		}
	}
}
