package tab

import (
	"slices"
	"unicode/utf8"

	"doorstep/flow"
	"doorstep/ui/keymap"
	"doorstep/ui/story"
)

// All is every tab, in the order of the line of tabs.
var All = []Tab{Body, Head, Diff, Sign, Checks, Why, Rules, Events, Found}

// OfKey returns the tab that a key chooses; nil when it chooses none.
func OfKey(key string) Tab { return find(func(t Tab) bool { return t.Key() == key }) }

// Choosing is the action of choosing a tab.
func Choosing(t Tab) keymap.Action { return keymap.Action("tab " + t.Name()) }

// Chosen returns the tab that an action chooses; nil when it chooses none.
func Chosen(a keymap.Action) Tab { return find(func(t Tab) bool { return Choosing(t) == a }) }

func find(ok func(Tab) bool) Tab {
	if i := slices.IndexFunc(All, ok); i >= 0 {
		return All[i]
	}
	return nil
}

// After returns the tab n places on from t in the line of tabs, which goes round.
func After(t Tab, n int) Tab {
	return All[(slices.Index(All, t)+n+len(All))%len(All)]
}

// Natural is the tab that says most about the row of s.
func Natural(s *story.Scene) Tab {
	switch e := s.Entry(); {
	case e == nil:
		return Body
	case s.Ended(e), s.Flawed():
		return Why
	case e.Build != nil:
		return Diff
	case e.Step == flow.L2:
		return Checks
	}
	return Body
}

// A Span is where a tab stands in the line of tabs.
type Span struct {
	Tab        Tab
	Start, End int // cells
	Text       string
}

// Spans lays the names of the tabs out with their keys. The one in use stands in brackets. Where not all fit, those are
// shown that do, with the one in use and its neighbours among them, and earlier and later, signs of a cell a rune,
// stand where others are left out; where next to nothing fits, names alone.
func Spans(on Tab, width int, earlier, later string) []Span {
	if out, end := layOut(on, All, 1, true); end <= width {
		return out
	}
	out := window(on, width, true, earlier, later)
	if len(out) < 3 { // the keys leave no room for a neighbour
		out = window(on, width, false, earlier, later)
	}
	return out
}

// window lays out as many tabs as fit, around the one in use.
func window(on Tab, width int, keys bool, earlier, later string) []Span {
	room := width - utf8.RuneCountInString(earlier) - utf8.RuneCountInString(later)
	fits := func(from, to int) bool {
		_, end := layOut(on, All[from:to], 1, keys)
		return end <= room
	}
	at := slices.Index(All, on)
	from, to := at, at+1
	for grown := true; grown; {
		grown = false
		if to < len(All) && fits(from, to+1) {
			to, grown = to+1, true
		}
		if from > 0 && fits(from-1, to) {
			from, grown = from-1, true
		}
	}
	start := 1
	if from > 0 {
		start += utf8.RuneCountInString(earlier)
	}
	out, end := layOut(on, All[from:to], start, keys)
	if from > 0 { // a click on the sign goes to the tab next to it
		out = slices.Insert(out, 0, Span{All[from-1], 1, start, earlier})
	}
	if to < len(All) {
		out = append(out, Span{All[to], end, end + utf8.RuneCountInString(later), later})
	}
	return out
}

// layOut lays tabs out from x on, and returns where the last one ends.
func layOut(on Tab, tabs []Tab, x int, keys bool) (out []Span, end int) {
	for _, t := range tabs {
		text := t.Name()
		if keys {
			text = t.Key() + " " + text
		}
		if t == on {
			text = "[" + text + "]"
		} else {
			text = " " + text + " "
		}
		out = append(out, Span{t, x, x + len(text), text})
		x += len(text)
	}
	return out, x
}
