//go:build unix

package command

import (
	"bufio"
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"doorstep/flow/sandbox"
	"doorstep/flow/sandbox/engine"
)

// What keeps a recording from being written while the screen is open is told when it is closed, as it is without one.
func TestRecordingThatCannotBeWritten(t *testing.T) {
	p := &program{record: brokenPipe(t), force: true}
	source, stop, err := p.scenarioStarter(sandbox.Large{}, engine.JoinOptions{})(t.Context(), "banned")
	if err != nil {
		t.Fatal(err)
	}
	for source.Step(t.Context()) {
	}
	stop()
	if len(p.unkept) != 1 || !errors.Is(p.unkept[0].Close(), syscall.EPIPE) {
		t.Errorf("from the screen: %v", p.unkept)
	}
	for scenario, want := range map[string]int{"banned": 1, "public-v12": 0} {
		for _, form := range []string{"--plain", "--json", "--ndjson"} {
			var stdout, stderr bytes.Buffer
			code := Run([]string{"sandbox", scenario, form, "--record", brokenPipe(t), "--force"}, &stdout, &stderr)
			outcome := map[int]string{0: "joined", 1: "refused"}[want]
			if code != want || strings.Count(stderr.String(), "broken pipe") != 1 ||
				!strings.Contains(stdout.String(), outcome) {
				t.Errorf("%s %s: exit code %d, %q, and printed\n%s", scenario, form, code, stderr.String(), &stdout)
			}
		}
	}
}

// brokenPipe is a file that takes the first line written to it and no more.
func brokenPipe(t *testing.T) string {
	name := filepath.Join(t.TempDir(), "pipe.jsonl")
	if err := syscall.Mkfifo(name, 0o600); err != nil {
		t.Skip("no named pipes here: " + err.Error())
	}
	go func() {
		f, err := os.Open(name)
		if err != nil {
			return
		}
		_, _ = bufio.NewReaderSize(f, 16).ReadString('\n')
		_ = f.Close()
	}()
	return name
}
