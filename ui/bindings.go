package ui

import "slices"

// bindings is every key there is. Footers are cut from the right, so help comes first.
var bindings = slices.Concat([]keyBinding{
	bind(actHelp, everywhere, groupOther, "help", "this help; / filters it", "?"),

	bind(actStepOn, inHandshake, groupSteps, "step", "do the next step; after going back: go one step on", "."),
	bind(actGoOn, inHandshake, groupSteps, "to the end", "do every step that is left; again: pause", "c"),
	bind(actStepBack, inHandshake, groupSteps, "back", "go back one entry: nothing is undone on the wire", "b"),

	bind(actUp, everywhere, groupMove, "", "one row or line up", "k", "up"),
	bind(actDown, everywhere, groupMove, "", "one row or line down", "j", "down"),
	bind(actPageUp, everywhere, groupMove, "", "one page up", "pgup", "ctrl+b"),
	bind(actPageDown, everywhere, groupMove, "", "one page down", "pgdown", "ctrl+f"),
	bind(actHalfUp, everywhere, groupMove, "", "half a page up", "ctrl+u"),
	bind(actHalfDown, everywhere, groupMove, "", "half a page down", "ctrl+d"),
	bind(actToFirst, everywhere, groupMove, "", "to the top; after a number, 12g: to entry 12", "g", "home"),
	bind(actToLast, everywhere, groupMove, "", "to the end", "G", "end"),
	bind(actLeft, inHandshake, groupMove, "", "ladder: pan, or fold a phase; payload: fold, or scroll left", "h", "left"),
	bind(actRight, inHandshake, groupMove, "", "ladder: pan, or unfold a phase; payload: unfold, or scroll right", "l", "right"),
	bind(actNextPane, inHandshake, groupMove, "pane", "to the next pane", "tab"),
	bind(actPrevPane, inHandshake, groupMove, "", "to the pane before", "shift+tab"),

	bind(actOpen, everywhere, groupView, "open", "start or open what is selected; zoom the payload", "enter"),
	bind(actNextTab, inHandshake, groupView, "tab", "next tab of the payload", "]"),
	bind(actPrevTab, inHandshake, groupView, "", "tab before", "["),
}, tabBindings(), []keyBinding{
	bind(actShowGraph, inHandshake, groupView, "", "what the selected event rests on, as a graph; Enter goes on from there", "a"),
	bind(actShowWork, inHandshake, groupView, "", "the work on the selected event: bytes, hashes, signatures, rules", "s"),
	bind(actShowDiff, inHandshake, groupView, "", "the tab Diff", "d"),
	bind(actShowChecks, inHandshake, groupView, "", "the tab Checks", "v"),
	bind(actShowWhy, inHandshake, groupView, "why", "explain the row and the field under the cursor", "e"),
	bind(actBodyMode, inHandshake, groupView, "", "the body pretty-printed, raw, as bytes", "p"),
	bind(actFilterRows, inHandshake, groupView, "", "leave out discovery, local work, all but failures", "f"),
	bind(actTimeMode, inHandshake, groupView, "", "time since the start, the row before, the mark; of day", "t"),
	bind(actMarkRow, inHandshake, groupView, "", "mark the row: its time is the zero of t", " "),
	bind(actZoom, inHandshake, groupView, "", "give the pane the whole screen, and take it back", "z"),
	bind(actArrangement, inHandshake, groupView, "", "panes beside or below each other", "|"),
	bind(actGrow, inHandshake, groupView, "", "more room for the ladder", "+"),
	bind(actShrink, inHandshake, groupView, "", "less room for the ladder", "_", "-"),

	bind(actFind, everywhere, groupFind, "search", "search all payloads; at home: filter the list", "/"),
	bind(actFindNext, inHandshake, groupFind, "", "next match", "n"),
	bind(actFindPrev, inHandshake, groupFind, "", "match before", "N"),
	bind(actYank, inHandshake, groupFind, "yank", "copy: then v value, p path, j jq path, c curl", "y"),
	bind(actWrite, inHandshake, groupFind, "write", "write the recording to a file", "w"),

	bind(actBack, everywhere, groupOther, "", "leave a search, then a zoom, then the mark", "esc"),
	bind(actQuit, everywhere, groupOther, "quit", "back to the home screen; there, or without one, quit", "q"),
	bind(actStop, everywhere, groupOther, "", "cancel what is running; otherwise, or again, quit", "ctrl+c"),
	bind(actToggleMouse, everywhere, groupOther, "", "take the mouse, or leave it; hold Shift to select text", "M"),
	bind(actSuspend, everywhere, groupOther, "", "suspend the program", "ctrl+z"),
	bind(actRedraw, everywhere, groupOther, "", "draw the screen anew", "ctrl+l"),
})

// tabBindings are the keys that choose tabs.
func tabBindings() []keyBinding {
	var out []keyBinding
	for _, t := range tabs {
		out = append(out, bind(choosing(t), inHandshake, groupView, "", t.help(), t.key()))
	}
	return out
}

// bindingFor returns the binding of a key in a place; false when it has none.
func bindingFor(k string, where place) (keyBinding, bool) {
	for _, b := range bindings {
		if b.where&where == 0 {
			continue
		}
		for _, name := range b.Keys() {
			if name == k {
				return b, true
			}
		}
	}
	return keyBinding{}, false
}
