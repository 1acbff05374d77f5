package flow

import (
	"os/exec"
	"slices"
	"strings"
	"testing"

	"doorstep/client"
)

// Every command belongs to a cause of the catalogue, and no text of the catalogue tells to ask port 8448 of a bare name:
// curl does not follow delegation.
func TestCommandsOfCauses(t *testing.T) {
	for id := range commandsOf {
		if _, ok := CauseOf(id); !ok {
			t.Errorf("commands for %s, which is no cause", id)
		}
	}
	for _, c := range Catalogue() {
		for _, text := range []string{c.Cause, c.Advice, c.Apart, c.Where} {
			if strings.Contains(text, ":8448/") {
				t.Errorf("%s: %s", c.ID, text)
			}
		}
	}
}

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
	if line := curlLine("si", "[2001:db8::1]:4443", "m.a.example:4443", versionPath); line != "curl -gsi --connect-to '::[2001:db8::1]:4443' 'https://m.a.example:4443/_matrix/federation/v1/version'" {
		t.Errorf("%s", line)
	}
}

// Whatever servers choose to be called, a shell takes it for one argument, and for no command.
func TestCommandsAreSafe(t *testing.T) {
	sh, err := exec.LookPath("sh")
	if err != nil {
		t.Skip("there is no shell here")
	}
	for _, name := range []string{"a';touch${IFS}/tmp/x;'", "$(id)", "`id`", `a\'b`, "a.example'", "-x", "!!", "*"} {
		out, err := exec.Command(sh, "-c", ShellCommand(ShellCode("printf %s"), argument(name))).Output()
		if err != nil || string(out) != name {
			t.Errorf("%q came out as %q: %v", name, out, err)
		}
	}
	for _, name := range []string{"a\nb", "a\x1b[2J", "a b", "a\x00", "a\u202eb", "a\x7f"} {
		v := newView(newScript(nil).trace)
		if got := v.eachOf([]client.Destination{{Address: "192.0.2.1:8448", Host: name}}, func(d client.Destination) string { return curlLine("s", d.Address, d.Host, versionPath) }); got != nil {
			t.Errorf("a command with %q", got)
		}
	}
}
