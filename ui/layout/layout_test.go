package layout

import "testing"

// The areas of every layout lie on the screen, do not overlap, and fill it.
func TestLayoutsFill(t *testing.T) {
	for w := LeastWidth; w <= 260; w += 3 {
		for h := LeastHeight; h <= 90; h += 2 {
			for share := -4; share <= 4; share++ {
				for _, wished := range []Preference{{Share: share}, {Share: share, Flip: true},
					{Zoom: true, Pane: Ladder},
					{Zoom: true, Pane: Payload}, {Zoom: true, Pane: Why}} {
					fills(t, w, h, wished)
				}
			}
		}
	}
}

func fills(t *testing.T, w, h int, wished Preference) {
	t.Helper()
	l := Arrange(w, h, wished)
	area := 0
	for _, r := range []Rect{l.Ladder, l.Payload, l.Why} {
		if r.X < 0 || r.Y < 0 || r.W < 0 || r.H < 0 || r.X+r.W > w || r.Y+r.H > h {
			t.Fatalf("%dx%d %+v: %+v is off the screen", w, h, wished, r)
		}
		area += r.W * r.H
	}
	top, bottom := 1, h-1-l.StatusLines
	heads := 0 // lines of tabs and titles, and the rule between panes
	switch {
	case l.Kind == ThreeZones && !wished.Zoom:
		heads = l.Payload.W*2 + (bottom - top)
	case l.Kind == SideBySide && !wished.Zoom:
		heads = l.Payload.W + (bottom - top)
	case l.Payload.H > 0 || l.Why.H > 0:
		heads = w
	}
	if area+heads != w*(bottom-top) || l.Status != bottom {
		t.Fatalf("%dx%d %+v: %d cells of %d are used: %+v", w, h, wished, area+heads, w*(bottom-top), l)
	}
}

func TestArrangements(t *testing.T) {
	for _, c := range []struct {
		width int
		flip  bool
		want  Kind
	}{{60, false, Stacked}, {99, false, Stacked}, {100, false, SideBySide}, {159, false, SideBySide},
		{160, false, ThreeZones},
		{80, true, SideBySide}, {70, true, Stacked}, {120, true, Stacked}, {200, true, Stacked}} {
		l := Arrange(c.width, 40, Preference{Flip: c.flip})
		if l.Kind != c.want {
			t.Errorf("%d cells, flipped %v: %d, want %d", c.width, c.flip, l.Kind, c.want)
		}
		if l.Kind != Stacked && l.Payload.W < paneWidth {
			t.Errorf("%d cells: a payload of %d", c.width, l.Payload.W)
		}
	}
}
