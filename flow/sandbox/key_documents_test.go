package sandbox

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"doorstep/client"
	"doorstep/flow/diagnose"
)

// Whoever answers in place of a key document, and whoever signed what it would prove, the first finding says what came,
// and nobody is called out of reach who was just reached.
func TestFindingSaysWhyKeysAreNotKnown(t *testing.T) {
	whose := map[string]struct {
		server string
		layout Layout
	}{
		"the resident server": {ResidentName, Layout{Directory: DirectoryName, Founder: ResidentName, Second: OtherName, Candidates: []string{ResidentName}}},
		"the room's creator":  {ResidentName, Layout{Directory: DirectoryName, Founder: ResidentName, Second: OtherName, Candidates: []string{OtherName}}},
		"a member's server":   {OtherName, Layout{Directory: DirectoryName, Founder: ResidentName, Second: OtherName, Candidates: []string{ResidentName}}},
	}
	answers := map[string]struct {
		fault Fault
		want  string
	}{
		"a page with 404":     {Fault{Instead: page(404, "Not Found")}, "key-document-missing"},
		"an unknown path":     {Fault{Instead: refuse(404, "M_UNRECOGNIZED", "Unrecognized request")}, "key-document-missing"},
		"a gateway":           {Fault{Instead: page(502, "Bad Gateway")}, "key-document-missing gateway-error"},
		"a redirect":          {Fault{Instead: page(301, "Moved Permanently")}, "key-document-missing"},
		"nothing":             {Fault{Drop: true}, "key-document-missing"},
		"the beginning":       {Fault{Cut: 20}, "key-document-missing"},
		"a welcome page":      {Fault{Instead: page(200, "Welcome")}, "key-document-unusable"},
		"an empty body":       {Fault{Instead: &Reply{Status: 200, Body: ""}}, "key-document-unusable"},
		"202 without a body":  {Fault{Instead: &Reply{Status: 202, Body: ""}}, "key-document-unusable"},
		"an object":           {Fault{Instead: &Reply{Status: 200, Body: fields{}}}, "key-document-unusable"},
		"another's document":  {Fault{reply: rewriteKeys("server_name", "www.example", "www.example")}, "wrong-server"},
		"an unsigned one":     {Fault{reply: rewriteKeys("note", "changed", "")}, "key-document-unsigned"},
		"one with status 201": {Fault{reply: func(_ *server, r *Reply) { r.Status = 201 }}, ""},
	}
	for who, w := range whose {
		for name, a := range answers {
			t.Run(fmt.Sprintf("%s, %s", who, name), func(t *testing.T) {
				t.Parallel()
				s, fault := scenario(t, "keys-unavailable"), a.fault
				fault.Server, fault.Endpoint = w.server, client.ServerKeys
				s.Layout, s.Faults = w.layout, []Fault{fault}
				var got []string
				for _, f := range diagnose.Findings(finish(t, s, JoinOptions{})) {
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
