//go:build unix

package main

import (
	"bytes"
	"context"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// A signal ends a command wherever it is: while it waits for a file that nobody writes to, or for standard input, reads
// what never ends, or works on what is large. How long that took is in the log; the limit here is for busy machines.
func TestKillAnywhere(t *testing.T) {
	program := build(t)
	dir := t.TempDir()
	fifo := filepath.Join(dir, "fifo")
	if err := syscall.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	large := filepath.Join(dir, "large.json")
	one := []byte(`{"type":"m.x","state_key":"","sender":"@a:b.example","content":{}}`)
	body := append([]byte(`{"auth_chain":[],"state":[`), bytes.Repeat(append(one, ','), 1_000_000)...)
	if err := os.WriteFile(large, append(append(body, one...), ']', '}'), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		args  []string
		feeds []byte // standard input, again and again; nil: nothing comes
	}{
		{args: []string{"replay", "--plain", fifo}},
		{args: []string{"verify", fifo}},
		{args: []string{"verify", "--room-version", "11", fifo}},
		{args: []string{"diff", fifo, "public-v12"}},
		{args: []string{"export", "--format", "html", fifo}},
		{args: []string{"redact", fifo}},
		{args: []string{"import", fifo}},
		{args: []string{"import", "--log", fifo}},
		{args: []string{"join", "!room:b.example", "--user", "@a:a.example", "--key", fifo}},
		{args: []string{"replay", "--plain", "-"}},
		{args: []string{"verify", "-"}},
		{args: []string{"verify", "--room-version", "11", "-"}},
		{args: []string{"diff", "-", "public-v12"}},
		{args: []string{"export", "--format", "svg", "-"}},
		{args: []string{"redact", "-"}},
		{args: []string{"import", "-"}},
		{args: []string{"import", "--log", "-"}},
		{args: []string{"verify", "--room-version", "11", "-"}, feeds: bytes.Repeat([]byte("["), 1<<16)},
		{args: []string{"import", "--log", "-"}, feeds: append(bytes.Repeat([]byte("x"), 1<<16), '\n')},
		{args: []string{"verify", "--room-version", "11", large}},
		{args: []string{"sandbox", "large", "--events", "50000", "--plain"}},
		{args: []string{"sandbox", "directory-silent", "--plain"}},
		{args: []string{"host", "public-v12", "--listen", "127.0.0.1:0", "--", "sleep", "60"}},
	} {
		took, code := interrupted(t, program, c.args, c.feeds)
		t.Logf("%v: %s", c.args, took.Round(time.Millisecond))
		if code != 130 {
			t.Errorf("%v: exit code %d", c.args, code)
		}
	}
}

// interrupted starts a command, sends SIGINT a moment later, and returns how long after that it ended, and its exit code.
func interrupted(t *testing.T, program string, args []string, feeds []byte) (time.Duration, int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Env = append(os.Environ(), "XDG_STATE_HOME="+t.TempDir())
	in, out, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	defer out.Close()
	cmd.Stdin = in
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if feeds != nil {
		go func() {
			for {
				if _, err := io.Copy(out, bytes.NewReader(feeds)); err != nil {
					return
				}
			}
		}()
	}
	time.Sleep(300 * time.Millisecond) // so that it is at work; where it is not yet, the signal has to end it, too
	sent := time.Now()
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // its code says how it ended
	return time.Since(sent), cmd.ProcessState.ExitCode()
}
