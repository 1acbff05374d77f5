package ui

import (
	"fmt"
	"slices"
	"strings"

	"doorstep/flow"
	"doorstep/flow/wording"
	"doorstep/render"
	"doorstep/ui/keymap"
	"doorstep/ui/layout"
	"doorstep/ui/story"
	"doorstep/ui/tab"
	"doorstep/ui/theme"
)

// draw returns the screen as exactly as many lines as it is high. notice is a line for the reader, in the place of the
// verdict; footer the last line.
func (h *handshake) draw(notice, footer string) []string {
	lay := h.layout
	out := []string{h.header()}
	switch {
	case lay.Why.H > 0 && lay.Ladder.H > 0: // three zones
		right := append(h.payload(), h.whyPane()...)
		out = append(out, theme.SideBySide(h.Look, h.drawLadder(), right)...)
	case lay.Why.H > 0:
		out = append(out, h.whyPane()...)
	case lay.Ladder.H == 0:
		out = append(out, h.payload()...)
	case lay.Payload.H == 0:
		out = append(out, h.drawLadder()...)
	case lay.Kind == layout.Stacked:
		out = append(append(out, h.drawLadder()...), h.payload()...)
	default:
		out = append(out, theme.SideBySide(h.Look, h.drawLadder(), h.payload())...)
	}
	sign, standing := "", h.standing(notice)
	if words := h.leftOut(); words != "" {
		sign = " " + h.Mark.Render(h.Safe(words, h.width-1))
	}
	if lay.StatusLines > 1 {
		out = append(out, theme.Fit(sign+h.rowLine(), h.width))
	} else if notice == "" {
		standing = sign + standing
	}
	return append(out, theme.Fit(standing, h.width), footer)
}

// drawLadder draws the ladder, unless it is as it was drawn last.
func (h *handshake) drawLadder() []string {
	key := ladderKey{h.madeOf, h.layout.Ladder, h.opt, h.ladder.Cursor, h.ladder.Top, h.head, h.arrived}
	if h.drawn == nil || key != h.drawnAs {
		h.drawn = h.ladder.Draw(h.Styles, h.Glyphs, key.area.W, key.area.H, h.opt)
		h.drawnAs = key
	}
	return h.drawn
}

// payload is the line of tabs and what the tab shows.
func (h *handshake) payload() []string {
	r := h.layout.Payload
	marks := h.pane == layout.Payload || h.staysAt(h.search.found) // where the cursor is
	return append([]string{h.tabLine(r.W)}, h.main.Draw(h.Look, r.W, r.H, marks, h.search.needle)...)
}

func (h *handshake) whyPane() []string {
	r := h.layout.Why
	head := h.paneMark(layout.Why) + h.Title.Render("Why") + " "
	head += h.Border.Render(strings.Repeat(h.Glyphs.Rule, max(r.W-render.Width(head), 0)))
	return append([]string{theme.Fit(head, r.W)}, h.side.Draw(h.Look, r.W, r.H, h.pane == layout.Why, render.Needle{})...)
}

// paneMark is what a pane's head begins with: a sign where it has the keys.
func (h *handshake) paneMark(p layout.Pane) string {
	if h.pane == p && !h.away {
		return h.Focus.Render(h.Glyphs.Cursor)
	}
	return " "
}

func (h *handshake) tabLine(width int) string {
	line := h.paneMark(layout.Payload)
	for _, t := range tab.Spans(h.tab, width, h.Glyphs.Earlier, h.Glyphs.Later) {
		switch t.Tab {
		case h.tab:
			line += h.TabOn.Render(t.Text)
		default:
			line += h.Tab.Render(t.Text)
		}
	}
	what := ""
	if c := h.main; c != nil && c.Doc != nil {
		what = c.Doc.Title()
		if c.Doc.Notice() != "" {
			what = c.Doc.Notice()
		}
	}
	room := width - render.Width(line) - 2
	if text := h.Safe(what, room); text != "" && room > 8 {
		return theme.Fit(line, width-render.Width(text)-1) + h.Dim.Render(text) + " "
	}
	return theme.Fit(line, width)
}

// header is the first line: who joins what, how far it is, how it stands. The word at its right end is the only thing
// on the screen that differs between a live run and its recording.
func (h *handshake) header() string {
	s := h.story.State
	parts := append([]string{h.Title.Render(h.Safe(story.TargetWords(s.Header), h.width/3))}, h.branchParts()...)
	parts = append(parts, h.witnessedParts()...)
	for _, word := range story.ProvenanceMarks(s.Header) {
		parts = append(parts, h.Warn.Render(word))
	}
	parts = append(parts, h.wrongParts()...)
	parts = append(parts, h.Safe(s.Header.User, h.width/4))
	if s.Template != nil && s.Template.RoomVersion != nil {
		parts = append(parts, "v"+s.Template.RoomVersion.ID)
	}
	steps := wording.Count(h.shown, "entry")
	if h.shown != 1 {
		steps = fmt.Sprintf("%d entries", h.shown)
	}
	parts = append(parts, steps)
	if e := h.whole.Entry(h.shown); e != nil {
		parts = append(parts, fmt.Sprintf("%.1fs", e.At.Seconds()))
	}
	if s.Header.Form == flow.Form2015 {
		parts = append(parts, "2015 form")
	}
	room := h.width - cornerWidth - 2
	line := " " + parts[0]
	for _, p := range parts[1:] {
		if render.Width(line)+2+render.Width(p) <= room {
			line += "  " + p
		}
	}
	corner := h.mode()
	return theme.Fit(line, room) + strings.Repeat(" ", max(cornerWidth-len(corner), 0)+1) + h.Header.Render(corner) + " "
}

// branchParts say in the header which branch is shown.
func (h *handshake) branchParts() []string {
	all := h.branches()
	word, edits := "edited", len(h.story.State.Altered)
	switch {
	case edits == 0:
		word = "unedited"
	case len(all) > 2: // others are edited too
		word = wording.Count(edits, "edit")
	}
	switch {
	case len(all) > 1:
		return []string{h.Warn.Render(fmt.Sprintf("branch %d/%d %s", slices.Index(all, h)+1, len(all), word))}
	case edits > 0:
		return []string{h.Warn.Render(word)}
	}
	return nil
}

// wrongParts say what is wrong so far: how many findings say so, and how many checks failed or warn.
func (h *handshake) wrongParts() []string {
	var parts []string
	if n := len(story.Wrong(h.findings)); n > 0 {
		parts = append(parts, h.Warn.Render(h.Glyphs.Warn+wording.Count(n, "finding")))
	}
	t := story.AllChecks(h.story.State)
	if t.Fail > 0 {
		parts = append(parts, h.Fail.Render(fmt.Sprintf("%s%d fail", h.Glyphs.Fail, t.Fail)))
	}
	if t.Warn > 0 {
		parts = append(parts, h.Warn.Render(fmt.Sprintf("%s%d warn", h.Glyphs.Warn, t.Warn)))
	}
	return parts
}

// cornerWidth is the room for what differs between a live run and its recording.
const cornerWidth = 12

// mode says in a word what the screen shows, and where in the trace it is when it went back.
func (h *handshake) mode() string {
	back := ""
	if h.shown < len(h.whole.Entries) {
		back = fmt.Sprintf(" %d/%d", h.shown, len(h.whole.Entries))
	}
	switch {
	case h.playing.on:
		return "PLAY" + back
	case !h.live:
		return "REPLAY" + back
	case h.going || h.busy || h.witnessed() != nil && !h.witnessed().Over():
		return "LIVE" + back
	case story.Over(h.latest), h.witnessed() != nil:
		return "DONE" + back
	}
	return "STEP" + back
}

// rowLine says in words what the selected row is.
func (h *handshake) rowLine() string {
	r, ok := h.selected()
	e := h.whole.Entry(r.ID.Seq)
	switch {
	case !ok && h.view.Filter != story.Everything:
		return h.Dim.Render(" no row is left by the filter: " + h.Press(keymap.ActFilterRows) + " changes it")
	case !ok:
		return ""
	case h.head > 0 && h.head <= len(h.ladder.Lanes):
		return h.Dim.Render(" " + h.Safe(h.laneWords(), h.width-1))
	case r.ID.Ghost && h.awaitsInvite():
		return h.Dim.Render(" " + h.Safe("meanwhile others can fetch our key, and see that we are there", h.width-1))
	case r.ID.Ghost:
		return h.Dim.Render(h.Own(" next: not sent yet"))
	case r.ID.Head.Phase != story.NoPhase:
		return h.Dim.Render(h.Own(" " + r.ID.Head.Phase.In(h.story.State.Header) + ": " +
			h.Press(keymap.ActLeft) + " folds it, " + h.Press(keymap.ActRight) + " unfolds it"))
	case r.Unheard != nil:
		return h.Dim.Render(" " + h.Safe(story.UnheardWords(r.Unheard), h.width-1))
	case e == nil:
		return ""
	}
	number := fmt.Sprintf(" #%d ", e.Seq)
	if line := h.scene().EditedLine(h.width - len(number)); line != "" {
		return h.Warn.Render(h.Safe(number+line, h.width))
	}
	words := []string{fmt.Sprintf("#%d %s", e.Seq, e.Step), h.way(e)}
	if path := h.fieldPath(); path != "" {
		words = []string{words[0], path}
	}
	for _, l := range r.Label {
		if string(l) != e.Server { // which the way names
			words = append(words, string(l))
		}
	}
	if r.Reason != "" {
		words = append(words, string(r.Reason))
	}
	answer := e
	if f := h.whole.Entry(r.Failure); f != nil {
		answer = f
	}
	if answer.Took > 0 {
		words = append(words, "took "+render.Duration(answer.Took))
	}
	if answer.Held > 0 {
		words = append(words, "held "+render.Duration(answer.Held))
	}
	if c := answer.Connection; c != nil {
		if c.TLS != nil && c.TLS.Version != "" {
			words = append(words, c.TLS.Version)
		}
		words = append(words, c.Address)
	}
	return h.Dim.Render(" " + h.Safe(strings.Join(words, "  "), h.width-1))
}

// way names the two ends of an entry.
func (h *handshake) way(e *flow.Entry) string {
	name := func(r flow.Role) string {
		if (r == flow.Directory || r == flow.Resident) && e.Server != "" {
			return e.Server
		}
		return string(r)
	}
	if e.From == e.To || e.Kind == flow.Local {
		return string(e.From)
	}
	return name(e.From) + " " + h.To + " " + name(e.To)
}

// standing says how the handshake stands: what is waited for, what comes next, or how it ended.
func (h *handshake) standing(notice string) string {
	s := h.story.State
	switch {
	case notice != "":
		return " " + h.Warn.Render(h.Safe(notice, h.width-1))
	case h.reading != nil:
		return " " + h.Wait.Render(h.Safe(h.Glyphs.Wait+" "+h.readingWords(), h.width-1))
	case h.busy && h.waited >= patient:
		words := h.busyWords() + "   " + h.Press(keymap.ActStop) + " cancels"
		return " " + h.Wait.Render(h.Safe(h.Glyphs.Wait+" "+words, h.width-1))
	case h.loadingWords() != "":
		return " " + h.Wait.Render(h.Safe(h.Glyphs.Wait+" "+h.loadingWords(), h.width-1))
	case h.playingWords() != "":
		return " " + h.Wait.Render(h.Safe(h.playingWords(), h.width-1))
	case story.Over(s), h.witnessed() != nil && h.witnessed().Over():
		return h.verdict()
	case s.Pending != nil:
		return " " + h.Wait.Render(h.Safe(h.Glyphs.Wait+" waiting for "+s.Pending.Server, h.width-1))
	case h.witnessed() != nil:
		return " " + h.Wait.Render(h.Safe(h.Glyphs.Wait+" waiting for what comes next", h.width-1))
	case h.story.Next != nil && h.view.Ghost:
		return h.nextLine(*h.story.Next)
	}
	return ""
}

// busyWords says what the step that goes on is at.
func (h *handshake) busyWords() string {
	words := story.ProgressWords(h.src.Progress())
	switch p := h.story.State.Pending; {
	case words != "":
		return words
	case p != nil:
		words = "waiting for " + p.Server
	default:
		words = "working"
	}
	return words + " " + render.Duration(h.waited)
}

// nextLine says what the next step will send or do.
func (h *handshake) nextLine(step flow.Step) string {
	what := story.Phrases{Signs: h.Signs}.NextWords(step)
	key := h.Press(keymap.ActStepOn)
	return " " + h.Header.Render("next") + " " + h.Key.Render(key) + " " + h.Safe(what, h.width-8-render.Width(key))
}

// verdict says how the handshake ended.
func (h *handshake) verdict() string {
	s := h.story.State
	v := story.VerdictOf(s, h.findings, s.Outcome())
	if h.looking && s.Stopped != nil && v.Told == 0 {
		v.Ended, v.Worst = story.OutcomeWords(s.Outcome())+" at "+string(s.Stopped.Step), "finding out why"+h.More
	}
	glyph := v.Status.Glyph(h.Glyphs) + " "
	line := story.Phrases{Signs: h.Signs}.Line(v, s, h.width-1-render.Width(glyph))
	return " " + h.StatusStyle(v.Status).Render(h.Safe(h.withRetry(glyph+line), h.width-1))
}

// withRetry adds to a verdict that keys are missing which can be asked for again, where there is room for it.
func (h *handshake) withRetry(verdict string) string {
	if !h.live || h.unkeyed == 0 || h.shown < len(h.whole.Entries) {
		return verdict
	}
	asks := h.Press(keymap.ActAskAgain) + " asks " + wording.Count(h.unkeyed, "server")
	retry := string(h.Own(" · " + asks + " for keys again"))
	if render.Width(verdict+retry) >= h.width {
		return verdict
	}
	return verdict + retry
}
