package story

import (
	"strconv"
	"strings"

	"doorstep/client"
	"doorstep/flow"
	"doorstep/flow/response"
)

// notInLog says of something that the log an entry is from does not have it.
func notInLog(what string) string { return what + " not in the log" }

// GapWords says what a log tells nothing of.
func (l Phrases) GapWords(e *flow.Entry) []string {
	what := gapNames[e.Step]
	if what == "" {
		what = string(e.Step)
	}
	if len(e.Logged.Lines) > 0 && e.Step == flow.A4 && e.Server != "" {
		return []string{what, notAsked}
	}
	return []string{notInLog(what)}
}

const notAsked = "not asked"

// gapNames name exchanges, and the one answer that may be a gap, by their steps.
var gapNames = map[flow.StepID]string{flow.A2: "directory", flow.A4: "make_join", flow.A6: "send_join",
	flow.A8: "the answer"}

// unseenRefusal says what a log tells of a refusal.
func (l Phrases) unseenRefusal(r *client.Response) []string {
	f := response.RefusalOf(r)
	words := []string{strings.TrimSpace(strconv.Itoa(r.Status) + " " + f.Errcode)}
	if f.Message == "" {
		return append(words, notInLog("body"))
	}
	return append(words, f.Message)
}

// loggedProse is what a log has of an entry, where that is all there is.
func (s *Scene) loggedProse(e *flow.Entry) *Prose {
	b := s.Prose()
	switch {
	case e.Kind == flow.Gap:
		b.SectionOf(OfTerm("log gap"), "A gap in the log")
		b.Say("The log tells nothing of this exchange. It must have been, because of what the log tells next; " +
			"or it was left out, for the reason in the line below.")
	case e.Response != nil:
		b.SectionOf(OfTerm("log gap"), "The body is not in the log")
		b.Say("Nothing of what it held is known, and nothing is checked.")
	default:
		b.SectionOf(OfTerm("log gap"), "Known from a log")
	}
	s.loggedLines(b, e)
	return &b.Prose
}

// loggedLines adds the lines of the log that tell of an entry.
func (s *Scene) loggedLines(b *Builder, e *flow.Entry) {
	if len(e.Logged.Lines) == 0 {
		b.Remark("No line of the log tells of it by itself.")
		return
	}
	b.Field("from line", strconv.Itoa(e.Logged.From))
	for _, line := range e.Logged.Lines {
		b.Put(b.Text, line)
	}
}
