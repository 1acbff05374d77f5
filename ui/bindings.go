package ui

import (
	"slices"

	"doorstep/ui/inspection"
	"doorstep/ui/keymap"
	"doorstep/ui/tab"
	"doorstep/ui/versus"
)

// bindings is every key there is, as long as the user settles on no others. Footers have them in this order where
// nothing is needed more; see needed.
var bindings = slices.Concat(tourBindings(), []keymap.Binding{
	keymap.Bind(keymap.ActHelp, keymap.Everywhere, keymap.GroupOther, "help", "this help; / filters it", "?"),

	keymap.Bind(keymap.ActNarrow, keymap.InEvents, keymap.GroupList, "filter",
		"filter the events by words and terms such as sender:*:example.org; Tab completes; $ID and Enter go to an event",
		"/"),
	keymap.Bind(keymap.ActServers, keymap.InEvents, keymap.GroupList, "servers",
		"a row for each server of the senders; Enter shows its events", "S"),
	keymap.Bind(keymap.ActCharts, keymap.InEvents, keymap.GroupList, "charts",
		"bar charts of types, servers and times; Enter shows the events of a bar", "H"),
	keymap.Bind(keymap.ActSortNext, keymap.InEvents, keymap.GroupList, "sort",
		"sort by the next column; a click on a title sorts by that one", ">"),
	keymap.Bind(keymap.ActSortPrev, keymap.InEvents, keymap.GroupList, "", "sort by the column before", "<"),
	keymap.Bind(keymap.ActReverse, keymap.InEvents, keymap.GroupList, "", "the other way round", "r"),

	keymap.Bind(keymap.ActStepOn, keymap.InHandshake, keymap.GroupSteps, "step",
		"do the next step; after going back: go one step on", "."),
	keymap.Bind(keymap.ActGoOn, keymap.InHandshake, keymap.GroupSteps, "to the end",
		"do every step that is left; again: pause", "c"),
	keymap.Bind(keymap.ActStepOn, keymap.InWaiting, keymap.GroupSteps, "let go", "let the answer go that is held", "."),
	keymap.Bind(keymap.ActGoOn, keymap.InWaiting, keymap.GroupSteps, "hold or not", "hold no answers; again: hold them",
		"c"),
	keymap.Bind(keymap.ActWhatIf, keymap.InWaiting, keymap.GroupSteps, "what if",
		"give another answer than the one that is held: edit it, or choose a ready change", "E"),
	keymap.Bind(keymap.ActOther, keymap.InWaiting, keymap.GroupSteps, "joins", "to the joins that have come", "O"),
	keymap.Bind(keymap.ActYank, keymap.InWaiting, keymap.GroupFind, "yank",
		"copy: then the key in front of a line", "y"),
	keymap.Bind(keymap.ActStepBack, keymap.InHandshake, keymap.GroupSteps, "back",
		"go back one entry: nothing is undone on the wire", "b"),
	keymap.Bind(keymap.ActPlay, keymap.InHandshake, keymap.GroupSteps, "play",
		"play what was recorded, entry by entry, or pause", "P"),
	keymap.Bind(keymap.ActRewind, keymap.InHandshake, keymap.GroupSteps, "", "back to before the first entry", "B"),
	keymap.Bind(keymap.ActPhaseOn, keymap.InHandshake, keymap.GroupSteps, "", "to the end of the next phase", "}"),
	keymap.Bind(keymap.ActPhaseBack, keymap.InHandshake, keymap.GroupSteps, "", "to before the phase that is shown last",
		"{"),
	keymap.Bind(keymap.ActSlower, keymap.InLadder|keymap.InPayload, keymap.GroupSteps, "", "play slower", "<"),
	keymap.Bind(keymap.ActFaster, keymap.InLadder|keymap.InPayload, keymap.GroupSteps, "", "play faster", ">"),
	keymap.Bind(keymap.ActAskAgain, keymap.InHandshake, keymap.GroupSteps, "",
		"ask again for keys that are missing, and verify the answer again", "R"),

	keymap.Bind(keymap.ActWhatIf, keymap.InHandshake, keymap.GroupSteps, "what if",
		"do the next step otherwise: edit what would be sent, or choose a ready change", "E"),
	keymap.Bind(keymap.ActOther, keymap.InHandshake, keymap.GroupSteps, "branch",
		"after an edit: to the branch that was not edited, and back", "O"),
	keymap.Bind(keymap.ActDoor, keymap.InWaiting, keymap.GroupSteps, "",
		"what is waited for, and where; then back to the joins", "I"),

	keymap.Bind(keymap.ActUp, keymap.Everywhere, keymap.GroupMove, "", "one row or line up", "k", "up"),
	keymap.Bind(keymap.ActDown, keymap.Everywhere, keymap.GroupMove, "", "one row or line down", "j", "down"),
	keymap.Bind(keymap.ActPageUp, keymap.Everywhere, keymap.GroupMove, "", "one page up", "pgup", "ctrl+b"),
	keymap.Bind(keymap.ActPageDown, keymap.Everywhere, keymap.GroupMove, "", "one page down", "pgdown", "ctrl+f"),
	keymap.Bind(keymap.ActHalfUp, keymap.Everywhere, keymap.GroupMove, "", "half a page up", "ctrl+u"),
	keymap.Bind(keymap.ActHalfDown, keymap.Everywhere, keymap.GroupMove, "", "half a page down", "ctrl+d"),
	keymap.Bind(keymap.ActToFirst, keymap.Everywhere, keymap.GroupMove, "",
		"to the top; after a number, 12g: to entry 12", "g", "home"),
	keymap.Bind(keymap.ActToLast, keymap.Everywhere, keymap.GroupMove, "", "to the end", "G", "end"),
	keymap.Bind(keymap.ActLeft, keymap.InLadder|keymap.InPayload, keymap.GroupMove, "",
		"ladder: pan, or fold a phase; payload: fold, or scroll left", "h", "left"),
	keymap.Bind(keymap.ActRight, keymap.InLadder|keymap.InPayload, keymap.GroupMove, "",
		"ladder: pan, or unfold a phase; payload: unfold, or scroll right", "l", "right"),
	keymap.Bind(keymap.ActLeft, keymap.AtHome, keymap.GroupMove, "", "fold the group", "h", "left"),
	keymap.Bind(keymap.ActRight, keymap.AtHome, keymap.GroupMove, "unfold", "unfold the group", "l", "right"),
	keymap.Bind(keymap.ActFoldAll, keymap.InPayload, keymap.GroupMove, "", "fold all of the body below its first level",
		"H"),
	keymap.Bind(keymap.ActUnfoldAll, keymap.InPayload, keymap.GroupMove, "", "unfold all of the body", "L"),
	keymap.Bind(keymap.ActFoldTo, keymap.InPayload, keymap.GroupMove, "",
		"fold the body: then 1 to 9, how many levels stay open", "Z"),
	keymap.Bind(keymap.ActNextPane, keymap.InHandshake, keymap.GroupMove, "pane", "to the next pane", "tab"),
	keymap.Bind(keymap.ActPrevPane, keymap.InHandshake, keymap.GroupMove, "", "to the pane before", "shift+tab"),

	keymap.Bind(keymap.ActOpen, keymap.AtHome|keymap.InHandshake, keymap.GroupView, "open",
		"start or open what is selected; zoom the payload", "enter"),
	keymap.Bind(keymap.ActNextTab, keymap.InHandshake, keymap.GroupView, "tab", "next tab of the payload", "]"),
	keymap.Bind(keymap.ActPrevTab, keymap.InHandshake, keymap.GroupView, "", "tab before", "["),
}, tabBindings(), []keymap.Binding{
	keymap.Bind(keymap.ActShowGraph, keymap.InHandshake, keymap.GroupView, "graph",
		"what the selected event rests on, and what rests on it, as a graph; Enter goes on from there", "a"),
	keymap.Bind(keymap.ActShowWork, keymap.InHandshake, keymap.GroupView, "work",
		"the work on the selected event: bytes, hashes, signatures, rules", "s"),
	keymap.Bind(keymap.ActShowDiff, keymap.InHandshake, keymap.GroupView, "diff",
		"compare: the protoevent with the join event, other pairs from here, this run with another", "d"),
	keymap.Bind(keymap.ActShowDiff, keymap.AtHome, keymap.GroupView, "compare",
		"compare the selected recording with another, or the two that are marked", "d"),
	keymap.Bind(keymap.ActMarkRow, keymap.AtHome, keymap.GroupView, "mark",
		"mark the recording: two that are marked can be compared", " "),
	keymap.Bind(keymap.ActNextPair, keymap.InHandshake, keymap.GroupView, "", "compare the next pair", ")"),
	keymap.Bind(keymap.ActPrevPair, keymap.InHandshake, keymap.GroupView, "", "compare the pair before", "("),
	keymap.Bind(keymap.ActShowChecks, keymap.InHandshake, keymap.GroupView, "", "the tab Checks", "v"),
	keymap.Bind(keymap.ActShowWhy, keymap.InHandshake, keymap.GroupView, "why",
		"explain what the cursor is on: a row, a field, a line, an event, or above the first row a lane", "e"),
	keymap.Bind(keymap.ActShowFindings, keymap.InHandshake, keymap.GroupView, "", "the tab Found: all findings", "F"),
	keymap.Bind(keymap.ActNextFinding, keymap.InHandshake, keymap.GroupView, "",
		"to the evidence of the next finding", "x"),
	keymap.Bind(keymap.ActPrevFinding, keymap.InHandshake, keymap.GroupView, "",
		"to the evidence of the finding before", "X"),
	keymap.Bind(keymap.ActBodyMode, keymap.InHandshake, keymap.GroupView, "",
		"the body pretty-printed, canonical, raw, as bytes",
		"p"),
	keymap.Bind(keymap.ActFilterRows, keymap.InHandshake, keymap.GroupView, "",
		"leave out discovery, local work, all but failures", "f"),
	keymap.Bind(keymap.ActTimeMode, keymap.InHandshake, keymap.GroupView, "",
		"time since the start, since the row before or the marked row; time of day", "t"),
	keymap.Bind(keymap.ActMarkRow, keymap.InHandshake, keymap.GroupView, "",
		"mark the row: its time is the zero of t; two marked rows are compared", " "),
	keymap.Bind(keymap.ActZoom, keymap.InHandshake, keymap.GroupView, "zoom",
		"give the pane the whole screen, and take it back", "z"),
	keymap.Bind(keymap.ActArrangement, keymap.InHandshake, keymap.GroupView, "", "panes next to or below each other", "|"),
	keymap.Bind(keymap.ActGrow, keymap.InHandshake, keymap.GroupView, "", "more room for the ladder", "+"),
	keymap.Bind(keymap.ActShrink, keymap.InHandshake, keymap.GroupView, "", "less room for the ladder", "_", "-"),

	keymap.Bind(keymap.ActFind, keymap.OnPage, keymap.GroupFind, "search",
		"search the page, also for a regular expression", "/"),
	keymap.Bind(keymap.ActFind, keymap.AtHome|keymap.InLadder|keymap.InPane, keymap.GroupFind, "search",
		"search bodies, heads, checks and findings, also for a regular expression; at home: filter the list", "/"),
	keymap.Bind(keymap.ActFindNext, keymap.InHandshake, keymap.GroupFind, "", "next match", "n"),
	keymap.Bind(keymap.ActFindPrev, keymap.InHandshake, keymap.GroupFind, "", "match before", "N"),
	keymap.Bind(keymap.ActYank, keymap.InHandshake, keymap.GroupFind, "yank",
		"copy: then v value, k key, p path, q jq path, j whole JSON, c curl, l link, u URL of what is cited, r redo", "y"),
	keymap.Bind(keymap.ActWrite, keymap.InHandshake, keymap.GroupFind, "write",
		"write it to a file: the recording, or any form that export writes; there r redacts it, or not", "w"),
	keymap.Bind(keymap.ActRedact, keymap.InSaving, keymap.GroupFind, "redact",
		"in the list of w: take names and texts out of what is written, or leave them in", "r"),

	keymap.Bind(keymap.ActBack, keymap.OnPage, keymap.GroupOther, "leave", "drop the search; leave the page", "esc"),
	keymap.Bind(keymap.ActBack, keymap.Everywhere&^keymap.OnPage, keymap.GroupOther, "",
		"one level back: from a search, what was opened, a filter, a zoom, the mark", "esc"),
	keymap.Bind(keymap.ActQuit, keymap.Everywhere, keymap.GroupOther, "quit",
		"back to the home screen; there, or without one, quit", "q"),
	keymap.Bind(keymap.ActStop, keymap.Everywhere, keymap.GroupOther, "",
		"cancel what is running; otherwise, or again, quit", "ctrl+c"),
	keymap.Bind(keymap.ActToggleMouse, keymap.Everywhere, keymap.GroupOther, "",
		"take the mouse, or leave it; hold Shift to select text", "M"),
	keymap.Bind(keymap.ActSuspend, keymap.Everywhere, keymap.GroupOther, "", "suspend the program", "ctrl+z"),
	keymap.Bind(keymap.ActRedraw, keymap.Everywhere, keymap.GroupOther, "", "draw the screen again", "ctrl+l"),
}, versus.Bindings, inspection.Bindings)

// tabBindings are the keys that choose tabs.
func tabBindings() []keymap.Binding {
	var out []keymap.Binding
	for _, t := range tab.All {
		where := keymap.InHandshake
		if t == tab.Events { // in its list it is chosen already
			where = keymap.InLadder | keymap.InPayload
		}
		out = append(out, keymap.Bind(tab.Choosing(t), where, keymap.GroupView, "", t.Help(), t.Key()))
	}
	return out
}

// Bindings returns the table of keys with those that the user gave to actions, by their names, and says in a line each
// which of these cannot be had.
func Bindings(keys map[string][]string) (table []keymap.Binding, problems []string) {
	return keymap.Rebind(bindings, keys)
}

// bindingFor returns the binding of a key in a place; false when it has none.
func (m *Model) bindingFor(k string, where keymap.Place) (keymap.Binding, bool) {
	for _, b := range m.bindings {
		if b.Where&where != 0 && slices.Contains(b.Keys(), k) {
			return b, true
		}
	}
	return keymap.Binding{}, false
}

// asHost is the table of keys where servers of ours are joined: what elsewhere does steps lets answers go.
func asHost(table []keymap.Binding) []keymap.Binding {
	return asWitness(table, func(b *keymap.Binding) (says string) {
		switch b.Action {
		case keymap.ActStepOn:
			b.Footer, says = "let go", "let the answer go that is held; after going back: go one step on"
		case keymap.ActGoOn:
			b.Footer, says = "hold or not", "hold no answers; again: hold them; after going back: go back to now"
		case keymap.ActWhatIf:
			says = "give another answer than the one that is held: edit it, or choose a ready change"
		}
		return says
	})
}

// asTap is the table of keys where joins pass that nothing is done about: they are only gone through.
func asTap(table []keymap.Binding) []keymap.Binding {
	out := asWitness(table, func(*keymap.Binding) string { return "" })
	held := []keymap.Action{keymap.ActStepOn, keymap.ActGoOn, keymap.ActWhatIf}
	return slices.DeleteFunc(out, func(b keymap.Binding) bool {
		return b.Where == keymap.InWaiting && slices.Contains(held, b.Action)
	})
}

// asWitness is the table of keys where others do the steps. otherwise changes a row of the handshake, and returns what
// the help is to say of it; empty: what it says.
func asWitness(table []keymap.Binding, otherwise func(*keymap.Binding) (says string)) []keymap.Binding {
	out := slices.Clone(table)
	for i := range out {
		b := &out[i]
		if b.Where&keymap.InHandshake == 0 && b.Action != keymap.ActDoor {
			continue
		}
		says := ""
		switch b.Action {
		case keymap.ActOther:
			b.Footer, says = "joins", "to the next of the joins that have come"
		case keymap.ActDoor:
			b.Where |= keymap.InHandshake
		default:
			says = otherwise(b)
		}
		if says != "" {
			b.SetHelp(b.Help().Key, says)
		}
	}
	return out
}
