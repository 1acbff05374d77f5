package sandbox

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"doorstep/client"
	"doorstep/flow"
	"doorstep/flow/diagnose"
	"doorstep/flow/sandbox/engine"
)

// Whoever answers in place of a key document, and whoever signed what it would prove, the first finding says what came,
// and nobody is called out of reach who was just reached.
func TestFindingSaysWhyKeysAreNotKnown(t *testing.T) {
	whose := map[string]struct {
		server string
		layout engine.Layout
	}{
		"the resident server": {engine.ResidentName, engine.Layout{Directory: engine.DirectoryName,
			Founder: engine.ResidentName, Second: engine.OtherName, Candidates: []string{engine.ResidentName}}},
		"the room's creator": {engine.ResidentName, engine.Layout{Directory: engine.DirectoryName,
			Founder: engine.ResidentName, Second: engine.OtherName, Candidates: []string{engine.OtherName}}},
		"a member's server": {engine.OtherName, engine.Layout{Directory: engine.DirectoryName,
			Founder: engine.ResidentName, Second: engine.OtherName, Candidates: []string{engine.ResidentName}}},
	}
	answers := map[string]struct {
		fault engine.Fault
		want  string
	}{
		"a page with 404": {engine.Fault{Instead: engine.Page(404, "Not Found")}, "key-document-missing"},
		"an unknown path": {engine.Fault{Instead: engine.Refuse(404, "M_UNRECOGNIZED", "Unrecognized request")},
			"key-document-missing"},
		"a gateway":          {engine.Fault{Instead: engine.Page(502, "Bad Gateway")}, "key-document-missing gateway-error"},
		"a redirect":         {engine.Fault{Instead: engine.Page(301, "Moved Permanently")}, "key-document-missing"},
		"nothing":            {engine.Fault{Drop: true}, "key-document-missing"},
		"the beginning":      {engine.Fault{Cut: 20}, "key-document-missing"},
		"a welcome page":     {engine.Fault{Instead: engine.Page(200, "Welcome")}, "key-document-unusable"},
		"an empty body":      {engine.Fault{Instead: &engine.Reply{Status: 200, Body: ""}}, "key-document-unusable"},
		"202 without a body": {engine.Fault{Instead: &engine.Reply{Status: 202, Body: ""}}, "key-document-unusable"},
		"an object": {engine.Fault{Instead: &engine.Reply{Status: 200, Body: engine.Fields{}}},
			"key-document-unusable"},
		"another's document": {engine.Fault{Reply: rewriteKeys("server_name", "www.example", "www.example")},
			"wrong-server"},
		"an unsigned one":     {engine.Fault{Reply: rewriteKeys("note", "changed", "")}, "key-document-unsigned"},
		"one with status 201": {engine.Fault{Reply: func(_ *engine.Server, r *engine.Reply) { r.Status = 201 }}, ""},
	}
	for who, w := range whose {
		for name, a := range answers {
			t.Run(fmt.Sprintf("%s, %s", who, name), func(t *testing.T) {
				t.Parallel()
				s, fault := scenario(t, "keys-unavailable"), a.fault
				fault.Server, fault.Endpoint = w.server, client.ServerKeys
				s.Layout, s.Faults = w.layout, []engine.Fault{fault}
				var got []string
				trace := finish(t, s, engine.JoinOptions{})
				for _, f := range diagnose.Findings(trace, flow.Fold(trace)) {
					got = append(got, f.ID)
					if f.ID == "create-unverifiable" || f.ID == "keys-unavailable" || strings.Contains(f.Cause, "cannot be reached") {
						t.Errorf("%s: %s", f.ID, f.Cause)
					}
				}
				if a.want == "" {
					if len(got) > 0 {
						t.Errorf("findings %q, want none", got)
					}
					return
				}
				if len(got) == 0 || !slices.Contains(strings.Fields(a.want), got[0]) {
					t.Errorf("findings %q, want one of %s first", got, a.want)
				}
			})
		}
	}
}
