//go:build unix

package main

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
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"doorstep/flow"
	"doorstep/flow/recording"
	"doorstep/ui/command"
)

func init() {
	helpers["limited"] = limited
}

// limited is the program where files have room for $LIMIT bytes and no more, which is an error in writing and no signal.
func limited() {
	signal.Ignore(syscall.SIGXFSZ)
	room, err := strconv.ParseUint(os.Getenv("LIMIT"), 10, 64)
	var limit syscall.Rlimit
	if err == nil {
		err = syscall.Getrlimit(syscall.RLIMIT_FSIZE, &limit)
	}
	limit.Cur = room
	if err = errors.Join(err, syscall.Setrlimit(syscall.RLIMIT_FSIZE, &limit)); err != nil {
		panic(err)
	}
	os.Exit(command.Run(os.Args[1:], os.Stdout, os.Stderr))
}

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

// roomFor runs a command line of the program where files have room for so many bytes.
func roomFor(t *testing.T, room int, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	c := process(t, args...)
	c.Args[0] = "limited"
	c.Env = append(c.Env, "LIMIT="+strconv.Itoa(room))
	var out, said bytes.Buffer
	c.Stdout, c.Stderr = &out, &said
	_ = c.Run() // its code says how it ended
	return c.ProcessState.ExitCode(), out.String(), said.String()
}

// A disk that is full at any point of a recording ends no join: the result is printed, the code is its outcome's, the
// recording is named once and holds what there was room for.
func TestKillNoRoomForARecording(t *testing.T) {
	dir := t.TempDir()
	whole := filepath.Join(dir, "whole.jsonl")
	var out bytes.Buffer
	if code := command.Run([]string{"sandbox", "public-v12", "--json", "--record", whole}, &out, &out); code != 0 {
		t.Fatal(code, out.String())
	}
	info, err := os.Stat(whole)
	if err != nil {
		t.Fatal(err)
	}
	steps := 40
	if testing.Short() {
		steps = 8
	}
	full, entries := 0, 0
	for i := range steps {
		room := i * int(info.Size()) / steps
		file := filepath.Join(t.TempDir(), []string{"r.jsonl", "r.jsonl.gz"}[i%2])
		code, stdout, stderr := roomFor(t, room, "sandbox", "public-v12", "--json", "--record", file)
		trace, _ := recorded(t, file)
		named := strings.Count(stderr, syscall.EFBIG.Error())
		if trace == nil { // nothing was begun
			if code != 1 || named != 1 || stdout != "" || strings.Count(stderr, "\n") != 1 {
				t.Errorf("room for %d: exit code %d, %q, %q", room, code, stdout, stderr)
			}
			continue
		}
		if named == 0 && len(trace.Entries) == strings.Count(stdout, `"seq":`) {
			continue // packed it takes less
		}
		full++
		entries += len(trace.Entries)
		if code != 0 || named != 1 || !strings.Contains(stdout, `"outcome":"joined"`) {
			t.Errorf("room for %d: exit code %d, %.200q, %q", room, code, stdout, stderr)
		}
	}
	t.Logf("no room at %d points: %d joins to their end, with %d entries recorded", steps, full, entries)
	if full == 0 {
		t.Error("no join ran out of room")
	}
}

// Where there is no room, every command that writes files leaves each of them whole or as it was, says so in a line, and
// exits with 1.
func TestKillNoRoomForFiles(t *testing.T) {
	har := filepath.Join(t.TempDir(), "a.har")
	var out bytes.Buffer
	if code := command.Run([]string{"export", "--format", "har", "public-v12", "-o", har}, &out, &out); code != 0 {
		t.Fatal(code, out.String())
	}
	tried := 0
	for _, line := range []string{
		"export --format text public-v12 -o DIR/f --force", "export --format svg public-v12 -o DIR/f --force",
		"export --format html public-v12 -o DIR/f --force", "export --format har public-v12 -o DIR/f --force",
		"export --lesson public-v12 -o DIR/f --force", "redact public-v12 -o DIR/f --force",
		"redact public-v12 -o DIR/f.gz --force",
		"import HAR -o DIR/f --force", "replay public-v12 --json --record DIR/f --force", "keygen DIR/key",
		"certs DIR/lab one.example", "lab synapse DIR/lab", "host public-v12 --listen 127.0.0.1:0 --ca-out DIR/f --force -- true",
	} {
		for _, room := range []int{0, 1, 50, 200, 700, 1500, 4000} {
			dir := t.TempDir()
			for _, name := range []string{"f", "f.gz"} {
				if err := os.WriteFile(filepath.Join(dir, name), []byte("as it was"), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			args := strings.Fields(strings.NewReplacer("DIR", dir, "HAR", har).Replace(line))
			code, _, stderr := roomFor(t, room, args...)
			if !strings.Contains(stderr, syscall.EFBIG.Error()) {
				continue // there was room
			}
			tried++
			if code != 1 || strings.Count(stderr, syscall.EFBIG.Error()) != 1 {
				t.Errorf("%s: room for %d: exit code %d, %q", line, room, code, stderr)
			}
			wholeOrNot(t, dir, line)
		}
	}
	t.Logf("no room %d times: each file was whole or as it was", tried)
	if tried < 30 {
		t.Error("there was room")
	}
}

// wholeOrNot errs where a file was begun and not finished, and where nothing is to be seen of what was there before.
func wholeOrNot(t *testing.T, dir, line string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		content, err := os.ReadFile(name)
		switch base := d.Name(); {
		case strings.HasSuffix(base, ".part"):
			t.Errorf("%s: %s is left behind", line, base)
		case base == "f" || base == "f.gz":
			if string(content) != "as it was" {
				t.Errorf("%s: %s holds %d bytes: %.40q", line, base, len(content), content)
			}
		case len(content) == 0 || !bytes.HasSuffix(content, []byte("\n")):
			t.Errorf("%s: %s is half written: %q", line, base, content)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}
