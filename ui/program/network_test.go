//go:build unix

package program

import (
	"bytes"
	"encoding/json"
	"io"
	"net"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"doorstep/client"
	"doorstep/flow"
	"doorstep/flow/sandbox/sandboxtest"
	"doorstep/ui/command"
)

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

// when has something done before what has that number passes.
func (l *line) when(at int, do func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.at, l.do = at, do
}

// before takes in that something is about to pass; false: it does not.
func (l *line) before() bool {
	l.mu.Lock()
	l.passed++
	now, do := l.passed == l.at, l.do
	l.mu.Unlock()
	if now {
		do()
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
		l.when(at, sync.OnceFunc(func() { close(l.stopped); l.cut() }))
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
// is alone there where stuck is closed, which never happens when the join is over earlier: in how many pieces something
// is sent differs from run to run.
func held(t *testing.T, at int) (l *lined, stuck chan struct{}) {
	t.Helper()
	b, key := keyedFederation(t)
	l, stuck = newLined(t, b, key), make(chan struct{})
	l.when(at, func() { close(stuck); <-l.stopped })
	t.Cleanup(func() { close(l.stopped) })
	return l, stuck
}

// sends is at how many points of a join something passes.
func sends(t *testing.T) int {
	t.Helper()
	b, key := keyedFederation(t)
	return passes(t, b, key)
}

// On the screen a cut network ends the handshake with a finding. The screen goes on, and whoever leaves it is told the
// same as by the recording, with the command that takes the join back that may stand.
func TestKillNetworkOnScreen(t *testing.T) {
	all := sends(t)
	outcomes, unfinished := map[flow.Outcome]int{}, 0
	for at := 1; at <= all; at += 2 {
		b, key := keyedFederation(t)
		l := newLined(t, b, key)
		l.when(at, sync.OnceFunc(func() { close(l.stopped); l.cut() }))
		s := onTerminal(t, process(t, l.args...))
		s.shows("Joining")
		s.keys("c")
		s.shows("DONE")
		s.keys("?") // the keys are still there
		s.shows("do the next step")
		s.keys("?")
		s.keys("q")
		code, _, stderr := s.ends()
		shown := s.parting()

		var out, said bytes.Buffer
		var r toldEnd
		if command.Run([]string{"replay", l.file, "--json"}, &out, &said); json.Unmarshal(out.Bytes(), &r) != nil {
			t.Errorf("at %d: the recording does not replay: %s", at, &said)
			continue
		}
		outcomes[r.Outcome]++
		if code != r.ExitCode || !strings.Contains(shown, "outcome: "+string(r.Outcome)) {
			t.Errorf("at %d: exit code %d of %+v, %q", at, code, r, shown)
		}
		if r.Outcome != flow.Joined && !strings.Contains(shown, "finding: ") {
			t.Errorf("at %d: it says of no finding: %q", at, shown)
		}
		if r.May != strings.Contains(stderr, "to leave again:\ndoorstep join") {
			t.Errorf("at %d: it may stand: %t, and it says %s", at, r.May, stderr)
		}
		if r.May {
			unfinished++
		}
	}
	t.Logf("cut at %d points of a join on the screen: %v; %d may stand, each with the command that takes it back",
		(all+1)/2, outcomes, unfinished)
	if unfinished == 0 || outcomes[flow.Unreachable] == 0 {
		t.Error("not every phase was come to")
	}
}
