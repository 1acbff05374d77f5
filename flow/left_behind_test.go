package flow_test

import (
	"os/exec"
	"slices"
	"strings"
	"testing"

	"doorstep/flow"
	"doorstep/flow/flowtest"
	"doorstep/flow/shell"
)

// Every prefix of a recorded handshake: a join is left behind from the moment it was sent until it was verified,
// refused, or taken back.
func TestLeftBehind(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*flow.Trace)
		from   flow.StepID // the first entry after which something is left behind; empty: none ever is
		until  flow.StepID // the entry that ends it; empty: it stays so
	}{
		{name: "public-v12", from: flow.A6, until: flow.L2},
		{name: "form-2015", from: flow.A6, until: flow.L2},
		{name: "banned"},
		{name: "public-v12", from: flow.A6, change: func(t *flow.Trace) { t.Header.Leave = true }},
		{name: "public-v12", change: func(t *flow.Trace) { // it could not be sent
			for i := range t.Entries {
				if e := &t.Entries[i]; e.Step == flow.A6 {
					r := *e.Request
					r.Header, e.Request = nil, &r
					t.Entries = t.Entries[:i+1] // and so nobody answered
					break
				}
			}
		}},
	} {
		trace := flowtest.Embedded(t, c.name)
		if c.change != nil {
			c.change(&trace)
		}
		want := false
		for n := range trace.Entries {
			e := trace.Entries[n]
			switch {
			case c.from != "" && e.Step == c.from && e.Kind == flow.Request:
				want = true
			case c.until != "" && e.Step == c.until:
				want = false
			}
			server, got := flow.Fold(trace.Prefix(n + 1)).LeftBehind()
			if got != want || got && server == "" {
				t.Errorf("%s after entry %d (%s %s): %q, %v; want %v", c.name, n+1, e.Step, e.Kind, server, got, want)
			}
		}
	}
}

// The line is read by a real shell, and gives back the arguments it was made from.
func TestShellLine(t *testing.T) {
	sh, err := exec.LookPath("sh")
	if err != nil {
		t.Skip("no POSIX shell here: ", err)
	}
	for _, args := range [][]string{
		{"doorstep", "join", "!room:matrix.example", "--via", "matrix.example:8448"},
		{"it's", "''", "'", `\'`, "", " ", "a  b", "\t", "$HOME", "`id`", "$(id)", "!!", "#x", "~", "~root", "*", "?", "[a]",
			"{a,b}"},
		{"a;b", "a&b", "a|b", "a>b", "a<b", "(a)", `"`, `\`, "%s%d", "-n", "a=b", "é", "\u2028", "line\nbreak",
			"#room name:[::1]:8448"},
	} {
		out, err := exec.Command(sh, "-c", `printf '%s\0' `+string(shell.Line(args))).CombinedOutput()
		if err != nil {
			t.Fatalf("%s: %v\n%s", shell.Line(args), err, out)
		}
		if got := strings.Split(strings.TrimSuffix(string(out), "\x00"), "\x00"); !slices.Equal(got, args) {
			t.Errorf("the shell reads\n%q, want\n%q", got, args)
		}
	}
}
