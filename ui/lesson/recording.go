package lesson

import (
	"fmt"
	"html/template"
	"io"
	"slices"
	"strings"

	"doorstep/flow"
	"doorstep/flow/explain"
	"doorstep/render"
	"doorstep/ui/document"
)

// A Recording is a handshake as a lesson: step after step, each with what is known of it.
type Recording struct {
	*document.Document
	Wide, Narrow template.HTML // the whole ladder
	Phases       []*Phase
	Found        []Found // what rests on nothing that is shown
	Checks       *Checks // where no step shows them
	Notes        []*Note // about those
}

// A Phase is a stretch of the handshake.
type Phase struct {
	Anchor, Title string
	Ladder        template.HTML
	Steps         []*Step
}

// A recordingWriter puts a Recording together.
type recordingWriter struct {
	*told
	*book
	out    *Recording
	placed map[string]bool // findings, by their IDs
}

// newRecording returns the lesson of a handshake.
func newRecording(h document.Handshake) (*Recording, error) {
	room := mostRoom
	w := &recordingWriter{told: tell(h.Trace, h.State, h.Report, &room), book: newBook(), placed: map[string]bool{}}
	w.out = &Recording{Document: w.Document}
	w.nameFindings()
	if err := w.phases(); err != nil {
		return nil, err
	}
	w.rest()
	var err error
	if w.out.Wide, w.out.Narrow, err = w.Overview(); err != nil {
		return nil, err
	}
	w.close()
	for _, p := range w.out.Phases {
		for _, s := range p.Steps {
			w.lead(s)
		}
	}
	w.leadChecks(w.out.Checks)
	return w.out, nil
}

// nameFindings has what names a finding lead to where it was met.
func (w *recordingWriter) nameFindings() {
	for _, f := range w.Findings {
		for _, e := range explain.Of(explain.Finding, f.ID) {
			if w.notes[e] == nil {
				w.notes[e] = &Note{Anchor: "finding-" + f.ID, Name: f.ID, entry: e}
			}
		}
	}
}

// phases adds the phases, each with its rows.
func (w *recordingWriter) phases() error {
	var rows [][]int
	for i, r := range w.Rows {
		if r.Kind == render.Phase || len(rows) == 0 {
			rows = append(rows, nil)
			w.out.Phases = append(w.out.Phases, &Phase{Anchor: fmt.Sprintf("part-%d", len(rows)), Title: r.Label})
		}
		rows[len(rows)-1] = append(rows[len(rows)-1], i)
	}
	for i, p := range w.out.Phases {
		if err := w.phase(p, rows[i]); err != nil {
			return err
		}
	}
	return nil
}

// rest adds what no step shows.
func (w *recordingWriter) rest() {
	if !slices.ContainsFunc(w.trace.Entries, func(e flow.Entry) bool { return e.Step == flow.L2 }) {
		w.out.Checks = w.told.checks(func(e *explain.Entry) {
			if n, fresh := w.note(e); fresh {
				w.out.Notes = append(w.out.Notes, n)
			}
		})
	}
	for _, f := range w.Findings {
		if !w.placed[f.ID] {
			w.out.Found = append(w.out.Found, w.found(f))
		}
	}
}

// phase adds the steps of a phase, and the rows of it as a ladder of their own.
func (w *recordingWriter) phase(p *Phase, rows []int) error {
	part := *w.Document
	part.Rows, part.Lanes = nil, slices.Clone(part.Lanes)
	for i := range part.Lanes {
		part.Lanes[i].Host = "" // which is said once, in the whole ladder
	}
	for _, i := range rows {
		part.Rows = append(part.Rows, w.Rows[i])
		if isStep(w.Rows[i]) {
			p.Steps = append(p.Steps, w.step(i))
		}
	}
	var err error
	p.Ladder, err = part.Ladder()
	return err
}

func (w *recordingWriter) step(i int) *Step {
	row, scene := w.Rows[i], w.scene(i)
	s := &Step{Row: row}
	if e := scene.Lesson(); e != nil {
		n, fresh := w.note(e)
		if fresh {
			s.Lesson = n
		} else {
			s.Before = Link{Text: n.Name, Anchor: n.Anchor, Gloss: plain(e.Gloss())}
		}
	}
	seen := w.seen(s)
	raw, instead := scene.Body()
	e := scene.Entry()
	if raw == nil && (e == nil || e.Request == nil) { // of a request without a body the head says all
		s.Head = w.head(instead.Blocks(), seen)
	}
	if e == nil {
		return s
	}
	s.Head = append(s.Head, w.head(scene.Head().Blocks(), seen)...)
	s.Body = w.body(e, "", mostLines)
	for _, f := range s.Body.fields {
		seen(f)
	}
	s.Changes = w.told.changes(e, "", seen)
	if e.Step == flow.L2 {
		s.Sets, s.Checks = w.Document.Sets, w.told.checks(seen)
	}
	for _, f := range w.Findings {
		if !w.placed[f.ID] && len(f.Evidence) > 0 && f.Evidence[0].Anchor == row.Anchor {
			s.Found = append(s.Found, w.found(f))
		}
	}
	return s
}

// found places a finding.
func (w *recordingWriter) found(f document.Finding) Found {
	w.placed[f.ID] = true
	return Found{f, "finding-" + f.ID}
}

// seen returns what notes that a thing comes up in a step.
func (w *recordingWriter) seen(s *Step) func(*explain.Entry) {
	here := map[*explain.Entry]bool{}
	return func(e *explain.Entry) {
		n, fresh := w.note(e)
		switch {
		case here[e] || n == s.Lesson:
		case fresh:
			s.Notes = append(s.Notes, n)
		default:
			s.Known = append(s.Known, Link{Text: n.Name, Anchor: n.Anchor})
		}
		here[e] = true
	}
}

// WriteRecording writes the lesson of a handshake as a page.
func WriteRecording(w io.Writer, h document.Handshake) error {
	r, err := newRecording(h)
	if err != nil {
		return err
	}
	var steps []string
	for _, p := range r.Phases {
		for _, s := range p.Steps {
			if s.Anchor != "" {
				steps = append(steps, s.Anchor)
			}
		}
	}
	return write(w, "recording", r, style+follows(steps))
}

// follows has the ladder at the side show which step is read: where the pointer is, where a link led, and while the
// page is scrolled, where the browser can tell.
func follows(anchors []string) string {
	var b strings.Builder
	for _, a := range anchors {
		fmt.Fprintf(&b, ".part:has(#%[1]s:is(:hover,:target,:focus-within)) .side [href='#%[1]s'] .ground "+
			"{ fill: var(--band); stroke: var(--out); }\n", a)
	}
	b.WriteString("@supports (animation-timeline: view()) {\n@keyframes read { from, to { fill: var(--band); " +
		"stroke: var(--edge); } }\n")
	var names []string
	for _, a := range anchors {
		names = append(names, "--"+a)
		fmt.Fprintf(&b, "#%[1]s { view-timeline: --%[1]s; view-timeline-inset: 30%% 65%%; }\n"+
			".side [href='#%[1]s'] .ground { animation: read linear; animation-timeline: --%[1]s; }\n", a)
	}
	if len(names) > 0 {
		b.WriteString("main { timeline-scope: " + strings.Join(names, ", ") + "; }\n")
	}
	b.WriteString("}\n")
	return b.String()
}
