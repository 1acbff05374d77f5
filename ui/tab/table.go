package tab

import (
	"slices"

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

// Spans lays the names of the tabs out, with their numbers where there is room. The one in use stands in brackets.
// Where even the names do not fit, those are shown that do, the one in use among them.
func Spans(on Tab, width int) []Span {
	for _, numbers := range []bool{true, false} {
		if out, end := layOut(on, All, numbers); end <= width {
			return out
		}
	}
	fits := func(from, to int) bool {
		_, end := layOut(on, All[from:to], false)
		return end <= width
	}
	at := slices.Index(All, on)
	from, to := 0, at+1
	for from < at && !fits(from, to) {
		from++
	}
	for to < len(All) && fits(from, to+1) {
		to++
	}
	out, _ := layOut(on, All[from:to], false)
	return out
}

// layOut lays tabs out, and returns where the last one ends.
func layOut(on Tab, tabs []Tab, numbers bool) (out []Span, end int) {
	x := 1
	for _, t := range tabs {
		text := t.Name()
		if numbers {
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
