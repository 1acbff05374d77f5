package ui

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"doorstep/client"
	"doorstep/flow"
	"doorstep/flow/recording"
	"doorstep/ui/home"
	"doorstep/ui/keymap"
	"doorstep/ui/theme"
)

// No key means two things in one place, and every binding says what it does.
func TestKeysDoNotConflict(t *testing.T) {
	for _, where := range []keymap.Place{keymap.AtHome, keymap.InLadder, keymap.InPane, keymap.OnPage, keymap.InEvents,
		keymap.InTour} {
		seen := map[string]keymap.Action{}
		for _, b := range bindings {
			if b.Where&where == 0 {
				continue
			}
			for _, k := range b.Keys() {
				if other, taken := seen[k]; taken {
					t.Errorf("%q is %q and %q", k, other, b.Action)
				}
				if k == "0" {
					t.Errorf("%q is a digit of a number before g", k)
				}
				seen[k] = b.Action
			}
		}
	}
	for _, b := range bindings {
		if b.Help().Desc == "" || b.Help().Key == "" || b.Group == "" || b.Where == 0 {
			t.Errorf("binding %q lacks something: %+v", b.Action, b)
		}
	}
}

// Every key of the table does something in every place it is for: it changes the frame, or commands something, or says
// why it has no effect.
func TestEveryKeyDoesSomething(t *testing.T) {
	failover := recorded(t, "failover")
	opens := map[keymap.Place][]func() *screen{
		keymap.AtHome: {
			func() *screen { return newScreen(t, 80, 24, homeOptions()) },
			func() *screen { return newScreen(t, 80, 24, homeOptions()).press("G") },
		},
		keymap.InLadder: {
			func() *screen { return replaying(t, 120, 40, failover, -1, Options{}) },
			func() *screen { return stepping(t, 120, 40, failover, Options{}) },
			func() *screen { return replaying(t, 120, 40, failover, -1, Options{}).press("1", "5", "g", "h") },
			func() *screen {
				return replaying(t, 80, 24, failover, until(t, failover, flow.L1, flow.Local), Options{})
			},
			func() *screen { return replaying(t, 120, 40, failover, -1, Options{}).press("g", "j", "j") },
			func() *screen {
				return replaying(t, 120, 40, failover, -1, Options{}).press("/", "type:room", "enter", "tab", "tab")
			},
		},
		keymap.InPane: {
			func() *screen { return replaying(t, 80, 24, failover, -1, Options{}).press("1", "8", "g", "tab") },
			func() *screen { return replaying(t, 80, 24, failover, -1, Options{}).press("1", "8", "g", "tab", "G") },
			func() *screen { return stepping(t, 80, 24, failover, Options{}).press("tab") },
			func() *screen { return stepping(t, 80, 24, failover, Options{}).press(".", "tab", "2") },
			func() *screen {
				return replaying(t, 80, 24, failover, -1, Options{}).press("/", "type:room", "enter", "tab")
			},
		},
		keymap.OnPage: {
			func() *screen { return replaying(t, 80, 24, failover, -1, Options{}).press("tab", "8", "enter") },
			func() *screen { return replaying(t, 80, 24, failover, -1, Options{}).press("tab", "8", "a", "j") },
			func() *screen {
				return replaying(t, 80, 24, failover, -1, Options{}).press("tab", "8", "enter", "G", "k", "k")
			},
			func() *screen {
				return replaying(t, 120, 40, failover, -1, Options{}).press("tab", "8", "j", "s", "j", "z")
			},
			func() *screen {
				return replaying(t, 80, 24, failover, -1, Options{}).press("tab", "8", "enter", "/", "type:depth", "enter")
			},
			func() *screen {
				return replaying(t, 80, 24, failover, -1, Options{}).press("8", "enter", "/", "type:hashes", "enter", "h")
			},
			func() *screen { return stepping(t, 80, 24, failover, Options{}).press("c", "tab", "8", "enter") },
		},
		keymap.InEvents: {
			func() *screen { return replaying(t, 80, 24, failover, -1, Options{}).press("tab", "8") },
			func() *screen { return replaying(t, 120, 40, failover, -1, Options{}).press("tab", "8", "j", "1", "8") },
			func() *screen { return replaying(t, 120, 40, failover, -1, Options{}).press("tab", "8", "z", "G") },
			func() *screen { return replaying(t, 80, 24, failover, -1, Options{}).press("tab", "8", ">") },
			func() *screen { return stepping(t, 80, 24, failover, Options{}).press("c", "tab", "8") },
			func() *screen {
				return replaying(t, 80, 24, failover, -1, Options{}).press("/", "type:room", "enter", "tab", "8")
			},
		},
	}
	for _, b := range bindings {
		for where, list := range opens {
			if b.Where&where == 0 {
				continue
			}
			for _, k := range b.Keys() {
				t.Run(fmt.Sprintf("%s in %d: %s", b.Action, where, k), func(t *testing.T) {
					did := false
					for _, open := range list {
						s := open()
						if got := s.m.where(); got != where {
							t.Fatalf("the screen is in %d, not in %d", got, where)
						}
						before, mode := s.text(), s.m.mode
						cmd := s.pass(keyMsg(k))
						did = did || s.text() != before || s.m.mode != mode || s.m.quitting || commands(cmd)
						if !s.m.quitting {
							s.sound()
						}
					}
					if !did {
						t.Error("nothing happened")
					}
				})
			}
		}
	}
}

// commands reports whether a command leads to a message.
func commands(cmd tea.Cmd) bool {
	if cmd == nil {
		return false
	}
	batch, ok := cmd().(tea.BatchMsg)
	if !ok {
		return true
	}
	return slices.ContainsFunc(batch, commands)
}

// Keys that are in no table change nothing, and the first of them is told of.
func TestUnknownKeysDoNothing(t *testing.T) {
	known := map[string]bool{}
	for _, b := range bindings {
		for _, k := range b.Keys() {
			known[k] = true
		}
	}
	for _, open := range [][]string{nil, {"tab"}, {"8"}, {"F"}, {"z"}} {
		s := replaying(t, 100, 30, recorded(t, "joined"), -1, Options{}).press(open...)
		before := ""
		for r := rune(33); r < 0x250; r++ {
			k := string(r)
			if known[k] || r >= '0' && r <= '9' {
				continue
			}
			cmd := s.pass(keyMsg(k))
			if before == "" {
				before = s.shows("does nothing here: ? lists the keys").text()
			}
			if s.text() != before || commands(cmd) {
				t.Fatalf("%q did something", k)
			}
		}
		s.press("j", "k").hides("does nothing here").press("ö").shows("ö does nothing here")
	}
}

// Several keys that arrive in one read are taken one by one.
func TestKeysInOneRead(t *testing.T) {
	one, many := replaying(t, 100, 30, recorded(t, "joined"), -1, Options{}), replaying(t, 100, 30, recorded(t, "joined"),
		-1, Options{})
	one.press("g", "j", "j", "3")
	many.send(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune("gjj3")})
	if one.text() != many.text() {
		t.Errorf("one by one:\n%s\nat once:\n%s", one.text(), many.text())
	}
}

// What is pasted is never taken for keys; a line of input takes it without its line ends and controls.
func TestPaste(t *testing.T) {
	paste := tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune("q.c\x1b[2J\nsecond\u202eline"), Paste: true}
	for name, open := range states(t) {
		s := open(80, 24, Options{})
		before := s.text()
		s.send(paste)
		if s.text() != before {
			t.Errorf("%s: a paste did something:\n%s\nbefore:\n%s", name, s.text(), before)
		}
	}
	s := replaying(t, 80, 24, recorded(t, "joined"), -1, Options{}).press("/").send(paste)
	s.sound()
	if got := s.m.prompt.value(); got != "q.c[2J secondline" {
		t.Errorf("the prompt holds %q", got)
	}
}

// The mouse does no harm anywhere, in any state.
func TestMouseEverywhere(t *testing.T) {
	for name, open := range states(t) {
		t.Run(name, func(t *testing.T) {
			s := open(100, 30, Options{})
			for y := -1; y <= 30; y++ {
				for x := -1; x <= 100; x += 7 {
					for _, m := range []tea.MouseMsg{
						{X: x, Y: y, Button: tea.MouseButtonLeft, Action: tea.MouseActionPress},
						{X: x + 5, Y: y + 2, Button: tea.MouseButtonLeft, Action: tea.MouseActionMotion},
						{X: x, Y: y, Action: tea.MouseActionRelease},
						{X: x, Y: y, Button: tea.MouseButtonWheelDown, Action: tea.MouseActionPress},
						{X: x, Y: y, Button: tea.MouseButtonWheelUp, Action: tea.MouseActionPress},
						{X: x, Y: y, Button: tea.MouseButtonRight, Action: tea.MouseActionPress},
					} {
						s.send(m)
					}
				}
				s.sound()
			}
		})
	}
}

func TestMouseSelects(t *testing.T) {
	s := replaying(t, 120, 40, recorded(t, "joined"), -1, Options{}).press("g")
	click := func(text string) {
		t.Helper()
		for y, line := range s.lines() {
			if before, _, found := strings.Cut(line, text); found {
				s.send(tea.MouseMsg{X: len([]rune(before)), Y: y, Button: tea.MouseButtonLeft, Action: tea.MouseActionPress})
				return
			}
		}
		t.Fatalf("%q is not on the screen:\n%s", text, s.text())
	}
	click("GET directory")
	s.shows("#3 A2")
	click("Head")
	s.shows("[2 Head]")
	s.send(tea.MouseMsg{X: 10, Y: 10, Button: tea.MouseButtonWheelDown, Action: tea.MouseActionPress}).shows("#4 R")

	h := newScreen(t, 80, 24, homeOptions())
	for y, line := range h.lines() {
		if strings.Contains(line, "2026-11-25") {
			h.send(tea.MouseMsg{X: 5, Y: y, Button: tea.MouseButtonLeft, Action: tea.MouseActionPress})
			break
		}
	}
	h.shows("▸ 2026-11-25")
}

func TestMoving(t *testing.T) {
	s := replaying(t, 80, 24, recorded(t, "joined"), -1, Options{})
	s.press("g").shows("#1 A1")
	s.press("j").shows("#2 R")
	s.press("G").shows("#23 A8")
	s.press("1", "2", "g").shows("#12 L1")
	s.shows("[3 Diff]") // the digits chose tabs, and the jump took that back
	s.press("0", "g").shows("there is no entry 0: they go from 1 to 23")
	s.press("4", "1", "1", "g").shows("#11 A5") // 4 was for the tab
	s.shows("[4 Sign]").press("2", "1").shows("[1 Body]")
	s.press("ctrl+u").hides("#11 A5")
	s.press("G", "tab", "j", "j")
	if got := s.m.screen.main.Cursor; got != 2 {
		t.Errorf("the cursor of the body is on line %d", got)
	}
	s.press("h") // folds the whole
	if got := s.m.screen.main.Doc.Lines(); got != 1 {
		t.Errorf("%d lines after folding", got)
	}
	s.press("l")
	if got := s.m.screen.main.Doc.Lines(); got != 3 {
		t.Errorf("%d lines after unfolding", got)
	}
}

func TestFoldsOfPhases(t *testing.T) {
	s := replaying(t, 120, 60, recorded(t, "joined"), -1, Options{}).press("g", "j").shows("GET directory")
	s.press("1", "g", "j", "j", "j", "h").hides("GET directory")
	s.shows("Find the room: h folds it")
	s.press("l").shows("GET directory")
}

func TestFilter(t *testing.T) {
	s := replaying(t, 80, 60, recorded(t, "refused"), -1, Options{}).shows("resolve")
	s.press("f").hides("resolve  ")
	s.shows("without discovery and keys")
	s.press("f", "f").shows("failures only")
	s.hides("GET directory")
	s.press("f").shows("GET directory")
	j := replaying(t, 80, 60, recorded(t, "joined"), -1, Options{}).press("f", "f", "f", "k")
	j.shows("no row is left by the filter")
}

// However small the screen, it says that rows are left out, and how many.
func TestFilterIsSeen(t *testing.T) {
	for _, size := range [][2]int{{60, 16}, {80, 24}, {120, 40}, {200, 60}} {
		s := replaying(t, size[0], size[1], recorded(t, "joined"), -1, Options{})
		s.hides(" rows: ").press("f", "k", "h").shows("10 of 23 rows: without discovery and keys (f)").sound()
		s.press("f", "f", "k").shows("0 of 23 rows: failures only (f)").press("f", "j").hides(" rows: ")
	}
}

func TestStepping(t *testing.T) {
	whole := recorded(t, "joined")
	s := stepping(t, 80, 24, whole, Options{})
	s.shows("Next: The client asks its own server")
	s.press(".").shows("#1 A1")
	s.press(".", ".").shows("#6 A3")
	s.press("b").hides("#6 A3")
	s.shows("STEP 5/6")
	s.press(".").shows("#6 A3")
	s.press("b", "b", "b", "c").shows("#6 A3") // to the end of what has happened, and no further
	s.press("c").shows("joined")
	s.press(".").shows("step: the handshake is over")
	s.shows("DONE")
	if s.m.code() != 0 {
		t.Errorf("exit code %d", s.m.code())
	}
	r := replaying(t, 80, 24, whole, 5, Options{}).press(".")
	r.shows("the recording ends here")
}

// A hanging source does nothing until its step is given up.
type hanging struct {
	trace    flow.Trace
	started  chan struct{}
	progress flow.Progress
}

func (h *hanging) Trace() flow.Trace        { return h.trace }
func (h *hanging) Changed() <-chan struct{} { return nil }
func (h *hanging) Err() error               { return nil }
func (h *hanging) Progress() flow.Progress  { return h.progress }

func (h *hanging) Again(context.Context) bool { return false }

func (h *hanging) Step(ctx context.Context) bool {
	close(h.started)
	<-ctx.Done()
	return true
}

// A step in flight is counted and can be cancelled; Ctrl-c again quits with 130, and q asks first.
func TestStepInFlight(t *testing.T) {
	whole := recorded(t, "joined")
	source := &hanging{trace: whole.Prefix(until(t, whole, flow.A6, flow.Request) - 1), started: make(chan struct{})}
	o := Options{Scenario: "recorded", Start: func(context.Context, string) (Source, func(), error) {
		return source,
			func() {}, nil
	}}
	s := newScreen(t, 80, 24, o)
	cmd := s.pass(keyMsg("c"))
	done := make(chan tea.Msg, 1)
	client.Go(func() { done <- first(cmd) })
	<-source.started
	s.send(changedMsg{s.m.screen.id, knowing(whole.Prefix(until(t, whole, flow.A6, flow.Request)))})
	at := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	s.send(tickMsg{s.m.screen.id, at}, tickMsg{s.m.screen.id, at.Add(4 * time.Second)})
	s.shows("waiting for resident.example 4.1 s   Ctrl-c cancels")
	source.progress = flow.Progress{Of: flow.Receiving, Done: 41 << 20, All: 103 << 20, Took: 2 * time.Second}
	s.send(tickMsg{s.m.screen.id, at.Add(4 * time.Second)})
	s.shows("receiving: 41.0 MiB of 103.0 MiB, 20.5 MiB/s, 3 s left   Ctrl-c cancels")
	s.shows("PUT send_join 41.0 MiB of 103.0 MiB")
	source.progress = flow.Progress{}
	s.press("q").shows("A step is in flight")
	s.press("n").shows("waiting for")
	s.press("ctrl+c").shows("cancelling")
	select {
	case msg := <-done:
		s.send(msg)
	case <-time.After(10 * time.Second):
		t.Fatal("the step goes on")
	}
	if s.m.screen.busy || s.m.screen.going || s.m.quitting {
		t.Error("it goes on")
	}
	s.press("ctrl+c")
	if !s.m.quitting || s.m.code() != 130 {
		t.Errorf("quitting %v with %d", s.m.quitting, s.m.code())
	}
}

// first runs a command, or those of a batch until one leads to a message.
func first(cmd tea.Cmd) tea.Msg {
	if cmd == nil {
		return nil
	}
	msg := cmd()
	batch, ok := msg.(tea.BatchMsg)
	if !ok {
		return msg
	}
	for _, c := range batch {
		if msg := first(c); msg != nil {
			return msg
		}
	}
	return nil
}

func TestLateMessagesFallAway(t *testing.T) {
	s := replaying(t, 80, 24, recorded(t, "joined"), -1, Options{})
	before := s.text()
	other := s.m.screen.id + 1
	s.send(changedMsg{other, knowing(recorded(t, "failover"))},
		steppedMsg{other, knowing(recorded(t, "failover")), true},
		tickMsg{other, time.Time{}}, bodyMsg{other, 1, nil}, foundMsg{id: other, at: match{spot{1, inBody, 0}, 1}})
	if s.text() != before {
		t.Error("a message of another run changed the screen")
	}
}

func TestSearch(t *testing.T) {
	s := replaying(t, 80, 24, recorded(t, "joined"), -1, Options{}).press("g", "/", "type:m.room.member", "enter")
	first := s.m.screen.search.found
	if first.seq == 0 {
		t.Fatal("nothing found")
	}
	for range 200 { // around, through every place once
		if s.press("n"); s.m.screen.search.found == first {
			break
		}
	}
	if s.m.screen.search.found != first {
		t.Error("the search does not come around")
	}
	s.shows("from the top again")
	second := s.press("n").m.screen.search.found
	if s.press("N"); s.m.screen.search.found != first || second == first {
		t.Errorf("from %v n led to %v and N back to %v", first, second, s.m.screen.search.found)
	}
	s.press("/", "ctrl+u", "type:nowhere to be found", "enter").shows("not found: nowhere to be found")
	s.press("esc")
	if s.m.screen.find != "" {
		t.Error("Esc leaves the search")
	}
}

func TestLargeBodyIsReadBeside(t *testing.T) {
	whole := recorded(t, "joined")
	entries := append([]flow.Entry(nil), whole.Entries...)
	last := len(entries) - 1
	response := *entries[last].Response
	response.Body = []byte(`{"room_id":"!x","filler":"` + strings.Repeat("x", 2*bodyAtOnce) + `"}`)
	entries[last].Response = &response
	trace := flow.Trace{Header: whole.Header, Entries: entries}
	s := &screen{t: t, m: newModel(context.Background(), Options{Recorded: recording.Whole(trace)}, theme.NewLook("", false, false),
		io.Discard)}
	s.run(s.m.Init())
	cmd := s.pass(sizeMsg(80, 24))
	s.shows("reading 2.0 MiB…").shows("reading the body: 0 B of 2.0 MiB")
	s.m.screen.loading[s.m.screen.at.Seq].read.Store(1 << 20)
	s.shows("reading the body: 1.0 MiB of 2.0 MiB")
	s.run(cmd)
	s.shows(`"room_id": "!x"`).hides("reading the body")
}

func TestTabs(t *testing.T) {
	s := replaying(t, 120, 40, recorded(t, "joined"), -1, Options{}).press("1", "1", "g")
	s.press("2").shows("TLS 1.3")
	s.press("]").shows("[3 Diff]")
	s.press("[", "[").shows("[1 Body]")
	s.press("e").shows("It carries what only a resident can know")
	s.press("v").shows("The protoevent: ")
	s.press("1", "4", "g", "4").shows("1. The content hash")
	s.press("tab", "G").shows("openssl")
	for _, mode := range []string{"canonical JSON", "raw", "hex", "pretty-printed", "canonical JSON"} {
		s.press("p").shows("body: " + mode).sound()
	}
	early := replaying(t, 120, 40, recorded(t, "joined"), 3, Options{})
	early.press("d").shows("diff: the join event has not been made yet")
	early.press("v").shows("verify: nothing has been checked yet")
}

// The canonical form of a body has its keys sorted and no spaces, and a match is found in what came.
func TestCanonicalBody(t *testing.T) {
	s := replaying(t, 120, 40, recorded(t, "joined"), -1, Options{}).press("1", "1", "g", "1", "tab", "z")
	received := s.m.screen.main.Doc.Raw()
	s.press("p").shows("canonical JSON: keys sorted, no spaces").shows(`{"event":{"auth_events":[`)
	if got, want := s.m.screen.main.Doc.Raw(), received; bytes.Equal(got, want) || !json.Valid(got) {
		t.Errorf("canonical: %s", got)
	}
	s.press("/", "type:room_version", "enter").shows("match 1 of 4").sound()
	if got := s.m.screen.main.Doc.Raw(); !bytes.Equal(got, received) {
		t.Errorf("the match is shown in %s", got)
	}
	s.press("p", "p", "p").shows("hex")
}

func TestSignShowsTheWork(t *testing.T) {
	whole := recorded(t, "joined")
	s := replaying(t, 200, 60, whole, -1, Options{})
	for step, wants := range map[flow.StepID][]string{
		flow.L1: {"hashes.sha256 says the same", "the signature holds", "$ and the reference hash"},
		flow.A2: {"The X-Matrix signature of the request", `"destination":"directory.example"`},
		flow.A6: {"1. The content hash", "The X-Matrix signature of the request"},
		flow.A7: {"This follows the cursor of the body"},
	} {
		for _, e := range whole.Entries {
			if e.Step != step {
				continue
			}
			s.press(strings.Split(fmt.Sprint(e.Seq), "")...)
			s.press("g", "4")
			shown := strings.Join(s.m.screen.main.Text.Lines, " ")
			for _, want := range wants {
				if !strings.Contains(strings.Join(strings.Fields(shown), " "), want) {
					t.Errorf("%s: %q is not in:\n%s", step, want, shown)
				}
			}
			break
		}
	}
}

func TestHelp(t *testing.T) {
	s := replaying(t, 80, 24, recorded(t, "joined"), -1, Options{}).press("?").shows("The handshake")
	s.press("/", "type:yank")
	s.shows("copy: then v value")
	s.hides("go back one entry")
	s.press("enter", "esc").shows("#23 A8")
	s.press("?", "/", "type:zzz").shows("No key does that.")
	s.press("esc", "esc").shows("#23 A8")
	home := newScreen(t, 80, 24, homeOptions()).press("?")
	home.hides("do the next step")
}

func TestYank(t *testing.T) {
	s := replaying(t, 80, 24, recorded(t, "joined"), -1, Options{}).press("tab", "j", "y").shows("copy:")
	s.press("p").shows("path: sent 8 B to the terminal's clipboard (OSC 52)")
	if got := s.out.String(); !strings.Contains(got, "L3Jvb21faWQ=") { // /room_id
		t.Errorf("written: %q", got)
	}
	s.press("y", "q").shows("jq path: sent")
	s.press("y", "k").shows("key: sent 7 B")
	s.press("y", "j").shows("JSON, escaped for shells: sent")
	s.press("y", "l").shows("command (23g then goes to this entry): sent 24 B")
	s.press("y", "v").shows("value, escaped for shells: sent")
	s.press("y", "c").shows("curl is for requests")
	s.press("y", "x").shows("y is followed by")
	s.press("y", "esc").hides("copy:")
	s.press("tab", "1", "3", "g", "y", "c").shows("curl: sent")
	s.press("y", "r").shows("commands: sent")
}

func TestWriteRecording(t *testing.T) {
	whole := recorded(t, "joined")
	name := filepath.Join(t.TempDir(), "kept.jsonl")
	s := replaying(t, 80, 24, whole, -1, Options{}).press("w", "enter").shows("doorstep-recorded.jsonl")
	s.press("ctrl+u", "type:"+name, "enter").shows("23 entries, ").shows("written").shows("kept.jsonl")
	got, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	var want bytes.Buffer
	if err := recording.Write(&want, whole); err != nil || want.String() != string(got) {
		t.Errorf("the recording written is not the one read: %v", err)
	}
	s.press("enter", "ctrl+u", "type:"+name, "enter").shows("kept.jsonl exists").press("n").shows("kept as it was")
	if info, err := os.Stat(name); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
}

func TestFileWord(t *testing.T) {
	for name, want := range map[string]string{"public-v12": "public-v12", "../../etc/passwd": "etc-passwd", "": "join",
		"Räume!": "r-ume", "\x1b[2J": "2j"} {
		if got := fileWord(name); got != want {
			t.Errorf("%q: %q, want %q", name, got, want)
		}
	}
}

func TestHome(t *testing.T) {
	started := ""
	o := homeOptions()
	o.Start = func(_ context.Context, name string) (Source, func(), error) {
		started = name
		return &scripted{whole: recorded(t, "joined")}, func() { started = "" }, nil
	}
	s := newScreen(t, 80, 24, o)
	s.press("enter").shows("Next: The client asks")
	if started != "public-v12" {
		t.Fatalf("started %q", started)
	}
	s.press("esc").shows("q goes back to the home screen")
	s.press("q").shows("Start here")
	if started != "" {
		t.Error("leaving did not stop the servers")
	}
	s.press("/", "type:ban").shows("The user is banned").shows("1 of 7")
	s.hides("public-v1 ")
	s.press("esc").hides("The user is banned")
	s.press("/", "type:nothing like it").shows(`Nothing here matches "nothing like it".`)
	s.press("enter", "enter").shows("open: nothing is selected")
	s.press("esc", "G", "enter", "G", "enter").shows(`public-v12: no recording "public-v12"`)
	s.press("q")
	if !s.m.quitting || s.m.code() != 0 {
		t.Errorf("quitting %v with %d", s.m.quitting, s.m.code())
	}
	failing := newScreen(t, 80, 24, homeOptions()).press("enter")
	failing.shows("public-v12: nothing starts here")
}

// A start that was given up on is stopped when it comes through after all.
func TestStartGivenUp(t *testing.T) {
	stopped := false
	o := homeOptions()
	o.Start = func(ctx context.Context, _ string) (Source, func(), error) {
		if ctx.Err() != nil {
			return nil, nil, ctx.Err()
		}
		return &scripted{whole: recorded(t, "joined")}, func() { stopped = true }, nil
	}
	s := newScreen(t, 80, 24, o)
	cmd := s.pass(keyMsg("enter"))
	msg := first(cmd)
	s.press("enter").shows("one is being started")
	s.press("ctrl+c").shows("given up")
	s.send(msg).shows("Start here")
	if !stopped {
		t.Error("the servers run on")
	}
	late := newScreen(t, 80, 24, o)
	cmd = late.pass(keyMsg("enter"))
	late.press("ctrl+c").send(first(cmd)).shows("Start here")
}

func TestExitCodes(t *testing.T) {
	for name, want := range map[string]int{"joined": 0, "refused": 1, "timeout": 5} {
		if got := replaying(t, 80, 24, recorded(t, name), -1, Options{}).m; true {
			got.screen.direct = true
			if got.code() != want {
				t.Errorf("%s: %d, want %d", name, got.code(), want)
			}
		}
	}
	s := stepping(t, 80, 24, recorded(t, "joined"), Options{}).press(".")
	if s.m.code() != flow.Cancelled.ExitCode() {
		t.Errorf("a handshake left half way: %d", s.m.code())
	}
}

func TestResumeTakesTheMouse(t *testing.T) {
	s := newScreen(t, 80, 24, Options{Mouse: true})
	if cmd := s.pass(tea.ResumeMsg{}); !commands(cmd) {
		t.Error("the mouse is not taken again")
	}
	s.press("M").shows("the mouse is left to the terminal")
	if cmd := s.pass(tea.ResumeMsg{}); commands(cmd) {
		t.Error("the mouse is taken although it was left")
	}
}

func TestNotOpened(t *testing.T) {
	s := newScreen(t, 80, 24, Options{Scenario: "x", Start: func(context.Context, string) (Source, func(), error) {
		return nil, nil, errors.New("no\x1b[2Jport")
	}})
	s.shows(`x: no\x1b[2Jport`)
	s.sound()
}

// What keeps a handshake from being recorded is told while it runs, once.
func TestRecordingCannotBeWritten(t *testing.T) {
	trace := recorded(t, "joined")
	o := Options{Scenario: "public", Scenarios: []home.Scenario{{Name: "public"}}}
	run := &scripted{whole: trace}
	o.Start = func(context.Context, string) (Source, func(), error) { return run, func() {}, nil }
	s := newScreen(t, 80, 24, o)
	s.press(".").hides("cannot be written")
	run.err = errors.New("no space left on device")
	s.press(".").shows("the recording cannot be written: no space left on device")
	s.press(".").hides("cannot be written")
}

// In a large room the rows about keys stay out of the way until somebody wants them, at every height.
func TestCrowdedPhase(t *testing.T) {
	trace, err := roomOf(600, 150)
	if err != nil {
		t.Fatal(err)
	}
	const folded = "rows about keys are folded"
	slow := slowly(trace, 2*time.Second)
	for height, key := range map[int]string{24: "1 key s", 60: "1 key  s"} { // in one line, and above the shaft
		s := replaying(t, 120, height, trace, -1, Options{})
		s.press("k", "k").shows("Verify what came back").shows(folded).hides(key)
		s.press("l").shows("#").press("G").press("k", "k", "k", "k").shows(key).hides(folded)
		s.press("h").shows("Verify what came back: h folds it").hides(key).hides(folded)
		s.press("l", "G", "k", "k", "k", "k").shows(key)

		s = replaying(t, 120, height, trace, -1, Options{})
		s.press("1", "0", "0", "g").shows("#100 R").hides(folded)

		s = replaying(t, 120, height, slow, -1, Options{}) // what says how long each took belongs to it
		s.press("k", "k").shows("Verify what came back").shows(folded).hides("2.0 s")
		s.press("l", "G", "k", "k", "k", "k").shows("2.0 s").hides(folded)
	}
}

// slowly is a trace in which every answer took that long that came while an answer to send_join was verified.
func slowly(t flow.Trace, took time.Duration) flow.Trace {
	t.Entries = slices.Clone(t.Entries)
	replied := false
	for i := range t.Entries {
		e := &t.Entries[i]
		if replied = replied || e.Step == flow.A7; replied && e.Step == flow.R && e.Kind == flow.Response {
			e.Took = took
		}
	}
	return t
}
