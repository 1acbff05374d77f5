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
	for _, lanes := range []int{0, 60, 86, 116} {
		for _, keys := range []Pane{Ladder, Payload} {
			fillsWith(t, w, h, Arrange(w, h, lanes, keys, wished), wished)
		}
	}
}

func fillsWith(t *testing.T, w, h int, l Layout, wished Preference) {
	t.Helper()
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
		l := Arrange(c.width, 40, 86, Ladder, Preference{Flip: c.flip})
		if l.Kind != c.want {
			t.Errorf("%d cells, flipped %v: %d, want %d", c.width, c.flip, l.Kind, c.want)
		}
		if l.Kind != Stacked && l.Payload.W < paneWidth {
			t.Errorf("%d cells: a payload of %d", c.width, l.Payload.W)
		}
	}
}

// The ladder gets what its labels need and no more, and the payload what it takes to read, before that.
func TestWidthGoesToThePayload(t *testing.T) {
	for _, c := range []struct{ width, lanes, want int }{
		{100, 86, 60}, {112, 86, 60}, {120, 86, 67}, {139, 86, 86}, {160, 86, 86}, {200, 101, 101}, {260, 86, 86},
	} {
		if l := Arrange(c.width, 40, c.lanes, Ladder, Preference{}); l.Ladder.W != c.want {
			t.Errorf("%d cells, of which the lanes want %d: a ladder of %d, want %d", c.width, c.lanes, l.Ladder.W, c.want)
		}
	}
	wide := Arrange(160, 40, 86, Ladder, Preference{Share: 1})
	if wide.Ladder.W != 102 {
		t.Errorf("one step more for the ladder: %d cells", wide.Ladder.W)
	}
}

// On a low screen the payload has more lines while it has the keys.
func TestPayloadGrowsWithTheKeys(t *testing.T) {
	without, with := Arrange(80, 24, 86, Ladder, Preference{}), Arrange(80, 24, 86, Payload, Preference{})
	if with.Payload.H < without.Payload.H+4 || with.Ladder.H < 4 {
		t.Errorf("a payload of %d lines, and of %d with the keys, under a ladder of %d", without.Payload.H,
			with.Payload.H, with.Ladder.H)
	}
	if a, b := Arrange(80, 40, 86, Ladder, Preference{}), Arrange(80, 40, 86, Payload, Preference{}); a != b {
		t.Errorf("with the keys the layout of a high screen is %+v, without %+v", b, a)
	}
}
