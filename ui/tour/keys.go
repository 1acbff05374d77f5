package tour

import "doorstep/ui/keymap"

// answers are the actions of answering with a choice.
var answers = [...]keymap.Action{keymap.ActAnswerA, keymap.ActAnswerB, keymap.ActAnswerC, keymap.ActAnswerD}

// AnswerWith is the action of answering with a choice.
func AnswerWith(i int) keymap.Action { return answers[i] }

// Answer is the choice that an action answers with; false where it answers with none.
func Answer(a keymap.Action) (int, bool) {
	for i := range answers {
		if answers[i] == a {
			return i, true
		}
	}
	return 0, false
}
