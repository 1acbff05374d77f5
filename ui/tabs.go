package ui

import (
	"slices"

	"doorstep/flow"
	"doorstep/ui/keymap"
	"doorstep/ui/story"
)

// tabs are the tabs, as they stand in the line of tabs.
var tabs = []tab{bodyTab, headTab, diffTab, signTab, checksTab, whyTab, rulesTab, eventsTab}

// tabOfKey returns the tab that a key chooses; nil when it chooses none.
func tabOfKey(key string) tab {
	if i := slices.IndexFunc(tabs, func(t tab) bool { return t.key() == key }); i >= 0 {
		return tabs[i]
	}
	return nil
}

// choosing is the action of choosing a tab.
func choosing(t tab) keymap.Action { return keymap.Action("tab " + t.name()) }

// chosenTab returns the tab that an action chooses; nil when it chooses none.
func chosenTab(a keymap.Action) tab {
	if i := slices.IndexFunc(tabs, func(t tab) bool { return choosing(t) == a }); i >= 0 {
		return tabs[i]
	}
	return nil
}

// tabAfter is the tab n places on in the line of tabs, which goes round.
func tabAfter(t tab, n int) tab {
	return tabs[(slices.Index(tabs, t)+n+len(tabs))%len(tabs)]
}

// natural is the tab that says most about the row of s.
func natural(s *story.Scene) tab {
	switch e := s.Entry(); {
	case e == nil:
		return bodyTab
	case s.Ended(e):
		return whyTab
	case e.Build != nil:
		return diffTab
	case e.Step == flow.L2:
		return checksTab
	}
	return bodyTab
}

// A tabSpan is where a tab stands in the line of tabs.
type tabSpan struct {
	tab        tab
	start, end int // cells
	text       string
}

// tabSpans lays the names of the tabs out, with their numbers where there is room. The one in use stands in brackets.
// Where even the names do not fit, those are shown that do, the one in use among them.
func tabSpans(on tab, width int) []tabSpan {
	for _, numbers := range []bool{true, false} {
		if out, end := layTabs(on, tabs, numbers); end <= width {
			return out
		}
	}
	fits := func(from, to int) bool {
		_, end := layTabs(on, tabs[from:to], false)
		return end <= width
	}
	at := slices.Index(tabs, on)
	from, to := 0, at+1
	for from < at && !fits(from, to) {
		from++
	}
	for to < len(tabs) && fits(from, to+1) {
		to++
	}
	out, _ := layTabs(on, tabs[from:to], false)
	return out
}

// layTabs lays tabs out, and returns where the last one ends.
func layTabs(on tab, list []tab, numbers bool) (out []tabSpan, end int) {
	x := 1
	for _, t := range list {
		text := t.name()
		if numbers {
			text = t.key() + " " + text
		}
		if t == on {
			text = "[" + text + "]"
		} else {
			text = " " + text + " "
		}
		out = append(out, tabSpan{t, x, x + len(text), text})
		x += len(text)
	}
	return out, x
}
