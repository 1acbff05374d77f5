package command

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/spf13/cobra"
)

// printing are command lines of every command that print something. DIR is a folder of the line's own, HAR an archive.
var printing = []string{
	"", "--help", "--version",
	"sandbox", "sandbox --json", "sandbox banned --ndjson", "sandbox --list", "sandbox --list --json", "sandbox --alter list",
	"sandbox --alter list --json", "sandbox --alter other-key", "sandbox --linear",
	"join #r:127.0.0.1:1 --user @me:127.0.0.1:2 --allow-private --dry-run",
	"join #r:127.0.0.1:1 --user @me:127.0.0.1:2 --allow-private --dry-run --json",
	"check 127.0.0.1:1 --allow-private", "check 127.0.0.1:1 --allow-private --ndjson",
	"host --list", "host --list --json", "host public-v12 --listen 127.0.0.1:0 -- true",
	"tap --help",
	"replay form-2015", "replay form-2015 --json", "replay form-2015 --ndjson", "replay --list",
	"verify public-v12", "verify public-v12 --json", "verify public-v12 --work join",
	"redact public-v12", "diff public-v12 public-v12", "diff public-v12 banned", "diff public-v12 banned --json",
	"export --format text public-v12", "export --format json public-v12", "export --format ndjson public-v12",
	"export --format mermaid public-v12", "export --format markdown public-v12", "export --format svg public-v12",
	"export --format html public-v12", "export --format har public-v12", "export --lesson public-v12",
	"import HAR", "import HAR --list", "import HAR --list --json",
	"explain", "explain pdu", "explain pdu --json", "explain --list finding",
	"learn --list", "learn --list --json", "learn",
	"keygen DIR/key", "keygen DIR/key --json", "certs DIR", "certs DIR --json",
	"lab synapse DIR", "lab synapse DIR --json", "lab join --help",
	"info", "info --json", "info --keys", "info --keys --json", "man", "man sandbox",
	"completion bash", "completion zsh", "completion fish", "completion powershell",
	"help", "help join", "__complete sandbox pub", "__completeNoDesc sandbox pub",
}

// Standard output that is full is named once, in one line, and never taken for success: whatever the command, and with
// the code of the outcome where there is one.
func TestKillFullOutput(t *testing.T) {
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Skip("there is no device here that is always full: ", err)
	}
	defer full.Close()
	har := filepath.Join(t.TempDir(), "a.har")
	var out bytes.Buffer
	if code := Run([]string{"export", "--format", "har", "public-v12", "-o", har}, &out, &out); code != 0 {
		t.Fatal(code, out.String())
	}
	lines := printing
	for _, c := range subcommands((&program{}).root()) {
		lines = append(lines, strings.TrimPrefix(c.CommandPath(), "doorstep ")+" --help")
		begins := func(line string) bool {
			return strings.HasPrefix(line+" ", strings.TrimPrefix(c.CommandPath(), "doorstep ")+" ")
		}
		if !slices.ContainsFunc(printing, begins) {
			t.Errorf("no command line here has %s print anything", c.CommandPath())
		}
	}
	for _, line := range lines {
		args := func() []string {
			return strings.Fields(strings.NewReplacer("DIR", t.TempDir(), "HAR", har).Replace(line))
		}
		var stdout, stderr, refused bytes.Buffer
		usual := Run(args(), &stdout, &stderr)
		if stdout.Len() == 0 {
			t.Errorf("%s: prints nothing, exit code %d, %s", line, usual, &stderr)
			continue
		}
		want := usual
		if usual == 0 {
			want = 1
		}
		code := Run(args(), full, &refused)
		if code != want || strings.Count(refused.String(), syscall.ENOSPC.Error()) != 1 ||
			!strings.Contains(refused.String(), "doorstep: standard output holds only a part: ") {
			t.Errorf("%s: exit code %d, usually %d, and said\n%s", line, code, usual, &refused)
		}
	}
	t.Logf("%d command lines of %d commands", len(lines), len(subcommands((&program{}).root())))
}

// subcommands are all commands below one, cobra's own too.
func subcommands(c *cobra.Command) []*cobra.Command {
	if !c.HasParent() {
		c.InitDefaultCompletionCmd()
		c.InitDefaultHelpCmd()
	}
	var out []*cobra.Command
	for _, sub := range c.Commands() {
		out = append(append(out, sub), subcommands(sub)...)
	}
	return out
}

// What else went wrong is told beside that standard output could not be written.
func TestWithoutOutput(t *testing.T) {
	other, full := errors.New("other"), &outputError{syscall.ENOSPC}
	for _, c := range []struct{ err, want error }{
		{nil, nil}, {full, nil}, {other, other}, {errors.Join(full), nil},
	} {
		if got := withoutOutput(c.err); got != c.want {
			t.Errorf("of %v there is %v", c.err, got)
		}
	}
	if got := withoutOutput(errors.Join(full, other)); got == nil || got.Error() != "other" {
		t.Errorf("of both there is %v", got)
	}
}
