package homeserver

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// An installation is named by its pins. What go and Python print while they work ("go: downloading …" on a machine that
// has nothing yet) is no part of them: it would name another installation, and a second build, next time.
func TestPinsLeaveOutWhatToolsSayMeanwhile(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the talkative tools are shell scripts")
	}
	quiet := map[*Software]string{}
	for _, software := range All() {
		quiet[software] = pinsOf(t, software)
	}
	dir := t.TempDir()
	for _, tool := range []string{"go", python()} {
		talkative(t, dir, tool)
	}
	t.Setenv("PATH", dir+string(os.PathListSeparator)+os.Getenv("PATH"))
	t.Setenv("PYTHON", filepath.Base(python()))
	for _, software := range All() {
		if got := pinsOf(t, software); got != quiet[software] {
			t.Errorf("%s: the pins are\n%s\nand where the tools say more\n%s", software, tail(quiet[software], 300), tail(got, 300))
		}
	}
}

func pinsOf(t *testing.T, software *Software) string {
	t.Helper()
	pins, err := software.pins(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(pins, ".") {
		t.Fatalf("the pins of %s name no version: %q", software, pins)
	}
	return pins
}

// talkative puts a script in front of a tool that tells on the standard error what it is about to do.
func talkative(t *testing.T, dir, tool string) {
	t.Helper()
	real, err := exec.LookPath(tool)
	if err != nil {
		t.Fatal(err)
	}
	script := fmt.Sprintf("#!/bin/sh\necho \"$0: downloading something\" >&2\nexec '%s' \"$@\"\n", real)
	if err := os.WriteFile(filepath.Join(dir, filepath.Base(tool)), []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
}

// Where an installation fails, both streams tell why.
func TestFailedCommandTellsBothStreams(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the command is a shell's")
	}
	out, err := output(context.Background(), nil, "sh", "-c", "echo found; echo lost >&2; exit 3")
	if out != "" || err == nil || !strings.Contains(err.Error(), "found\n") || !strings.Contains(err.Error(), "lost\n") {
		t.Errorf("output %q, error %v; want no output, and both texts in the error", out, err)
	}
}
