package command

import (
	"bytes"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/spf13/cobra"
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
	root := wholeRoot()
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

// The folder of the manual has a page for every command and for nothing else, each that which man prints, and each is
// the same when it is written again. A command below another stands on the page of that.
func TestManualFolder(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "man", "man1")
	var before map[string]string
	for range 2 {
		var stdout, stderr bytes.Buffer
		if code := Run([]string{"man", "--dir", folder}, &stdout, &stderr); code != 0 || stdout.Len()+stderr.Len() > 0 {
			t.Fatalf("exit code %d, %s%s", code, stdout.String(), stderr.String())
		}
		pages := pagesIn(t, folder)
		if before != nil && !maps.Equal(pages, before) {
			t.Error("written again, the pages are others")
		}
		before = pages
	}
	root := wholeRoot()
	for _, c := range append(documented(root), root) {
		name := pageName(c) + ".1"
		page, ok := before[name]
		delete(before, name)
		if !ok {
			t.Errorf("no page %s", name)
			continue
		}
		if want := printed(t, strings.Fields(c.CommandPath())[1:]...); page != want {
			t.Errorf("%s is not what man prints", name)
		}
		for _, below := range documented(c) {
			if heading := ".SS " + roff(strings.TrimSuffix(below.UseLine(), " [flags]")); !strings.Contains(page, heading) {
				t.Errorf("%s lacks %q", name, heading)
			}
		}
	}
	for name := range before {
		t.Errorf("%s is the page of no command", name)
	}
}

// pagesIn are the files of a folder, by name.
func pagesIn(t *testing.T, folder string) map[string]string {
	t.Helper()
	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	pages := map[string]string{}
	for _, e := range entries {
		page, err := os.ReadFile(filepath.Join(folder, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		pages[e.Name()] = string(page)
	}
	return pages
}

// wholeRoot is the program with the commands that cobra adds when it runs.
func wholeRoot() *cobra.Command {
	root := (&program{}).root()
	root.InitDefaultHelpCmd()
	root.InitDefaultCompletionCmd()
	return root
}

// A folder that cannot be, and a command beside one, are errors.
func TestManualFolderCannotBe(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"man", "--dir", filepath.Join(file, "man1")}, {"man", "join", "--dir", t.TempDir()}} {
		var stdout, stderr bytes.Buffer
		if code := Run(args, &stdout, &stderr); code != usage || stderr.Len() == 0 {
			t.Errorf("%q: exit code %d, %q", args, code, stderr.String())
		}
	}
}

// Every line of a page is a request that man has, or text: also where groff is not there to say so.
func TestManualIsRoff(t *testing.T) {
	request := regexp.MustCompile(`^\.(TH|SH|SS|PP|TP|B|I|br|nf|fi)( .*)?$`)
	escape := regexp.MustCompile(`\\(e|-|&|\(aq|\(dq|\(ti|\(ha|\(ga|f[BIR]|\[u[0-9A-F]{4,6}\])`)
	for _, command := range append([]string{""}, commandNames()...) {
		page := printed(t, strings.Fields(command)...)
		if !strings.HasPrefix(page, ".TH DOORSTEP") || !strings.HasSuffix(page, "\n") {
			t.Errorf("%q: it begins with %q", command, page[:min(len(page), 20)])
		}
		for _, line := range strings.Split(page, "\n") {
			if strings.HasPrefix(line, "'") || strings.HasPrefix(line, ".") && !request.MatchString(line) {
				t.Errorf("%q: no request: %q", command, line)
			}
			if rest := escape.ReplaceAllString(line, ""); strings.ContainsRune(rest, '\\') {
				t.Errorf("%q: no escape: %q", command, line)
			}
		}
		if begin, end := strings.Count(page, "\n.nf\n"), strings.Count(page, "\n.fi\n"); begin != end {
			t.Errorf("%q: %d parts begin as they stand, %d end", command, begin, end)
		}
	}
}

// Releases name each page, as a Homebrew cask needs them one by one.
func TestReleasedPages(t *testing.T) {
	config, err := os.ReadFile("../../.github/release/goreleaser.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var want []string
	for _, c := range append(documented(wholeRoot()), wholeRoot()) {
		want = append(want, pageName(c)+".1.gz")
	}
	var named []string
	for _, line := range strings.Split(string(config), "\n") {
		if name, ok := strings.CutPrefix(strings.TrimSpace(line), "- man/"); ok && !strings.Contains(name, "*") {
			named = append(named, name)
		}
	}
	slices.Sort(want)
	slices.Sort(named)
	if !slices.Equal(named, want) {
		t.Errorf("releases have the pages\n%v, there are\n%v", named, want)
	}
}

func commandNames() []string {
	var names []string
	for _, c := range documented(wholeRoot()) {
		names = append(names, c.Name())
	}
	return names
}
