package interop

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"doorstep/flow/interop/homeserver"
)

// On a terminal a join is sent once its user has said so, and not before.
func TestAsksOnATerminal(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("tmux"); err != nil {
		t.Skip("tmux is not installed")
	}
	authority := homeserver.NewAuthority(t)
	s := homeserver.Start(t, homeserver.Dendrite, authority)
	j, alice := newJoiner(t, authority), s.Register(t, "alice")
	for _, c := range []struct{ answer, shows, membership string }{
		{"n", "the join was not sent", ""},
		{"y", "joined", "join"},
	} {
		t.Run(c.answer, func(t *testing.T) {
			room := alice.CreateRoom(t, homeserver.Room{Version: "12", Preset: "public_chat"})
			screen := newScreen(t)
			screen.runs(slices.DeleteFunc(j.args(room, "--via", s.Name), func(a string) bool { return a == "--yes" }))
			screen.wait("Joining")
			screen.keys("c")
			screen.wait("Send the join?")
			screen.wait("becomes a member of")
			if got := alice.Membership(t, room, j.user()); got != "" {
				t.Errorf("before the answer the membership is %q", got)
			}
			screen.keys(c.answer)
			screen.wait(c.shows)
			screen.keys("q")
			screen.wait("code 0")
			if got := alice.Membership(t, room, j.user()); got != c.membership {
				t.Errorf("the membership is %q, want %q", got, c.membership)
			}
		})
	}
}

// On a terminal somebody who is in the room already is asked whether to leave: the join that --leave would undo is not
// what brought them in.
func TestAsksAMemberOnATerminal(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("tmux"); err != nil {
		t.Skip("tmux is not installed")
	}
	authority := homeserver.NewAuthority(t)
	s := homeserver.Start(t, homeserver.Dendrite, authority)
	j, alice := newJoiner(t, authority), s.Register(t, "alice")
	room := alice.CreateRoom(t, homeserver.Room{Version: "12", Preset: "public_chat"})
	joined(t, j.join(t, room, "--via", s.Name), room, "12")
	for _, c := range []struct{ answer, membership string }{{"n", "join"}, {"y", "leave"}} {
		t.Run(c.answer, func(t *testing.T) {
			screen := newScreen(t)
			screen.runs(j.args(room, "--via", s.Name, "--leave"))
			screen.wait("Joining")
			screen.keys("c")
			screen.wait("Leave all the same?")
			if got := alice.Membership(t, room, j.user()); got != "join" {
				t.Errorf("before the answer the membership is %q, want join", got)
			}
			screen.keys(c.answer)
			if c.answer == "n" {
				screen.wait("the leave was not sent")
			} else {
				screen.wait("left again")
			}
			screen.keys("q")
			screen.wait("code 0")
			if got := alice.Membership(t, room, j.user()); got != c.membership {
				t.Errorf("the membership is %q, want %q", got, c.membership)
			}
		})
	}
}

// A screen is a terminal with a shell in it, in a tmux server of its own.
type screen struct {
	t      *testing.T
	server string
}

func newScreen(t *testing.T) *screen {
	t.Helper()
	s := &screen{t, fmt.Sprintf("doorstep-interop-%d-%s", os.Getpid(), strings.NewReplacer("/", "-").Replace(t.Name()))}
	s.tmux("new-session", "-d", "-x", "100", "-y", "30", "-e", "LC_ALL=C.UTF-8", "-e", "CI=",
		"-e", "XDG_STATE_HOME="+os.Getenv("XDG_STATE_HOME"), "sh")
	t.Cleanup(func() { s.tmux("kill-server") })
	return s
}

func (s *screen) tmux(args ...string) string {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	out, err := exec.CommandContext(ctx, "tmux", append([]string{"-L", s.server, "-f", "/dev/null"}, args...)...).CombinedOutput()
	if err != nil {
		s.t.Fatalf("tmux %v: %v\n%s", args, err, out)
	}
	return string(out)
}

func (s *screen) keys(keys ...string) {
	s.t.Helper()
	s.tmux(append([]string{"send-keys"}, keys...)...)
}

// runs types a command line of the program, and one that tells its exit code.
func (s *screen) runs(args []string) {
	s.t.Helper()
	s.keys("-l", program+" '"+strings.Join(args, "' '")+"'; echo co''de $?\n")
}

// wait waits until a text is on the screen.
func (s *screen) wait(text string) {
	s.t.Helper()
	deadline := time.After(30 * time.Second)
	poll := time.NewTicker(25 * time.Millisecond)
	defer poll.Stop()
	for {
		shown := s.tmux("capture-pane", "-p")
		if strings.Contains(shown, text) {
			return
		}
		select {
		case <-deadline:
			s.t.Fatalf("%q never came to the screen, which shows\n%s", text, shown)
		case <-poll.C:
		}
	}
}
