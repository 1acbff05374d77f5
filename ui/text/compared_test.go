package text_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"doorstep/flow"
	"doorstep/flow/compare"
	"doorstep/flow/diagnose"
	"doorstep/flow/flowtest"
	"doorstep/recordings"
	"doorstep/render"
	"doorstep/render/rendertest"
	"doorstep/ui/story"
	"doorstep/ui/text"
	"doorstep/ui/theme"
)

func sideOf(t *testing.T, name string) compare.Side {
	t.Helper()
	trace := flowtest.Embedded(t, name)
	s := flow.Fold(trace)
	return compare.Side{Name: name, Trace: trace, State: s, Findings: diagnose.Findings(trace, s)}
}

func lines(t *testing.T, c compare.Comparison, ascii bool) []string {
	t.Helper()
	var b bytes.Buffer
	if err := text.Compared(&b, c, text.Options{ASCII: ascii}); err != nil {
		t.Fatal(err)
	}
	return strings.Split(strings.TrimSuffix(b.String(), "\n"), "\n")
}

// Every recording against the one after it: the lines fit but for words that stay whole, and are of ASCII where that is
// asked for; every step stands in one of them.
func TestComparedLines(t *testing.T) {
	names := recordings.Names()
	last := sideOf(t, names[len(names)-1])
	for _, name := range names {
		side := sideOf(t, name)
		c := compare.Handshakes(last, side)
		told := strings.Join(lines(t, c, false), " ")
		told = strings.Join(strings.Fields(told), " ")
		for _, r := range (story.Phrases{Signs: theme.SignsOf(false)}).Compared(c) {
			if !r.Alike() && !strings.Contains(told, r.Name) {
				t.Errorf("%s and %s: %q is not told", last.Name, name, r.Name)
			}
		}
		for _, line := range lines(t, c, true) {
			if i := strings.IndexFunc(line, func(r rune) bool { return r < ' ' || r > '~' }); i >= 0 {
				t.Errorf("%s and %s: %q at %d", last.Name, name, line, i)
			}
			if words := strings.Fields(line); len(line) > text.PlainWidth && !slices.ContainsFunc(words, func(w string) bool {
				return len(w) > text.PlainWidth/2
			}) {
				t.Errorf("%s and %s: %d cells: %q", last.Name, name, len(line), line)
			}
		}
		last = side
	}
}

// Whatever stands in a name or a title is drawable.
func TestComparedHostileText(t *testing.T) {
	plain := sideOf(t, "banned")
	for _, h := range rendertest.Hostile() {
		a, b := plain, sideOf(t, "public-v12")
		a.Name, a.Trace.Header.Title, b.Trace.Header.Like = h.Text, h.Text, h.Text
		for _, ascii := range []bool{false, true} {
			for _, line := range lines(t, compare.Handshakes(a, b), ascii) {
				if err := rendertest.Check([]string{line}, render.Width(line)); err != nil {
					t.Errorf("%s: %v", h.Name, err)
				}
			}
		}
	}
}

// Two of which one holds nothing are told apart in a few lines, with what each is.
func TestNothingShared(t *testing.T) {
	full := sideOf(t, "public-v12")
	empty := compare.Side{Name: "empty", Trace: full.Trace.Prefix(0), State: flow.Fold(full.Trace.Prefix(0))}
	got := strings.Join(lines(t, compare.Handshakes(full, empty), false), "\n")
	want := `A = public-v12: joined, room version 12, form current, 23 entries; A public room
    of version 12
B = empty: failed, form current, 0 entries; A public room of version 12

They share nothing: no step of one is in the other.`
	if got != want {
		t.Errorf("got\n%s", got)
	}
}
