package render

import (
	"strings"
	"testing"

	"doorstep/render/rendertest"
)

func someBars() Bars {
	return Bars{Charts: []Chart{
		{"types", []Bar{{"m.room.member", 800, false}, {"m.room.topic", 101, false}, {"7 more", 1, true},
			{"none", 0, false}}},
		{"by month", []Bar{{"2024-05", 3, false}, {"2024-06", 6, false}}},
	}}
}

func TestBars(t *testing.T) {
	b := someBars()
	b.Cursor = 1
	for _, test := range []struct {
		glyphs Glyphs
		want   string
	}{
		{Unicode(), `
  types
  m.room.member  800  █████████████████
▸ m.room.topic   101  ██▏
  7 more           1  ▏
  none             0
  by month
  2024-05          3  ████████▌
  2024-06          6  █████████████████`},
		{ASCII(), `
  types
  m.room.member  800  #################
> m.room.topic   101  ##
  7 more           1  #
  none             0
  by month
  2024-05          3  ########
  2024-06          6  #################`},
	} {
		lines, top := b.Draw(Styles{}, test.glyphs, 40, 8)
		for i := range lines {
			lines[i] = strings.TrimRight(lines[i], " ")
		}
		if got := "\n" + strings.Join(lines, "\n"); got != test.want || top != 0 {
			t.Errorf("from line %d:%s\nwant:%s", top, got, test.want)
		}
	}
}

func TestBarsSizes(t *testing.T) {
	hostile := someBars()
	for _, h := range rendertest.Hostile() {
		hostile.Charts[0].Bars = append(hostile.Charts[0].Bars, Bar{Label: Untrusted(h.Text), Count: len(h.Text)})
	}
	for _, b := range []Bars{hostile, {}, {Charts: []Chart{{}}}} {
		for width := 0; width <= 120; width += 3 {
			for _, height := range []int{0, 1, 2, 5, 60} {
				b.Cursor, b.Top = width%9-1, height
				lines, _ := b.Draw(Styles{}, []Glyphs{Unicode(), ASCII()}[width%2], width, height)
				if err := rendertest.Check(lines, width); err != nil || len(lines) != height {
					t.Fatalf("at %dx%d: %d lines, %v", width, height, len(lines), err)
				}
			}
		}
	}
}

// Whatever the cursor is on is in view, and found where it is drawn.
func TestBarsKeepTheCursorInView(t *testing.T) {
	b := someBars()
	for b.Cursor = range b.Len() {
		for height := 1; height < 10; height++ {
			lines, _ := b.Draw(Styles{}, Unicode(), 40, height)
			found := false
			for y, line := range lines {
				at, ok := b.BarAt(height, y)
				if strings.HasPrefix(line, "▸") {
					found = ok && at == b.Cursor
				}
			}
			if !found {
				t.Fatalf("bar %d is not in view of %d lines:\n%s", b.Cursor, height, strings.Join(lines, "\n"))
			}
		}
	}
	if _, ok := b.BarAt(9, 0); ok {
		t.Error("a title is a bar")
	}
}
