package render

import (
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"doorstep/render/rendertest"

	"github.com/charmbracelet/lipgloss"
	"github.com/charmbracelet/x/ansi"
	"github.com/muesli/termenv"
)

func TestMain(m *testing.M) {
	lipgloss.SetColorProfile(termenv.ANSI)
	os.Exit(m.Run())
}

func TestSafe(t *testing.T) {
	for _, tt := range []struct {
		name, in, want string
		opts           SafeOpts
	}{
		{name: "plain", in: "plain text", want: "plain text"},
		{name: "controls", in: "a\x1b[2Jb\x00\x07\x7f", want: `a\x1b[2Jb\x00\x07\x7f`},
		{name: "whitespace", in: "a\tb\nc\rd", want: `a\tb\nc\rd`},
		{name: "c1", in: "\u009b31m\u0085", want: `\u009b31m\u0085`},
		{name: "bidi", in: "a\u202eb", want: "a<U+202E>b"},
		{name: "invisible", in: "a\u200b\ufeff\U000e0041\ufe0f\u2028\ue000b",
			want: "a<U+200B><U+FEFF><U+E0041><U+FE0F><U+2028><U+E000>b"},
		{name: "blanks", in: "a\u00a0b\u3000c", want: "a<U+00A0>b<U+3000>c"},
		{name: "unassigned", in: "\u0378", want: "<U+0378>"},
		{name: "invalid", in: "a\xff\xc3(", want: `a\xff\xc3(`},
		{name: "real replacement character", in: "\ufffd", want: "\ufffd"},
		{name: "surrogate", in: "\xed\xa0\x80", want: `\xed\xa0\x80`},
		{name: "marks", in: "e\u0301", want: "e\u0301"},
		{name: "too many marks", in: "e\u0301\u0302\u0303\u0304\u0305", want: "e\u0301\u0302\u0303<U+0304><U+0305>"},
		{name: "mark on nothing", in: "\u0301 \u0301", want: "<U+0301> <U+0301>"},
		{name: "mark on an escape", in: "\x1b\u0301", want: `\x1b<U+0301>`},
		{name: "wide", in: "日本", want: "日本"},
		{name: "emoji", in: "👍", want: "👍"},
		{name: "emoji modifier", in: "👍🏽", want: "👍<U+1F3FD>"},
		{name: "zwj", in: "👩\u200d👧", want: "👩<U+200D>👧"},
		{name: "ascii", in: "aé日\u202e\x1b", want: `a<U+00E9><U+65E5><U+202E>\x1b`, opts: SafeOpts{ASCII: true}},
		{name: "ascii mark", in: "e\u0301", want: "e<U+0301>", opts: SafeOpts{ASCII: true}},
		{name: "exact", in: "abcde", want: "abcde", opts: SafeOpts{Width: 5}},
		{name: "cut", in: "abcdef", want: "abcd…", opts: SafeOpts{Width: 5}},
		{name: "cut in ascii", in: "abcdef", want: "ab...", opts: SafeOpts{Width: 5, ASCII: true}},
		{name: "cut before an escape", in: "ab\u202ecd", want: "ab…", opts: SafeOpts{Width: 9}},
		{name: "cut a wide one", in: "ab日本", want: "ab…", opts: SafeOpts{Width: 4}},
		{name: "own ellipsis", in: "abcdef", want: "abc..", opts: SafeOpts{Width: 5, Ellipsis: ".."}},
		{name: "no room for the ellipsis", in: "abcdef", want: "", opts: SafeOpts{Width: 2, ASCII: true}},
		{name: "negative", in: "abcdef", want: "", opts: SafeOpts{Width: -1}},
		{name: "label cap", in: strings.Repeat("x", 300), want: strings.Repeat("x", 199) + "…"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := Safe(Untrusted(tt.in), tt.opts); got != tt.want {
				t.Errorf("Safe(%q) = %q, want %q", tt.in, got, tt.want)
			}
		})
	}
}

func TestFormattingNeverYieldsTheBytes(t *testing.T) {
	for _, verb := range []string{"%s", "%v", "%q", "%+v", "%#v", "%x", "%d"} {
		if got := fmt.Sprintf(verb, Untrusted("\x1b[2J\u202e")); got != `\x1b[2J<U+202E>` {
			t.Errorf("%s: %q", verb, got)
		}
	}
}

// checkSafe judges what Safe makes of a text.
func checkSafe(t *testing.T, text string) {
	t.Helper()
	for _, width := range []int{0, 1, 2, 3, 7, 40} {
		for _, ascii := range []bool{false, true} {
			for name, f := range map[string]func(Untrusted, SafeOpts) string{"Safe": Safe} {
				o := SafeOpts{Width: width, ASCII: ascii}
				got := f(Untrusted(text), o)
				w := ansi.StringWidth(got)
				if err := rendertest.Check([]string{got}, w); err != nil {
					t.Fatalf("%s, width %d: %v", name, width, err)
				}
				most := map[bool]int{true: labelCells, false: lineCells}[name == "Safe"]
				if width > 0 {
					most = width
				}
				if w > most {
					t.Fatalf("%s: %d cells, at most %d allowed: %q", name, w, most, got)
				}
				if ascii && strings.ContainsFunc(got, func(r rune) bool { return r > '~' }) {
					t.Fatalf("%s: not ASCII: %q", name, got)
				}
			}
		}
	}
	if w := measure(Untrusted(text), false, lineCells); w < lineCells {
		if got := ansi.StringWidth(Safe(Untrusted(text), SafeOpts{Width: lineCells})); got != w {
			t.Fatalf("Width says %d, drawn in %d", w, got)
		}
	}
}

func TestSafeOnHostileText(t *testing.T) {
	for _, h := range rendertest.Hostile() {
		t.Run(h.Name, func(t *testing.T) { checkSafe(t, h.Text) })
	}
}

// Nothing of a text disappears: every byte is in some piece, and every piece is seen.
func TestSafeLeavesNothingOut(t *testing.T) {
	for _, h := range rendertest.Hostile() {
		s, n := &scanner{s: h.Text}, 0
		for p, ok := s.next(); ok; p, ok = s.next() {
			if p.w < 1 || p.n < 1 || p.s == "" {
				t.Fatalf("%s: piece %+v is not seen", h.Name, p)
			}
			if !p.esc && p.s != h.Text[n:n+p.n] {
				t.Fatalf("%s: %q drawn as %q", h.Name, h.Text[n:n+p.n], p.s)
			}
			n += p.n
		}
		if n != len(h.Text) {
			t.Errorf("%s: %d of %d bytes drawn", h.Name, n, len(h.Text))
		}
	}
}

func TestOrdinaryLettersAreJudgedRight(t *testing.T) {
	for r := rune(0xa0); r < 0x20000; r++ {
		w, ok := ordinaryWidth(r)
		if !ok {
			continue
		}
		char := string(r)
		if ansi.StringWidth(char) != w || ansi.StringWidthWc(char) != w || unseen(r) || !(&scanner{}).standsAlone(char, w) {
			t.Errorf("%U is not an ordinary letter of %d cells", r, w)
		}
	}
}

// What stands before or after a text must not change its width.
func TestSafeTextDoesNotJoinItsSurroundings(t *testing.T) {
	for r := rune(0xa0); r < 0x20000; r++ {
		line := " " + Safe(Untrusted(string(r)), SafeOpts{}) + "x"
		if a, b := ansi.StringWidth(line), ansi.StringWidthWc(line); a != b || a != 2+measure(Untrusted(string(r)), false, 99) {
			t.Fatalf("%U between other text takes %d or %d cells: %q", r, a, b, line)
		}
	}
}

func TestCutMiddle(t *testing.T) {
	for _, tt := range []struct {
		width int
		want  string
	}{{10, "matrix.org"}, {9, "matr….org"}, {8, "mat….org"}, {4, "m…rg"}, {3, "m…g"}, {2, "m…"}, {1, "…"}, {0, ""}} {
		if got := join(cutMiddle("matrix.org", false, tt.width, "…")); got != tt.want {
			t.Errorf("width %d: %q, want %q", tt.width, got, tt.want)
		}
	}
}

func FuzzSafe(f *testing.F) {
	for _, h := range rendertest.Hostile() {
		if len(h.Text) < 2000 {
			f.Add(h.Text)
		}
	}
	f.Fuzz(func(t *testing.T, text string) { checkSafe(t, text) })
}

func TestStatusHasGlyphAndWord(t *testing.T) {
	for s := OK; s <= NotChecked; s++ {
		for name, g := range map[string]Glyphs{"unicode": Unicode(), "ascii": ASCII()} {
			if s.Glyph(g) == "" || !strings.Contains(s.Label(g), s.Word()) || s.Word() == "" {
				t.Errorf("%s: status %d is drawn as %q", name, s, s.Label(g))
			}
		}
	}
}

func TestGlyphsAreNarrow(t *testing.T) {
	for name, g := range map[string]Glyphs{"unicode": Unicode(), "ascii": ASCII()} {
		for _, s := range []string{
			g.Right, g.Left, g.Shaft, g.Dash, g.Lane, g.Tee, g.Rule, g.Cursor, g.Mark, g.Fail, g.Warn, g.Skip, g.Local, g.Note,
			g.Open, g.Closed, g.Again, g.Bar, g.Up, g.Down, g.Replaced, g.Copied, g.Added, g.Removed,
		} {
			if ansi.StringWidth(s) != 1 || ansi.StringWidthWc(s) != 1 {
				t.Errorf("%s: %q is not one cell", name, s)
			}
		}
		if ansi.StringWidth(g.Branch) != 2 || ansi.StringWidth(g.Last) != 2 {
			t.Errorf("%s: branches are not two cells", name)
		}
		for _, s := range []string{g.OK, g.Wait, g.Ellipsis, g.Branch, g.Last, g.Lane, g.Right} {
			if g.ASCII && strings.ContainsFunc(s, func(r rune) bool { return r > '~' }) {
				t.Errorf("%q is not ASCII", s)
			}
		}
	}
}

var colours = regexp.MustCompile(`\b(3|4|9|10)[0-8]\b`)

func TestThemes(t *testing.T) {
	for _, name := range Themes() {
		st, ok := Theme(name)
		if !ok {
			t.Fatalf("no theme %q", name)
		}
		for k, style := range st.table() {
			out := style.Render("x")
			if _, _, ok := strings.Cut(out, "x"); !ok {
				t.Errorf("%s: ink %d loses its text: %q", name, k, out)
			}
			if name == "mono" && colours.MatchString(out) {
				t.Errorf("mono: ink %d is coloured: %q", k, out)
			}
		}
	}
	if _, ok := Theme("nonesuch"); ok {
		t.Error("found a theme that is not there")
	}
}
