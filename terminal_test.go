package main

import (
	"fmt"
	"testing"
)

// TestTerminalReplays presents a recording as a teacher would: from its start, forward by steps, by phases and by itself,
// back, to a number, with a search and a fold, through a suspension and a resize. The terminal is as before in the end.
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
