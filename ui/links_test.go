package ui

import (
	"regexp"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"
)

var aLink = regexp.MustCompile(`\x1b\]8;;([^\x07]*)\x07`)

// What is cited is a link where links are wanted: the text is the same without them, every link ends on the line it
// begins on, and none leads to what a server chose.
func TestLinks(t *testing.T) {
	linked := 0
	for _, name := range []string{"refused", "timeout", "flawed", "joined"} {
		for _, size := range sizes {
			for _, keys := range [][]string{nil, {"6"}, {"9"}, {"3"}, {"g", "6", "tab", "G"}, {"6", "z"}, {"6", "/", "type:Source", "enter"}} {
				with := replaying(t, size[0], size[1], recorded(t, name), -1, Options{Links: true}).press(keys...)
				without := replaying(t, size[0], size[1], recorded(t, name), -1, Options{}).press(keys...)
				with.sound()
				for i, line := range with.lines() {
					if got, want := ansi.Strip(line), ansi.Strip(without.lines()[i]); got != want {
						t.Fatalf("%s at %v after %v: with links line %d is\n%q, without\n%q", name, size, keys, i, got, want)
					}
					for k, m := range aLink.FindAllStringSubmatch(line, -1) {
						if (k%2 == 0) != (m[1] != "") {
							t.Errorf("%s: a link is not ended, or another begun within: %q", name, line)
						}
						if m[1] != "" {
							linked++
						}
					}
					if strings.Count(line, "\x1b]8;;")%2 != 0 {
						t.Errorf("%s at %v: a link goes on beyond its line: %q", name, size, line)
					}
				}
				if strings.Contains(without.text(), "\x1b]8") {
					t.Errorf("%s: there are links where none are wanted", name)
				}
			}
		}
	}
	if linked < 50 {
		t.Errorf("%d links were drawn", linked)
	}
}

// y u copies the URL of what is cited where the reader is.
func TestYankURL(t *testing.T) {
	s := replaying(t, 120, 40, recorded(t, "refused"), -1, Options{})
	what, url, problem := s.m.screen.yanked("u")
	if what != "URL" || !strings.HasPrefix(url, "https://spec.matrix.org/") || problem != "" {
		t.Errorf("on the refusal y u is %s %q, %s", what, url, problem)
	}
	s = replaying(t, 120, 40, recorded(t, "joined"), -1, Options{}).press("1", "2", "g", "3", "tab", "G")
	if _, diff, problem := s.m.screen.yanked("u"); !strings.HasPrefix(diff, "https://spec.matrix.org/") {
		t.Errorf("on a change y u is %q, %s", diff, problem)
	}
	s.press("y", "u").shows("URL")
}
