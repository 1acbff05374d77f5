package ui

import (
	"doorstep/ui/keymap"
	uitour "doorstep/ui/tour"
)

// tourBindings are the keys of the tour. At a stop all keys of the handshake work that are not among them.
func tourBindings() []keymap.Binding {
	bind := func(a keymap.Action, footer, says string, keys ...string) keymap.Binding {
		return keymap.Bind(a, keymap.InTour, keymap.GroupTour, footer, says, keys...)
	}
	return []keymap.Binding{
		bind(uitour.AnswerWith(0), "answer", "answer with the first choice", "a"),
		bind(uitour.AnswerWith(1), "", "answer with the second choice", "b"),
		bind(uitour.AnswerWith(2), "", "answer with the third choice", "c"),
		bind(uitour.AnswerWith(3), "", "answer with the fourth choice", "d"),
		bind(keymap.ActOpen, "go on", "begin the chapter; take the choice; go on to the next stop", "enter"),
		bind(keymap.ActShowMe, "show me", "show the answer", "s"),
		bind(keymap.ActNextPane, "look around",
			"give the keys to the handshake, and take them back; its other keys work here as well", "tab"),
		bind(keymap.ActPrevPane, "", "the same, the other way round", "shift+tab"),
		bind(keymap.ActStopOn, "next", "to the next stop", "right"),
		bind(keymap.ActStopBack, "previous", "to the stop before", "left"),
	}
}
