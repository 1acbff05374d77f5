package story

import (
	"strings"

	"github.com/charmbracelet/lipgloss"
	"github.com/charmbracelet/x/ansi"

	"doorstep/flow/citation"
	"doorstep/flow/shell"
	"doorstep/render"
	"doorstep/ui/theme"
)

// A Prose is text in paragraphs, wrapped to the width it was last laid out for.
type Prose struct {
	Paras  []para
	width  int
	Lines  []string
	starts []int // the line that each paragraph starts on

	drawn   []string // as drawn last
	drawnAs [4]int
}

// A para is one paragraph of drawable text.
type para struct {
	style      lipgloss.Style
	Label      string // before the text, in a style of its own
	labelStyle lipgloss.Style
	Text       string
	hang       int        // indent of the lines after the first
	hard       bool       // exact bytes: broken anywhere
	command    shell.Text // what Text is, for a shell: broken so that it is one still
	heading    bool

	url    string // of what is cited; empty: nothing is
	linked bool   // ... and its lines lead there

	columns *columns // drawn next to each other where there is room; Text has them one below the other
	about   Pointed  // what the reader asks about here
	offers  bool     // the line is there for that alone
	aside   bool     // it is about the connection or the recording
}

// A Builder collects paragraphs, making everything drawable as it comes in.
type Builder struct {
	theme.Look
	Prose
	all   Pointed // what all of it is about
	about Pointed // what the section is about
	aside bool    // what comes is about the connection or the recording, and not what was sent
}

// About says what the whole text is about: who asks about a line that says nothing nearer asks about that.
func (b *Builder) About(p Pointed) { b.all, b.about = p, p }

// Point says what the paragraph that was added last is about, where that is nearer than what its section is about.
func (b *Builder) Point(p Pointed) {
	if n := len(b.Paras); n > 0 && !p.Nothing() {
		b.Paras[n-1].about = p
	}
}

// Offer is Point for a paragraph that does nothing but offer it.
func (b *Builder) Offer(p Pointed) {
	b.Point(p)
	if n := len(b.Paras); n > 0 {
		b.Paras[n-1].offers = !p.Nothing()
	}
}

func (b *Builder) add(a para) {
	a.about, a.aside = b.about, b.aside
	b.Paras = append(b.Paras, a)
}

// Section starts a section about what the whole text is about.
func (b *Builder) Section(s string) { b.SectionOf(b.all, s) }

// SectionOf starts a section about something.
func (b *Builder) SectionOf(p Pointed, s string) {
	if len(b.Paras) > 0 {
		b.Blank()
	}
	b.about = p
	b.add(para{style: b.Title, Text: b.Safe(s, CellsOfText), heading: true})
}

// Say adds words of ours. What they quote is made drawable with them.
func (b *Builder) Say(s string) {
	b.add(para{style: b.Text, Text: b.Safe(b.Own(s), CellsOfText)})
}

// Remark adds a remark of ours.
func (b *Builder) Remark(s string) {
	b.add(para{style: b.Dim, Text: b.Safe(b.Own(s), CellsOfText)})
}

// Put adds text that may hold anything, in a style.
func (b *Builder) Put(style lipgloss.Style, s string) {
	b.add(para{style: style, Text: b.Safe(s, CellsOfText), hang: 2})
}

// Field adds a name and a value that may hold anything.
func (b *Builder) Field(name, value string) { b.labelled(b.Key, name, value) }

// Command adds a command for a shell after a label. It can be copied from the screen: a shell reads its lines as one.
func (b *Builder) Command(label string, command shell.Text) {
	b.add(para{style: b.Text, Label: b.Safe(label, cellsOfLabel) + " ", labelStyle: b.Key,
		Text: string(command), command: command, hang: 2})
}

// labelled adds a text after a label in a style of its own.
func (b *Builder) labelled(style lipgloss.Style, label, text string) {
	b.add(para{style: b.Text, Label: b.Safe(label, cellsOfLabel) + " ", labelStyle: style,
		Text: b.Safe(text, CellsOfText), hang: 2})
}

// Cite adds the places that are cited after a label, a line each. They are links where those are wanted.
func (b *Builder) Cite(label, cited string) {
	for _, r := range citation.Parse(cited) {
		b.place(label, r.Title, r.URL)
	}
}

// place adds a place that is cited, which its line leads to.
func (b *Builder) place(label, text, url string) {
	b.add(para{style: b.Dim, Text: b.Safe(b.Own(label+" "+text), CellsOfText), hang: 2, url: url,
		linked: b.Links && url != ""})
}

// URL is what p cites first from a line on, as last laid out; otherwise what it cites first of all. Empty: it cites
// nothing that can be opened.
func (p *Prose) URL(from int) string {
	first, line := "", 0
	for _, a := range p.Paras {
		if a.url != "" {
			if line+len(a.wrap(p.width)) > from {
				return a.url
			}
			if first == "" {
				first = a.url
			}
		}
		line += len(a.wrap(p.width))
	}
	return first
}

// bytes adds a byte string as it is, broken at the width only.
func (b *Builder) bytes(style lipgloss.Style, raw []byte) {
	b.add(para{style: style, Text: b.Safe(string(raw), cellsOfBytes), hard: true})
}

// Blank adds an empty line.
func (b *Builder) Blank() { b.Paras = append(b.Paras, para{}) }

const (
	cellsOfLabel = 80
	CellsOfText  = 2000   // of one paragraph
	cellsOfBytes = 400000 // an event of the largest size, all of it spelled out
)

// LayOut wraps p for a width, unless it is already.
func (p *Prose) LayOut(width int) {
	width = max(width-proseMargin, 1)
	if p.width == width {
		return
	}
	p.width, p.Lines, p.starts = width, p.Lines[:0], p.starts[:0]
	for _, a := range p.Paras {
		p.starts = append(p.starts, len(p.Lines))
		p.Lines = append(p.Lines, a.wrap(width)...)
	}
}

func (a para) wrap(width int) []string {
	if a.Text == "" && a.Label == "" {
		return []string{""}
	}
	if a.columns != nil {
		return a.columns.wrap(width)
	}
	var lines []string
	switch {
	case a.command != "":
		lines = a.wrapCommand(width)
	case a.hard:
		lines = strings.Split(ansi.Hardwrap(a.Text, width, true), "\n")
	default:
		lines = theme.Wrap(a.Label+a.Text, width, a.hang)
	}
	for i, line := range lines {
		if i == 0 && a.Label != "" && strings.HasPrefix(line, a.Label) {
			lines[i] = a.labelStyle.Render(strings.TrimRight(a.Label, " ")) + " " + a.style.Render(line[len(a.Label):])
			continue
		}
		lines[i] = a.style.Render(line)
	}
	for i := range lines {
		if a.linked { // each line by itself, as another pane may stand next to it
			lines[i] = ansi.SetHyperlink(a.url) + lines[i] + ansi.ResetHyperlink()
		}
	}
	return lines
}

// wrapCommand breaks a command and its label. Where the command takes more than a line, the label has one of its own.
func (a para) wrapCommand(width int) []string {
	if render.Width(a.Label)+len(a.Text) <= width {
		return []string{a.Label + a.Text}
	}
	lines := theme.Wrap(a.Label, width, a.hang)
	hang := min(a.hang, width/4)
	for _, line := range a.command.Wrap(width - hang) {
		lines = append(lines, strings.Repeat(" ", hang)+line)
	}
	return lines
}

// Draw returns the lines from top on as exactly height lines of width cells. Who keeps them must not change them: as
// long as nothing else is asked for, they are drawn once.
func (p *Prose) Draw(width, height, top int) []string {
	key := [4]int{p.width, width, height, top}
	if p.drawn != nil && key == p.drawnAs {
		return p.drawn
	}
	shown := p.Lines[min(max(top, 0), len(p.Lines)):]
	lines := make([]string, max(height, 0))
	margin := strings.Repeat(" ", proseMargin)
	for i := range lines {
		if i < len(shown) {
			lines[i] = theme.Fit(margin+theme.Fit(shown[i], width-proseMargin), width)
			continue
		}
		lines[i] = strings.Repeat(" ", max(width, 0))
	}
	p.drawn, p.drawnAs = lines, key
	return lines
}

// proseMargin is the blank before prose: text stands where that of bodies does.
const proseMargin = 2
