package story

import (
	"fmt"
	"time"

	"doorstep/flow"
	"doorstep/flow/hold"
	"doorstep/render"
)

// AnswerName names the answer of a step for a sentence.
func AnswerName(step flow.StepID) string {
	if name, ok := answerNames[step]; ok {
		return name
	}
	return "the answer " + string(step)
}

var answerNames = map[flow.StepID]string{flow.A3: "the directory's answer", flow.A5: "make_join's answer",
	flow.A7: "send_join's answer", flow.U2: "make_leave's answer", flow.U4: "send_leave's answer"}

// HeldWords says that an answer waits: which, to whom, and since when; and how many more do.
func HeldWords(step flow.StepID, to string, waited time.Duration, more int) string {
	words := AnswerName(step)
	if to != "" {
		words += " to " + to
	}
	words += " is held"
	if waited >= time.Second {
		words += " " + waitedWords(waited)
	}
	if more > 0 {
		words += fmt.Sprintf(", %d more wait", more)
	}
	return words
}

// waitedWords is a time in whole seconds, which changes once a second.
func waitedWords(d time.Duration) string {
	if d < time.Minute {
		return fmt.Sprintf("%d s", int(d.Seconds()))
	}
	return render.Duration(d)
}

// GoneWords says what became of an answer that nobody let go.
func GoneWords(g hold.Gone) string {
	who := g.Known.User
	if who == "" {
		who = g.Draft.Origin
	}
	name := AnswerName(g.Draft.Step)
	switch g.End {
	case hold.Abandoned:
		return fmt.Sprintf("%s waited %s for %s, and gave up: it was not given", who,
			waitedWords(g.Waited), name)
	case hold.Expired:
		return fmt.Sprintf("%s to %s was held %s, and given as it was", name, who,
			waitedWords(g.Waited))
	}
	return fmt.Sprintf("%s to %s was given at once: too many are held", name, who)
}
