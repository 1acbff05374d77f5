package story

import (
	"strings"

	"doorstep/flow/explain"
	"doorstep/flow/shell"
	"doorstep/flow/wording"
)

// entry adds what an entry says, and what to ask for next.
func (b *Builder) entry(e *explain.Entry) {
	for _, section := range explain.Sections() {
		if section == explain.In2015 && len(e.In2015) > 0 && len(e.Today) > 0 {
			b.beside(e.Heading(explain.In2015), e.In2015, e.Heading(explain.Today), e.Today)
			break
		}
		for i, text := range e.Text(section) {
			if section == explain.What || i > 0 {
				b.Say(text)
				continue
			}
			b.Field(e.Heading(section)+":", b.Own(text))
		}
	}
	for _, place := range e.Spec {
		b.place("Spec:", place.Title, place.URL)
	}
	b.seeAlso(e)
}

// mostRelated is how many entries are offered next to one: those that it names, and as many of those that name it.
const mostRelated = 12

// seeAlso offers the entries that one is linked to.
func (b *Builder) seeAlso(e *explain.Entry) {
	related := e.Related()
	shown := related[:min(len(related), max(len(e.See), mostRelated))]
	b.offer(shown)
	if more := len(related) - len(shown); more > 0 {
		b.Remark(wording.Count(more, "more link") + ": `" + string(ExplainCommand(e.Reference())) + "` lists all.")
	}
}

// ExplainCommand is the command that explains what r names.
func ExplainCommand(r explain.Reference) shell.Text {
	return shell.Line(append([]string{"doorstep", "explain"}, strings.Fields(r.String())...))
}

// offer adds entries, a line each, which says what is asked for there.
func (b *Builder) offer(entries []explain.Reference) {
	if len(entries) == 0 {
		return
	}
	b.Blank()
	b.Put(b.Key, "See also:")
	for _, r := range entries {
		to, gloss := r.String(), ""
		if e := r.Entry(); e != nil && e.Gloss() != "" {
			to, gloss = to+":", e.Gloss()
		}
		b.labelled(b.Key, to, b.Own(gloss))
		b.Offer(ofReference(r))
	}
}

// beside adds two texts that are drawn next to each other where there is room.
func (b *Builder) beside(left string, lefts []string, right string, rights []string) {
	safe := func(title string, texts []string) column {
		c := column{title: b.Safe(title, cellsOfLabel) + ":"}
		for _, text := range texts {
			c.texts = append(c.texts, b.Safe(b.Own(text), CellsOfText))
		}
		return c
	}
	c := &columns{b.Look, safe(left, lefts), safe(right, rights)}
	b.add(para{columns: c, Text: c.left.all() + "\n" + c.right.all()})
}

// listColumns says what the columns of the list of events are.
func (b *Builder) listColumns() {
	b.SectionOf(OfTerm("event"), "The columns of the list")
	for _, c := range []struct {
		title, says string
		of          Pointed
	}{
		{"event", "its type; our join comes first", ofField(explain.Event, "/type")},
		{"state key", "which piece of state of that type it is: for a member, whose", OfTerm("state key")},
		{"sender", "the user who sent it", ofField(explain.Event, "/sender")},
		{"in", "which list of the answer holds it: state, auth_chain, or both", OfTerm("why both state and auth_chain")},
		{"named by", "how many events of the answer list it among their auth_events", OfTerm("auth events")},
		{"depth", "one more than the greatest of the events before it, as the server that made it says", OfTerm("depth")},
		{"time", "when it was made, as the server that made it says", ofField(explain.Event, "/origin_server_ts")},
	} {
		b.Field(c.title+":", c.says)
		b.Point(c.of)
	}
	b.Field("the first column:", "the worst that the checks on it found")
}
