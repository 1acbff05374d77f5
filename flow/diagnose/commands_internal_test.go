package diagnose

import (
	"os/exec"
	"strings"
	"testing"

	"doorstep/client"
	"doorstep/flow"
	"doorstep/flow/shell"
)

// No text of the catalogue tells to ask port 8448 of a bare name: curl does not follow delegation.
func TestTextsAskNoBareName(t *testing.T) {
	for _, c := range Catalogue() {
		for _, text := range []string{c.Cause, c.Advice, c.Apart, c.Where} {
			if strings.Contains(text, ":8448/") {
				t.Errorf("%s: %s", c.ID, text)
			}
		}
	}
}

// A URL has the name of the server in it, and goes to the address that was used.
func TestCurlLine(t *testing.T) {
	if line := curlLine("si", "[2001:db8::1]:4443", "m.a.example:4443",
		versionPath); line != "curl -gsi --connect-to '::[2001:db8::1]:4443' "+
		"'https://m.a.example:4443/_matrix/federation/v1/version'" {
		t.Errorf("%s", line)
	}
}

// Whatever servers choose to be called, a shell takes it for one argument, and for no command.
func TestShellCommandsAreSafe(t *testing.T) {
	sh, err := exec.LookPath("sh")
	if err != nil {
		t.Skip("there is no shell here")
	}
	for _, name := range []string{"a';touch${IFS}/tmp/x;'", "$(id)", "`id`", `a\'b`, "a.example'", "-x", "!!", "*"} {
		out, err := exec.Command(sh, "-c", string(shell.Command(shell.Verbatim("printf %s"), argument(name)))).Output()
		if err != nil || string(out) != name {
			t.Errorf("%q came out as %q: %v", name, out, err)
		}
	}
	for _, name := range []string{"a\nb", "a\x1b[2J", "a b", "a\x00", "a\u202eb", "a\x7f"} {
		v := newView(flow.Trace{}, flow.State{})
		if got := v.eachOf([]client.Destination{{Address: "192.0.2.1:8448", Host: name}},
			func(d client.Destination) shell.Text { return curlLine("s", d.Address, d.Host, versionPath) }); got != nil {
			t.Errorf("a command with %q", got)
		}
	}
}
