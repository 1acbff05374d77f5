package command

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// offered returns what a shell is offered for the last of words, without descriptions, and cobra's directive.
func offered(t *testing.T, words ...string) (names []string, directive string) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	if code := Run(append([]string{cobra.ShellCompRequestCmd}, words...), &stdout, &stderr); code != 0 {
		t.Fatalf("%q: exit code %d, %s", words, code, stderr.String())
	}
	for _, line := range strings.Split(strings.TrimSpace(stdout.String()), "\n") {
		if strings.HasPrefix(line, ":") {
			return names, line
		}
		name, _, _ := strings.Cut(line, "\t")
		names = append(names, name)
	}
	t.Fatalf("%q: no directive in %q", words, stdout.String())
	return nil, ""
}

// Every flag that takes a value is completed: its choices, files where it takes a FILE, folders where it takes a DIR,
// nothing else.
func TestFlagsAreCompleted(t *testing.T) {
	root := (&program{}).root()
	closed := 0
	for _, c := range append(root.Commands(), root) {
		check := func(f *pflag.Flag) {
			if f.NoOptDefVal != "" || f.Value.Type() == "bool" || f.Name == "help" || f.Name == "version" {
				return
			}
			words := strings.Fields(c.CommandPath())[1:]
			got, directive := offered(t, append(words, "--"+f.Name, "")...)
			takes, _ := pflag.UnquoteUsage(f)
			want, wantDirective := []string(nil), ":4"
			if values := choices[f.Name]; values != nil {
				want = values()
				closed++
			} else if takes == "FILE" {
				wantDirective = ":0"
			} else if takes == "DIR" {
				wantDirective = ":16"
			}
			if !slices.Equal(got, want) || directive != wantDirective {
				t.Errorf("%s --%s: %v %s, want %v %s", c.CommandPath(), f.Name, got, directive, want, wantDirective)
			}
		}
		c.LocalFlags().VisitAll(check)
	}
	if closed < len(choices) {
		t.Errorf("%d flags with choices were seen, there are %d", closed, len(choices))
	}
}

// Every choice is taken, and what is none is refused with those there are.
func TestChoices(t *testing.T) {
	for _, args := range [][]string{
		{"--theme", "drak"}, {"--color", "alway"}, {"join", "!a", "--form", "2014"}, {"join", "!a", "--like", "synaps"},
		{"join", "!a", "--candidates", "al"}, {"join", "!a", "--room-versions", "1,13"},
	} {
		var stdout, stderr bytes.Buffer
		flag := strings.TrimPrefix(args[len(args)-2], "--")
		code := Run(args, &stdout, &stderr)
		if code != usage || !strings.Contains(stderr.String(), strings.Join(choices[flag](), ", ")) ||
			!strings.Contains(stderr.String(), "--help") {
			t.Errorf("%q: exit code %d, %q", args, code, stderr.String())
		}
	}
}

func TestNamesAreCompleted(t *testing.T) {
	for _, c := range []struct {
		words     []string
		holds     string
		directive string
	}{
		{[]string{""}, "completion", ":4"}, {[]string{"sandbox", "ban"}, "banned", ":4"},
		{[]string{"replay", "publ"}, "public-v12", ":0"}, {[]string{"verify", "publ"}, "public-v12", ":0"},
		{[]string{"explain", "rule", "4.3."}, "4.3.3", ":4"}, {[]string{"explain", "ru"}, "rule", ":4"},
		{[]string{"explain", "header", "Au"}, "Authorization", ":4"},
		{[]string{"explain", "4.3.3", "--room-version", "1"}, "11", ":4"},
		{[]string{"explain", "ban"}, "banned", ":4"}, {[]string{"keygen", ""}, "", ":0"},
		{[]string{"learn", "fail"}, "failures", ":4"}, {[]string{"learn", "failures", ""}, "", ":4"},
		{[]string{"certs", ""}, "", ":16"}, {[]string{"certs", "lab", ""}, "", ":4"}, {[]string{"lab", "syn"}, "synapse", ":4"},
		{[]string{"lab", "synapse", ""}, "", ":16"}, {[]string{"host", "no-cr"}, "no-create", ":4"},
		{[]string{"host", "no-create", ""}, "", ":4"}, {[]string{"check", ""}, "", ":4"}, {[]string{"tap", ""}, "", ":4"},
		{[]string{"join", ""}, "", ":4"}, {[]string{"info", ""}, "", ":4"}, {[]string{"sandbox", "banned", ""}, "", ":4"},
	} {
		got, directive := offered(t, c.words...)
		if c.holds != "" && !slices.Contains(got, c.holds) || c.holds == "" && len(got) > 0 || directive != c.directive {
			t.Errorf("%q: %v %s", c.words, got, directive)
		}
	}
}

// The scripts for shells load in the shells there are here.
func TestCompletionScriptsLoad(t *testing.T) {
	for shell, then := range map[string]string{"bash": "complete -p doorstep", "zsh": "", "fish": "complete -C 'doorstep '"} {
		t.Run(shell, func(t *testing.T) {
			if _, err := exec.LookPath(shell); err != nil {
				t.Skip(err)
			}
			var script, stderr bytes.Buffer
			if code := Run([]string{"completion", shell}, &script, &stderr); code != 0 {
				t.Fatal(stderr.String())
			}
			file := filepath.Join(t.TempDir(), "script")
			if err := os.WriteFile(file, script.Bytes(), 0o600); err != nil {
				t.Fatal(err)
			}
			line := "source '" + file + "' && " + then
			if shell == "zsh" {
				line = "autoload -U compinit; compinit -D -u; source '" + file + "'; echo $_comps[doorstep]"
			}
			args := []string{"-c", line}
			if shell != "fish" {
				args = append([]string{map[string]string{"bash": "--norc", "zsh": "-f"}[shell]}, args...)
			}
			out, err := exec.Command(shell, args...).CombinedOutput()
			if err != nil || !strings.Contains(string(out), "doorstep") {
				t.Errorf("%v: %s", err, out)
			}
		})
	}
}

// The help of every command fits a terminal of 80 columns.
func TestHelpFits(t *testing.T) {
	for _, c := range append((&program{}).root().Commands(), (&program{}).root()) {
		var stdout, stderr bytes.Buffer
		words := append(strings.Fields(c.CommandPath())[1:], "--help")
		if code := Run(words, &stdout, &stderr); code != 0 {
			t.Errorf("%q: exit code %d", words, code)
		}
		for _, line := range strings.Split(stdout.String(), "\n") {
			if len(line) > 80 {
				t.Errorf("%q: %s", words, line)
			}
		}
	}
}

// What packages hold for a shell is the same each time it is made.
func TestCompletionsAreTheSame(t *testing.T) {
	for _, shell := range []string{"bash", "zsh", "fish", "powershell"} {
		var first string
		for i := range 2 {
			var stdout, stderr bytes.Buffer
			if code := Run([]string{"completion", shell}, &stdout, &stderr); code != 0 || stdout.Len() == 0 || stderr.Len() > 0 {
				t.Fatalf("%s: exit code %d, %d bytes, %s", shell, code, stdout.Len(), stderr.String())
			}
			if i == 1 && stdout.String() != first {
				t.Errorf("%s: made again, it is another", shell)
			}
			first = stdout.String()
		}
	}
}
