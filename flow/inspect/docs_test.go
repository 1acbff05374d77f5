package inspect_test

import (
	"os"
	"strings"
	"testing"

	"doorstep/flow/citation"
	"doorstep/flow/inspect"
)

// Every row is in the document that sets them beside the public testers, and every rule that one cites can be opened.
func TestDocuments(t *testing.T) {
	t.Parallel()
	doc, err := os.ReadFile("../../.github/CHECKS.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range inspect.Kinds() {
		if !strings.Contains(string(doc), "`"+string(k.Kind)+"`") {
			t.Errorf("CHECKS.md has no row for %s", k.Kind)
		}
		for _, place := range citation.Parse(k.Rule) {
			if place.URL == "" {
				t.Errorf("%s: %q leads nowhere", k.Kind, k.Rule)
			}
		}
	}
}
