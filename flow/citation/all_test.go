package citation_test

import (
	"strings"
	"testing"

	"doorstep/flow"
	"doorstep/flow/citation"
	"doorstep/flow/diagnose"
	"doorstep/flow/explain"
	"doorstep/flow/flowtest"
	"doorstep/flow/verify"
	"doorstep/recordings"
)

// Every place of the specification that an entry, a finding, a check or a change of the protoevent cites can be opened.
func TestEveryCitationLeadsSomewhere(t *testing.T) {
	cited := changes(t)
	for _, e := range explain.All() {
		cited[e.Cited] = e.Name
	}
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
			case r.Title == "developers.cloudflare.com: Connection limits", // its address changes
				strings.HasPrefix(r.Title, "2015 draft: "): // it is kept nowhere under an address of its own
				nowhere++
			case r.URL == "":
				t.Errorf("%s cites %q, which leads nowhere (of %q)", by, r.Title, source)
			}
		}
	}
	t.Logf("%d citations, %d places that cannot be opened", len(cited), nowhere)
}

// changes are the places that the changes of protoevents cite, in all recordings.
func changes(t *testing.T) map[string]string {
	t.Helper()
	cited := map[string]string{}
	for _, name := range recordings.Names() {
		s := flow.Fold(flowtest.Embedded(t, name))
		for _, c := range s.Join().Diff(s.Header.Form) {
			cited[c.Source] = name + ": " + c.Path
		}
	}
	if len(cited) < 4 {
		t.Errorf("changes cite %d places: the recordings show more", len(cited))
	}
	return cited
}
