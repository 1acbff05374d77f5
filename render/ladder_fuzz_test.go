package render

import (
	"testing"
	"time"

	"doorstep/render/rendertest"
)

// FuzzLadder lays out ladders of any shape at any size: every frame is as wide and as high as the screen, the window is
// within the rows, and what is under a pointer is there.
func FuzzLadder(f *testing.F) {
	f.Add([]byte{4, 80, 24, 0, 0, 0, 1, 0, 1, 9, 1, 1, 0, 1, 0, 9}, "POST join")
	f.Add([]byte{2, 59, 9, 1, 2, 3, 2, 0, 1, 1, 3, 1, 1, 4, 4, 0, 5, 0, 2, 6, 1, 1}, "\u00e9\u4e16\u754c\x1b[31m")
	f.Add([]byte{6, 200, 60, 2, 7, 9, 7, 9, 250, 0, 0, 5, 2, 1, 3, 255, 255, 0}, "")
	f.Fuzz(func(t *testing.T, shape []byte, label string) {
		if len(shape) < 6 || len(shape) > 6+4*40 || len(label) > 200 {
			return
		}
		width, height := int(shape[1]), int(shape[2])%80
		opt := LadderOptions{Time: TimeMode(shape[3] % 5), Arrow: ArrowMode(shape[3] / 5 % 3), Pan: int(shape[4] % 8),
			Bars: shape[3]&64 > 0, Spill: shape[3]&128 > 0}
		l := ladderOf(shape, label)
		if shape[4]&128 > 0 {
			l = l.Merged()
		}
		lines := l.Draw(fuzzStyles, Unicode(), width, height, opt)
		if len(lines) != height {
			t.Fatalf("%d lines of %d", len(lines), height)
		}
		if err := rendertest.Check(lines, width); err != nil {
			t.Error(err)
		}
		if first, end := l.Window(width, height, opt); first < 0 || first > end || end > len(l.Rows) {
			t.Errorf("the window is %d to %d, of %d rows", first, end, len(l.Rows))
		}
		for y := -1; y <= height; y += 3 {
			if row, ok := l.RowAt(width, height, y, opt); ok && (row < 0 || row >= len(l.Rows)) {
				t.Errorf("row %d of %d is on line %d", row, len(l.Rows), y)
			}
			if lane, ok := l.LaneAt(width, height, width/2, y, opt); ok && !l.has(lane) {
				t.Errorf("lane %d of %d is on line %d", lane, len(l.Lanes), y)
			}
		}
	})
}

var fuzzStyles, _ = Theme("mono")

// ladderOf is the ladder of a shape: lanes, size, options, cursor, and four bytes a row.
func ladderOf(shape []byte, label string) Ladder {
	l := Ladder{Cursor: int(shape[5])%12 - 1, Top: int(shape[5]) / 12, Head: int(shape[4]) / 8 % 8,
		Start: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)}
	for i := range int(shape[0] % 8) {
		lane := Lane{Role: "Resident", Host: Untrusted(label), Many: i % 3}
		if i%2 > 0 {
			lane.Host, lane.Sub = "a.example", Untrusted(label)
		}
		l.Lanes = append(l.Lanes, lane)
	}
	for b := shape[6:]; len(b) >= 4; b = b[4:] {
		r := Row{Kind: RowKind(b[0] % 8), Number: len(l.Rows), From: int(b[1]%10) - 1, To: int(b[2]%10) - 1,
			At: time.Duration(int8(b[3])) * time.Millisecond, Took: time.Duration(b[3]) << (b[0] % 40),
			Status: Status(b[0] / 8 % 6), Attempt: int(b[1] / 32), Of: int(b[2] / 32), Waiting: b[0]&64 > 0,
			Marked: b[1]&128 > 0, Folded: b[2]&128 > 0, Inferred: b[0]&128 > 0, Reason: Untrusted(label)}
		for range b[3] % 4 {
			r.Label = append(r.Label, Untrusted(label))
		}
		l.Rows = append(l.Rows, r)
	}
	return l
}
