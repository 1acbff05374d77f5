package render

import (
	"strings"
	"testing"

	"doorstep/render/rendertest"
)

func TestLine(t *testing.T) {
	plain := Styles{}
	for _, tt := range []struct {
		width int
		want  string
	}{
		{30, ` a.org · room\x1b[2J end      `}, {22, ` a.org · room\x1b[2J …`}, {16, ` a.org · room…  `}, {9, ` a.org ·…`},
		{1, "…"}, {0, ""}, {-1, ""},
	} {
		got := Line(plain, Unicode(), tt.width, Run{Text: " a.org · "}, Run{Text: "room\x1b[2J"}, Run{Text: " end"})
		if got != tt.want {
			t.Errorf("width %d: %q, want %q", tt.width, got, tt.want)
		}
	}
}

func TestLinesAndParagraphsOnHostileText(t *testing.T) {
	st := theme(t, "dark")
	for _, h := range rendertest.Hostile() {
		u := Untrusted(h.Text)
		for width := 0; width < 100; width += 7 {
			for _, g := range []Glyphs{Unicode(), ASCII()} {
				line := Line(st, g, width, Run{u, st.Title}, Run{" ", st.Text}, Run{u, st.Dim})
				if err := rendertest.Check([]string{line}, width); err != nil {
					t.Fatalf("%s: %v", h.Name, err)
				}
				lines := Paragraph(st, g, width, 5, u+" "+u, st.Text)
				if err := rendertest.Check(lines, width); err != nil || len(lines) > 5 {
					t.Fatalf("%s: %d lines, %v", h.Name, len(lines), err)
				}
			}
		}
	}
}

func TestParagraph(t *testing.T) {
	got := Paragraph(Styles{}, Unicode(), 12, 3, "the resident must sign as well, or nobody believes it", Styles{}.Text)
	want := []string{"the resident", "must sign as", "well, or…   "}
	if strings.Join(got, "|") != strings.Join(want, "|") {
		t.Errorf("%q, want %q", got, want)
	}
	if got := Paragraph(Styles{}, Unicode(), 5, 9, "abcdefghijkl mn", Styles{}.Text); strings.Join(got,
		"|") != "abcde|fghij|kl mn" {
		t.Errorf("%q", got)
	}
}
