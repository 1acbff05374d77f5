package tour

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"doorstep/flow/tour"
	"doorstep/render/rendertest"
	"doorstep/ui/keymap"
	"doorstep/ui/theme"
)

func look(ascii bool) theme.Look {
	l := theme.NewLook("mono", ascii, true)
	l.Keys = func(a keymap.Action) string { return strings.TrimPrefix(string(a), "answer ") }
	return l
}

func contents(p Progress) *Contents { return New(look(false), tour.Chapters(), p) }

// At 80x24 every stop fits: what there is to see, the question and the choices together; then the question and the
// answer; and every reply together with the choices.
func TestStopsFit(t *testing.T) {
	const width, height = 80, 24
	c := contents(Progress{})
	for i, chapter := range c.chapters {
		for j := range chapter.Stops {
			p := c.Panel(i, j)
			p.Draw(width, Height(height), true)
			s := p.stop
			if lines, _ := p.lines(); len(lines) > p.height {
				t.Errorf("%s:%d: %d lines, and there is room for %d", s.File, s.Line, len(lines), p.height)
			}
			for k := range s.Choices {
				if k == s.Right() {
					continue
				}
				p.Take(k)
				lines, at := p.lines()
				if n := at[len(at)-1].end - at[0].first; n > p.height {
					t.Errorf("%s:%d: choices and a reply take %d lines of %d\n%s", s.File, s.Line, n, p.height,
						strings.Join(lines, "\n"))
				}
			}
			p.Take(s.Right())
			if lines, _ := p.lines(); len(lines)-p.question > p.height {
				t.Errorf("%s:%d: the answer takes %d lines of %d", s.File, s.Line, len(lines)-p.question, p.height)
			}
		}
	}
}

// Whatever the size, what is drawn has it, and every line of a panel can be brought into view.
func TestSizes(t *testing.T) {
	for _, ascii := range []bool{false, true} {
		c := New(look(ascii), tour.Chapters(), Progress{})
		for _, width := range []int{40, 80, 200} {
			for _, height := range []int{16, 24} {
				sound(t, c.Draw(width, height, "a notice", "the footer"), width, height)
				for i, chapter := range c.chapters {
					for j := range chapter.Stops {
						p := c.Panel(i, j)
						seen := map[string]bool{}
						draw := func() {
							t.Helper()
							lines := p.Draw(width, Height(height), true)
							sound(t, lines, width, Height(height))
							for _, l := range lines {
								seen[strings.TrimSpace(l)] = true
							}
						}
						draw()
						lines, _ := p.lines()
						for range lines {
							p.Scroll(1)
							draw()
						}
						for _, l := range lines {
							if !seen[strings.TrimSpace(l)] {
								t.Fatalf("%dx%d: %s never shows %q", width, height, p.stop.Name, l)
							}
						}
						p.Move(keymap.ActDown)
						draw()
						p.Show()
						draw()
					}
				}
			}
		}
	}
}

func sound(t *testing.T, lines []string, width, height int) {
	t.Helper()
	if len(lines) != height {
		t.Fatalf("%d lines, want %d", len(lines), height)
	}
	if err := rendertest.Check(lines, width); err != nil {
		t.Fatal(err)
	}
}

// Down goes over the text to the choices, Enter takes the one it is on; a wrong one is answered with why, and the
// right one ends the question.
func TestPanelKeys(t *testing.T) {
	p := contents(Progress{}).Panel(0, 0)
	draw := func() string { return strings.Join(p.Draw(60, Height(16), true), "\n") }
	if got := draw(); !strings.Contains(got, "more below") || strings.Contains(got, "All three") {
		t.Fatalf("it begins with\n%s", got)
	}
	for range 20 {
		p.Move(keymap.ActDown)
		draw()
	}
	if got := draw(); p.cursor != 2 || !strings.Contains(got, "▸ c  All three") {
		t.Fatalf("at the end it shows\n%s", got)
	}
	if p.Enter(); p.Answered() || !strings.Contains(draw(), "own homeserver only") {
		t.Fatalf("a wrong choice is answered with\n%s", draw())
	}
	p.Move(keymap.ActUp)
	p.Move(keymap.ActUp)
	if p.Enter() || !p.Answered() || !strings.Contains(draw(), "✓") {
		t.Fatalf("the right one is answered with\n%s", draw())
	}
	if p.Take(1) || !p.Enter() {
		t.Error("it goes on asking")
	}
	p.Move(keymap.ActToFirst)
	if got := draw(); !strings.Contains(got, "A Matrix account") {
		t.Errorf("the text is gone:\n%s", got)
	}
	shown := contents(Progress{}).Panel(0, 0)
	if shown.Show(); !shown.Answered() || strings.Contains(strings.Join(shown.Draw(80, 11, false), "\n"), "✓") {
		t.Error("what was shown for the asking counts as found out")
	}
}

// A click points at the choice that is drawn there.
func TestChoiceAt(t *testing.T) {
	p := contents(Progress{}).Panel(0, 0)
	lines := p.Draw(80, Height(24), true)
	for i := range p.stop.Choices {
		y := slices.IndexFunc(lines, func(l string) bool { return strings.Contains(l, p.stop.Choices[i].Text) })
		if got, ok := p.ChoiceAt(y); !ok || got != i {
			t.Errorf("line %d is choice %d, not %d: %s", y, got, i, lines[y])
		}
	}
	for _, y := range []int{0, 1, 40} {
		if i, ok := p.ChoiceAt(y); ok {
			t.Errorf("line %d is choice %d", y, i)
		}
	}
	c := contents(Progress{})
	for _, height := range []int{16, 24} {
		lines := c.Draw(80, height, "", "")
		for i := range c.chapters {
			y := slices.IndexFunc(lines, func(l string) bool { return strings.Contains(l, c.chapters[i].Title) })
			if got, ok := c.ChapterAt(y, 80, height); !ok || got != i {
				t.Errorf("at %d line %d is chapter %d, not %d", height, y, got, i)
			}
		}
		if i, ok := c.ChapterAt(0, 80, height); ok {
			t.Errorf("the title is chapter %d", i)
		}
	}
}

// The tour goes on where somebody was; a chapter that is through begins anew.
func TestWhereItGoesOn(t *testing.T) {
	for _, c := range []struct {
		p             Progress
		chapter, stop int
	}{
		{Progress{}, 0, 0},
		{Progress{At: "alias", Done: []string{"parties"}}, 0, 1},
		{Progress{At: "parties", Done: []string{"parties"}}, 0, 0},
		{Progress{At: "no-such-stop", Done: []string{"parties", "gone"}}, 0, 1},
		{Progress{At: "banned"}, 2, 0},
		{Progress{At: "on-your-own", Done: []string{"on-your-own"}}, 0, 0},
	} {
		chapter, stop := contents(c.p).Chapter()
		if chapter != c.chapter || stop != c.stop {
			t.Errorf("%+v goes on at %d, %d", c.p, chapter, stop)
		}
	}
	all := contents(Progress{})
	for _, chapter := range all.chapters {
		for i := range chapter.Stops {
			all.Answered(&chapter.Stops[i])
		}
	}
	all.toUndone()
	if chapter, stop := all.Chapter(); chapter != 0 || stop != 0 {
		t.Errorf("all done, it goes on at %d, %d", chapter, stop)
	}
	if all.To("no-such-chapter") || !all.To("failures") {
		t.Error("chapters are not found by their names")
	}
}

// Progress comes back as it was written; a file that cannot be read is told with its name, and can be written over.
func TestProgressKept(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state", "tour.json")
	if p, err := Read(path); err != nil || p.At != "" || p.Done != nil {
		t.Fatalf("without a file: %+v, %v", p, err)
	}
	want := Progress{At: "alias", Done: []string{"parties"}}
	for _, bad := range []string{"", "{", `{"doorstep_tour":2,"done":[]}`, `{"done":[]}`, `[]`} {
		if err := want.Write(path); err != nil {
			t.Fatal(err)
		}
		if got, err := Read(path); err != nil || !cmp.Equal(got, want) {
			t.Fatalf("it came back as %+v, %v", got, err)
		}
		if err := os.WriteFile(path, []byte(bad), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := Read(path); err == nil || !strings.Contains(err.Error(), path) {
			t.Errorf("%q: %v", bad, err)
		}
	}
	left, err := os.ReadDir(filepath.Dir(path))
	if err != nil || len(left) != 1 {
		t.Errorf("there are %v, %v", left, err)
	}
	blocked := filepath.Join(path, "below", "tour.json")
	if err := want.Write(blocked); err == nil {
		t.Error("a file was taken for a folder")
	}
}

// A file of progress that is too large is refused, and not read to its end.
func TestProgressHasALimit(t *testing.T) {
	path := filepath.Join(t.TempDir(), "tour.json")
	if err := os.WriteFile(path, []byte(`{"doorstep_tour":1,"at":"`+strings.Repeat("x", limit)+`"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Read(path); err == nil || !strings.Contains(err.Error(), "more than 1048576 bytes") {
		t.Errorf("%v", err)
	}
}
