package flow

import (
	"slices"
	"testing"

	"doorstep/client"
)

// Commands are made of what the run used: the address, the name for SNI, the name for Host.
func TestCommandsFollowTheRun(t *testing.T) {
	s := newScript(func(h *Header) { h.Target, h.Via = "!r:a.example", []string{"a.example"} }).joins()
	s.add(Entry{Kind: Local, Step: R, From: Joining, To: Resident, Server: "a.example", Discovery: &client.Discovery{Server: "a.example", Destinations: []client.Destination{
		{Server: "a.example", Address: "[2001:db8::1]:4443", Host: "m.a.example:4443", SNI: "m.a.example", VerifyName: "m.a.example"}}}})
	e := shows("m.a.example", "valid for x.example, not for m.a.example", leaf("x.example"))
	e.Connection.Address = "[2001:db8::1]:4443"
	s.gets(e)
	got := Findings(s.trace)[0].Try
	want := []string{"openssl s_client -connect '[2001:db8::1]:4443' -servername 'm.a.example' -verify_hostname 'm.a.example' -verify_return_error -showcerts </dev/null"}
	if !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}
