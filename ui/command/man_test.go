package command

import (
	"bytes"
	"os/exec"
	"strconv"
	"strings"
	"testing"

	"github.com/spf13/pflag"

	"doorstep/flow"
)

// printed returns a page of the manual.
func printed(t *testing.T, command ...string) string {
	t.Helper()
	var stdout, stderr bytes.Buffer
	if code := Run(append([]string{"man"}, command...), &stdout, &stderr); code != 0 || stderr.Len() > 0 {
		t.Fatalf("man %v: exit code %d, %s", command, code, stderr.String())
	}
	return stdout.String()
}

// Every flag of a command is on its page and on that of the program, and every page has every exit code and section.
func TestManual(t *testing.T) {
	root := (&program{}).root()
	whole := printed(t)
	for _, c := range append(documented(root), root) {
		page := whole
		if c.HasParent() {
			page = printed(t, c.Name())
		}
		check := func(f *pflag.Flag) {
			word := "--" + f.Name
			if f.Shorthand != "" {
				word = "-" + f.Shorthand + ", " + word
			}
			flag := `\fB` + roff(word) + `\fR`
			if !strings.Contains(page, flag) || !strings.Contains(whole, flag) {
				t.Errorf("%s: --%s is not in the manual", c.Name(), f.Name)
			}
		}
		c.LocalFlags().VisitAll(check)
		c.InheritedFlags().VisitAll(check)
		for _, name := range strings.Split("NAME,SYNOPSIS,DESCRIPTION,OPTIONS,EXIT STATUS,ENVIRONMENT,FILES,SEE ALSO", ",") {
			if !strings.Contains(page, "\n.SH "+name+"\n") {
				t.Errorf("%s: no %s", c.Name(), name)
			}
		}
		for _, e := range exits {
			if !strings.Contains(page, ".TP\n\\fB"+e.word+"\\fR\n") {
				t.Errorf("%s: no exit code %s", c.Name(), e.word)
			}
		}
	}
}

// The exit codes of the manual are those that there are.
func TestManualExitCodes(t *testing.T) {
	for _, code := range []int{usage, flow.Joined.ExitCode(), flow.Refused.ExitCode(), flow.Unreachable.ExitCode(),
		flow.Invalid.ExitCode(), flow.TimedOut.ExitCode(), flow.Cancelled.ExitCode(), flow.Failed.ExitCode()} {
		found := false
		for _, e := range exits {
			found = found || e.word == strconv.Itoa(code)
		}
		if !found {
			t.Errorf("exit code %d is not in the manual", code)
		}
	}
}

// Man formats every page without a complaint.
func TestManualIsFormatted(t *testing.T) {
	if _, err := exec.LookPath("groff"); err != nil {
		t.Skip("groff is not installed")
	}
	for _, command := range append([]string{""}, commandNames()...) {
		page := printed(t, strings.Fields(command)...)
		cmd := exec.Command("groff", "-man", "-Tascii", "-ww", "-P-cbu")
		cmd.Stdin = strings.NewReader(page)
		var out, complaints bytes.Buffer
		cmd.Stdout, cmd.Stderr = &out, &complaints
		if err := cmd.Run(); err != nil || complaints.Len() > 0 {
			t.Errorf("%q: %v, %s", command, err, complaints.String())
		}
		want := "--record FILE"
		if command == "tap" { // which sees several handshakes
			want = "--record DIR"
		}
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q: %s", command, out.String())
		}
	}
}

func commandNames() []string {
	var names []string
	for _, c := range documented((&program{}).root()) {
		names = append(names, c.Name())
	}
	return names
}
