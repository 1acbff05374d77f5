package lesson

import (
	"context"
	"fmt"
	"html/template"
	"io"
	"slices"
	"strings"

	"doorstep/flow"
	"doorstep/flow/explain"
	"doorstep/flow/export"
	"doorstep/flow/shell"
	"doorstep/flow/tour"
	"doorstep/flow/wording"
	"doorstep/render"
	"doorstep/ui/document"
	"doorstep/ui/story"
)

// linesOfStop is how much is shown of the body that a stop speaks of; linesOfOther of the others.
const linesOfStop, linesOfOther = 90, 30

// A Run is a real handshake that can be stepped through.
type Run interface {
	Trace() flow.Trace
	Step(context.Context) bool
}

// A Tour is what a course is made from.
type Tour struct {
	Chapters []tour.Chapter
	// Start starts the handshake of a scenario; stop ends it.
	Start func(ctx context.Context, scenario string) (run Run, stop func(), err error)
	// Spelled gives a text with the keys that it names.
	Spelled func(string) string
	Intro   string // what the tour is
	Made    string // what made the page
}

// A Course is the tour as a page.
type Course struct {
	Chapters []*Chapter
	Words    []Shelf
	Intro    string
	Made     string
}

// A Shelf is the notes of a kind.
type Shelf struct {
	Anchor, Title string
	Notes         []*Note
}

// A Chapter is a chapter of the tour.
type Chapter struct {
	Anchor, Title, About string
	Stops                []*Stop
}

// A Stop is one thing to look at, and a question about it.
type Stop struct {
	Anchor, Title string
	Number        string
	Where         string // the command that shows the same
	Ladder        template.HTML
	Text          Text
	Row           document.Row
	Shown         Step   // what the stop points at
	Look          string // ... where in it
	Question      Text
	Choices       []Choice
	See           []Link
	Payloads      []*Step // those of all arrows of the run, at its last stop
	Scenario      string

	stop *tour.Stop
}

// A Choice is something that may be the answer, and what is said to it.
type Choice struct {
	Text, Reply Text
	Right       bool
}

// A courseWriter puts a Course together.
type courseWriter struct {
	*book
	Tour
	out  *Course
	ctx  context.Context
	runs int
	room int
}

// newCourse runs the tour and returns the course.
func newCourse(ctx context.Context, t Tour) (*Course, error) {
	w := &courseWriter{book: newBook(), Tour: t, out: &Course{Intro: t.Intro, Made: t.Made}, ctx: ctx}
	n := 0
	for _, c := range t.Chapters {
		chapter := &Chapter{Anchor: "chapter-" + c.Name, Title: c.Title, About: c.About}
		w.out.Chapters = append(w.out.Chapters, chapter)
		for stops := range sameRun(c.Stops) {
			of, err := w.run(stops)
			if err != nil {
				return nil, err
			}
			for _, s := range of {
				n++
				s.Number = fmt.Sprint(n)
			}
			chapter.Stops = append(chapter.Stops, of...)
		}
	}
	w.close()
	for _, c := range w.out.Chapters {
		for _, s := range c.Stops {
			w.lead(&s.Shown)
			for _, p := range s.Payloads {
				w.lead(p)
			}
			w.say(s)
		}
	}
	w.shelve()
	return w.out, nil
}

// sameRun gives the stops that follow each other in one handshake.
func sameRun(stops []tour.Stop) func(func([]tour.Stop) bool) {
	return func(yield func([]tour.Stop) bool) {
		for len(stops) > 0 {
			n := 1
			for n < len(stops) && stops[n].Scenario == stops[0].Scenario {
				n++
			}
			if !yield(stops[:n]) {
				return
			}
			stops = stops[n:]
		}
	}
}

// run does a handshake, and stops it wherever there is something to see.
func (w *courseWriter) run(stops []tour.Stop) ([]*Stop, error) {
	run, stop, err := w.Start(w.ctx, stops[0].Scenario)
	if err != nil {
		return nil, err
	}
	defer stop()
	w.runs++
	w.room = mostRoom
	var out []*Stop
	var at *told
	shown := map[int]bool{}
	for i := range stops {
		s := &stops[i]
		if err := w.reach(run, s); err != nil {
			return nil, err
		}
		at = w.tell(run.Trace())
		made, err := w.stop(s, at, shown)
		if err != nil {
			return nil, err
		}
		out = append(out, made)
	}
	for _, s := range out { // its events are listed as they were told apart once they were verified
		if s.stop.Tab == "Events" && s.Shown.Sets == nil {
			s.Shown.Sets = at.Document.Sets
		}
	}
	last := out[len(out)-1]
	for i, r := range at.Rows {
		if shown[r.Number] && r.Number > 0 {
			p := w.step(at, i, "", linesOfOther, func(*explain.Entry) {})
			p.Anchor = w.anchorOf(r)
			last.Payloads = append(last.Payloads, p)
		}
	}
	return out, nil
}

// reach does steps until a handshake has come to a stop.
func (w *courseWriter) reach(run Run, s *tour.Stop) error {
	for s.At.In(run.Trace()) == nil {
		before := len(run.Trace().Entries)
		if more := run.Step(w.ctx); w.ctx.Err() != nil {
			return context.Cause(w.ctx)
		} else if !more || len(run.Trace().Entries) == before {
			return fmt.Errorf("the stop %q: a handshake of %s did not come to %s", s.Name, s.Scenario, s.At)
		}
	}
	return nil
}

func (w *courseWriter) tell(t flow.Trace) *told {
	s := flow.Fold(t)
	return tell(t, s, export.NewReport(t, s, export.ReportOptions{}), &w.room)
}

// anchorOf is where the payload of a row of the present run is.
func (w *courseWriter) anchorOf(r document.Row) string {
	return fmt.Sprintf("run-%d-entry-%d", w.runs, r.Number)
}

// stop makes a stop of what a handshake has come to. It notes the rows that its ladder shows.
func (w *courseWriter) stop(s *tour.Stop, t *told, shown map[int]bool) (*Stop, error) {
	out := &Stop{Anchor: "stop-" + s.Name, Title: s.Title, Scenario: s.Scenario, Look: s.Look, stop: s,
		Where: string(shell.Line([]string{"doorstep", "sandbox", s.Scenario}))}
	e := s.At.In(t.trace)
	lit := t.rowOf(e)
	if lit < 0 {
		return nil, fmt.Errorf("the stop %q: no row shows entry %d", s.Name, e.Seq)
	}
	for _, e := range entriesOf(s) {
		w.note(e)
	}
	out.Row = t.Rows[lit]
	seen := func(e *explain.Entry) { w.note(e) }
	if e := t.scene(lit).Lesson(); e != nil {
		w.note(e)
	}
	out.Shown = *w.shown(s, t, lit, seen)
	part := *t.Document
	part.Rows = w.rows(t, lit, shown)
	for i := range part.Rows {
		if part.Rows[i].Number == out.Row.Number {
			part.Rows[i].Anchor = out.Anchor + "-payload"
		}
	}
	var err error
	out.Ladder, err = part.Ladder(out.Row.Number)
	return out, err
}

// rowOf is the row that shows an entry: its own, or that of the request that it ended; -1: none does.
func (t *told) rowOf(e *flow.Entry) int {
	for _, seq := range []int{e.Seq, e.Answers} {
		if i := slices.IndexFunc(t.Rows, func(r document.Row) bool { return r.Number == seq }); seq > 0 && i >= 0 {
			return i
		}
	}
	return -1
}

// rows are those that the ladder of a stop shows: the steps so far, and of what lies under them that of the phase it is
// in. The other phases say how much they hold.
func (w *courseWriter) rows(t *told, lit int, shown map[int]bool) []document.Row {
	var out []document.Row
	head, folded := -1, 0
	end := func() {
		if head >= 0 && folded > 0 {
			out[head].Label += " · +" + wording.Count(folded, "row")
		}
		folded = 0
	}
	for i, r := range t.Rows {
		switch {
		case r.Kind == render.Phase:
			end()
			head = len(out)
		case r.Kind == render.Gap:
			continue
		case i != lit && r.Step == string(flow.R) && phaseOf(t.Rows, i) != phaseOf(t.Rows, lit):
			folded++
			continue
		case r.Number > 0:
			shown[r.Number] = true
			r.Anchor = w.anchorOf(r)
		}
		out = append(out, r)
	}
	end()
	return out
}

// phaseOf is the row that heads the phase of a row.
func phaseOf(rows []document.Row, i int) int {
	for ; i >= 0 && rows[i].Kind != render.Phase; i-- {
	}
	return i
}

// step gives a row as a step without what was found and what was checked.
func (w *courseWriter) step(t *told, i int, look string, most int, seen func(*explain.Entry)) *Step {
	scene := t.scene(i)
	s := &Step{Row: t.Rows[i]}
	raw, instead := scene.Body()
	e := scene.Entry()
	if raw == nil && e.Request == nil {
		s.Head = t.head(instead.Blocks(), seen)
	}
	s.Head = append(s.Head, t.head(scene.Head().Blocks(), seen)...)
	s.Body = t.body(e, look, most)
	return s
}

// shown is what a stop points at: what the screen would show in that tab.
func (w *courseWriter) shown(s *tour.Stop, t *told, lit int, seen func(*explain.Entry)) *Step {
	scene := t.scene(lit)
	e := scene.Entry()
	out := &Step{Row: t.Rows[lit]}
	switch s.Tab {
	case "Body":
		if out.Body = t.body(e, s.Look, linesOfStop); out.Body.Title == "" {
			_, instead := scene.Body()
			out.Head = t.head(instead.Blocks(), seen)
		}
		for _, f := range out.Body.fields {
			seen(f)
		}
	case "Diff":
		out.Changes = t.changes(e, s.Look, seen)
	case "Events":
		out.Sets = t.Document.Sets
	case "Checks":
		out.Checks = t.checks(seen)
	case "Sign":
		out.Head = t.head(scene.Sign(story.Subject{}).Blocks(), seen)
	default:
		out.Head = t.head(scene.Head().Blocks(), seen)
	}
	return out
}

// entriesOf are the entries that a stop names; all of a name where several have it.
func entriesOf(s *tour.Stop) []*explain.Entry {
	var out []*explain.Entry
	for _, see := range s.See {
		kind, name, _ := strings.Cut(see, "/")
		r := explain.Reference{Kind: explain.Kind(kind), Name: name}
		if e := r.Entry(); e != nil {
			out = append(out, e)
			continue
		}
		out = append(out, explain.Of(r.Kind, r.Name)...)
	}
	return out
}

// say adds the texts of a stop: what they name leads to its note.
func (w *courseWriter) say(s *Stop) {
	var near []*Note
	for _, e := range entriesOf(s.stop) {
		if n := w.notes[e]; n != nil {
			near = append(near, n)
			s.See = append(s.See, w.link(e))
		}
	}
	s.Text = text(w.Spelled(s.stop.Text), near)
	s.Question = text(s.stop.Question, nil)
	for _, c := range s.stop.Choices {
		s.Choices = append(s.Choices, Choice{text(c.Text, nil), text(c.Reply, near), c.Right})
	}
}

// shelve puts the notes in the order of their kinds.
func (w *courseWriter) shelve() {
	for _, k := range explain.Kinds() {
		shelf := Shelf{Anchor: "words-" + strings.ReplaceAll(string(k.Kind), " ", "-"),
			Title: strings.ToUpper(k.Plural[:1]) + k.Plural[1:]}
		for _, n := range w.order {
			if n.entry.Kind == k.Kind {
				shelf.Notes = append(shelf.Notes, n)
			}
		}
		slices.SortStableFunc(shelf.Notes, func(a, b *Note) int {
			return strings.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name))
		})
		if len(shelf.Notes) > 0 {
			w.out.Words = append(w.out.Words, shelf)
		}
	}
}

// WriteCourse runs the tour, and writes it as a page. Nothing is written unless all of it could be run.
func WriteCourse(ctx context.Context, w io.Writer, t Tour) error {
	c, err := newCourse(ctx, t)
	if err != nil {
		return err
	}
	return write(w, "course", c, style)
}
