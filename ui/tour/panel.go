package tour

import (
	"strings"

	"doorstep/flow/tour"
	"doorstep/render"
	"doorstep/ui/keymap"
	"doorstep/ui/theme"
)

// textCells is the width up to which text is read easily.
const textCells = 100

// A Panel is what stands below a handshake at a stop: what there is to see, the question, and the reply.
type Panel struct {
	theme.Look
	stop           *tour.Stop
	place, chapter string
	cursor         int    // the choice that the keys are on; -1: the text above
	tried          []bool // by choice: it was taken, and is wrong
	last           int    // of those; -1: none so far
	answered       bool
	byReader       bool // and not shown for the asking
	top            int
	follows        bool // what the cursor is on is to be in view, or the answer that was just given
	question       int  // the line of the question once it was answered

	width, height int // of what is inside, as it was drawn last
}

func newPanel(l theme.Look, s *tour.Stop, place, chapter string) *Panel {
	return &Panel{Look: l, stop: s, place: place, chapter: chapter, cursor: -1, last: -1,
		tried: make([]bool, len(s.Choices))}
}

// Height is how many lines the panel takes of a screen of that height.
func Height(height int) int {
	const roomy, most = 30, 14
	if height >= roomy {
		return most
	}
	return max(height/2-1, 5)
}

// Answered reports whether the question has been answered.
func (p *Panel) Answered() bool { return p.answered }

// Choices is how many choices there are.
func (p *Panel) Choices() int { return len(p.stop.Choices) }

// Take answers with a choice; false where there is none of that number, or nothing to answer any more.
func (p *Panel) Take(i int) bool {
	if p.answered || i < 0 || i >= len(p.stop.Choices) {
		return false
	}
	p.cursor, p.follows = i, true
	if !p.stop.Choices[i].Right {
		p.tried[i], p.last = true, i
		return true
	}
	p.answered, p.byReader = true, true
	return true
}

// Show answers the question for a reader who asks for that.
func (p *Panel) Show() { p.answered, p.follows = true, true }

// Enter takes the choice that the cursor is on. From the text above it goes to the first one. It reports whether the
// reader wants to go on: the question has been answered before.
func (p *Panel) Enter() (on bool) {
	switch {
	case p.answered:
		return true
	case p.cursor < 0:
		p.Move(keymap.ActDown)
	default:
		p.Take(p.cursor)
	}
	return false
}

// Move moves the cursor over the choices, or scrolls where there are none.
func (p *Panel) Move(a keymap.Action) {
	page := max(p.height-1, 1)
	n := map[keymap.Action]int{keymap.ActUp: -1, keymap.ActDown: 1, keymap.ActPageUp: -page, keymap.ActPageDown: page,
		keymap.ActHalfUp: -page / 2, keymap.ActHalfDown: page / 2, keymap.ActToFirst: -1 << 20, keymap.ActToLast: 1 << 20}[a]
	if p.answered || a != keymap.ActUp && a != keymap.ActDown {
		p.Scroll(n)
		return
	}
	if n > 0 && p.cursor < 0 { // first the end of the text, then the choices
		lines, at := p.lines()
		if end := at[0].first - p.height; p.top < end && end < len(lines) {
			p.top = min(p.top+max(p.height-2, 1), end)
			return
		}
	}
	p.cursor, p.follows = min(max(p.cursor+n, -1), len(p.stop.Choices)-1), true
}

// Scroll moves what is in view.
func (p *Panel) Scroll(n int) {
	lines, _ := p.lines()
	p.top, p.follows = min(max(p.top+n, 0), max(len(lines)-p.height, 0)), false
}

// A span is where something stands among the lines: from the first to before the end.
type span struct{ first, end int }

// lines are all lines of the panel, and where the choices are among them; of an answered question nowhere.
func (p *Panel) lines() (lines []string, at []span) {
	width := min(p.width-2, textCells)
	text := wrapped(p.Look, p.stop.Text, width, 0, p.Text.Render)
	question := wrapped(p.Look, p.stop.Question, width, 0, p.Title.Render)
	if p.answered {
		p.question = len(text) + 1
		return append(append(append(text, ""), question...), p.answer(width)...), nil
	}
	lines = text
	choices := 0
	for i := range p.stop.Choices {
		choices += len(p.choice(i, width))
	}
	if len(text)+1+len(question)+choices <= p.height || len(text) >= p.height {
		lines = append(lines, "")
	}
	lines = append(lines, question...)
	for i := range p.stop.Choices {
		from := len(lines)
		lines = append(lines, p.choice(i, width)...)
		at = append(at, span{from, len(lines)})
	}
	return lines, at
}

// choice is a choice, with the reply to the one that was taken last.
func (p *Panel) choice(i, width int) []string {
	c := p.stop.Choices[i]
	mark, style := " ", p.Text
	switch {
	case p.tried[i]:
		mark, style = p.Fail.Render(p.Glyphs.Fail), p.Dim
	case i == p.cursor:
		mark = p.Cursor.Render(p.Glyphs.Cursor)
	}
	if i == p.cursor {
		style = p.Selected
	}
	var out []string
	for j, l := range wrapped(p.Look, c.Text, width-6, 0, style.Render) {
		head := strings.Repeat(" ", 5)
		if j == 0 {
			head = theme.Fit(mark, 2) + p.Key.Render(p.Press(AnswerWith(i))) + "  "
		}
		out = append(out, head+l)
	}
	if i == p.last {
		for _, l := range wrapped(p.Look, c.Reply, width-6, 0, p.Warn.Render) {
			out = append(out, "     "+l)
		}
	}
	return out
}

// answer is the choice that is right, and why.
func (p *Panel) answer(width int) []string {
	c := p.stop.Choices[p.stop.Right()]
	mark := p.OK.Render(p.Glyphs.OK)
	if !p.byReader {
		mark = p.Wait.Render(p.Glyphs.Cursor)
	}
	var out []string
	for j, l := range wrapped(p.Look, c.Text, width-3, 0, p.OK.Render) {
		head := "   "
		if j == 0 {
			head = theme.Fit(mark, 3)
		}
		out = append(out, head+l)
	}
	for _, l := range wrapped(p.Look, c.Reply, width-3, 0, p.Text.Render) {
		out = append(out, "   "+l)
	}
	more := "doorstep explain tells more: " + strings.Join(p.stop.See, ", ")
	for _, l := range theme.Wrap(more, width-3, 3) {
		out = append(out, "   "+p.Dim.Render(p.Safe(l, width)))
	}
	return out
}

// scroll puts in view what has to be.
func (p *Panel) scroll(lines []string, at []span) {
	most := max(len(lines)-p.height, 0)
	p.top = min(max(p.top, 0), most)
	switch {
	case !p.follows:
		return
	case p.answered:
		if p.top = 0; most > 0 {
			p.top = p.question
		}
		return
	case p.cursor < 0:
		p.top = 0
		return
	}
	s := at[p.cursor]
	if last := at[len(at)-1].end; last-p.height <= at[0].first { // all choices at once, where they fit
		s = span{at[0].first, last}
		if in := at[p.cursor]; in.end-p.height > s.first {
			s.first = in.first
		}
	}
	p.top = min(max(max(min(p.top, s.first), s.end-p.height), 0), most)
}

// Draw returns the panel as exactly height lines of width cells. focused says that it has the keys.
func (p *Panel) Draw(width, height int, focused bool) []string {
	p.width, p.height = width, height-1
	lines, at := p.lines()
	p.scroll(lines, at)
	out := []string{p.head(width, focused, len(lines))}
	for _, l := range lines[p.top:min(p.top+p.height, len(lines))] {
		out = append(out, " "+l)
	}
	return theme.Box(out, width, height)
}

// head is the first line: where in the tour this is, and whether there is more above or below.
func (p *Panel) head(width int, focused bool, lines int) string {
	mark := " "
	if focused {
		mark = p.Focus.Render(p.Glyphs.Cursor)
	}
	line := mark + p.Title.Render(p.Safe(p.Own(p.stop.Title), max(width-12, 1))) + " " + p.Dim.Render(p.place) + " "
	more := ""
	if !focused {
		more = " " + p.Press(keymap.ActNextPane) + " leads back to it "
	}
	switch above, below := p.top > 0, p.top+p.height < lines; {
	case more != "":
	case above && below:
		more = " more above and below "
	case below:
		more = " more below "
	case above:
		more = " more above "
	}
	if more == "" && width-render.Width(line)-render.Width(p.chapter) > 8 {
		more = " " + p.Safe(p.Own(p.chapter), width) + " "
	}
	rule := max(width-render.Width(line)-render.Width(more)-2, 0)
	line += p.Border.Render(strings.Repeat(p.Glyphs.Rule, rule)) + p.Dim.Render(more) +
		p.Border.Render(strings.Repeat(p.Glyphs.Rule, 2))
	return theme.Fit(line, width)
}

// ChoiceAt is the choice that is drawn on line y of the panel; false where there is none.
func (p *Panel) ChoiceAt(y int) (int, bool) {
	_, at := p.lines()
	for i, s := range at {
		if line := p.top + y - 1; y > 0 && line >= s.first && line < s.end {
			return i, true
		}
	}
	return 0, false
}

// PointAt puts the cursor on a choice; false where it was there.
func (p *Panel) PointAt(i int) bool {
	was := p.cursor
	p.cursor = i
	return was != i
}
