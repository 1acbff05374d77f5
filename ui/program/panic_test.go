//go:build unix

package program

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"doorstep/client"
	"doorstep/ui/command"
)

func init() { helpers["faulty"] = faulty }

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
			s.stuckOrDone(stuck)
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
