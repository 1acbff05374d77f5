package ui

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	tea "github.com/charmbracelet/bubbletea"

	"doorstep/flow"
	"doorstep/flow/diagnose"
	"doorstep/flow/event"
	"doorstep/flow/export"
	"doorstep/flow/flowtest"
	"doorstep/flow/shell"
	"doorstep/render/rendertest"
	"doorstep/ui/listing"
	"doorstep/ui/pane"
	"doorstep/ui/story"
	"doorstep/ui/tab"
	"doorstep/ui/theme"
)

// The views of the verification, each with the keys that lead to it from the end of a trace.
var verificationViews = map[string]struct {
	trace string
	keys  []string
}{
	"rules":        {"joined", []string{"7", "tab", "z"}},
	"rules-of":     {"joined", []string{"8", "z", "j", "j", "7"}},
	"events":       {"joined", []string{"8", "z", "j", "j", "j"}},
	"event":        {"joined", []string{"8", "z", "j", "j", "j", "enter"}},
	"event-graph":  {"joined", []string{"8", "z", "j", "j", "j", "a", "j"}},
	"event-work":   {"joined", []string{"8", "z", "s"}},
	"events-typed": {"joined", []string{"8", "z", ">", ">", "/", "type:type:m.room.m -in:both mem"}},
	"servers":      {"joined", []string{"8", "z", "S", "j"}},
	"charts":       {"joined", []string{"8", "z", "H", "j"}},
	"verdict":      {"refused", []string{"6", "tab", "z"}},
	"verdict-zone": {"timeout", nil},
}

func viewOf(t testing.TB, name string, width, height int, ascii bool) *screen {
	v := verificationViews[name]
	return replaying(t, width, height, recorded(t, v.trace), -1, Options{ASCII: ascii}).press(v.keys...)
}

func TestViewFrames(t *testing.T) {
	for name := range verificationViews {
		for _, size := range [][2]int{{80, 24}, {120, 40}, {200, 60}} {
			file := fmt.Sprintf("view-%s-%dx%d.txt", name, size[0], size[1])
			t.Run(file, func(t *testing.T) {
				s := viewOf(t, name, size[0], size[1], false)
				s.sound()
				golden(t, file, passed.ReplaceAllStringFunc(rendertest.Frame(withoutMode(s.lines())), hashes))
			})
		}
		s := viewOf(t, name, 80, 24, true)
		if i := strings.IndexFunc(s.text(), func(r rune) bool { return r > '~' }); i >= 0 {
			t.Errorf("%s: not ASCII at %d", name, i)
		}
	}
}

// Every size gives a sound frame in every view, and the cursor moves in all of them.
func TestViewsAtEverySize(t *testing.T) {
	for name := range verificationViews {
		t.Run(name, func(t *testing.T) {
			s := viewOf(t, name, 80, 24, false)
			for _, w := range []int{1, 2, 7, 39, 40, 41, 60, 79, 80, 100, 120, 160, 200} {
				for _, h := range []int{1, 2, 3, 5, 15, 16, 17, 20, 24, 30, 45, 60} {
					s.send(sizeMsg(w, h))
					s.sound()
					s.press("G", "k", "pgup", "ctrl+d", "j", "l", "h", "g").sound()
				}
			}
		})
	}
}

// From the list into an event, on to what it rests on, and back the same way.
func TestWalkEvents(t *testing.T) {
	s := replaying(t, 120, 40, recorded(t, "joined"), -1, Options{}).press("8")
	s.shows("Why an auth_chain").shows("our join")
	ev := s.m.screen.events
	list := s.press("z", "G").text()
	last, _ := ev.Current()
	if want := ev.Sets.Events[len(ev.Sets.Events)-1].ID; last != want {
		t.Fatalf("the cursor is on %s, not on the last event %s", last, want)
	}
	s.press("enter").shows("The event, pretty-printed").shows(last).shows("Its checks")
	s.press("a").shows("What it rests on")
	root, _ := ev.Current()
	s.press("j")
	below, _ := ev.Current()
	if root != last || below == root {
		t.Fatalf("the graph is of %s, the cursor went to %s", root, below)
	}
	s.press("enter")
	if again, _ := ev.Current(); again != below || ev.Page().Kind != pane.GraphPage {
		t.Fatalf("Enter in the graph went to %s", again)
	}
	s.press("enter").shows("The event, pretty-printed").shows(below)
	s.press("s").shows("1. The content hash").shows("2. The signatures")
	for range ev.Pages {
		s.press("esc")
	}
	if got := s.text(); got != list {
		t.Errorf("Esc led elsewhere:\n%s\nfrom:\n%s", got, list)
	}
	s.press("esc")
	if s.m.screen.prefers.Zoom {
		t.Error("Esc in the list does not take the zoom back")
	}
}

// The views follow one selection: an event chosen in the list is the one whose rules are shown and whose work is
// copied.
func TestOneSelection(t *testing.T) {
	s := replaying(t, 120, 40, recorded(t, "joined"), -1, Options{}).press("7", "tab",
		"z").shows("May @you:joining.example join?")
	s.press("8", "j", "j", "7").shows("May this event stand?").hides("by the state before it:")
	id, where := s.m.screen.events.Current()
	s.shows(id)
	_, text, problem := s.m.screen.yanked("r")
	w, _ := s.m.screen.events.Work(id, where)
	if problem != "" || text != string(export.Redo(w))+"\n" {
		t.Errorf("y r: %q %s", text, problem)
	}
	s.press("8")
	if _, text, _ := s.m.screen.yanked("v"); text != shell.JSON(w.Event.Raw()) {
		t.Errorf("y v: %q", text)
	}
	s.press("j", "g", "7").shows("May @you:joining.example join?")
}

// Without an answer to look into the views say what they wait for, and their keys do nothing else; the rules wait until
// it is verified.
func TestViewsBeforeTheirTime(t *testing.T) {
	joined := recorded(t, "joined")
	before := map[string]string{"7": "rules", "8": "once it has come", "a": "graph: ", "s": "work: "}
	for n, wants := range map[int]map[string]string{0: before, 1: before, until(t, joined, flow.L1, flow.Local): before,
		until(t, joined, flow.A7, flow.Response): {"7": "rules"}} {
		s := replaying(t, 100, 30, joined, n, Options{})
		for k, want := range wants {
			s.press(k).sound()
			if !strings.Contains(s.text(), want) && !strings.Contains(s.text(), "there is no join event yet") {
				t.Errorf("after %d entries %s does not say %q:\n%s", n, k, want, s.text())
			}
		}
	}
}

// In each room version the Rules show which rule let us in, by the auth events and by the state.
func TestRulesInEveryVersion(t *testing.T) {
	for _, v := range event.Versions() {
		t.Run(v.ID, func(t *testing.T) {
			trace := flowtest.Embedded(t, "public-v"+v.ID)
			s := replaying(t, 200, 120, trace, -1, Options{}).press("7", "tab", "z")
			s.shows("The rules of room version " + v.ID).shows("the join_rule is public: allow, and that decides")
			w := flow.Fold(trace).ShowWork(flow.Fold(trace).Build.EventID)[0]
			if w.ByState == nil || w.ByAuthEvents.Rule == "" {
				t.Fatalf("the join is not judged: %+v", w.ByAuthEvents)
			}
			s.shows("by the events it names: allowed by rule " + w.ByAuthEvents.Rule)
			s.shows("by the state before it: allowed by rule " + w.ByState.Rule)
			if n := strings.Count(s.text(), "and that decides"); n != 2 {
				t.Errorf("%d rules decide, want one by the events and one by the state:\n%s", n, s.text())
			}
		})
	}
}

// lengthen makes a list long: one of its events is there a hundred thousand times.
func lengthen(ev *pane.Events) {
	for range 100_000 {
		ev.Sets.Events = append(ev.Sets.Events, ev.Sets.Events[3])
	}
	ev.SetList(listing.New(ev.State.Verification, ev.Sets.Events, ev.State.Build.EventID, nil))
}

// A long list is made in the background, and its frames are drawn from a window of it.
func TestLongList(t *testing.T) {
	s := replaying(t, 120, 40, recorded(t, "joined"), -1, Options{}).press("8", "z")
	ev := s.m.screen.events
	lengthen(ev)
	s.press("G").sound()
	if ev.Cursor() != ev.Len()-1 || ev.Len() < 100_000 {
		t.Fatalf("the cursor is on row %d of %d", ev.Cursor(), ev.Len())
	}
	last, _ := ev.Current()
	s.shows(s.m.screen.Safe(last, 60)).press("enter").sound()

	late := replaying(t, 120, 40, recorded(t, "joined"), -1, Options{})
	h := late.m.screen
	of := listOf{flow.Fold(h.whole).Reply.Seq, flow.Fold(h.whole).Verification}
	h.events, h.listing, h.mainKey = nil, of, contentKey{}
	late.press("8").shows("comparing").press("j", "enter").sound()
	late.press("a").shows("the list of events is being made")
	late.send(eventsMsg{h.id + 1, of, ev}).shows("comparing")
	late.send(eventsMsg{h.id, of, pane.NewEvents(h.scene())}).shows("Why an auth_chain")
}

// The events of an answer can be looked at before it is verified, and the list then goes on where it was.
func TestEventsBeforeVerification(t *testing.T) {
	trace := recorded(t, "joined")
	at := slices.IndexFunc(trace.Entries, func(e flow.Entry) bool { return e.Step == flow.L2 })
	s := replaying(t, 120, 40, trace.Prefix(at), -1, Options{}).press("8", "z")
	s.shows("not verified yet").shows("our join").shows("m.room.create").hides(" ok ")
	h := s.m.screen
	if h.events.Verified() {
		t.Error("nothing has been verified, and the list says otherwise")
	}
	s.press("/", "type:type:member verdict:not_checked", "enter", "G").sound()
	id, _ := h.events.Current()
	if h.events.Len() == 0 || h.events.Len() == h.events.List.Len() || id == "" {
		t.Fatalf("%d of %d events are listed, %q is selected", h.events.Len(), h.events.List.Len(), id)
	}
	s.press("enter").shows("Its checks: not made yet").shows(id).press("esc", "a").shows("What it rests on").sound()
	s.send(changedMsg{h.id, knowing(trace)})
	if !h.events.Verified() || h.events.Page() == nil {
		t.Fatal("the verification came, and the list or its page did not go on")
	}
	if got, _ := h.events.Current(); got != id {
		t.Errorf("the page went on at %s, from %s", got, id)
	}
	if s.press("esc"); h.events.Len() != 0 {
		t.Errorf("of a verified answer %d events are not checked", h.events.Len())
	}
	s.press("esc").shows(" ok ").hides("not verified yet")
	if got, _ := h.events.Current(); got != id {
		t.Errorf("without the filter %s is selected, not %s", got, id)
	}
}

// Enter in the text of a finding goes from one entry it rests on to the next.
func TestEnterGoesToTheEvidence(t *testing.T) {
	refused := recorded(t, "refused")
	found := diagnose.Findings(refused, flow.Fold(refused))
	if len(found) == 0 || len(found[0].Evidence) == 0 {
		t.Fatal("the recording has no finding")
	}
	s := replaying(t, 120, 40, refused, -1, Options{}).press("G", "6", "tab", "z")
	if at := s.m.screen.at.Seq; slices.Contains(found[0].Evidence, at) {
		t.Fatalf("the cursor begins at the evidence, %d", at)
	}
	s.shows("Enter in this pane goes there").press("enter")
	if at := s.m.screen.at.Seq; !slices.Contains(found[0].Evidence, at) || s.m.screen.tab != tab.Why {
		t.Fatalf("Enter went to %d, the evidence is %v; tab %s", at, found[0].Evidence, s.m.screen.tab)
	}
	s.shows(found[0].Title).hides("Enter in this pane goes there")
}

// A verdict begins with what happened, then what to do, then what it rests on; others are told of after it.
func TestVerdictOrder(t *testing.T) {
	refused := recorded(t, "refused")
	f := diagnose.Findings(refused, flow.Fold(refused))[0]
	s := &story.Scene{Look: theme.NewLook("", false, false), Trace: refused, State: flow.Fold(refused),
		Findings: diagnose.Findings(refused, flow.Fold(refused))}
	s.Row.ID.Seq = s.State.Stopped.Seq
	text := ""
	for _, p := range s.WhyText().Paras {
		text += p.Label + p.Text + "\n"
	}
	at := 0
	for _, part := range []string{f.Title, "What to do: " + f.Advice, "Evidence: entr", f.Cause,
		"How to be sure: " + f.Apart, "Source: " +
			f.Source, "The join ends here: refused", "other homeservers", "Synapse "} {
		i := strings.Index(text[at:], part)
		if i < 0 {
			t.Fatalf("%q is not there, or too early:\n%s", part, text)
		}
		at += i
	}
	if !strings.HasPrefix(text, f.Title) {
		t.Errorf("it begins with something else:\n%s", text)
	}
}

// Whatever the events of an answer hold, the views of them are safe to draw.
func TestHostileViews(t *testing.T) {
	base := recorded(t, "joined")
	for _, bad := range rendertest.Hostile() {
		t.Run(bad.Name, func(t *testing.T) {
			text := bad.Text[:min(len(bad.Text), 2000)]
			trace := spoiled(base, text, inJSON(text))
			for i := range trace.Entries { // up to the answer all is in order, so that it is read
				if e := &trace.Entries[i]; e.Step != flow.A7 {
					*e = base.Entries[i]
				}
			}
			trace.Header = base.Header
			s := replaying(t, 100, 30, trace, -1, Options{})
			if flow.Fold(trace).Verification == nil {
				t.Fatal("the answer is not verified")
			}
			for _, k := range []string{"7", "8", "z", "j", "j", "enter", "G", "esc", "a", "j", "enter", "enter", "s",
				"G", "6", "3", "8", "esc", "esc", "esc", "esc", "S", "j", "enter", "esc", "H", "G", "enter", ">", "r", "esc", "/",
				"type:type:", "tab", "tab", "enter", "7"} {
				s.press(k).sound()
			}
		})
	}
}

func TestMouseInEvents(t *testing.T) {
	s := replaying(t, 120, 40, recorded(t, "joined"), -1, Options{}).press("8", "z")
	ev := s.m.screen.events
	for y, line := range s.lines() {
		if strings.Contains(line, "m.room.topic") {
			s.send(tea.MouseMsg{X: 10, Y: y, Button: tea.MouseButtonLeft, Action: tea.MouseActionPress})
		}
	}
	if id, _ := ev.Current(); !strings.HasPrefix(string(ev.Table().Rows.Row(ev.Cursor()).Cells[0]), "m.room.topic") {
		t.Fatalf("a click selects %s", id)
	}
	before := ev.Cursor()
	s.send(tea.MouseMsg{X: 10, Y: 20, Button: tea.MouseButtonWheelUp, Action: tea.MouseActionPress})
	if ev.Cursor() >= before {
		t.Error("the wheel does not scroll the list")
	}
}

func BenchmarkEventsFrame(b *testing.B) {
	s := replaying(b, 200, 60, recorded(b, "joined"), -1, Options{}).press("8", "z")
	ev := s.m.screen.events
	lengthen(ev)
	for b.Loop() {
		s.press("j")
		_ = s.m.View()
	}
}

// Running text is broken at blanks, so that what is to be copied stays whole; what is longer than a line is cut.
func TestWrap(t *testing.T) {
	for _, test := range []struct {
		text        string
		width, hang int
		want        []string
	}{
		{"", 10, 2, []string{""}},
		{"one two three", 9, 0, []string{"one two", "three"}},
		{"ask --via NAME now", 9, 2, []string{"ask", "  --via", "  NAME", "  now"}},
		{"    Elsewhere: here", 20, 2, []string{"    Elsewhere:", "  here"}},
		{"see matrix-org/synapse#1", 22, 2, []string{"see", "  matrix-org/synapse#1"}},
		{"abcdefghij k", 6, 0, []string{"abcdef", "ghij k"}},
		{"a\nb c", 3, 0, []string{"a", "b c"}},
		{"日本語 x", 4, 0, []string{"日本", "語 x"}},
		{"日", 1, 0, []string{"日"}},
		{"a   ", 5, 0, []string{"a"}},
	} {
		if got := theme.Wrap(test.text, test.width, test.hang); !slices.Equal(got, test.want) {
			t.Errorf("%q at %d: %q, want %q", test.text, test.width, got, test.want)
		}
	}
}

// Entries after which others do the same are told of together.
func TestWouldsAreGathered(t *testing.T) {
	trace := flowtest.Embedded(t, "no-candidate-answers")
	var failed []int
	for _, e := range trace.Entries {
		if e.Step == flow.A5 && e.Kind == flow.Failure {
			failed = append(failed, e.Seq)
		}
	}
	got := story.ReactionsAfter(trace, append([]int{0, 1, 1000}, failed...))
	if len(failed) < 2 || len(got) != 1 || !slices.Equal(got[0].Seqs, failed) || len(got[0].List) != 3 {
		t.Errorf("failed at %v: %+v", failed, got)
	}
}
