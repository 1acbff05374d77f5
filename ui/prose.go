package ui

import (
	"strings"

	"github.com/charmbracelet/lipgloss"
	"github.com/charmbracelet/x/ansi"
)

// A prose is text in paragraphs, wrapped to the width it was last laid out for.
type prose struct {
	paras []para
	width int
	lines []string
}

// A para is one paragraph of drawable text.
type para struct {
	style      lipgloss.Style
	label      string // before the text, in a style of its own
	labelStyle lipgloss.Style
	text       string
	hang       int  // indent of the lines after the first
	hard       bool // exact bytes: broken anywhere
}

// A proseBuilder collects paragraphs, making everything drawable as it comes in.
type proseBuilder struct {
	look
	prose
}

// title starts a section.
func (b *proseBuilder) title(s string) {
	if len(b.paras) > 0 {
		b.paras = append(b.paras, para{})
	}
	b.paras = append(b.paras, para{style: b.Title, text: b.safe(s, cellsOfText)})
}

// say adds words of ours. What they quote is made drawable with them.
func (b *proseBuilder) say(s string) {
	b.paras = append(b.paras, para{style: b.Text, text: b.safe(b.own(s), cellsOfText)})
}

// note adds a remark of ours.
func (b *proseBuilder) note(s string) {
	b.paras = append(b.paras, para{style: b.Dim, text: b.safe(b.own(s), cellsOfText)})
}

// text adds text that may hold anything, in a style.
func (b *proseBuilder) text(style lipgloss.Style, s string) {
	b.paras = append(b.paras, para{style: style, text: b.safe(s, cellsOfText), hang: 2})
}

// field adds a name and a value that may hold anything.
func (b *proseBuilder) field(name, value string) { b.labelled(b.Key, name, value) }

// labelled adds a text after a label in a style of its own.
func (b *proseBuilder) labelled(style lipgloss.Style, label, text string) {
	b.paras = append(b.paras, para{style: b.Text, label: b.safe(label, cellsOfLabel) + " ", labelStyle: style, text: b.safe(text, cellsOfText), hang: 2})
}

// bytes adds a byte string as it is, broken at the width only.
func (b *proseBuilder) bytes(style lipgloss.Style, raw []byte) {
	b.paras = append(b.paras, para{style: style, text: b.safe(string(raw), cellsOfBytes), hard: true})
}

func (b *proseBuilder) blank() { b.paras = append(b.paras, para{}) }

const (
	cellsOfLabel = 80
	cellsOfText  = 2000   // of one paragraph
	cellsOfBytes = 400000 // an event of the largest size, all of it spelled out
)

// layOut wraps p for a width, unless it is already.
func (p *prose) layOut(width int) {
	width = max(width-proseMargin, 1)
	if p.width == width {
		return
	}
	p.width, p.lines = width, p.lines[:0]
	for _, a := range p.paras {
		p.lines = append(p.lines, a.wrap(width)...)
	}
}

func (a para) wrap(width int) []string {
	if a.text == "" && a.label == "" {
		return []string{""}
	}
	var lines []string
	if a.hard {
		lines = strings.Split(ansi.Hardwrap(a.text, width, true), "\n")
	} else {
		lines = wrap(a.label+a.text, width, a.hang)
	}
	for i, line := range lines {
		if i == 0 && a.label != "" && strings.HasPrefix(line, a.label) {
			lines[i] = a.labelStyle.Render(strings.TrimRight(a.label, " ")) + " " + a.style.Render(line[len(a.label):])
			continue
		}
		lines[i] = a.style.Render(line)
	}
	return lines
}

// draw returns the lines from top on as exactly height lines of width cells.
func (p *prose) draw(width, height, top int) []string {
	lines := box(p.lines[min(max(top, 0), len(p.lines)):], width-proseMargin, height)
	for i := range lines {
		lines[i] = fit(strings.Repeat(" ", proseMargin)+lines[i], width)
	}
	return lines
}

// proseMargin is the blank before prose: text stands where that of bodies does.
const proseMargin = 2
