package ui

import (
	"strings"

	"doorstep/render"
	"doorstep/ui/story"
	"doorstep/ui/theme"
)

// consentLines is the question: what sending the join does, and how it is undone.
func (h *handshake) consentLines(width int) []string {
	s := h.story.State
	if h.consent.leave {
		return h.questionLines(width, " Leave all the same? ",
			"Not left so far: "+h.latest.HoldsLeave().Says()+".",
			"y sends the leave all the same; n leaves things as they are.")
	}
	server := ""
	if step, ok := s.Next(); ok {
		server = step.Server
	}
	undo := "To be out again, run the same command with --leave instead of this (answer n), or later with --leave twice."
	if s.Header.Leave {
		undo = "--leave was given: the room is left again once the join is verified."
	}
	return h.questionLines(width, " Send the join? ",
		"This is a real join: "+s.Header.User+" becomes a member of "+s.RoomID+".",
		server+" takes it, and every server in the room is told.",
		undo,
		"So far the room does not know: no more than a protoevent was asked for.")
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
	lines := h.consentLines(h.width)
	room := max(len(drawn)-2, 0)
	lines = lines[:min(len(lines), room)]
	at := len(drawn) - 1 - len(lines)
	for i, l := range lines {
		drawn[at+i] = theme.Fit(l, h.width)
	}
	return drawn
}
