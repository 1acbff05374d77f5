package ui

import "testing"

// H folds all that is below the outermost, Z so many levels, L nothing; the path under the cursor is told.
func TestFoldingLevels(t *testing.T) {
	s := replaying(t, 80, 24, recorded(t, "joined"), -1, Options{})
	s.press("/", "type:\"auth_chain\"", "enter", "1", "tab", "g")
	h := s.m.screen
	h.count = ""
	s.press("g")
	c := h.bodies[h.at.Seq]
	all := c.Doc.Lines()
	lines := func(want func(n int) bool, keys ...string) int {
		t.Helper()
		s.press(keys...)
		if n := c.Doc.Lines(); !want(n) {
			t.Errorf("after %v there are %d of %d lines", keys, n, all)
		}
		return c.Doc.Lines()
	}
	one := lines(func(n int) bool { return n < 12 }, "H")
	two := lines(func(n int) bool { return n > one && n < all }, "Z", "2")
	lines(func(n int) bool { return n > two && n < all }, "Z", "3")
	lines(func(n int) bool { return n == one }, "Z", "1")
	lines(func(n int) bool { return n == all }, "L")
	s.press("Z").shows("1 to 9 leaves so many levels open").press("x").shows("Z is followed by 1 to 9")
	s.press("j").shows(" " + c.Path() + " ")
	if c.Path() == "" {
		t.Error("the cursor is on no field")
	}
	s.press("p", "H").shows("only what is pretty-printed folds")
	s.press("2", "Z").shows("only the body folds")
}
