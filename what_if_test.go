package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

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
