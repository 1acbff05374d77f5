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
	if !errors.Is(p.recording, syscall.EPIPE) {
		t.Errorf("from the screen: %v", p.recording)
	}
	for _, form := range []string{"--plain", "--json", "--ndjson"} {
		var stdout, stderr bytes.Buffer
		code := Run([]string{"sandbox", "banned", form, "--record", brokenPipe(t), "--force"}, &stdout, &stderr)
		if code != usage || !strings.Contains(stderr.String(), "broken pipe") {
			t.Errorf("%s: exit code %d, %q", form, code, stderr.String())
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
