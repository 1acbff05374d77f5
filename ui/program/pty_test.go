//go:build unix

package program

import (
	"bytes"
	"os"
	"os/exec"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/charmbracelet/x/term"
	"github.com/creack/pty"

	"doorstep/client"
)

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

// stuckOrDone waits until the network of a join takes nothing more, or the join is over before.
func (s *terminal) stuckOrDone(stuck <-chan struct{}) {
	s.t.Helper()
	s.until("DONE", func(shown []byte) bool {
		select {
		case <-stuck:
			return true
		default:
			return bytes.Contains(shown, []byte("DONE"))
		}
	})
}

// parting is what was written once the screen was left, after ends.
func (s *terminal) parting() string {
	return string(s.shown[bytes.LastIndex(s.shown, []byte(modes[0][1]))+1:])
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
