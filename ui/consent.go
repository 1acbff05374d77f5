package ui

import (
	"strings"

	"doorstep/render"
	"doorstep/ui/story"
	"doorstep/ui/theme"
)

// consentLines is the question: what sending the join does, and how it is undone.
func (h *handshake) consentLines(width int) []string {
	question, paras := story.ConsentWords(h.story.State)
	if h.consent.leave {
		question, paras = story.LeaveWords(h.latest)
	}
	return h.questionLines(width, " "+question+" ", paras...)
}

// questionLines lays a question out: its head, and what there is to say about it.
func (h *handshake) questionLines(width int, title string, paras ...string) []string {
	rule := h.Glyphs.Rule
	head := rule + rule + title
	lines := []string{h.Warn.Render(head + strings.Repeat(rule, max(width-render.Width(head), 0)))}
	for _, para := range paras {
		for _, l := range theme.Wrap(h.Safe(para, story.CellsOfText), width-2, 2) {
			lines = append(lines, " "+h.Text.Render(l))
		}
	}
	return lines
}

// withConsent lays the question over the lower lines of a drawn screen; its first line and its footer stay.
func (h *handshake) withConsent(drawn []string) []string {
	return overlaid(drawn, h.consentLines(h.width), h.width)
}

// overlaid lays lines over the lower ones of a drawn screen.
func overlaid(drawn, lines []string, width int) []string {
	room := max(len(drawn)-2, 0)
	lines = lines[:min(len(lines), room)]
	at := len(drawn) - 1 - len(lines)
	for i, l := range lines {
		drawn[at+i] = theme.Fit(l, width)
	}
	return drawn
}
