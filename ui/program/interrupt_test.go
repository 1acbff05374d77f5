//go:build unix

package program

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"doorstep/client"
	"doorstep/flow"
	"doorstep/flow/flowtest"
	"doorstep/flow/recording"
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
	if err := os.WriteFile(large, longToCheck(), 0o600); err != nil {
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
		took, code := interrupted(t, program, c.args, c.feeds, atWork)
		t.Logf("%v: %s", c.args, took.Round(time.Millisecond))
		if code != 130 {
			t.Errorf("%v: exit code %d", c.args, code)
		}
	}
}

// atWork is when a command that was started is at work; where it is not yet, a signal has to end it, too.
const atWork = 300 * time.Millisecond

// A signal ends whatever is made of a large recording as well, at any moment: while it is read, verified, looked into
// for findings, compared, redacted or written. No file is left of what was not written.
func TestKillWriters(t *testing.T) {
	program := build(t)
	dir := t.TempDir()
	verified := flowtest.Embedded(t, "public-v12")
	answer := slices.IndexFunc(verified.Entries, func(e flow.Entry) bool { return e.Step == flow.A7 })
	verified.Entries[answer].Response.Body = longToCheck()
	read := verified.Prefix(answer + 1) // which says nothing of a verification: what comes next is come to at once
	files := map[*flow.Trace]string{&verified: "verified.jsonl", &read: "read.jsonl"}
	for trace, name := range files {
		if err := recording.Save(filepath.Join(dir, name), *trace, false); err != nil {
			t.Fatal(err)
		}
	}
	out := filepath.Join(dir, "out")
	if err := os.Mkdir(out, 0o700); err != nil {
		t.Fatal(err)
	}
	var longest time.Duration
	stopped := map[string]int{}
	for n, command := range []string{"replay --json", "replay --ndjson", "replay --plain", "export --format html",
		"export --format har", "export --format markdown", "export --format svg -o drawn.svg",
		"export --format har -o out.har", "redact", "redact -o redacted.jsonl", "redact -o redacted.jsonl.gz",
		"verify --json", "diff --json"} {
		for i, name := range []string{files[&verified], files[&read]} {
			args := strings.Fields(command)
			for at, arg := range args {
				if args[max(at-1, 0)] == "-o" {
					args[at] = filepath.Join(out, fmt.Sprint(n, i)+arg)
				}
			}
			args = append(args, filepath.Join(dir, name))
			if args[0] == "diff" {
				args = append(args, "public-v12")
			}
			// The later the signal is, the further the command has come; that of the last may come too late.
			took, code := interrupted(t, program, args, nil, atWork+time.Duration((n+i)%4)*400*time.Millisecond)
			switch t.Logf("%s, %s: %s, exit code %d", command, name, took.Round(time.Millisecond), code); code {
			case 130:
				longest = max(longest, took)
				stopped[args[0]]++
				holdsNothingOf(t, out, fmt.Sprint(n, i))
			case 0, 1, 2, 4: // it was done before
			case -1: // it had not begun yet: the system ended it
			default:
				t.Errorf("%s, %s: exit code %d", command, name, code)
			}
		}
	}
	t.Logf("stopped: %v; the longest end took %s", stopped, longest.Round(time.Millisecond))
	if len(stopped) == 0 {
		t.Error("nothing was stopped at work")
	}
}

// holdsNothingOf errs where a folder holds a file whose name begins so, or one that is not in its place.
func holdsNothingOf(t *testing.T, folder, begins string) {
	t.Helper()
	left, err := os.ReadDir(folder)
	if err != nil {
		t.Error(err)
	}
	for _, file := range left {
		if strings.HasPrefix(file.Name(), begins) || strings.HasPrefix(file.Name(), ".") {
			t.Errorf("%s is left behind", file.Name())
		}
	}
}

// longToCheck is an answer whose checks take ten times as long as it takes for the signal to come: fewer events than
// are looked at in all, each with a hash, a signature and an auth event.
func longToCheck() []byte {
	var b bytes.Buffer
	b.WriteString(`{"auth_chain":[],"state":[`)
	for n := range 200_000 {
		if n > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `{"type":"m.x","state_key":"%d","sender":"@a:b.example","room_id":"!r:b.example","depth":1,`+
			`"origin_server_ts":1,"prev_events":[],"auth_events":["$x"],"hashes":{"sha256":"%s"},`+
			`"signatures":{"b.example":{"ed25519:1":"%s"}},"content":{}}`, n, strings.Repeat("A", 43), strings.Repeat("A", 86))
	}
	b.WriteString(`]}`)
	return b.Bytes()
}

// interrupted starts a command, sends SIGINT so long after that, and returns how long it took to end then, and its exit
// code.
func interrupted(t *testing.T, program string, args []string, feeds []byte, after time.Duration) (time.Duration, int) {
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
	time.Sleep(after)
	sent := time.Now()
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // its code says how it ended
	return time.Since(sent), cmd.ProcessState.ExitCode()
}

// A signal ends a join wherever it is, on the screen and off it: with the code of the signal, the terminal as it was, a
// recording that opens, and the command that takes the join back that may stand.
func TestKillSignals(t *testing.T) {
	all := sends(t)
	signals := []syscall.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGQUIT}
	forms := []string{"", "--plain", "--json", "--ndjson"}
	var longest time.Duration
	told := map[bool]int{}
	for at := 1; at <= all; at++ {
		signal, form := signals[at%4], forms[(at/4+at)%4]
		what := fmt.Sprintf("%s at %d of %d, %s", signal, at, all, form)
		l, stuck := held(t, at)
		code, took, stdout, stderr := 0, time.Duration(0), "", ""
		if form == "" {
			s := onTerminal(t, process(t, l.args...))
			s.shows("Joining")
			s.keys("c")
			s.stuckOrDone(stuck)
			s.signal(signal)
			code, took, stderr = s.ends()
		} else {
			var out, said bytes.Buffer
			c := process(t, append(l.args, form)...)
			c.Stdout, c.Stderr = &out, &said
			if err := c.Start(); err != nil {
				t.Fatal(err)
			}
			over := make(chan error, 1)
			client.Go(func() { over <- c.Wait() })
			select {
			case <-stuck:
			case <-over:
				if code = c.ProcessState.ExitCode(); code != 0 {
					t.Errorf("%s: before that it is over, with exit code %d; %s%s", what, code, &out, &said)
				}
				continue
			}
			begun := time.Now()
			if err := c.Process.Signal(signal); err != nil {
				t.Error(what, err)
			}
			<-over // its code says how it ended
			code, took, stdout, stderr = c.ProcessState.ExitCode(), time.Since(begun), out.String(), said.String()
		}
		longest = max(longest, took)
		if code != 128+int(signal) {
			t.Errorf("%s: exit code %d; %s%s", what, code, stdout, stderr)
		}
		trace, _ := recorded(t, l.file)
		if trace == nil {
			t.Errorf("%s: there is no recording", what)
			continue
		}
		may := explained(t, trace, l.file)
		told[may]++
		if got := strings.Contains(stderr, "to leave again:\ndoorstep join"); got != may {
			t.Errorf("%s: it may stand: %t, and the command that takes it back is told: %t: %s", what, may, got, stderr)
		}
	}
	t.Logf("%d signals, %d of them when the join may stand: the longest end took %s", all, told[true], longest)
	if told[true] == 0 || told[false] == 0 {
		t.Error("not every phase was come to")
	}
}

func (s *terminal) signal(sig syscall.Signal) {
	if err := s.cmd.Process.Signal(sig); err != nil {
		s.t.Error(err)
	}
}

// A signal that comes while a join goes on, and not while it waits, ends it with the code of the signal as well, unless
// it has come to its end meanwhile.
func TestKillSignalsMeanwhile(t *testing.T) {
	all := sends(t)
	ended := map[int]int{}
	for at := 1; at <= all; at += 3 {
		l, _ := held(t, at)
		var out, said bytes.Buffer
		c := process(t, append(l.args, "--json")...)
		c.Stdout, c.Stderr = &out, &said
		started := make(chan struct{})
		l.when(at, func() { <-started; _ = c.Process.Signal(syscall.SIGTERM) }) // it goes on, so that it is there
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		close(started)
		_ = c.Wait() // its code says how it ended
		r, _ := l.ended(t, c.ProcessState.ExitCode(), out.String(), said.String())
		ended[r.ExitCode]++
		if r.ExitCode != 143 && r.Outcome != flow.Joined {
			t.Errorf("at %d: %+v, %s", at, r, &said)
		}
	}
	if t.Logf("exit codes: %v", ended); ended[143] == 0 {
		t.Error("no signal came in time")
	}
}

// A signal ends whatever else the screen shows, too, whether anything goes on or not.
func TestKillSignalsOnScreens(t *testing.T) {
	begun := func(l *lined) []string { return l.args }
	for i, c := range []struct {
		what string
		args func(*lined) []string // of a join; nil: the home screen
		do   [][2]string           // what is shown, and what is typed then
	}{
		{"home", nil, [][2]string{{"Start here", ""}}},
		{"the form", nil, [][2]string{{"Start here", "jjj\r"}, {"fill in room", ""}}},
		{"the first step not done", begun, [][2]string{{"Joining", ""}}},
		{"between two steps", begun, [][2]string{{"Joining", "."}, {"resolve", ""}}},
		{"asked before send_join", func(l *lined) []string {
			return slices.DeleteFunc(slices.Clone(l.args), func(arg string) bool { return arg == "--yes" })
		}, [][2]string{{"Joining", "c"}, {"Send", ""}}},
		{"over", begun, [][2]string{{"Joining", "c"}, {"DONE", ""}}},
		{"help", begun, [][2]string{{"Joining", "?"}, {"do the next step", ""}}},
	} {
		signal := []syscall.Signal{syscall.SIGTERM, syscall.SIGINT, syscall.SIGHUP, syscall.SIGQUIT}[i%4]
		var args []string
		if c.args != nil {
			l, _ := held(t, 0)
			args = c.args(l)
		}
		s := onTerminal(t, process(t, args...))
		for _, step := range c.do {
			if !s.shows(step[0]) {
				break
			}
			s.keys(step[1])
		}
		s.signal(signal)
		code, took, stderr := s.ends()
		t.Logf("%s, %s: %s", c.what, signal, took.Round(time.Millisecond))
		if code != 128+int(signal) || strings.Contains(stderr, "to leave again") {
			t.Errorf("%s, %s: exit code %d, %s", c.what, signal, code, stderr)
		}
	}
}
