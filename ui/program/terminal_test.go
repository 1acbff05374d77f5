package program

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/creack/pty"

	"doorstep/flow/tour"
)

// TestHelpAsksTheTerminalNothing runs --help and --version on a terminal that answers nothing: they print, and are
// done.
func TestHelpAsksTheTerminalNothing(t *testing.T) {
	program := build(t)
	for _, flag := range []string{"--help", "--version"} {
		for _, term := range []string{"xterm-256color", "linux", "vt100", ""} {
			t.Run(flag+" "+term, func(t *testing.T) {
				ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
				defer cancel()
				cmd := exec.CommandContext(ctx, program, flag)
				cmd.Env = append(environmentWithout("CI", "TERM"), "TERM="+term)
				begun := time.Now()
				terminal, err := pty.Start(cmd)
				if err != nil {
					t.Skip("no pseudo-terminal here: ", err)
				}
				defer terminal.Close()
				out, _ := io.ReadAll(terminal) // ends in EIO when the program has
				if err := cmd.Wait(); err != nil {
					t.Fatal(err)
				}
				if took := time.Since(begun); took > 500*time.Millisecond {
					t.Errorf("took %v: it waits for an answer of the terminal", took)
				}
				if bytes.ContainsRune(out, 0x1b) {
					t.Errorf("escape bytes in %q", out)
				}
				if !bytes.Contains(bytes.ToLower(out), []byte("doorstep")) {
					t.Errorf("printed %q", out)
				}
			})
		}
	}
}

// A screen is a shell in a terminal of its own, driven through tmux.
type screen struct {
	t      *testing.T
	server string // tmux's own server of this test, so that nobody else's sessions are touched
}

// newScreen opens a terminal of that size with a shell in it. Without tmux the test is skipped, except where the
// environment says that it must run.
func newScreen(t *testing.T, width, height int, env ...string) *screen {
	t.Helper()
	if _, err := exec.LookPath("tmux"); err != nil {
		if os.Getenv("DOORSTEP_TERMINAL") != "" {
			t.Fatal("tmux is not installed")
		}
		t.Skip("tmux is not installed")
	}
	s := &screen{t, fmt.Sprintf("doorstep-%d-%s", os.Getpid(), strings.NewReplacer("/", "-", " ", "-").Replace(t.Name()))}
	env = append(env, "XDG_STATE_HOME="+t.TempDir())
	args := []string{"new-session", "-d", "-c", t.TempDir(), "-x", fmt.Sprint(width), "-y", fmt.Sprint(height)}
	for _, e := range append([]string{"LC_ALL=C.UTF-8"}, env...) {
		args = append(args, "-e", e)
	}
	s.tmux(append(args, "env", "-u", "CI", "sh")...) // in CI the program opens no screen unasked
	t.Cleanup(func() { s.tmux("kill-server") })
	s.line("echo the shell is rea''dy")
	s.wait("shell is ready")
	return s
}

func (s *screen) tmux(args ...string) string {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	out, err := exec.CommandContext(ctx, "tmux", append([]string{"-L", s.server, "-f", "/dev/null"},
		args...)...).CombinedOutput()
	if err != nil {
		s.t.Fatalf("tmux %v: %v\n%s", args, err, out)
	}
	return string(out)
}

func (s *screen) text() string { return s.tmux("capture-pane", "-p") }

// keys types keys, by their tmux names.
func (s *screen) keys(keys ...string) { s.tmux(append([]string{"send-keys"}, keys...)...) }

// line types a shell command.
func (s *screen) line(command string) { s.keys("-l", command); s.keys("Enter") }

// wait returns the screen once every one of the texts is on it.
func (s *screen) wait(texts ...string) string {
	s.t.Helper()
	deadline := time.Now().Add(20 * time.Second)
	for {
		got, missing := s.text(), ""
		for _, want := range texts {
			if !strings.Contains(got, want) {
				missing = want
			}
		}
		if missing == "" {
			return got
		}
		if time.Now().After(deadline) {
			s.t.Fatalf("%q never came to the screen, which shows\n%s", missing, got)
		}
		time.Sleep(20 * time.Millisecond) // between two looks at the screen
	}
}

// TestTerminalFirstMinute is a new user's first minute: the program explains itself, the handshake is stepped through
// arrow by arrow, and the terminal comes back as it was.
func TestTerminalFirstMinute(t *testing.T) {
	program := build(t)
	for _, size := range [][2]int{{80, 24}, {120, 40}, {200, 60}} {
		t.Run(fmt.Sprintf("%dx%d", size[0], size[1]), func(t *testing.T) {
			s := newScreen(t, size[0], size[1])
			s.line("stty -g > before; " + program + "; stty -g > after; cmp before after && echo same termi''nal")
			s.wait("Doorstep", "Enter")
			s.keys("Enter")
			s.wait("Joining", "join")
			s.keys(".")
			s.wait("resolve")
			s.keys("c")
			s.wait("joined", "DONE") // while it runs, q asks first
			s.keys("b")
			s.keys("?")
			s.wait("Keys", "do the next step")
			s.keys("Escape")
			s.wait("Joining") // Escape and a letter at once would be another key
			s.keys("q")
			s.wait("Start here")
			s.keys("q")
			s.wait("same terminal")
		})
	}
}

// TestTerminalComesBack ends the program in every way there is: the terminal is given back, and the exit code says how
// it ended.
func TestTerminalComesBack(t *testing.T) {
	program := build(t)
	for name, c := range map[string]struct {
		end  func(*screen)
		code string
	}{
		"interrupt": {func(s *screen) { s.keys("C-c"); s.keys("C-c") }, "130"},
		"terminate": {func(s *screen) { s.signal("TERM") }, "143"},
		"hang up":   {func(s *screen) { s.signal("HUP") }, "129"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newScreen(t, 80, 24)
			s.line("stty -g > before; " + program + " sandbox public-v10; echo code $?; stty -g > after; cmp before after && " +
				"echo same terminal")
			s.wait("Joining")
			c.end(s)
			s.wait("code "+c.code, "same terminal")
		})
	}
}

// TestTerminalParting leaves a handshake: what it came to, what to do and how to see it again is in the terminal then.
func TestTerminalParting(t *testing.T) {
	program := build(t)
	s := newScreen(t, 120, 40)
	s.line(program + " sandbox banned")
	s.wait("Joining")
	s.keys("c")
	s.wait("403", "DONE") // while it runs, q asks first
	s.keys("q")
	s.wait("outcome: refused: The user is banned", "finding: banned", "what to do: Ask the moderators", "recorded in ",
		"see it again: doorstep replay 2")
	s.line("clear; " + program + " replay last")
	s.wait("Joining")
	s.keys("q")
	s.wait("outcome: refused: The user is banned", "see it again: doorstep replay last")
	s.line("clear; " + program + "; echo left co''de $?")
	s.wait("Start here")
	s.keys("q")
	if got := s.wait("left code 0"); strings.Contains(got, "outcome") {
		t.Errorf("nothing was run, and it says\n%s", got)
	}
}

// TestTerminalWrite writes a page from the screen while the handshake goes on, and again over it; the file is what
// export writes of the recording that is kept, and the terminal shows its path.
func TestTerminalWrite(t *testing.T) {
	program := build(t)
	for _, size := range [][2]int{{60, 16}, {80, 24}, {120, 40}} {
		t.Run(fmt.Sprintf("%dx%d", size[0], size[1]), func(t *testing.T) {
			s := newScreen(t, size[0], size[1])
			s.line(program + " sandbox public-v12")
			s.wait("next")
			s.keys(".")
			s.wait("resolve")
			s.keys("w")
			s.wait("write as", "Enter names the file", "so far")
			s.keys("Escape")
			s.wait("step")
			s.keys("c")
			s.wait("joined", "DONE")
			s.keys("w")
			s.wait("write as", "Written are all 2")
			s.keys("/")
			s.keys("-l", "browser")
			s.wait("filter", "html")
			s.keys("Enter")
			s.keys("Enter")
			s.wait("write to", "doorstep-public-v12.html")
			s.keys("Enter")
			s.wait("written", "/doorstep-", "copies the path")
			s.keys("Enter")
			s.wait("write to", "doorstep-public-v12-2.html")
			s.keys("-l", "doorstep-public-v12.html")
			s.keys("Enter")
			s.wait("exists")
			s.keys("y")
			s.wait("written")
			s.keys("Escape")
			s.wait("mermaid") // Escape and a letter at once would be another key
			s.keys("Escape")
			s.wait("? help")
			s.keys("q")
			s.wait("see it again")
			s.line("clear; " + program + " export --format html last > a.html; cmp a.html doorstep-public-v12.html && echo the " +
				"sa''me; ls doorstep*")
			s.wait("the same")
		})
	}
}

// TestTerminalDiff compares two handshakes on a screen: the fields of a row, a search, the way out with the code that
// says whether they differ; what was interrupted says so.
func TestTerminalDiff(t *testing.T) {
	program := build(t)
	for _, size := range [][2]int{{60, 16}, {120, 40}} {
		t.Run(fmt.Sprintf("%dx%d", size[0], size[1]), func(t *testing.T) {
			s := newScreen(t, size[0], size[1])
			s.line("stty -g > before")
			s.line(program + " diff public-v12 form-2015; echo co''de $?; stty -g > after; cmp before after && " +
				"echo same termi''nal")
			s.wait("Different: of 14 steps", "room version")
			s.keys("x", "x", "x", "Enter")
			s.wait("query /ver")
			s.keys("Escape")
			s.wait("Enter fields")
			s.keys("/")
			s.keys("-l", "tls_fingerprints")
			s.keys("Enter", "Enter")
			s.wait("answer /tls_fing")
			s.keys("q")
			s.wait("code 1", "same terminal")
			s.line("clear; " + program + " diff banned banned; echo co''de $?")
			s.wait("Equal: ")
			s.keys("q")
			s.wait("code 0")
			s.line("clear; " + program + " diff banned failover; echo co''de $?")
			s.wait("Different: ")
			s.keys("C-c")
			s.wait("code 130")
		})
	}
}

// TestTerminalTour goes through the whole tour at 80x24, question by question, with a wrong answer now and then; it is
// left in the middle, and goes on there.
func TestTerminalTour(t *testing.T) {
	program := build(t)
	s := newScreen(t, 80, 24)
	s.line("stty -g > before")
	s.line(program + " learn; echo co''de $?")
	for i, chapter := range tour.Chapters() {
		s.wait("the tour", chapter.Title, fmt.Sprintf("0 of %d", len(chapter.Stops)))
		s.keys("Enter")
		for j, stop := range chapter.Stops {
			place := fmt.Sprintf("%d of %d", j+1, len(chapter.Stops))
			s.wait(stop.Title+" "+place, "s show me")
			if j == 3 && i == 0 {
				s.keys("q")
				s.wait("the tour", "3 of 11")
				s.keys("q")
				s.wait("code 0")
				s.line("clear; " + program + " learn original; echo left co''de $?")
				s.wait(stop.Title+" "+place, "s show me")
			}
			right := stop.Right()
			if wrong := (right + 1) % len(stop.Choices); j%3 == 0 {
				s.keys(string(rune('a' + wrong)))
				s.wait("✗ " + string(rune('a'+wrong)))
			}
			s.keys(string(rune('a' + right)))
			s.wait("✓", "Enter go on")
			s.keys("Enter")
		}
		s.wait("last stop of the chapter")
		s.keys("z") // which does nothing in the contents, and says so instead
		s.wait("z does nothing here")
	}
	s.wait("✓ 11 of 11", "✓ 8 of 8", "✓ 1 of 1")
	s.keys("q")
	s.wait("left code 0")
	s.line("clear; stty -g > after; cmp before after && echo same termi''nal")
	s.wait("same terminal")
	s.line("clear; " + program + " learn --restart; echo begun co''de $?")
	s.wait("0 of 11")
	s.keys("q")
	s.wait("begun code 0")
}

// TestTerminalWhatIf edits steps of a handshake on a terminal: by a ready change, whose answer, finding and diff are
// seen next to the branch without it, and in an editor, which has the terminal to itself meanwhile, keys that send
// signals and a suspension included.
func TestTerminalWhatIf(t *testing.T) {
	program := build(t)
	folder := t.TempDir()
	editor := filepath.Join(folder, "an editor")
	err := os.WriteFile(editor, []byte(`#!/bin/sh
trap 'echo the editor was inter""rupted' INT
echo "editing in $(stty -a | grep -o '[-]*icanon')"
answer=none
while [ $answer = none ]; do read answer || answer=none; done
sed -i 's/"depth": .*/"depth": 1,/' "$2"
exit "$answer"
`), 0o700)
	if err != nil {
		t.Fatal(err)
	}
	for _, size := range [][2]int{{60, 16}, {80, 24}, {120, 40}} {
		t.Run(fmt.Sprintf("%dx%d", size[0], size[1]), func(t *testing.T) {
			s := newScreen(t, size[0], size[1])
			s.line("stty -g > before; export EDITOR=\"'" + editor + "' -w\" TMPDIR=" + folder + "; unset VISUAL; clear")
			s.line(program + " sandbox public-v12; echo co''de $?; stty -g > after; cmp before after && echo same termi''nal")
			s.wait("Joining")
			toSigning(s)
			s.keys("E")
			s.wait("What if L1 went otherwise?", "Edit in $EDITOR", "Enter does it")
			s.keys("/")
			s.keys("-l", "other-key")
			s.keys("Enter")
			s.wait("signed with another key", "does not hold")
			s.keys("e")
			s.wait("By the rules: 403 M_FORBIDDEN")
			s.keys("Enter")
			s.wait("branch 1/2 edited", "~ edited", "PUT send_join")
			s.keys(".")
			s.wait("403 M_FORBIDDEN; une")
			s.keys("k", "k")
			if size[1] >= 40 { // the phases have heads
				s.keys("k")
			}
			s.keys("d")
			s.wait("as it would have been / as it was", "Enter choose")
			s.keys("d")
			s.wait("would have been signed")
			s.keys("F")
			s.wait("finds the signature of our")
			s.keys("O")
			s.wait("branch 2/2 unedited")
			s.keys("c")
			s.wait("joined")
			s.keys("q")
			s.wait("code 1", "same terminal")

			s.line("clear; " + program + " sandbox public-v11")
			s.wait("Joining")
			toSigning(s)
			s.keys("E", "Enter")
			s.wait("editing in icanon")
			s.keys("C-c")
			s.wait("the editor was interrupted")
			s.keys("C-z")
			s.wait("Stopped")
			s.line("clear; fg; echo co''de $?; stty -g > after; cmp before after && echo same termi''nal")
			s.tmux("resize-window", "-x", "100", "-y", "30")
			s.line("3")
			s.wait("exit status 3", "What if L1")
			s.keys("Enter")
			s.wait("editing in icanon")
			s.line("0")
			s.wait("branch 1/2 edited", "~ edited", "PUT send_join")
			s.keys("c")
			s.wait("joined")
			s.keys("q")
			s.wait("code 0", "same terminal")
			if left, _ := filepath.Glob(filepath.Join(folder, "doorstep-*")); len(left) > 0 {
				t.Errorf("left behind: %q", left)
			}
		})
	}
}

// toSigning does step after step until the next one signs the join event.
func toSigning(s *screen) {
	s.t.Helper()
	for range 20 {
		before := s.text()
		if strings.Contains(before, "fill in, hash, sign") {
			return
		}
		s.keys(".")
		for deadline := time.Now().Add(20 * time.Second); s.text() == before; {
			if time.Now().After(deadline) {
				s.t.Fatalf("nothing was done:\n%s", before)
			}
			time.Sleep(20 * time.Millisecond) // between two looks at the screen
		}
		s.wait("STEP")
	}
	s.t.Fatalf("it never came to the signing:\n%s", s.text())
}

// signal sends a signal to the program that runs in the screen's shell.
func (s *screen) signal(name string) {
	s.t.Helper()
	shell := strings.TrimSpace(s.tmux("display-message", "-p", "#{pane_pid}"))
	child, err := exec.Command("pgrep", "-P", shell).Output()
	if err != nil {
		s.t.Fatalf("find the program: %v", err)
	}
	if out, err := exec.Command("kill", "-"+name, strings.TrimSpace(string(child))).CombinedOutput(); err != nil {
		s.t.Fatalf("kill: %v\n%s", err, out)
	}
}

// TestTerminalReplays presents a recording as a teacher would: from its start, forward by steps, by phases and by
// itself, back, to a number, with a search and a fold, through a suspension and a resize. The terminal is as before in
// the end.
func TestTerminalReplays(t *testing.T) {
	program := build(t)
	for _, size := range [][2]int{{80, 24}, {120, 40}} {
		t.Run(fmt.Sprintf("%dx%d", size[0], size[1]), func(t *testing.T) {
			s := newScreen(t, size[0], size[1])
			s.line("stty -g > before")
			s.line(program + " replay public-v12 --from-start")
			s.wait("REPLAY 0/23", "The client asks its own server")
			s.keys(".")
			s.wait("REPLAY 1/23")
			s.keys("}")
			s.wait("#6 A3")
			s.keys("P")
			s.wait("PLAY ", "playing, an entry a second")
			for range 4 { // the recorded speed, in which it takes a moment
				s.keys(">")
			}
			s.wait("joined", "REPLAY")
			s.keys("B")
			s.wait("REPLAY 0/23")
			s.keys("-l", "14g")
			s.wait("REPLAY 14/23", "#14 A7")
			s.keys("/")
			s.keys("-l", "history_visibility")
			s.keys("Enter")
			s.wait("1 of ", "history_visibility")
			s.keys("C-z")
			s.wait("Stopped")
			s.line("fg; stty -g > after; cmp before after && echo same termi''nal")
			s.wait("REPLAY 14/23")
			s.tmux("resize-window", "-x", "60", "-y", "16")
			s.wait("REPLAY 14/23")
			s.keys("q")
			s.wait("same terminal")
		})
	}
}

// TestTerminalResize makes the window small and large again: it says so, and comes back.
func TestTerminalResize(t *testing.T) {
	program := build(t)
	s := newScreen(t, 120, 40)
	s.line(program + " sandbox public-v11")
	s.wait("Joining")
	s.keys("c")
	s.wait("joined")
	s.tmux("resize-window", "-x", "40", "-y", "10")
	s.wait("60")
	s.tmux("resize-window", "-x", "100", "-y", "30")
	s.wait("joined", "Joining")
	s.keys("q")
}

// A signal ends a handshake wherever it waits: the exit code is the signal's, the same in the report, and the report
// says who ended it and what may stand in the room.
func TestSignals(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("on Windows no program can send another a signal: only its end")
	}
	program := build(t)
	for _, c := range []struct {
		scenario, step string
		signal         os.Signal
		code           int
		may            bool
	}{
		{"directory-silent", "A2", os.Interrupt, 130, false},
		{"slow-answer", "A4", syscall.SIGTERM, 143, false},
		{"send-join-timeout", "A6", os.Interrupt, 130, true},
		{"send-join-timeout", "A6", syscall.SIGTERM, 143, true},
	} {
		t.Run(fmt.Sprintf("%s %s", c.step, c.signal), func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			cmd := exec.CommandContext(ctx, program, "sandbox", c.scenario, "--ndjson")
			cmd.Env = append(os.Environ(), "XDG_STATE_HOME="+t.TempDir())
			out, err := cmd.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			var last struct {
				Step   struct{ ID, Kind string }
				Result struct {
					Outcome  string
					ExitCode int `json:"exit_code"`
					Why      string
					May      bool `json:"may_have_joined"`
					Findings []struct{ ID string }
				}
			}
			lines := json.NewDecoder(out)
			for lines.Decode(&last) == nil {
				if last.Step.ID == c.step && last.Step.Kind == "request" {
					if err := cmd.Process.Signal(c.signal); err != nil {
						t.Fatal(err)
					}
				}
			}
			_ = cmd.Wait() // its code says how it ended
			r := last.Result
			if code := cmd.ProcessState.ExitCode(); code != c.code || r.ExitCode != c.code || r.Outcome != "cancelled" ||
				r.May != c.may ||
				len(r.Findings) == 0 || r.Findings[0].ID != "cancelled" || !strings.Contains(r.Why, "SIG") {
				t.Errorf("exit code %d, %+v", code, r)
			}
		})
	}
}
