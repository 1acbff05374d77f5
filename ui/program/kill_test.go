//go:build unix

package program

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"math/rand"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"doorstep/flow"
	"doorstep/flow/recording"
	"doorstep/ui/command"
)

// process is a command line of the program as a process of its own, which keeps no recording but that of --record.
func process(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	t.Cleanup(cancel)
	c := exec.CommandContext(ctx, self)
	c.Args = append([]string{"doorstep"}, args...)
	c.Env = append(environmentWithout("CI", "TERM"), "TERM=xterm-256color", "XDG_STATE_HOME="+t.TempDir())
	return c
}

// recorded is what is in a recording: nil where there is none. cut: it breaks off within an entry.
func recorded(t *testing.T, file string) (trace *flow.Trace, cut bool) {
	t.Helper()
	got, err := recording.Open(file)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, false
	case err != nil && !errors.Is(err, recording.ErrTruncated):
		t.Errorf("the recording does not open: %v", err)
		return nil, false
	}
	return &got, err != nil
}

// explained errs unless what is told of a handshake names the command that takes a join back which may stand.
func explained(t *testing.T, trace *flow.Trace, file string) (unfinished bool) {
	t.Helper()
	if _, unfinished = flow.Fold(*trace).LeftBehind(); !unfinished {
		return false
	}
	var out, said bytes.Buffer
	command.Run([]string{"replay", file, "--json"}, &out, &said)
	var told struct {
		May  bool `json:"may_have_joined"`
		Undo string
	}
	if err := json.Unmarshal(out.Bytes(), &told); err != nil || !told.May || !strings.Contains(told.Undo, " --leave") {
		t.Errorf("the join may stand, and replay says %+v, %v, %s", told, err, &said)
	}
	return true
}

// A program that is killed, wherever it is, leaves a recording that opens and lacks the last entry at most; and where
// the join was sent, what is told of that recording says how to take it back.
func TestKillRecording(t *testing.T) {
	runs := 100
	if testing.Short() {
		runs = 10
	}
	chance := rand.New(rand.NewSource(1))
	var none, cuts, most, unfinished, entries int
	for run := range runs {
		file := filepath.Join(t.TempDir(), []string{"r.jsonl", "r.jsonl.gz"}[run%2])
		scenario := []string{"public-v12", "send-join-timeout", "failover"}[run%3]
		args := []string{"sandbox", scenario, "--ndjson", "--record", file}
		if run%10 == 9 { // an answer that takes several writes
			args = append([]string{"sandbox", "large", "--events", "3000"}, args[2:]...)
		}
		seen := killed(t, process(t, args...), chance)
		trace, cut := recorded(t, file)
		if trace == nil {
			none++
			if seen > 0 {
				t.Errorf("run %d: %d entries were told, and there is no recording", run, seen)
			}
			continue
		}
		if cut {
			cuts++
		}
		lost := max(0, seen-len(trace.Entries))
		if most = max(most, lost); lost > 1 {
			t.Errorf("run %d: %d entries were told, %d are in the recording", run, seen, len(trace.Entries))
		}
		entries += len(trace.Entries)
		if explained(t, trace, file) {
			unfinished++
		}
	}
	t.Logf("%d runs killed: %d before there was a recording, %d within an entry; %d entries read; lost at most %d; "+
		"%d joins unfinished, each with the command that takes it back", runs, none, cuts, entries, most, unfinished)
	if none == runs || !testing.Short() && unfinished == 0 {
		t.Error("nothing was killed in the middle")
	}
}

// killed starts a command that tells entries as they come, kills it at some point and returns how many it has told.
func killed(t *testing.T, c *exec.Cmd, chance *rand.Rand) (seen int) {
	t.Helper()
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	at, wait := chance.Intn(26)-1, time.Duration(chance.Intn(3000))*time.Microsecond
	if at < 0 { // while it starts
		time.Sleep(time.Duration(chance.Intn(150)) * time.Millisecond)
		_ = c.Process.Kill()
	}
	lines := bufio.NewReader(out)
	for {
		line, err := lines.ReadBytes('\n')
		if err != nil {
			break
		}
		if bytes.HasPrefix(line, []byte(`{"doorstep":1,"step":`)) {
			seen++
		}
		if seen == at {
			time.Sleep(wait)
			_ = c.Process.Kill() // it may have ended
		}
	}
	_ = c.Wait() // it was killed
	return seen
}
