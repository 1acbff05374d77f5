package lesson

import (
	"slices"

	"doorstep/flow"
	"doorstep/flow/citation"
	"doorstep/flow/diagnose"
	"doorstep/flow/explain"
	"doorstep/flow/export"
	"doorstep/flow/wording"
	"doorstep/render"
	"doorstep/ui/document"
	"doorstep/ui/story"
	"doorstep/ui/theme"
)

// The most that a page has of everything. What is beyond is counted.
const (
	mostLines   = 150       // of one body
	mostHead    = 60        // lines about one exchange
	mostRoom    = 700 << 10 // bytes of heads and bodies together
	mostChanges = 200
	cellsOfLine = 1000
	longLink    = 160 // bytes of a line from which on all of it is no link
)

// A told is a handshake, or the beginning of one, as the page tells it: its document, and the scene of each row.
type told struct {
	*document.Document
	trace  flow.Trace
	state  flow.State
	report export.Report
	rows   []story.Row
	look   theme.Look
	words  story.Phrases
	room   *int // bytes that may still be shown
}

func tell(t flow.Trace, s flow.State, r export.Report, room *int) *told {
	out := &told{Document: document.New(t, s, r), trace: t, state: s, report: r, room: room,
		look: theme.NewLook("mono", false, true), words: story.Phrases{Signs: theme.SignsOf(false)}}
	out.rows = story.Tell(t, s, story.View{Phrases: out.words, Phases: true,
		Unheard: diagnose.UnheardOf(t, s, r.Findings)}).Rows
	return out
}

// scene is the scene of a row of the document. Of a long handshake the document leaves out rows in the middle.
func (t *told) scene(i int) *story.Scene {
	if fromEnd := len(t.Rows) - i; len(t.rows) != len(t.Rows) && t.Rows[i].Anchor != "" {
		n := slices.IndexFunc(t.rows, func(r story.Row) bool { return r.ID.Seq == t.Rows[i].Number })
		i = max(n, 0)
	} else if len(t.rows) != len(t.Rows) {
		i = max(min(i, len(t.rows)-fromEnd), 0)
	}
	return &story.Scene{Look: t.look, Phrases: t.words, Trace: t.trace, State: t.state, Row: t.rows[i],
		Findings: t.report.Findings, Keyless: true}
}

// A Step is a row of the ladder: what it is, what is to be seen of it, and what is known of that.
type Step struct {
	document.Row
	Lesson  *Note // what the step is for; nil: it was said before, or nothing is known of it
	Before  Link  // where it was said
	Head    []HeadLine
	Aside   []HeadLine // about the connection and the recording
	Body    Body
	Changes []Change
	Checks  *Checks
	Sets    *document.Sets
	Found   []Found
	Notes   []*Note // what comes up here for the first time
	Known   []Link  // what came up before
}

// A HeadLine is a line about an exchange.
type HeadLine struct {
	Heading     bool
	Label, Text string
	URL         string
	Anchor      string // of the note about it

	about *explain.Entry
	aside bool
}

// A Change is what became of a field of the protoevent.
type Change struct {
	document.Change
	Who    string // set it
	Anchor string // of the note about the field
	Lit    bool

	about *explain.Entry
}

// A Found is a finding, at the place where it was met.
type Found struct {
	document.Finding
	Anchor string
}

// Checks are the checks of a handshake, those that did not pass before the others.
type Checks struct {
	Words        string
	List, Passed []Check
	More         int
}

// A Check is a check, and where it is explained.
type Check struct {
	document.Check
	Anchor string // of the note about it

	about *explain.Entry
}

// head gives the lines about an exchange. seen is called with what a line is about.
func (t *told) head(blocks []story.Block, seen func(*explain.Entry)) []HeadLine {
	var out []HeadLine
	var section []explain.Address
	for i, b := range blocks {
		*t.room -= min(len(b.Label)+len(b.Text), cellsOfLine)
		if i == mostHead || *t.room < 0 {
			return append(out, HeadLine{Text: wording.Count(len(blocks)-i, "line") + " left out: the recording holds all"})
		}
		l := HeadLine{Heading: b.Heading, Label: b.Label, Text: safe(b.Text, cellsOfLine), URL: b.URL, aside: b.Aside}
		about := b.About
		if b.Heading {
			section = about
		} else if slices.Equal(about, section) {
			about = nil
		}
		if l.about = aboutPlace(about); l.about != nil {
			seen(l.about)
		}
		if len(l.Text) > longLink { // bytes, as a rule: what they are, the heading leads to
			l.about = nil
		}
		out = append(out, l)
	}
	return out
}

// split keeps what was sent apart from what is about the connection and the recording.
func (s *Step) split() {
	at := slices.IndexFunc(s.Head, func(l HeadLine) bool { return l.aside })
	if at < 0 {
		return
	}
	s.Head, s.Aside = s.Head[:at], s.Head[at:]
}

// aboutPlace is the entry of what a line is about; nil where that is the step, which is explained anyhow.
func aboutPlace(about []explain.Address) *explain.Entry {
	for _, at := range about {
		if at.Kind == explain.Step {
			continue
		}
		if e := explain.Find(at); e != nil {
			return e
		}
		if found := explain.Of(at.Kind, at.Where); len(found) > 0 {
			return found[0]
		}
	}
	return nil
}

// body gives what an entry holds, if it holds anything.
func (t *told) body(e *flow.Entry, look string, most int) Body {
	raw := story.Payload(e)
	if raw == nil {
		return Body{}
	}
	of, _ := explain.BodyOf(t.trace, e)
	if *t.room <= 0 {
		return Body{Title: "Body, " + story.Size(len(raw)),
			Cut: "It is left out, as the bodies before it took all the room; the recording holds it."}
	}
	b := bodyOf(raw, of.Object, look, most)
	for _, l := range b.Lines {
		*t.room -= len(l.Indent) + len(l.Key) + len(l.Value)
	}
	return b
}

// changes gives what became of every field of the protoevent at the entry that made our event.
func (t *told) changes(e *flow.Entry, lit string, seen func(*explain.Entry)) []Change {
	if e.Build == nil {
		return nil
	}
	b := explain.Body{Object: explain.Event, Bytes: e.Build.Event}
	if m := t.state.Of(e); m.Template != nil {
		return t.changesOf(m.Diff(t.state.Header.Form), m.Template.Event, b, lit, seen)
	}
	return nil
}

func (t *told) changesOf(changes []flow.Change, protoevent []byte, b explain.Body, lit string,
	seen func(*explain.Entry)) []Change {
	var out []Change
	before := explain.Body{Object: explain.Event, Bytes: protoevent}
	for _, c := range changes[:min(len(changes), mostChanges)] {
		change := Change{Who: t.whoSet(c.Kind), Lit: lit != "" && c.Path == lit,
			Change: document.Change{Path: name(c.Path), Kind: string(c.Kind), From: value(c.From), To: value(c.To),
				Why: safe(c.Why, story.CellsOfText)}}
		for _, p := range citation.Parse(c.Source) {
			if c.Source != "" {
				change.Sources = append(change.Sources, sourceOf(p))
			}
		}
		at, ok := b.At(c.Path)
		if !ok {
			at, _ = before.At(c.Path)
		}
		if change.about = explain.Find(at); change.about != nil {
			seen(change.about)
		}
		out = append(out, change)
	}
	slices.SortStableFunc(out, func(a, b Change) int { return a.rank() - b.rank() }) // what is spoken of first
	return out
}

func (c Change) rank() int {
	switch {
	case c.Lit:
		return 0
	case c.Kind != string(flow.Copied):
		return 1
	}
	return 2
}

// whoSet says who a field is from, by what happened to it. Where a step was changed on purpose, what is in the
// protoevent may be from elsewhere.
func (t *told) whoSet(k flow.ChangeKind) string {
	switch {
	case k == flow.Removed:
		return "taken out by the joining server"
	case k != flow.Copied:
		return "by the joining server"
	case len(t.report.Altered) > 0:
		return "from the protoevent"
	}
	return "from the protoevent, by the resident server"
}

func value(v []byte) string {
	if v == nil {
		return ""
	}
	return name(string(v))
}

// checks are those of the handshake, with what each is about.
func (t *told) checks(seen func(*explain.Entry)) *Checks {
	c := t.Document.Checks
	if c.Words == "" {
		return nil
	}
	with := func(list []document.Check) (out []Check) {
		for _, one := range list {
			check := Check{Check: one, about: explain.Find(explain.At(explain.Check, one.Name))}
			if check.about != nil {
				seen(check.about)
			}
			out = append(out, check)
		}
		return out
	}
	return &Checks{Words: c.Words, List: with(c.List), Passed: with(c.Passed), More: c.More}
}

// isStep reports whether a row is something that was sent or done.
func isStep(r document.Row) bool { return r.Kind != render.Phase && r.Kind != render.Gap }
