package linear

import (
	"fmt"
	"strings"

	"github.com/charmbracelet/x/ansi"

	"doorstep/flow"
	"doorstep/flow/compare"
	"doorstep/render"
	"doorstep/ui/pane"
	"doorstep/ui/story"
	"doorstep/ui/tab"
	"doorstep/ui/theme"
)

// atOnce is how many lines are told before more has to be asked for.
const atOnce = 200

// scene is the entry that is looked at, as the tabs see it.
func (s *session) scene() *story.Scene {
	t, state := s.trace.Prefix(s.shown), s.state()
	told := story.Tell(t, state, story.View{Phrases: s.phrases(), Ghost: true})
	out := &story.Scene{Look: s.look, Phrases: s.phrases(), Trace: t, State: state, Next: told.Next,
		Findings: s.findings(), Keyless: true}
	id := story.RowID{Seq: s.at}
	if s.at == 0 {
		id = story.RowID{Ghost: true}
	}
	if e := t.Entry(s.at); e != nil && e.Kind == flow.Failure && e.Response == nil && e.Answers > 0 {
		id.Seq = e.Answers // it shows on the request that it ended
	}
	if i, ok := told.Index(id); ok {
		out.Row = told.Rows[i]
	}
	return out
}

// show tells what a tab shows of the entry that is looked at.
func (s *session) show(t tab.Tab) {
	scene := s.scene()
	s.content(tab.Show(t, views{s}, scene))
}

// content tells what a pane of the screen would show.
func (s *session) content(c *pane.Content) {
	if c.Events != nil {
		s.page(s.eventLines(c.Events))
		return
	}
	if c.Notice != "" {
		s.say(c.Notice)
	}
	c.UnfoldEqual(true)
	c.LayOut(s.look, width, 1<<20)
	var lines []string
	switch {
	case c.Doc != nil:
		lines = s.documentLines(c.Doc)
	case c.Text != nil:
		lines = c.Text.Lines
	case c.Diff != nil:
		lines, _ = c.Diff.Draw(s.look.Styles, s.look.Glyphs, width, render.DiffLayout(0))
	}
	s.page(lines)
}

// documentLines are all lines of a document. Long ones are told in parts.
func (s *session) documentLines(d *render.Document) []string {
	d.UnfoldAll()
	return d.View(s.look.Styles, s.look.Glyphs, width, d.Lines(), 0, -1, render.ViewOptions{})
}

// page tells lines, up to a number of them, and keeps the rest.
func (s *session) page(lines []string) {
	now := lines[:min(len(lines), atOnce)]
	s.rest = lines[len(now):]
	for _, line := range now {
		_, _ = s.out.WriteString(strings.TrimRight(ansi.Strip(line), " ") + "\n") // ours: no text of others holds escapes
	}
}

func (s *session) more() {
	if len(s.rest) == 0 {
		s.say("Nothing was left out.")
		return
	}
	s.page(s.rest)
}

// eventLines lists the events of an answer, a line each: number, verdict, type, state key, sender, place.
func (s *session) eventLines(ev *pane.Events) []string {
	var lines []string
	for _, p := range ev.Why.Paras {
		lines = append(lines, theme.Wrap(p.Label+p.Text, width, 2)...)
	}
	rows := ev.Table().Rows
	for i := range rows.Len() {
		row := rows.Row(i)
		words := []string{row.Status.Label(s.look.Glyphs)}
		for _, c := range row.Cells[:4] {
			if text := s.look.Safe(string(c), story.CellsOfText); text != "" {
				words = append(words, text)
			}
		}
		id, _ := ev.Row(i)
		words = append(words, s.look.Safe(id, story.CellsOfText))
		lines = append(lines, fmt.Sprintf("%d. %s", i+1, strings.Join(words, "  ")))
	}
	return lines
}

// event tells of one event of the answer, by its ID or its number in the list.
func (s *session) event(name string) {
	scene := s.scene()
	if why := scene.LacksEvents(); why != "" {
		s.say(why)
		return
	}
	ev := pane.NewEvents(scene)
	id, where := name, ""
	var n int
	if _, err := fmt.Sscanf(name, "%d", &n); err == nil {
		if id, where = ev.Row(n - 1); id == "" {
			s.say(fmt.Sprintf("Events go from 1 to %d.", ev.Len()))
			return
		}
	} else if row, found := ev.List.Find(name); found == 1 {
		id, where = ev.Row(row)
	} else {
		s.say(fmt.Sprintf("%d events have an ID that begins with %s.", found, name))
		return
	}
	s.page(ev.NewPage(pane.WholePage, id, where).Plain(s.look, width))
}

// views is what tabs ask of the screen they are on.
type views struct{ s *session }

func (v views) Body(scene *story.Scene) *pane.Content {
	raw, instead := scene.Body()
	if raw == nil {
		return &pane.Content{Text: instead}
	}
	return &pane.Content{Doc: render.NewDocument(raw, nil)}
}

func (v views) Events(scene *story.Scene) *pane.Events { return pane.NewEvents(scene) }

func (v views) Compared(scene *story.Scene, p compare.Pair) *pane.Content {
	return pane.Comparison(scene.Compare(p))
}

// Subject is the event that the row is about, else our join.
func (v views) Subject(scene *story.Scene) story.Subject {
	if id, where := scene.SignedEvent(); id != "" {
		return story.Subject{ID: id, Where: where, From: story.OfTheRow}
	}
	if b := scene.State.Build; b != nil {
		return story.Subject{ID: b.EventID}
	}
	return story.Subject{}
}
