package ui

import (
	"context"
	"errors"
	"strings"
	"testing"

	tea "github.com/charmbracelet/bubbletea"

	"doorstep/render/rendertest"
	"doorstep/ui/home"
)

// withForm is a home screen with a form whose users have to begin with @; started is what was started last.
func withForm(t *testing.T, width, height int) (s *screen, started *home.Answers, fails *error) {
	started, fails = new(home.Answers), new(error)
	o := homeOptions()
	o.Join = &JoinForm{
		Check: func(a home.Answers) error {
			if a.User[0] != '@' {
				return errors.New("user ID: no @")
			}
			return nil
		},
		Line: func(a home.Answers) string {
			if a.Key == "unspeakable" {
				return ""
			}
			return "doorstep join " + a.Room
		},
		Start: func(_ context.Context, a home.Answers) (Source, func(), error) {
			if *started = a; *fails != nil {
				return nil, nil, *fails
			}
			return &scripted{whole: recorded(t, "joined")}, func() {}, nil
		},
	}
	s = newScreen(t, width, height, o)
	return s.press("j", "j", "enter"), started, fails
}

// A join is filled in, checked while it is typed, and started; what was filled in is kept.
func TestForm(t *testing.T) {
	s, started, fails := withForm(t, 80, 24)
	s.shows("Diagnose a join on my server").shows("fill in room")
	s.press("enter").shows("not started: fill in room").press("ctrl+y").shows("not copied: fill in room")
	s.press("type:#q?:a.example").shows("#q?:a.example").shows("fill in user") // no letter is a command here
	s.press("tab", "type:me").shows("! user ID: no @").press("enter").shows("not started: user ID: no @")
	s.press("ctrl+a", "type:@", "tab").shows("doorstep join #q?:a.example").hides("no @")
	s.press("tab", "tab", "tab").shows("[x] stop before").press(" ").shows("[ ] stop before")
	s.press("type:x").shows("Space switches --dry-run")
	s.press("down", " ").shows("[x] ask a little more").press("tab", "shift+tab")
	s.press("ctrl+y").shows("OSC 52")
	if s.out.Len() == 0 {
		t.Error("nothing was sent to the clipboard")
	}
	*fails = errors.New("no port")
	s.press("enter").shows("#q?:a.example: no port").shows("Diagnose a join")
	s.press("esc").shows("Start here").press("enter").shows("[x] ask a little more")
	*fails = nil
	s.press("enter").shows("Next: The client asks")
	if want := (home.Answers{Room: "#q?:a.example", User: "@me", Probe: true}); *started != want {
		t.Errorf("started %+v, want %+v", *started, want)
	}
	if !s.m.screen.consent.needed {
		t.Error("the join would be sent without a question")
	}
	s.press("q").shows("Start here")
}

// A dry run sends no join, so nothing is asked.
func TestFormDryRun(t *testing.T) {
	s, started, _ := withForm(t, 80, 24)
	s.send(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune("#a:b\n"), Paste: true})
	s.press("tab", "type:@me:c", "tab", "type:unspeakable").shows("no shell takes").press("ctrl+y").shows("not copied")
	s.press("enter")
	if s.m.screen == nil || s.m.screen.consent.needed || !started.DryRun || started.Room != "#a:b" {
		t.Errorf("started %+v", *started)
	}
}

// Where there are profiles the first field chooses one: what it says fills the others in, and can be changed then.
// After the last comes none.
func TestFormProfiles(t *testing.T) {
	s, started, _ := withForm(t, 80, 24)
	s.press("esc").shows("Start here")
	s.m.form, s.m.o.Join.Profiles = nil, []home.Profile{
		{Name: "lab", User: "@me:lab", Key: "lab.key", Listen: "127.0.0.1:1", DryRun: true},
		{Name: "mine\x1b[2J", User: "@me:mine", Probe: true}}
	s.press("enter").shows("Profile", "none", "Space takes the next of 2", "fill in room")
	s.press("x").shows("Space takes the next profile, Tab goes on").press("tab", "type:#a:b", "shift+tab", " ")
	s.shows("lab", "#a:b", "@me:lab", "lab.key", "127.0.0.1:1", "[x] stop before", "[ ] ask a little more")
	s.press(" ").shows("@me:mine", "[ ] stop before", "[x] ask a little more").hides("lab.key", "\x1b[2J")
	s.press("right").shows("none", "fill in user").press("left").shows("@me:mine").press("left").shows("@me:lab")
	s.press("tab", "tab", "type:x", "enter")
	if want := (home.Answers{Room: "#a:b", User: "@me:labx", Key: "lab.key", Listen: "127.0.0.1:1", DryRun: true,
		Profile: "lab"}); *started != want {
		t.Errorf("started %+v, want %+v", *started, want)
	}
}

// The form fits every size, whatever is typed, and is left without ending the program.
func TestFormAtEverySize(t *testing.T) {
	for _, ascii := range []bool{false, true} {
		s, _, _ := withForm(t, 80, 24)
		if ascii {
			s.press("esc")
			s.m.form, s.m.o.Join.Profiles = nil, []home.Profile{{Name: rendertest.Hostile()[0].Text}}
			s.press("enter", " ")
		}
		s.m.form.Look.Glyphs.ASCII = ascii
		for _, h := range rendertest.Hostile() {
			s.send(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune(h.Text), Paste: true}).press("tab")
			for _, size := range sizes {
				s.send(sizeMsg(size[0], size[1]))
				s.sound()
			}
		}
		s.send(sizeMsg(1, 1))
		s.sound()
		if s.send(sizeMsg(80, 24)).press("ctrl+c").shows("Start here"); s.m.quitting {
			t.Error("leaving the form ended the program")
		}
	}
	s, _, _ := withForm(t, 60, 16)
	for _, want := range []string{"Room", "--probe", "Enter starts", "Esc back"} {
		if !strings.Contains(s.text(), want) {
			t.Errorf("60x16 has no %q:\n%s", want, s.text())
		}
	}
}
