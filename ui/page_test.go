package ui

import (
	"encoding/json"
	"strings"
	"testing"

	"doorstep/ui/keymap"
)

// onEvent opens the page of the second event of the list.
func onEvent(t testing.TB, width, height int) *screen {
	return replaying(t, width, height, recorded(t, "joined"), -1, Options{}).press("8", "j", "enter")
}

// marked is the line the cursor is on in the payload.
func marked(s *screen) string {
	for _, line := range s.m.screen.payload()[1:] {
		if strings.HasPrefix(line, s.m.Glyphs.Cursor) {
			return line
		}
	}
	return ""
}

// An event page is moved in line by line, with a cursor that is always seen, and from end to end.
func TestPageHasACursor(t *testing.T) {
	for _, size := range [][2]int{{60, 16}, {80, 24}, {120, 40}, {200, 60}} {
		s := onEvent(t, size[0], size[1])
		seen := map[string]bool{}
		for range 400 {
			line := marked(s)
			if line == "" {
				t.Fatalf("at %v no line is marked:\n%s", size, s.text())
			}
			seen[line] = true
			s.press("j")
		}
		if len(seen) < 20 {
			t.Errorf("at %v the cursor was on %d lines", size, len(seen))
		}
		last := marked(s)
		if s.press("g", "G"); marked(s) != last {
			t.Errorf("at %v G leads to %q, j to %q", size, marked(s), last)
		}
	}
}

// A search on a page stays on it, goes from match to match in both directions, and says which of how many it is at.
func TestSearchOnPage(t *testing.T) {
	s := onEvent(t, 120, 40).press("/", "type:origin_server_ts", "enter").shows("match 1 of 3 on this page")
	if got := marked(s); !strings.Contains(got, `"origin_server_ts"`) {
		t.Errorf("the cursor is on %q", got)
	}
	if got := s.m.screen.fieldPath(); got != "/origin_server_ts" {
		t.Errorf("the path is %q", got)
	}
	s.shows(" /origin_server_ts ").press("N").shows("3 of 3 on this page; from the bottom again").press("n")
	s.shows("1 of 3 on this page; from the top again").shows("[8 Events]")
	s.press("/", "type:sha256|hash", "enter").shows(" on this page")
	for range 8 {
		s.press("n")
		if !strings.Contains(strings.ToLower(marked(s)), "hash") && !strings.Contains(marked(s), "sha256") {
			t.Fatalf("n leads to %q", marked(s))
		}
	}
	s.press("N").shows("on this page")
	s.press("/", "type:no such words", "enter").shows("not on this page: Esc drops the search")
	s.press("esc").hides("not on this page").shows("[8 Events]")
	if s.m.screen.pages() != 1 {
		t.Error("Esc left the page with the search")
	}
	if s.press("esc"); s.m.screen.pages() != 0 {
		t.Error("Esc did not leave the page")
	}
	// A graph is searched as well.
	s.press("G", "a", "/", "type:m.room.create", "enter").shows("on this page")
	if got := marked(s); !strings.Contains(got, "m.room.create") {
		t.Errorf("in the graph the cursor is on %q", got)
	}
}

// What is folded on a page opens where a search leads into it; folding keeps the cursor on its field.
func TestPageFolds(t *testing.T) {
	const sha256 = `"sha256": ` // below it all that was hashed stands as it came, without blanks
	s := onEvent(t, 120, 40).press("/", `type:"sha256"`, "enter")
	all := s.text()
	if s.press("h", "h"); marked(s) == "" || strings.Contains(s.text(), sha256) {
		t.Errorf("h does not fold:\n%s", s.text())
	}
	if s.press("l", "n"); !strings.Contains(s.text(), sha256) {
		t.Errorf("a search does not unfold:\n%s", s.text())
	}
	s.press("H").hides(sha256).press("L").shows(sha256).press("Z", "1").hides(sha256)
	if s.press("L", "n"); !strings.Contains(s.text(), sha256) {
		t.Errorf("unfolded it is\n%s\nnot\n%s", s.text(), all)
	}
	s.press("g", "a", "H").shows("nothing folds on this page")
}

// What is copied on a page is the field under the cursor; the event where the cursor is on none.
func TestYankOnPage(t *testing.T) {
	s := onEvent(t, 120, 40)
	_, event, problem := s.m.screen.yanked("v")
	if problem != "" || !json.Valid([]byte(event)) {
		t.Fatalf("on prose v is %q, %s", event, problem)
	}
	if _, whole, _ := s.m.screen.yanked("j"); whole != event {
		t.Errorf("j is %q", whole)
	}
	if _, _, problem := s.m.screen.yanked("p"); problem == "" {
		t.Error("prose has a path")
	}
	s.press("/", "type:\"sha256\"", "enter")
	var fields struct {
		Hashes struct{ SHA256 string }
	}
	if err := json.Unmarshal([]byte(event), &fields); err != nil {
		t.Fatal(err)
	}
	for key, want := range map[string]string{"v": `"` + fields.Hashes.SHA256 + `"`, "k": "sha256", "p": "/hashes/sha256",
		"q": ".hashes.sha256"} {
		if _, got, problem := s.m.screen.yanked(key); got != want || problem != "" {
			t.Errorf("y %s is %q (%s), want %q", key, got, problem, want)
		}
	}
}

// Sentences name the keys that the user has, not those of the table.
func TestSentencesNameTheUsersKeys(t *testing.T) {
	table, problems := Bindings(map[string][]string{"explain": {"i"}, "rewind": {"W"}, "filter": {"o"},
		"step": {"u"}})
	if problems != nil {
		t.Fatal(problems)
	}
	s := replaying(t, 120, 40, recorded(t, "refused"), -1, Options{Bindings: table})
	s.shows("i explains").hides("e explains").press("u").shows("W goes to its beginning")
	s.press("W").shows("next u POST join")
	if got := s.m.Press(keymap.ActFilterRows); got != "o" {
		t.Errorf("the filter is %s", got)
	}
}
