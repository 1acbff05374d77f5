package versus

import (
	"slices"

	"doorstep/ui/keymap"
)

// The places keys go to.
const (
	inTable keymap.Place = 1 << iota
	inFields
	anywhere = inTable | inFields
)

// What only this screen has.
const (
	actOrder     keymap.Action = "order"
	actNextDiff  keymap.Action = "next difference"
	actPrevDiff  keymap.Action = "previous difference"
	groupCompare               = "The comparison"
)

// groups are the headings of the help.
var groups = []string{groupCompare, keymap.GroupMove, keymap.GroupFind, keymap.GroupOther}

// bindings is every key of the screen: help, footer and matching are made from it.
var bindings = []keymap.Binding{
	keymap.Bind(keymap.ActHelp, anywhere, keymap.GroupOther, "help", "this help", "?"),
	keymap.Bind(keymap.ActOpen, inTable, groupCompare, "fields", "the fields that differ of the selected row", "enter"),
	keymap.Bind(keymap.ActBack, inFields, groupCompare, "table", "back to the table", "esc", "enter"),
	keymap.Bind(keymap.ActBack, inTable, groupCompare, "", "", "esc"),
	keymap.Bind(actOrder, anywhere, groupCompare, "order", "what differs first, or in the order of the handshake", "o"),
	keymap.Bind(actNextDiff, anywhere, groupCompare, "next", "to the next row that differs", "x"),
	keymap.Bind(actPrevDiff, anywhere, groupCompare, "", "to the row before that differs", "X"),
	keymap.Bind(keymap.ActRight, anywhere, groupCompare, "unfold", "show the rows that are alike", "l", "right"),
	keymap.Bind(keymap.ActLeft, anywhere, groupCompare, "fold", "fold the rows that are alike", "h", "left"),

	keymap.Bind(keymap.ActUp, anywhere, keymap.GroupMove, "", "one row or field up", "k", "up"),
	keymap.Bind(keymap.ActDown, anywhere, keymap.GroupMove, "", "one row or field down", "j", "down"),
	keymap.Bind(keymap.ActPageUp, anywhere, keymap.GroupMove, "", "one page up", "pgup", "ctrl+b"),
	keymap.Bind(keymap.ActPageDown, anywhere, keymap.GroupMove, "", "one page down", "pgdown", "ctrl+f"),
	keymap.Bind(keymap.ActHalfUp, anywhere, keymap.GroupMove, "", "half a page up", "ctrl+u"),
	keymap.Bind(keymap.ActHalfDown, anywhere, keymap.GroupMove, "", "half a page down", "ctrl+d"),
	keymap.Bind(keymap.ActToFirst, anywhere, keymap.GroupMove, "", "to the top", "g", "home"),
	keymap.Bind(keymap.ActToLast, anywhere, keymap.GroupMove, "", "to the end", "G", "end"),

	keymap.Bind(keymap.ActFind, anywhere, keymap.GroupFind, "search", "search names, values and fields of all rows", "/"),
	keymap.Bind(keymap.ActFindNext, anywhere, keymap.GroupFind, "", "next match", "n"),
	keymap.Bind(keymap.ActFindPrev, anywhere, keymap.GroupFind, "", "match before", "N"),

	keymap.Bind(keymap.ActQuit, anywhere, keymap.GroupOther, "quit", "quit", "q"),
	keymap.Bind(keymap.ActStop, anywhere, keymap.GroupOther, "", "quit at once", "ctrl+c"),
	keymap.Bind(keymap.ActToggleMouse, anywhere, keymap.GroupOther, "",
		"take the mouse, or leave it; hold Shift to select text", "M"),
	keymap.Bind(keymap.ActSuspend, anywhere, keymap.GroupOther, "", "suspend the program", "ctrl+z"),
	keymap.Bind(keymap.ActRedraw, anywhere, keymap.GroupOther, "", "draw the screen again", "ctrl+l"),
}

// rebound is the table with the keys that the user gave to actions. Those of actions that this screen does not have are
// for others.
func rebound(keys map[string][]string) []keymap.Binding {
	ours := map[string][]string{}
	for name, k := range keys {
		if slices.ContainsFunc(bindings, func(b keymap.Binding) bool { return string(b.Action) == name }) {
			ours[name] = k
		}
	}
	table, _ := keymap.Rebind(bindings, ours) // what cannot be had here keeps its usual keys
	return table
}

// action is what a key asks for in a place; empty: nothing.
func (m *Model) action(k string) keymap.Action {
	for _, b := range m.bindings {
		if b.Where&m.where() != 0 && slices.Contains(b.Keys(), k) {
			return b.Action
		}
	}
	return ""
}

func (m *Model) where() keymap.Place {
	if m.inFields {
		return inFields
	}
	return inTable
}

func (m *Model) key(a keymap.Action) string { return keymap.KeyOf(m.bindings, a) }
