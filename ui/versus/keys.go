package versus

import (
	"doorstep/ui/keymap"
)

const (
	inTable  = keymap.InVersus
	inFields = keymap.InVersusFields
	anywhere = inTable | inFields
)

// groups are the headings of the help.
var groups = []string{keymap.GroupVersus, keymap.GroupMove, keymap.GroupFind, keymap.GroupOther}

// Bindings are the keys of the screen, as rows of the table of all keys: help, footer and matching are made from it.
var Bindings = []keymap.Binding{
	keymap.Bind(keymap.ActHelp, anywhere, keymap.GroupOther, "help", "this help", "?"),
	keymap.Bind(keymap.ActOpen, inTable, keymap.GroupVersus, "fields",
		"the fields that differ of the selected row", "enter"),
	keymap.Bind(keymap.ActShowWhy, anywhere, keymap.GroupVersus, "why",
		"explain the step, check or finding of the row", "e"),
	keymap.Bind(keymap.ActBack, inFields, keymap.GroupVersus, "table", "back to the table", "esc", "enter"),
	keymap.Bind(keymap.ActBack, inTable, keymap.GroupVersus, "",
		"leave a comparison that was opened over a handshake or the list", "esc"),
	keymap.Bind(keymap.ActOrder, anywhere, keymap.GroupVersus, "order",
		"what differs first, or in the order of the handshake", "o"),
	keymap.Bind(keymap.ActNextDiff, anywhere, keymap.GroupVersus, "next", "to the next row that differs", "x"),
	keymap.Bind(keymap.ActPrevDiff, anywhere, keymap.GroupVersus, "", "to the row before that differs", "X"),
	keymap.Bind(keymap.ActRight, anywhere, keymap.GroupVersus, "unfold", "show the rows that are alike", "l", "right"),
	keymap.Bind(keymap.ActLeft, anywhere, keymap.GroupVersus, "fold", "fold the rows that are alike", "h", "left"),

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

// of are the rows of a table of keys that are for this screen; its own where table is nil.
func of(table []keymap.Binding) []keymap.Binding {
	if table == nil {
		table = Bindings
	}
	return keymap.For(table, anywhere)
}
