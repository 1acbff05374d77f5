package document

import (
	_ "embed"
	"fmt"
	"math"
	"slices"
	"strings"

	"doorstep/flow/wording"
	"doorstep/render"
	"doorstep/ui/theme"
)

// panelStyle is how panels look, but for the ladder.
//
//go:embed panels.css
var panelStyle string

// A panel is a part of a picture. It is drawn from d below y into that width, and says where it ends.
type panel struct {
	name string
	draw func(d *Document, y, width float64) ([]*node, float64)
	says func(d *Document) string // in words, for who does not see it
}

// ladderPanel is the part that the others follow where none is asked for. It has a width of its own, and is drawn by
// itself.
const ladderPanel = "ladder"

// panels are the parts there are. A new one is a row here.
var panels = []panel{
	{ladderPanel, nil, (*Document).description},
	{"findings", (*Document).findingsPanel, (*Document).findingsWords},
	{"diff", (*Document).diffPanel, (*Document).diffWords},
	{"sets", (*Document).setsPanel, (*Document).setsWords},
}

// PictureParts names the parts that a picture can have.
func PictureParts() []string {
	var names []string
	for _, p := range panels {
		names = append(names, p.name)
	}
	return names
}

// panelsNamed are the parts of those names, each once, in that order; the ladder where none is named.
func panelsNamed(names []string) []panel {
	var out []panel
	for _, name := range names {
		for _, p := range panels {
			if p.name == name && !slices.ContainsFunc(out, func(q panel) bool { return q.name == name }) {
				out = append(out, p)
			}
		}
	}
	if out == nil {
		out = panels[:1]
	}
	return out
}

// The most that a panel lists.
const (
	findingsShown = 6
	evidenceShown = 4
	changesShown  = 30
	eventsShown   = 16 // in each of three columns
	panelWidth    = 860
	bodySize      = 13.5
	smallSize     = 12
	headingSize   = 17
	monoSize      = 12.5
)

// panelColumn is a column as wide as the picture, with a heading.
func panelColumn(y, width float64, heading string) *column {
	c := &column{x: pagePad, y: y, width: width - 2*pagePad}
	c.space(10)
	c.set("heading", headingSize, Span{Text: heading})
	c.space(6)
	return c
}

func (d *Document) findingsPanel(y, width float64) ([]*node, float64) {
	heading := "Findings"
	if len(d.Findings) == 1 {
		heading = "Finding"
	}
	c := panelColumn(y, width, heading)
	if len(d.Findings) == 0 {
		c.set("body", bodySize, Span{Text: "There is none."})
	}
	for i := range d.Findings[:min(len(d.Findings), findingsShown)] {
		c.finding(&d.Findings[i])
	}
	if more := len(d.Findings) - findingsShown; more > 0 {
		c.set("small quiet", smallSize, Span{Text: wording.Count(more, "more finding")})
	}
	return c.out, c.y
}

// finding sets a finding on a card.
func (c *column) finding(f *Finding) {
	in := &column{x: c.x + 20, y: c.y + 10, width: c.width - 40}
	status := statusClass(f.Status)
	in.set("finding strong "+status, 15, Span{strings.TrimSpace(sign(f.Status) + " " + f.Title), "strong"})
	suspect := ""
	if f.Suspect {
		suspect = ", suspected: the evidence is a hint, no proof"
	}
	in.set("small quiet", smallSize, Span{f.ID, "code"}, Span{Text: ", " + f.Severity + suspect})
	in.space(5)
	in.led("What to do:", f.Advice)
	for _, line := range f.Try {
		in.set("body", bodySize, Span{string(line), "code"})
	}
	in.led("", f.Cause)
	for _, note := range f.Notes {
		in.led("", note)
	}
	in.led("How to be sure:", f.Apart)
	for i, e := range f.Evidence {
		if i == evidenceShown {
			in.set("small quiet", smallSize, Span{Text: fmt.Sprintf("and %d more", len(f.Evidence)-i+f.More)})
			break
		}
		in.set("small quiet", smallSize, Span{fmt.Sprintf("entry %d: ", e.Number), "strong"}, Span{e.Words, "code"})
	}
	in.sources(f.Sources)
	in.space(12)
	height := round(in.y - c.y)
	c.out = append(c.out, el("rect", "class", "band card", "x", c.x, "y", c.y, "width", c.width, "height", height,
		"rx", 8),
		el("rect", "class", "bar "+status, "x", c.x, "y", c.y, "width", 4.0, "height", height, "rx", 2))
	c.out = append(c.out, in.out...)
	c.y = round(in.y + 10)
}

// led sets a paragraph of ours with what it begins with; nothing where it is empty.
func (c *column) led(lead, text string) {
	if text == "" {
		return
	}
	spans := coded(text)
	if lead != "" {
		spans = append([]Span{{lead + " ", "strong"}}, spans...)
	}
	c.set("body", bodySize, spans...)
	c.space(4)
}

func (c *column) sources(sources []Source) {
	var names []string
	for _, s := range sources {
		names = append(names, s.Text)
	}
	if len(names) > 0 {
		c.set("small quiet", smallSize, Span{Text: "Source: " + strings.Join(names, "; ")})
	}
}

func (d *Document) diffPanel(y, width float64) ([]*node, float64) {
	c := panelColumn(y, width, "From the protoevent to the join event")
	if d.Changes.None {
		c.set("body", bodySize, Span{Text: "No join event was made."})
		return c.out, c.y
	}
	c.set("small quiet", smallSize, Span{Text: "− in the protoevent, as the resident server gave it"})
	c.set("small quiet", smallSize, Span{Text: "+ in the join event, as it was sent"})
	c.space(8)
	list := d.Changes.List[:min(len(d.Changes.List), changesShown)]
	for _, one := range list {
		c.change(one)
	}
	c.rule()
	c.space(4)
	rest := d.Changes
	rest.More += len(d.Changes.List) - len(list)
	c.set("body", bodySize, Span{Text: rest.rest() + "."})
	return c.out, c.y
}

// rule draws a line across a column.
func (c *column) rule() {
	c.out = append(c.out, el("path", "class", "rule", "d", fmt.Sprintf("M%g %gh%g", c.x, math.Floor(c.y)+0.5, c.width)))
}

// change sets what became of a field: on the left what it was and is, on the right why.
func (c *column) change(one Change) {
	c.rule()
	const between = 24
	left := &column{x: c.x, y: c.y + 8, width: math.Round(c.width * 0.61)}
	right := &column{x: left.x + left.width + between, y: left.y, width: c.width - left.width - between}
	left.field(one)
	left.value("bad", "−", one.From)
	left.value("good", "+", one.To)
	if one.Why != "" {
		right.set("body", bodySize, coded(one.Why)...)
	}
	right.sources(one.Sources)
	c.out = append(append(c.out, left.out...), right.out...)
	c.y = round(max(left.y, right.y) + 10)
}

// field sets the name of a field behind what became of it.
func (c *column) field(one Change) {
	const kinds = 76
	path := &column{x: c.x + kinds, y: c.y, width: c.width - kinds}
	c.out = append(c.out, el("text", "class", "prose kind "+one.Kind, "x", c.x, "y",
		round(c.y+bodySize*1.14)).said(one.Kind))
	path.set("body", bodySize, Span{one.Path, "code"})
	c.out = append(c.out, path.out...)
	c.y = path.y + 2
}

// value sets a value behind a sign, in letters of one width; nothing where there is none.
func (c *column) value(class, sign, value string) {
	if value == "" {
		return
	}
	const indent = 24
	cells := int((c.width - indent - 10) / letter)
	lines := theme.Wrap(value, cells, 0)
	if len(lines) > mostLines {
		lines = lines[:mostLines]
		lines[mostLines-1] = safe(lines[mostLines-1], cells-2) + " …"
	}
	height := float64(len(lines))*lineHeight + 8
	c.out = append(c.out,
		el("rect", "class", "tint "+class, "x", c.x, "y", c.y, "width", c.width, "height", height, "rx", 4),
		el("text", "class", "prose mono "+class, "x", c.x+9, "y", c.y+lineHeight).said(sign))
	for i, line := range lines {
		c.out = append(c.out, el("text", "class", "prose mono "+class, "x", c.x+indent, "y",
			c.y+float64(i+1)*lineHeight).said(line))
	}
	c.y += height + 3
}

func (d *Document) setsPanel(y, width float64) ([]*node, float64) {
	c := panelColumn(y, width, "What came back: state against auth_chain")
	s := d.Sets
	if s == nil {
		c.set("body", bodySize, Span{Text: "No answer to send_join was verified."})
		return c.out, c.y
	}
	for _, wrong := range []struct{ class, lead, text string }{
		{"bad", "Refused as a whole:", s.Invalid}, {"odd", "Not proven:", s.Unproven},
	} {
		if wrong.text != "" {
			c.set("body "+wrong.class, bodySize, Span{wrong.lead + " ", "strong"}, Span{Text: wrong.text})
		}
	}
	c.space(26)
	c.lists(s)
	c.space(10)
	c.led("", s.Why)
	return c.out, c.y
}

// lists draws state and auth_chain as two sheets one over the other: what is in both stands where both are.
func (c *column) lists(s *Sets) {
	const pad = 14
	third := math.Floor((c.width - 2*pad) / 3)
	places := []struct {
		place, heading string
		count          int
	}{{"state", "in state only", s.StateOnly}, {"both", "in both", s.Both},
		{"auth_chain", "in auth_chain only", s.ChainOnly}}
	wide := 2*third + pad
	chain := c.x + c.width - wide
	bottom := c.y
	var inside []*node
	for i, p := range places {
		in := &column{x: []float64{c.x, chain, c.x + wide}[i] + pad, y: c.y + 12, width: third - 2*pad}
		in.set("body", bodySize, Span{fmt.Sprintf("%d %s", p.count, p.heading), "strong"})
		in.space(4)
		in.events(s, p.place, p.count)
		bottom = max(bottom, in.y)
		inside = append(inside, in.out...)
	}
	top, height := c.y, round(bottom-c.y+12)
	c.out = append(c.out,
		el("rect", "class", "list state", "x", c.x, "y", top, "width", wide, "height", height, "rx", 10),
		el("rect", "class", "list chain", "x", chain, "y", top+6, "width", wide, "height", height, "rx", 10),
		el("text", "class", "prose name state", "x", c.x+pad, "y", top-8).said(
			fmt.Sprintf("state: %s", wording.Count(s.State, "event"))),
		el("text", "class", "prose name chain", "x", c.x+c.width-pad, "y", top-8, "text-anchor", "end").said(
			fmt.Sprintf("auth_chain: %s", wording.Count(s.AuthChain, "event"))))
	c.out = append(c.out, inside...)
	c.y = top + height + 6
}

// events lists the events of a place: their type, and below it whom or what it is about.
func (c *column) events(s *Sets, place string, count int) {
	cells := int(c.width / letter)
	shown := 0
	for _, e := range s.Events {
		if e.Place != place {
			continue
		}
		if shown == eventsShown {
			break
		}
		shown++
		kind, about, _ := strings.Cut(e.Words, " ")
		class := statusClass(e.Status)
		if e.Status == render.OK {
			class = "good"
		}
		c.y += 18
		c.out = append(c.out, el("text", "class", "prose mono", "x", c.x, "y", c.y-4).add(
			el("tspan", "class", class).said(sign(e.Status)), el("tspan").said(" "+safe(kind, cells-2))))
		if about != "" {
			c.y += 15
			c.out = append(c.out, el("text", "class", "prose small quiet", "x", c.x+2*letter, "y", c.y-4).add(
				el("tspan", "class", "code").said(safe(about, int((c.width-2*letter)/smallLetter)))))
		}
	}
	if more := count - shown; more > 0 {
		c.y += 20
		c.out = append(c.out, el("text", "class", "prose small quiet", "x", c.x, "y", c.y-4).said(
			fmt.Sprintf("and %d more", more)))
	}
}

// description says in words what the picture shows.
func (d *Document) description() string {
	var lanes []string
	for _, l := range d.Lanes {
		lanes = append(lanes, strings.TrimSpace(l.Role+" "+l.Host))
	}
	return "A sequence diagram of a remote join handshake: " + strings.Join(lanes, ", ") + ". It ended: " + d.Verdict + "."
}

func (d *Document) findingsWords() string {
	words := "The findings: there is none."
	if len(d.Findings) > 0 {
		words = "The findings:"
		for _, f := range d.Findings[:min(len(d.Findings), findingsShown)] {
			words += " " + f.Title + ". " + f.Advice
		}
	}
	return words
}

func (d *Document) diffWords() string {
	if d.Changes.None {
		return "The difference between protoevent and join event: no join event was made."
	}
	var fields []string
	for _, c := range d.Changes.List[:min(len(d.Changes.List), changesShown)] {
		fields = append(fields, c.Path+" "+c.Kind)
	}
	return "The difference between protoevent and join event: " +
		strings.Join(append(fields, d.Changes.rest()), ", ") + "."
}

func (d *Document) setsWords() string {
	s := d.Sets
	if s == nil {
		return "No answer to send_join was verified."
	}
	return fmt.Sprintf("What came back: state has %s, auth_chain %s; %d in both, %d in state only, %d in auth_chain only.",
		wording.Count(s.State, "event"), wording.Count(s.AuthChain, "event"), s.Both, s.StateOnly, s.ChainOnly)
}
