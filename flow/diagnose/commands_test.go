package diagnose_test

import (
	"slices"
	"testing"

	"doorstep/client"
	"doorstep/flow"
	"doorstep/flow/diagnose"
	"doorstep/flow/flowtest"
	"doorstep/flow/shell"
)

// Commands are made of what the run used: the address, the name for SNI, the name for Host.
func TestCommandsFollowTheRun(t *testing.T) {
	s := flowtest.NewScript(func(h *flow.Header) { h.Target, h.Via = "!r:a.example", []string{"a.example"} }).Joins()
	s.Add(flow.Entry{Kind: flow.Local, Step: flow.R, From: flow.Joining, To: flow.Resident, Server: "a.example",
		Discovery: &client.Discovery{Server: "a.example", Destinations: []client.Destination{
			{Server: "a.example", Address: "[2001:db8::1]:4443", Host: "m.a.example:4443", SNI: "m.a.example",
				VerifyName: "m.a.example"}}}})
	e := flowtest.Shows("m.a.example", "valid for x.example, not for m.a.example", flowtest.Leaf("x.example"))
	e.Connection.Address = "[2001:db8::1]:4443"
	s.Gets(e)
	got := diagnose.Findings(s.Trace, flow.Fold(s.Trace))[0].Try
	want := []shell.Text{"openssl s_client -connect '[2001:db8::1]:4443' -servername 'm.a.example' -verify_hostname " +
		"'m.a.example' -verify_return_error -showcerts </dev/null"}
	if !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}
