package ui

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"testing"

	"doorstep/flow"
	"doorstep/render"
)

// holding is a trace with another body in its last answer.
func holding(t testing.TB, body []byte) flow.Trace {
	whole := recorded(t, "joined")
	entries := append([]flow.Entry(nil), whole.Entries...)
	last := len(entries) - 1
	response := *entries[last].Response
	response.Body = body
	entries[last].Response = &response
	return flow.Trace{Header: whole.Header, Entries: entries}
}

// Every match is counted once, in order, and each can be gone to by its number and found out the number of.
func TestTally(t *testing.T) {
	large := bytes.Repeat([]byte(`"aaAAa"`), 3*blockBytes/7)
	for name, trace := range map[string]flow.Trace{"joined": recorded(t, "joined"), "large": holding(t, large)} {
		hay := hayOf(t, trace)
		for _, words := range []string{"a", "aa", "aAa", "m\\.room\\.member", `":"`, "nothing like it",
			`a+[^a]?`, "ed25519.*:"} {
			needle, err := render.ParseNeedle(words)
			if err != nil {
				t.Fatal(err)
			}
			var want []match
			for s := (spot{}); s.seq <= hay.last(); s = s.next() {
				raw := hay.in(s)
				f := needle.In(raw)
				for at := f.Next(0, len(raw)); at >= 0; at = f.Next(f.End(), len(raw)) {
					want = append(want, match{spot{s.seq, s.part, at}, f.End()})
				}
			}
			y := tally{}
			for !y.covers(hay.last()) {
				y = y.goOn(context.Background(), hay, needle)
			}
			if y.n != len(want) {
				t.Fatalf("%s, %q: %d matches, want %d", name, words, y.n, len(want))
			}
			for k := 0; k < len(want); k += 1 + len(want)/60 {
				if got := y.match(hay, needle, k); got != want[k] {
					t.Fatalf("%s, %q: match %d is at %v, want %v", name, words, k, got, want[k])
				}
				if got := y.until(hay, needle, want[k].spot); got != k {
					t.Fatalf("%s, %q: %d matches before that at %v, want %d", name, words, got, want[k], k)
				}
			}
		}
	}
}

// hayOf is what is searched of a trace.
func hayOf(t testing.TB, trace flow.Trace) *haystack {
	h := replaying(t, 120, 40, trace, -1, Options{}).m.screen
	return h.haystack(h.trace())
}

// A search looks into everything that tabs show of a row, leads to the tab that shows it, and says which one that is.
func TestSearchesEveryPart(t *testing.T) {
	for _, c := range []struct{ name, words, where, tab string }{
		{"joined", "X-Matrix$|Authorization: X", "in the head of entry ", "Head"},
		{"joined", "^GET", "in the head of entry ", "Head"},
		{"joined", `"membership":`, "in the body of entry ", "Body"},
		{"joined", "What was looked at", "in the checks of entry ", "Checks"},
		{"wrong", "^\\d+ findings?", "in the findings", "Found"},
	} {
		trace := recorded(t, "joined")
		if c.name == "wrong" {
			trace = recorded(t, "flawed")
		}
		s := replaying(t, 120, 40, trace, -1, Options{}).press("g", "/", "type:"+c.words, "enter")
		s.shows("match ").shows(c.where)
		if got := s.m.screen.tab.Name(); got != c.tab {
			t.Errorf("%q leads to the tab %s, not %s", c.words, got, c.tab)
		}
		marked := ""
		for _, line := range s.lines() {
			if _, found, ok := strings.Cut(line, "│"+s.m.Glyphs.Cursor+" "); ok {
				marked = found
			}
		}
		if f := s.m.screen.search.needle.In([]byte(marked)); c.tab != "Body" && f.Next(0, len(marked)) < 0 {
			t.Errorf("%q: the cursor is on %q:\n%s", c.words, marked, s.text())
		}
	}
}

// One search follows another; n and N go through the matches in order and tell which one it is.
func TestSearchAfterSearch(t *testing.T) {
	s := replaying(t, 120, 40, recorded(t, "joined"), -1, Options{}).press("g", "/", "type:m.room.member", "enter")
	s.shows("match 1 of ").press("n").shows("match 2 of ").press("N").shows("match 1 of ").press("N").
		shows("from the bottom again").press("j").hides("match ")
	s.press("/", "type:\"auth_chain\"", "enter").shows("match 1 of ")
	if h := s.m.screen; h.find != `"auth_chain"` ||
		!bytes.HasPrefix(h.haystack(h.trace()).in(h.search.found.spot)[h.search.found.offset:], []byte(`"auth_chain"`)) {
		t.Fatalf("the second search is for %q and leads to %v", h.find, h.search.found)
	}
	s.press("/", "enter").shows("match 1 of ") // the same again, which is there once
	s.press("esc", "/").shows(`"auth_chain"   Enter searches again`).press("enter").shows("match 1 of ")
	s.press("/", "type:M.ROOM.member", "enter").shows("not found, as a regular expression: M.ROOM.member")
	s.press("/", "type:\"Sender\"", "enter").shows("not found: \"Sender\"")
	s.press("/", "type:\"sender\"", "enter").shows("match ")
}

// The first match is gone to before all are counted; the count grows until they are, and another search ends that.
func TestSearchCounts(t *testing.T) {
	body := []byte(`{"a":["` + strings.Repeat(`needle","`, 200_000) + `"]}`)
	s := replaying(t, 80, 24, holding(t, body), -1, Options{}).press("g")
	h := s.m.screen
	h.lookFor("needle")
	find := h.seek(1)
	s.pass(find()) // what else there is to do is left
	s.shows("a match of 0 so far")
	before := 0
	for h.search.counted.n < 200_000 {
		h.search.counts = false
		msg := h.countOn()().(countedMsg)
		s.pass(msg)
		if msg.tally.n < before || msg.tally.n > 200_000 {
			t.Fatalf("%d matches after %d", msg.tally.n, before)
		}
		before = msg.tally.n
	}
	for !h.search.counted.covers(h.shown) {
		h.search.counts = false
		s.pass(h.countOn()())
	}
	s.shows("match 1 of 200000").press("N").shows("match 200000 of 200000 in the body of entry 23; from the bottom again")
	s.press("n").shows("match 1 of 200000")

	h.lookFor("needle")
	late, counting := h.seek(1), h.countOn()
	h.lookFor("sender")
	if h.search.asked++; s.pass(late()) == nil || h.search.found != (match{}) {
		t.Error("an earlier search leads somewhere")
	}
	if s.pass(counting()); h.search.counted.n != 0 {
		t.Error("an earlier search counts")
	}
	s.press("esc")
	if h.search.ctx != nil || h.find != "" {
		t.Error("Esc leaves the search")
	}
}

// What comes in later is counted too.
func TestSearchGrows(t *testing.T) {
	trace := recorded(t, "joined")
	s := stepping(t, 120, 40, trace, Options{}).press("/", "type:ed25519", "enter", ".", ".", "c")
	y := &s.m.screen.search.counted
	if want := tallied(hayOf(t, trace), "ed25519"); y.n != want || want == 0 || !y.covers(len(trace.Entries)) {
		t.Errorf("%d matches, want %d", y.n, want)
	}
	s.press("n").shows(fmt.Sprintf(" of %d", y.n))
}

func tallied(hay *haystack, words string) int {
	var y tally
	for !y.covers(hay.last()) {
		y = y.goOn(context.Background(), hay, render.NewNeedle(words))
	}
	return y.n
}

// BenchmarkSearch goes to the last match in a body of 100 MB, over that of a search from its beginning and back over
// its end, as / and N do.
func BenchmarkSearch(b *testing.B) {
	body := append(bytes.Repeat([]byte(`{"type":"m.room.member","content":{"displayname":"User"}},`), 100<<20/58), "the Last one"...)
	trace := holding(b, body)
	hay := hayOf(b, trace)
	for _, words := range []string{"the Last one", "the last one", "last"} {
		needle := render.NewNeedle(words)
		b.Run(words+"/next", func(b *testing.B) {
			for b.Loop() {
				if at, _ := next(context.Background(), hay, needle, spot{}); at.seq != hay.last() {
					b.Fatal(at)
				}
			}
		})
		b.Run(words+"/count and previous", func(b *testing.B) {
			for b.Loop() {
				if at, _ := previous(context.Background(), hay, needle, tally{}, spot{}); at.seq != hay.last() {
					b.Fatal(at)
				}
			}
		})
	}
}

// The line opens empty: what was searched for last is offered, and those before can be gone back to.
func TestSearchPromptOffers(t *testing.T) {
	s := replaying(t, 120, 40, recorded(t, "joined"), -1, Options{}).press("g", "/", "type:room_id", "enter")
	s.press("/", "type:sender", "enter")
	if got := s.m.screen.find; got != "sender" {
		t.Fatalf("searched for %q", got)
	}
	typed := func(want string, names ...string) {
		t.Helper()
		if s.press(names...); s.m.prompt.input.Value() != want {
			t.Errorf("after %v the line is %q, want %q", names, s.m.prompt.input.Value(), want)
		}
	}
	typed("", "/")
	typed("sender", "up")
	typed("room_id", "up")
	typed("room_id", "up")
	typed("", "down", "down")
	typed("sender", "right")
	typed("senders", "type:s")
	s.press("esc", "/", "up", "up", "enter")
	if got := s.m.screen.find; got != "room_id" {
		t.Errorf("searched for %q", got)
	}
	s.press("/", "type:a[").shows("no regular expression (missing closing ]): searched for as it stands")
	s.press("type:b]").hides("no regular expression")
}

// The name of a file is offered, not typed already: what is typed takes its place.
func TestFilePromptOffers(t *testing.T) {
	s := replaying(t, 120, 40, recorded(t, "joined"), -1, Options{}).press("w", "enter")
	s.shows("doorstep-recorded.jsonl   Enter writes it, Right changes it")
	if s.press("type:x"); s.m.prompt.input.Value() != "x" {
		t.Errorf("the line is %q", s.m.prompt.input.Value())
	}
	s.hides("doorstep-recorded").press("backspace", "right", "type:1")
	if got := s.m.prompt.input.Value(); got != "doorstep-recorded.jsonl1" {
		t.Errorf("the line is %q", got)
	}
}
