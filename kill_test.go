//go:build unix

package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/charmbracelet/x/term"
	"github.com/creack/pty"

	"doorstep/client"
	"doorstep/flow"
	"doorstep/flow/recording"
	"doorstep/flow/sandbox"
	"doorstep/flow/sandbox/sandboxtest"
	"doorstep/ui/command"
)

func init() {
	helpers["limited"] = limited
	helpers["faulty"] = faulty
}

// faulty is the program in which something panics in a goroutine, once the file $FAULTY is there; or what writes to
// standard output, once it is to write $FAULTY_OUTPUT.
func faulty() {
	client.Go(func() {
		for {
			if _, err := os.Stat(os.Getenv("FAULTY")); err == nil {
				panic("on \x1b[2Jpurpose")
			}
			time.Sleep(time.Millisecond) // between two looks
		}
	})
	out := io.Writer(os.Stdout)
	if at := os.Getenv("FAULTY_OUTPUT"); at != "" {
		out = faultyWriter(at)
	}
	os.Exit(command.Run(os.Args[1:], out, os.Stderr))
}

type faultyWriter string

func (w faultyWriter) Write(b []byte) (int, error) {
	if strings.Contains(string(b), string(w)) {
		panic("on \x1b[2Jpurpose")
	}
	return os.Stdout.Write(b)
}

// limited is the program where files have room for $LIMIT bytes and no more, which is an error in writing and no
// signal.
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

// Where there is no room, every command that writes files leaves each of them whole or as it was, says so in a line,
// and exits with 1.
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

// A disk that is full under a tap changes no answer: every join that passes goes its way and is told, each recording
// that is not whole is named once, and the code is that of the join where one is asked for.
func TestKillNoRoomUnderATap(t *testing.T) {
	const server = "resident.example"
	for _, c := range []struct {
		scenario    string
		comes       flow.Outcome
		room, joins int // bytes that a file has room for
		named       int // recordings that are not whole
	}{
		{"public-v12", flow.Joined, 0, 1, 1}, {"public-v12", flow.Joined, 300, 1, 1}, {"public-v12", flow.Joined, 2500, 1, 1},
		{"not-invited", flow.Refused, 1000, 3, 3}, {"not-invited", flow.Refused, 1 << 20, 2, 0},
	} {
		t.Run(fmt.Sprintf("%s in %d bytes", c.scenario, c.room), func(t *testing.T) {
			scenario, ok := sandbox.Lookup(c.scenario)
			if !ok {
				t.Fatal("no such scenario")
			}
			dir := t.TempDir()
			f, listen, err := beforeTap(t.Context(), scenario, server, dir)
			if err != nil {
				t.Fatal(err)
			}
			defer f.Stop()
			p := process(t, "tap", "--listen", listen, "--upstream", "https://"+f.Address(server), "--upstream-name", server,
				"--ca", filepath.Join(dir, "ca.pem"), "--tls-cert", filepath.Join(dir, "cert.pem"),
				"--tls-key", filepath.Join(dir, "key.pem"), "--record", filepath.Join(dir, "joins"), "--json", "--quiet", "1s")
			if c.joins == 1 {
				p.Args = append(p.Args, "--once")
			}
			p.Args[0] = "limited"
			p.Env = append(p.Env, "LIMIT="+strconv.Itoa(c.room))
			var said bytes.Buffer
			p.Stderr = &said
			out, err := p.StdoutPipe()
			if err == nil {
				err = p.Start()
			}
			if err != nil {
				t.Fatal(err)
			}
			if !stands(t.Context(), listen) {
				t.Fatal("no tap stands there")
			}
			told := json.NewDecoder(out)
			for range c.joins { // one after the other: those of one user are one join while they go on
				trace, err := joinThrough(t.Context(), f, server, listen)
				if got := flow.Fold(trace).Outcome(); err != nil || got != c.comes {
					t.Errorf("the join is %s: %v", got, err)
				}
				var one struct {
					Outcome flow.Outcome `json:"outcome"`
				}
				if err := told.Decode(&one); err != nil || one.Outcome != c.comes {
					t.Errorf("a join is told as %q: %v", one.Outcome, err)
				}
			}
			want := 0
			if c.joins > 1 {
				want = 130
				_ = p.Process.Signal(os.Interrupt) // it waits for joins
			}
			_ = p.Wait() // its code says how it ended
			if code := p.ProcessState.ExitCode(); code != want {
				t.Errorf("exit code %d, not %d", code, want)
			}
			if n := strings.Count(said.String(), syscall.EFBIG.Error()); n != c.named {
				t.Errorf("%d recordings are named, not %d: %s", n, c.named, &said)
			}
			n := strings.Count(said.String(), "recording is not whole") + strings.Count(said.String(), "not recorded")
			if n != c.named {
				t.Errorf("%d recordings are said to be lost, not %d: %s", n, c.named, &said)
			}
		})
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

// A line is the network between a joining server and a federation. It counts what passes, a connection that is made,
// and what is sent over one in either direction, and does something once it has come to a number.
type line struct {
	at int    // 0: nothing is done
	do func() // before what has that number passes

	mu      sync.Mutex
	passed  int
	open    []io.Closer
	closed  bool
	stopped chan struct{} // nothing passes any more
}

// before takes in that something is about to pass; false: it does not.
func (l *line) before() bool {
	l.mu.Lock()
	l.passed++
	now := l.passed == l.at
	l.mu.Unlock()
	if now {
		l.do()
	}
	select {
	case <-l.stopped:
		return false
	default:
		return true
	}
}

// cut closes every connection, and takes no others.
func (l *line) cut() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.closed = true
	for _, c := range l.open {
		_ = c.Close() // it may be closed already
	}
}

// keep has c closed with the line; false: that is cut.
func (l *line) keep(c io.Closer) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.open = append(l.open, c)
	return !l.closed
}

// to returns an address that leads to another by this line.
func (l *line) to(t *testing.T, address string) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l.keep(listener)
	client.Go(func() {
		for {
			near, err := listener.Accept()
			if err != nil {
				return
			}
			far, err := net.Dial("tcp", address)
			if err != nil || !l.keep(near) || !l.keep(far) {
				l.cut() // the new ones too
				return
			}
			if !l.before() {
				return
			}
			client.Go(func() { l.pass(far, near) })
			client.Go(func() { l.pass(near, far) })
		}
	})
	return listener.Addr().String()
}

// pass passes on what is sent, piece by piece.
func (l *line) pass(to, from net.Conn) {
	piece := make([]byte, 64<<10)
	for {
		n, err := from.Read(piece)
		if n > 0 {
			if !l.before() {
				return
			}
			if _, err := to.Write(piece[:n]); err != nil {
				return
			}
		}
		if err != nil {
			_ = to.Close() // so that the other side knows
			return
		}
	}
}

// A lined is a join with a federation over a line: its arguments, and the file of its recording.
type lined struct {
	*line
	args []string
	file string
}

func newLined(t *testing.T, b *sandboxtest.Beside, key string) *lined {
	t.Helper()
	l := &lined{line: &line{stopped: make(chan struct{})}, file: filepath.Join(t.TempDir(), "r.jsonl")}
	t.Cleanup(l.cut)
	args := b.Args()
	for i, arg := range args {
		for _, pin := range b.Pins {
			if arg == pin {
				at := strings.LastIndex(pin, ":127.0.0.1:") + 1
				args[i] = pin[:at] + l.to(t, pin[at:])
			}
		}
	}
	l.args = append([]string{"join", b.Alias, "--yes", "--key", key, "--timeout", "20s", "--record", l.file}, args...)
	return l
}

// keyedFederation starts the servers of a join, and makes a key for it.
func keyedFederation(t *testing.T) (*sandboxtest.Beside, string) {
	t.Helper()
	b := federation(t, "public-v12")
	key := filepath.Join(t.TempDir(), "signing.key")
	var out bytes.Buffer
	if code := command.Run([]string{"keygen", key}, &out, &out); code != 0 {
		t.Fatal(code, out.String())
	}
	return b, key
}

// A toldEnd is what a join prints of its end.
type toldEnd struct {
	Outcome  flow.Outcome
	ExitCode int  `json:"exit_code"`
	May      bool `json:"may_have_joined"`
	Undo     string
}

// ended errs unless a join over a line ended as one does that is told of: the code is that of the report, the recording
// is whole, and a join that may stand comes with the command that takes it back.
func (l *lined) ended(t *testing.T, code int, stdout, stderr string) (r toldEnd, unfinished bool) {
	t.Helper()
	if err := json.Unmarshal([]byte(stdout), &r); err != nil || r.ExitCode != code {
		t.Errorf("at %d: exit code %d, %+v, %v, %s", l.at, code, r, err, stderr)
	}
	trace, cut := recorded(t, l.file)
	if trace == nil || cut {
		t.Errorf("at %d: the recording is not whole", l.at)
		return r, false
	}
	if unfinished = explained(t, trace, l.file); unfinished && (!r.May || !strings.Contains(r.Undo, " --leave") ||
		!strings.Contains(stderr, "to leave again:\ndoorstep join")) {
		t.Errorf("at %d: the join may stand, and it says %+v, %s", l.at, r, stderr)
	}
	return r, unfinished
}

// passes is how much passes in a join over a line that nothing happens to.
func passes(t *testing.T, b *sandboxtest.Beside, key string) int {
	t.Helper()
	l := newLined(t, b, key)
	var out, said bytes.Buffer
	c := process(t, append(l.args, "--json")...)
	c.Stdout, c.Stderr = &out, &said
	if err := c.Run(); err != nil {
		t.Fatalf("%v\n%s%s", err, &out, &said)
	}
	if r, _ := l.ended(t, 0, out.String(), said.String()); r.Outcome != flow.Joined {
		t.Fatalf("%+v", r)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.passed
}

// The network is cut at every point of a join: it ends with the code of its outcome, and its recording is whole.
func TestKillNetwork(t *testing.T) {
	b, key := keyedFederation(t)
	all := passes(t, b, key)
	outcomes, unfinished := map[flow.Outcome]int{}, 0
	for at := 1; at <= all; at++ {
		l := newLined(t, b, key)
		l.at, l.do = at, sync.OnceFunc(func() { close(l.stopped); l.cut() })
		var out, said bytes.Buffer
		c := process(t, append(l.args, "--json")...)
		c.Stdout, c.Stderr = &out, &said
		_ = c.Run() // its code says how it ended
		r, left := l.ended(t, c.ProcessState.ExitCode(), out.String(), said.String())
		outcomes[r.Outcome]++
		if left {
			unfinished++
		}
	}
	t.Logf("cut at %d points of a join: %v; %d may stand, each with the command that takes it back", all, outcomes, unfinished)
	if unfinished == 0 || outcomes[flow.Unreachable] == 0 {
		t.Error("not every phase was come to")
	}
}

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
		took, code := interrupted(t, program, c.args, c.feeds)
		t.Logf("%v: %s", c.args, took.Round(time.Millisecond))
		if code != 130 {
			t.Errorf("%v: exit code %d", c.args, code)
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

// interrupted starts a command, sends SIGINT a moment later, and returns how long after that it ended, and its exit
// code.
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

// A terminal is a pseudo-terminal with a program in it.
type terminal struct {
	t      *testing.T
	cmd    *exec.Cmd
	ours   *os.File // this end of it
	theirs *os.File
	before term.State

	mu      sync.Mutex
	shown   []byte
	all     chan struct{} // everything was read
	stderr  bytes.Buffer
	waiting chan error
}

// onTerminal starts a command on a terminal, but for its standard error.
func onTerminal(t *testing.T, c *exec.Cmd) *terminal {
	t.Helper()
	ours, theirs, err := pty.Open()
	if err != nil {
		t.Skip("no pseudo-terminal here: ", err)
	}
	s := &terminal{t: t, cmd: c, ours: ours, theirs: theirs, all: make(chan struct{}), waiting: make(chan error, 1)}
	t.Cleanup(func() { s.theirs.Close(); s.ours.Close() })
	if err := pty.Setsize(ours, &pty.Winsize{Cols: 100, Rows: 30}); err != nil {
		t.Fatal(err)
	}
	s.before = s.state()
	c.Stdin, c.Stdout, c.Stderr = theirs, theirs, &s.stderr
	c.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	client.Go(func() { s.waiting <- c.Wait() })
	client.Go(func() {
		defer close(s.all)
		piece := make([]byte, 32<<10)
		for {
			n, err := ours.Read(piece)
			s.mu.Lock()
			s.shown = append(s.shown, piece[:n]...)
			s.mu.Unlock()
			if err != nil { // nobody has it open any more
				return
			}
		}
	})
	return s
}

func (s *terminal) state() term.State {
	s.t.Helper()
	state, err := term.GetState(s.theirs.Fd())
	if err != nil {
		s.t.Fatal(err)
	}
	return *state
}

// keys types something.
func (s *terminal) keys(keys string) {
	if _, err := s.ours.WriteString(keys); err != nil {
		s.t.Error(err)
	}
}

// until waits until something was written to the terminal, or what is the case anyhow.
func (s *terminal) until(what string, is func(shown []byte) bool) bool {
	s.t.Helper()
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		s.mu.Lock()
		shown := bytes.Clone(s.shown)
		s.mu.Unlock()
		if is(shown) {
			return true
		}
	}
	s.t.Errorf("%s never came; the screen was sent %q", what, s.shown)
	return false
}

// shows waits until a text was written to the terminal.
func (s *terminal) shows(text string) bool {
	s.t.Helper()
	return s.until(text, func(shown []byte) bool { return bytes.Contains(shown, []byte(text)) })
}

// modes are what a screen sets of a terminal, and what takes that back.
var modes = [][2]string{{"\x1b[?1049h", "\x1b[?1049l"}, {"\x1b[?25l", "\x1b[?25h"}, {"\x1b[?2004h", "\x1b[?2004l"},
	{"\x1b[?1002h", "\x1b[?1002l"}, {"\x1b[?1006h", "\x1b[?1006l"}}

// ends waits for the end of the program, and errs unless the terminal is as it was. It returns the exit code, how long
// that took, and what was said on standard error.
func (s *terminal) ends() (code int, took time.Duration, stderr string) {
	s.t.Helper()
	begun := time.Now()
	select {
	case <-s.waiting: // its code says how it ended
	case <-time.After(30 * time.Second):
		s.t.Errorf("it goes on: it is ended with all its goroutines told")
		_ = s.cmd.Process.Signal(syscall.SIGABRT)
		<-s.waiting
	}
	took = time.Since(begun)
	if after := s.state(); after != s.before {
		s.t.Errorf("the terminal is %+v, and was %+v", after, s.before)
	}
	s.theirs.Close()
	<-s.all
	if !bytes.Contains(s.shown, []byte(modes[0][0])) {
		s.t.Errorf("there was no screen: %q", s.shown)
	}
	for _, m := range modes {
		if bytes.LastIndex(s.shown, []byte(m[0])) > bytes.LastIndex(s.shown, []byte(m[1])) {
			s.t.Errorf("after %q there is no %q", m[0], m[1])
		}
	}
	return s.cmd.ProcessState.ExitCode(), took, s.stderr.String()
}

// faultyEnd errs unless a program ended as one does in which something panicked.
func faultyEnd(t *testing.T, what string, code int, stderr string, may bool) {
	t.Helper()
	if code != 2 || strings.Count(stderr, "internal error: on") != 1 || strings.Contains(stderr, "\x1b[2J") ||
		!strings.Contains(stderr, "goroutine") || strings.Count(stderr, "purpose") != 1 {
		t.Errorf("%s: exit code %d, it says %q", what, code, stderr)
	}
	undo := strings.Contains(stderr, "accepted the join of ") &&
		strings.Contains(stderr, "; to leave again:\ndoorstep join ")
	if undo != may {
		t.Errorf("%s: the join may stand: %t; how to take it back is told: %t: %q", what, may, undo, stderr)
	}
}

// mayStand reports whether the join of a recording may stand.
func (l *lined) mayStand(t *testing.T) bool {
	t.Helper()
	trace, _ := recorded(t, l.file)
	if trace == nil {
		return false
	}
	_, may := flow.Fold(*trace).MayStand()
	return may
}

// held starts a join of a federation of its own, whose line takes nothing more from a point on: 0, never. The network
// is alone there where stuck is closed.
func held(t *testing.T, at int) (l *lined, stuck chan struct{}) {
	t.Helper()
	b, key := keyedFederation(t)
	l, stuck = newLined(t, b, key), make(chan struct{})
	l.at, l.do = at, func() { close(stuck); <-l.stopped }
	t.Cleanup(func() { close(l.stopped) })
	return l, stuck
}

// sends is at how many points of a join something passes.
func sends(t *testing.T) int {
	t.Helper()
	b, key := keyedFederation(t)
	return passes(t, b, key)
}

// A panic anywhere on the screen of a join gives the terminal back, and says what happened, where it is recorded, and
// how the join is taken back that may stand.
func TestKillPanicOnScreen(t *testing.T) {
	all := sends(t)
	told := map[bool]int{}
	for _, at := range []int{1, all / 2, all - 8, all - 2, 0} {
		l, stuck := held(t, at)
		c := process(t, l.args...)
		c.Args[0] = "faulty"
		fault := filepath.Join(t.TempDir(), "now")
		c.Env = append(c.Env, "FAULTY="+fault)
		s := onTerminal(t, c)
		s.shows("Joining")
		s.keys("c")
		if at > 0 {
			<-stuck
		} else {
			s.shows("DONE")
		}
		if err := os.WriteFile(fault, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		code, _, stderr := s.ends()
		may := l.mayStand(t)
		told[may]++
		faultyEnd(t, fmt.Sprint("at ", at), code, stderr, may)
		if !strings.Contains(stderr, "recorded up to then in "+l.file) {
			t.Errorf("at %d: where it is recorded is not said: %q", at, stderr)
		}
	}
	t.Logf("panics in a join on the screen: %d when it had not been sent, %d when it may stand", told[false], told[true])
	if told[false] == 0 || told[true] == 0 {
		t.Error("not every phase was come to")
	}
}

// A panic on the other screens, and of what writes the lines of a join, ends the same way.
func TestKillPanic(t *testing.T) {
	b, _ := keyedFederation(t)
	for _, c := range []struct {
		shows string // on the screen
		args  []string
	}{
		{"Different", []string{"diff", "public-v12", "banned"}},
		{"check of", append([]string{"check", "resident.example", "--server-name", "joining.example"},
			b.Args()[2:]...)},
		{"Waiting", []string{"host", "public-v12", "--listen", "127.0.0.1:0"}},
		{"Start here", nil},
	} {
		fault := filepath.Join(t.TempDir(), "now")
		p := process(t, c.args...)
		p.Args[0] = "faulty"
		p.Env = append(p.Env, "FAULTY="+fault)
		s := onTerminal(t, p)
		s.shows(c.shows)
		if err := os.WriteFile(fault, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		code, _, stderr := s.ends()
		faultyEnd(t, fmt.Sprint(c.args), code, stderr, false)
	}
	for _, at := range []string{`"id":"A4"`, `"id":"A6"`, `"outcome":"joined"`} {
		l, _ := held(t, 0)
		p := process(t, append(l.args, "--ndjson")...)
		p.Args[0] = "faulty"
		p.Env = append(p.Env, "FAULTY_OUTPUT="+at)
		var said bytes.Buffer
		p.Stderr = &said
		_ = p.Run() // its code says how it ended
		faultyEnd(t, at, p.ProcessState.ExitCode(), said.String(), l.mayStand(t))
		if !strings.Contains(said.String(), "faultyWriter") {
			t.Errorf("%s: where it panicked is not said: %s", at, &said)
		}
	}
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
			<-stuck
			s.signal(signal)
			code, took, stderr = s.ends()
		} else {
			var out, said bytes.Buffer
			c := process(t, append(l.args, form)...)
			c.Stdout, c.Stderr = &out, &said
			if err := c.Start(); err != nil {
				t.Fatal(err)
			}
			<-stuck
			begun := time.Now()
			if err := c.Process.Signal(signal); err != nil {
				t.Error(what, err)
			}
			_ = c.Wait() // its code says how it ended
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
		l.do = func() { _ = c.Process.Signal(syscall.SIGTERM) } // it goes on, so that it is there
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
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
