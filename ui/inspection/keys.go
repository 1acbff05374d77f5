package inspection

import "doorstep/ui/keymap"

const anywhere = keymap.InCheck | keymap.InCheckFields

// groups are the headings of the help.
var groups = []string{keymap.GroupCheck, keymap.GroupMove, keymap.GroupOther}

// Bindings are the keys of the screen, as rows of the table of all keys: help, footer and matching are made from it.
var Bindings = []keymap.Binding{
	keymap.Bind(keymap.ActHelp, anywhere, keymap.GroupOther, "help", "this help", "?"),
	keymap.Bind(keymap.ActOpen, keymap.InCheck, keymap.GroupCheck, "explain", "what was seen, the rule, what to do",
		"enter"),
	keymap.Bind(keymap.ActBack, keymap.InCheckFields, keymap.GroupCheck, "back", "back to the table", "esc", "enter"),
	keymap.Bind(keymap.ActBack, keymap.InCheck, keymap.GroupOther, "", "leave a check that was opened over the list",
		"esc"),
	keymap.Bind(keymap.ActNextFinding, anywhere, keymap.GroupCheck, "next problem", "to the next row that fails or warns",
		"x"),
	keymap.Bind(keymap.ActPrevFinding, anywhere, keymap.GroupCheck, "", "to the row before that fails or warns", "X"),
	keymap.Bind(keymap.ActOrder, anywhere, keymap.GroupCheck, "order", "what fails first, or in the order of the check",
		"o"),

	keymap.Bind(keymap.ActUp, anywhere, keymap.GroupMove, "", "one row or line up", "k", "up"),
	keymap.Bind(keymap.ActDown, anywhere, keymap.GroupMove, "", "one row or line down", "j", "down"),
	keymap.Bind(keymap.ActPageUp, anywhere, keymap.GroupMove, "", "one page up", "pgup", "ctrl+b"),
	keymap.Bind(keymap.ActPageDown, anywhere, keymap.GroupMove, "", "one page down", "pgdown", "ctrl+f"),
	keymap.Bind(keymap.ActHalfUp, anywhere, keymap.GroupMove, "", "half a page up", "ctrl+u"),
	keymap.Bind(keymap.ActHalfDown, anywhere, keymap.GroupMove, "", "half a page down", "ctrl+d"),
	keymap.Bind(keymap.ActToFirst, anywhere, keymap.GroupMove, "", "to the top", "g", "home"),
	keymap.Bind(keymap.ActToLast, anywhere, keymap.GroupMove, "", "to the end", "G", "end"),

	keymap.Bind(keymap.ActQuit, anywhere, keymap.GroupOther, "quit",
		"quit, or back to the list; a check under way is ended", "q"),
	keymap.Bind(keymap.ActStop, anywhere, keymap.GroupOther, "", "quit at once", "ctrl+c"),
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
