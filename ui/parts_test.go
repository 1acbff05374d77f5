package ui

import (
	"context"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/lipgloss"
	"github.com/muesli/termenv"

	"doorstep/client"
	"doorstep/flow"
	"doorstep/flow/explain"
	"doorstep/render"
	"doorstep/render/rendertest"
	_ "doorstep/ui/background"
	"doorstep/ui/story"
	"doorstep/ui/text"
	"doorstep/ui/theme"
)

func TestPrompt(t *testing.T) {
	p := newPrompt(theme.NewLook("", false, false), askSearch, "search", "")
	typed := func(names ...string) string {
		for _, n := range names {
			if text, ok := strings.CutPrefix(n, "type:"); ok {
				for _, r := range text {
					p.take(keyMsg(string(r)))
				}
				continue
			}
			p.take(keyMsg(n))
		}
		return p.input.Value()
	}
	for _, c := range []struct{ keys, want string }{
		{"type:one two three", "one two three"}, {"ctrl+w", "one two "}, {"left", "one two "}, {"type:X", "one twoX "},
		{"backspace", "one two "}, {"home", "one two "}, {"delete", "ne two "}, {"type:ö", "öne two "}, {"end", "öne two "},
		{"type:!", "öne two !"}, {"ctrl+a", "öne two !"}, {"right", "öne two !"}, {"ctrl+k", "ö"}, {"ctrl+u", ""},
		{"backspace", ""}, {"delete", ""},
	} {
		if got := typed(c.keys); got != c.want {
			t.Errorf("after %s: %q, want %q", c.keys, got, c.want)
		}
	}
	typed("type:" + strings.Repeat("wide 宽 ", 200))
	if len([]rune(p.input.Value())) > promptRunes {
		t.Errorf("%d runes are kept", len([]rune(p.input.Value())))
	}
	for w := 1; w < 90; w++ {
		if err := rendertest.Check([]string{p.draw(w)}, w); err != nil {
			t.Fatal(err)
		}
	}
}

// What is said of a field is its own entry, of that name in that place; of what has none nothing is said.
func TestFieldsAreExplainedByTheirOwnEntries(t *testing.T) {
	trace := recorded(t, "joined")
	reply := until(t, trace, flow.A7, flow.Response)
	explained := func(body explain.Body, path string) string {
		s := &story.Scene{Look: theme.NewLook("", false, false), Trace: trace, Asked: story.Pointed{Path: path, Body: body}}
		return string(s.WhyText().Bytes())
	}
	body, ok := explain.BodyOf(trace, trace.Entry(reply))
	if !ok {
		t.Fatal("the answer has no body")
	}
	for _, path := range []string{"/state", "/state/0", "/state/0/type", "/auth_chain/0/hashes/sha256", "/state/0/content"} {
		at, _ := body.At(path)
		e := explain.Find(at)
		if e == nil {
			t.Fatalf("%s has no entry", path)
		}
		if got := explained(body, path); !strings.Contains(got, e.What[0]) || !strings.Contains(got, "Who sets it:") {
			t.Errorf("%s: %q", path, got)
		}
	}
	event := func(raw string) explain.Body { return explain.Body{Object: explain.Event, Bytes: []byte(raw)} }
	for path, raw := range map[string]string{
		"/content/unheard_of": `{"type":"m.room.member","content":{"unheard_of":1}}`, "/x": `{"x":1}`,
		"/content/users/a/b": `{"type":"m.room.power_levels","content":{"users":{"a":{"b":1}}}}`, "/gone": `{}`,
		"/content/users_default": `{"type":"org.example","content":{"users_default":1}}`,
	} {
		if got := explained(event(raw), path); !strings.Contains(got, "Nothing is known of this field") {
			t.Errorf("%s: %q", path, got)
		}
	}
}

// On the page of an event e explains the field under the cursor; Esc leads back to it.
func TestFieldOfPageIsExplained(t *testing.T) {
	s := onEvent(t, 120, 40).press("/", `type:"origin_server_ts"`, "enter", "e")
	s.shows("[6 Why]").shows("Field /origin_server_ts").press("esc", "esc").shows("[8 Events]")
	if got := s.m.screen.fieldPath(); got != "/origin_server_ts" {
		t.Errorf("Esc leads back to %q", got)
	}
	s.press("e").shows("Field /origin_server_ts").press("1", "6").hides("Field /origin_server_ts")
}

// Where Why has a pane of its own, it goes back to the field of the body once the one that was asked about is left.
func TestFieldOfPageIsLeft(t *testing.T) {
	s := onEvent(t, 200, 60).press("/", `type:"origin_server_ts"`, "enter", "e").shows("Field /origin_server_ts")
	s.press("1").hides("Field /origin_server_ts")
}

// Every step that a handshake can show has something to say about it.
func TestEveryStepIsExplained(t *testing.T) {
	for _, name := range []string{"joined", "failover", "timeout"} {
		trace := recorded(t, name)
		s := replaying(t, 120, 40, trace, -1, Options{}).press("g")
		for range s.m.screen.story.Rows {
			sc := s.m.screen.scene()
			if sc.Lesson() == nil && sc.Entry() != nil {
				t.Errorf("%s: nothing is said about entry %d, %s", name, sc.Entry().Seq, sc.Entry().Step)
			}
			s.press("j")
		}
	}
}

func TestLanes(t *testing.T) {
	for name, want := range map[string]string{
		"joined": "Client @you:joining.example|Joining joining.example|Directory directory.example|Resident " +
			"resident.example",
		"merged":   "Client @you:joining.example|Joining joining.example|Directory + Resident directory.example",
		"failover": "Client @you:joining.example|Joining joining.example|Directory directory.example|Resident 2",
	} {
		var got []string
		for _, lane := range story.Tell(recorded(t, name), flow.Fold(recorded(t, name)),
			story.View{Phrases: story.Phrases{Signs: theme.SignsOf(false)}}).Ladder(0, 0).Lanes {
			if lane.Many > 0 {
				lane.Host += render.Untrusted(fmt.Sprint(lane.Many))
			}
			got = append(got, lane.Role+" "+string(lane.Host))
		}
		if strings.Join(got, "|") != want {
			t.Errorf("%s: %s", name, strings.Join(got, "|"))
		}
	}
}

// Failover keeps one lane for the residents, whose head counts them: every arrow names the server that it is about.
func TestFailoverNamesTheServer(t *testing.T) {
	trace := recorded(t, "failover")
	text := strings.Join(text.Ladder(trace, 140, 0, false), "\n")
	for _, want := range []string{"2 residents", "GET make_join  1/3  gone.example", "no connection",
		"GET make_join  2/3  resident.example", "PUT send_join  resident.example"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not in the ladder:\n%s", want, text)
		}
	}
}

// What lies under an arrow stands in the phase of the arrow.
func TestPhases(t *testing.T) {
	for name, want := range map[string]string{
		"joined": "asking: A1; finding: R A2 R R A3; making: R A4 R R A5; building: L1; sending: A6 A7; verifying: R R R " +
			"R R R R L2; answering: A8",
		"invited": "inviting: R R R R R R R; asking: A1; making: A4 A5; finding: R A2 R R A3; making: R A4 R R A5; " +
			"building: L1; sending: A6 A7; verifying: R R R R L2; answering: A8",
		"refused": "asking: A1; finding: R A2 R R A3; making: R A4 R R A5; answering: A8",
		"failover": "asking: A1; finding: R A2 R R A3; making: R A4 R A4 R R A5; building: L1; sending: A6 A7; verifying: " +
			"R R R R R R R L2; answering: A8",
	} {
		trace := recorded(t, name)
		var got []string
		now := story.NoPhase
		names := []string{"", "inviting", "asking", "finding", "making", "building", "sending", "verifying", "answering",
			"after", "leaving"}
		for _, r := range story.Tell(trace, flow.Fold(trace), story.View{Phrases: story.Phrases{Signs: theme.SignsOf(false)}}).Rows {
			if r.Phase != now {
				got, now = append(got, names[r.Phase]+":"), r.Phase
			}
			got[len(got)-1] += " " + string(trace.Entry(r.ID.Seq).Step)
		}
		if strings.Join(got, "; ") != want {
			t.Errorf("%s:\ngot  %s\nwant %s", name, strings.Join(got, "; "), want)
		}
	}
}

// The lane of the times never runs backwards, and no arrow is drawn for a message that did not come.
func TestRowsAreEvidence(t *testing.T) {
	for _, name := range []string{"joined", "refused", "merged", "timeout", "failover", "flawed"} {
		trace := recorded(t, name)
		for n := range len(trace.Entries) + 1 {
			last := time.Duration(0)
			for _, r := range story.Tell(trace.Prefix(n), flow.Fold(trace.Prefix(n)), story.View{Phrases: story.Phrases{Signs: theme.SignsOf(false)},
				Ghost: true, Phases: true}).Rows {
				if r.ID.Seq > n {
					t.Fatalf("%s: entry %d is shown after %d", name, r.ID.Seq, n)
				}
				if r.ID.Seq > 0 {
					if r.At < last {
						t.Errorf("%s: row of entry %d is before the one above", name, r.ID.Seq)
					}
					last = r.At
				}
			}
		}
	}
}

// The colours of every theme leave frames of the same size, and NO_COLOR leaves bold and reverse only.
func TestColours(t *testing.T) {
	defer lipgloss.SetColorProfile(termenv.Ascii)
	for _, theme := range render.Themes() {
		lipgloss.SetColorProfile(termenv.ANSI)
		s := replaying(t, 120, 40, recorded(t, "flawed"), -1, Options{Theme: theme})
		s.sound()
		s.press("k", "v").sound()
		if theme == "mono" && strings.Contains(s.text(), "\x1b[3") {
			t.Error("theme mono has colours")
		}
	}
	if none := theme.SetColour("auto", true); !none || lipgloss.ColorProfile() == termenv.Ascii {
		t.Error("NO_COLOR takes bold and reverse as well")
	}
	if none := theme.SetColour("always", true); none {
		t.Error("--color always yields to NO_COLOR")
	}
	if none := theme.SetColour("never", false); !none {
		t.Error("--color never leaves colours")
	}
	if !lipgloss.HasDarkBackground() {
		t.Error("the background is not known before anybody asks")
	}
}

// The program runs, takes keys, and ends.
func TestProgram(t *testing.T) {
	o := Options{Scenario: "joined", Start: func(context.Context, string) (Source, func(), error) {
		return &scripted{whole: recorded(t, "joined")}, func() {}, nil
	}}
	m := newModel(context.Background(), o, theme.NewLook("", false, false), io.Discard)
	begun, over := make(chan struct{}), make(chan struct{})
	watch := func(_ tea.Model, msg tea.Msg) tea.Msg { // runs in the event loop, before the message is handled
		switch msg := msg.(type) {
		case startedMsg:
			close(begun)
		case steppedMsg:
			if len(msg.trace.Entries) == len(recorded(t, "joined").Entries) {
				close(over)
			}
		}
		return msg
	}
	p := tea.NewProgram(m, tea.WithInput(nil), tea.WithOutput(io.Discard), tea.WithoutSignalHandler(),
		tea.WithFilter(watch))
	ended := make(chan error, 1)
	client.Go(func() {
		_, err := p.Run()
		ended <- err
	})
	deadline := time.After(30 * time.Second)
	wait := func(c <-chan struct{}) {
		t.Helper()
		select {
		case <-c:
		case <-deadline:
			t.Fatal("it takes too long")
		}
	}
	p.Send(tea.WindowSizeMsg{Width: 100, Height: 30})
	wait(begun)
	p.Send(keyMsg("c"))
	wait(over)
	p.Send(keyMsg("q"))
	select {
	case err := <-ended:
		if err != nil || m.code() != 0 {
			t.Errorf("it ended with %d, %v", m.code(), err)
		}
	case <-deadline:
		t.Fatal("it does not end")
	}
	m.screen.close()
}
