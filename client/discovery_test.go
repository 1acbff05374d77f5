package client

import (
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// Every look-up keeps in facts what it found.
func TestLookupFacts(t *testing.T) {
	const fed = "_matrix-fed._tcp.s.example"
	web := zone{"A s.example.": {"192.0.2.9"}}
	at := func(serve func(net.Conn)) hosts { return hosts{"192.0.2.9:443": serve} }
	for name, tt := range map[string]struct {
		zone  zone
		hosts hosts
		want  Lookup
	}{
		"an address": {web, nil,
			Lookup{Kind: LookupA, Name: "s.example", End: EndFound, Addresses: []string{"192.0.2.9"}}},
		"no such name": {zone{}, nil, Lookup{Kind: LookupA, Name: "s.example", End: EndNoName}},
		"no record":    {web, nil, Lookup{Kind: LookupAAAA, Name: "s.example", End: EndNoRecord}},
		"an alias": {zone{"A s.example.": {"CNAME x.example."}, "A x.example.": {"192.0.2.1"}}, nil, Lookup{Kind: LookupA,
			Name: "s.example", End: EndFound, Addresses: []string{"192.0.2.1"}, Aliases: []string{"x.example"}}},
		"a failure": {zone{"SRV " + fed + ".": {"!SERVFAIL"}}, nil,
			Lookup{Kind: LookupSRV, Name: fed, End: EndUnknown, Trouble: "SERVFAIL"}},
		"a refusal": {zone{"A s.example.": {"!REFUSED"}}, nil,
			Lookup{Kind: LookupA, Name: "s.example", End: EndUnknown, Trouble: "REFUSED"}},
		"targets": {zone{"SRV " + fed + ".": {"10 5 8443 h.example.", "10 4 8443 192.0.2.7.", "10 3 8443 .",
			"10 2 0 h.example.",
			`10 1 8443 a\032b.example.`}}, nil,
			Lookup{Kind: LookupSRV, Name: fed, End: EndFound, Targets: []SRVTarget{
				{Host: "h.example", Port: 8443, Priority: 10, Weight: 5},
				{Host: "192.0.2.7", Port: 8443, Priority: 10, Weight: 4, Fault: TargetAddress},
				{Port: 8443, Priority: 10, Weight: 3, Fault: TargetNone},
				{Host: "h.example", Port: 0, Priority: 10, Weight: 2, Fault: TargetPort},
				{Host: `a\ b.example`, Port: 8443, Priority: 10, Weight: 1, Fault: TargetName}}}},
		"no host": {zone{}, nil, Lookup{Kind: LookupWellKnown, End: EndNoHost, Failure: &Failure{Reason: ReasonNoAddress}}},
		"a redirect to no name": {web, at(redirect("https://a_b/")), Lookup{Kind: LookupWellKnown, Name: "https://a_b/",
			End: EndNoHost, Failure: &Failure{Reason: ReasonName}}},
		"a document": {web, at(document("m.example:443")), Lookup{Kind: LookupWellKnown, End: EndFound, Status: 200,
			Delegate: "m.example:443", Life: 24 * time.Hour, LifeSource: LifeDefault}},
		"a document for long": {web, at(document("m.example:443", "Cache-Control: max-age=31536000")), Lookup{
			Kind: LookupWellKnown, End: EndFound, Status: 200, Delegate: "m.example:443", Life: 48 * time.Hour,
			LifeSource: LifeMaxAge, LifeCut: true}},
		"no object": {web, at(says("HTTP/1.1 200 OK\r\n\r\n[]")),
			Lookup{Kind: LookupWellKnown, End: EndUnreadable, Status: 200, Fault: DocumentNoObject}},
		"no m.server": {web, at(says("HTTP/1.1 200 OK\r\n\r\n{}")),
			Lookup{Kind: LookupWellKnown, End: EndUnreadable, Status: 200, Fault: DocumentNoServer}},
		"no string": {web, at(says("HTTP/1.1 200 OK\r\n\r\n{\"m.server\":1}")),
			Lookup{Kind: LookupWellKnown, End: EndUnreadable, Status: 200, Fault: DocumentNoString}},
		"no server name": {web, at(document("https://m.example")),
			Lookup{Kind: LookupWellKnown, End: EndUnreadable, Status: 200,
				Fault: DocumentNoName, Claim: "https://m.example"}},
		"a status": {web, at(says("HTTP/1.1 429 Slow\r\nContent-Length: 0\r\n\r\n")),
			Lookup{Kind: LookupWellKnown, End: EndStatus, Status: 429, StatusText: "Slow"}},
		"a redirect without TLS": {web, at(redirect("http://s.example/")), Lookup{Kind: LookupWellKnown, End: EndRedirect,
			Status: 302, StatusText: "Found", Location: "http://s.example/", Fault: RedirectNotHTTPS}},
		"a loop": {web, at(redirect("/.well-known/matrix/server")), Lookup{Kind: LookupWellKnown, End: EndRedirect,
			Status: 302, StatusText: "Found", Location: "/.well-known/matrix/server", Fault: RedirectLoop}},
		"a redirect to nowhere": {web, at(redirect("")),
			Lookup{Kind: LookupWellKnown, End: EndRedirect, Status: 302, StatusText: "Found", Fault: RedirectNowhere}},
		"cut": {web, at(func(net.Conn) {}), Lookup{Kind: LookupWellKnown, End: EndCut, Failure: &Failure{}}},
	} {
		t.Run(name, func(t *testing.T) {
			d := testResolver(t, tt.zone, tt.hosts, nil).Resolve(t.Context(), "s.example")
			if tt.want.Kind == LookupWellKnown && tt.want.Name == "" {
				tt.want.Name = "https://s.example/.well-known/matrix/server"
			}
			i := slices.IndexFunc(d.Steps, func(s DiscoveryStep) bool {
				return s.Kind == tt.want.Kind && (tt.want.Name == "" || s.Name == tt.want.Name)
			})
			if i < 0 {
				t.Fatalf("no look-up of kind %s:\n%s", tt.want.Kind, steps(d))
			}
			got := d.Steps[i].Lookup
			if tt.want.Kind == LookupWellKnown && tt.want.End != EndNoHost {
				tt.want.From = "192.0.2.9:443"
			}
			if got.Failure != nil {
				got.Failure = &Failure{Reason: got.Failure.Reason}
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("facts (-want +got):\n%s\n%s", diff, steps(d))
			}
		})
	}
}

// Targets that are not followed are counted, and a document that differs from the one of the address before is marked.
func TestLookupFactsOfSeveral(t *testing.T) {
	z := zone{"SRV _matrix-fed._tcp.s.example.": manyTargets(), "A s.example.": {"192.0.2.1", "192.0.2.2"}}
	h := hosts{"192.0.2.1:443": document("192.0.2.9"), "192.0.2.2:443": document("192.0.2.10")}
	d := testResolver(t, z, h, func(c *ResolverConfig) { c.Thorough = true }).Resolve(t.Context(), "s.example")
	var differs, more []string
	for _, s := range d.Steps {
		if s.Differs {
			differs = append(differs, s.From)
		}
		if s.More == 12 && len(s.Targets) == maxSRVTargets {
			more = append(more, s.Name)
		}
	}
	if !slices.Equal(differs, []string{"192.0.2.2:443"}) || !slices.Equal(more, []string{"_matrix-fed._tcp.s.example"}) {
		t.Errorf("differs %q, more %q:\n%s", differs, more, steps(d))
	}
}

// A name that leads nowhere says why by a reason, not in words alone.
func TestResolveReasons(t *testing.T) {
	pin := func(c *ResolverConfig) { c.Pins = map[string]string{"pinned.example": "elsewhere"} }
	for server, want := range map[string]Reason{
		"s_example":         ReasonName,
		"[::1::]":           ReasonName,
		"s.example:70000":   ReasonPort,
		"far.example":       ReasonPort,
		"pinned.example":    ReasonPin,
		"none.example:8448": ReasonNoAddress,
		"none.example":      ReasonNoAddress,
		"srv.example":       ReasonTarget,
	} {
		t.Run(server, func(t *testing.T) {
			z := zone{"SRV _matrix-fed._tcp.srv.example.": {"0 0 0 ."}, "A far.example.": {"192.0.2.1"}}
			h := hosts{"192.0.2.1:443": document("d.example:70000")}
			f := testResolver(t, z, h, pin).Resolve(t.Context(), server).Failure
			if f == nil || f.Kind != FailedResolve || f.Part != PartResolve || f.Reason != want ||
				strings.TrimSpace(f.Message) == "" {
				t.Errorf("failure %+v, want the reason %s", f, want)
			}
		})
	}
}
