package ui

import (
	"slices"
	"strings"
	"unicode"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/ansi"

	"doorstep/ui/theme"
)

// A promptKind says what a line of input is for.
type promptKind int

// What is asked for.
const (
	askSearch promptKind = iota
	askFilter
	askHelpFilter
	askFile
)

// A prompt is one line of input at the bottom of the screen. It is our own: the one of bubbles reads the clipboard on
// ctrl+v, and nothing here reads the clipboard.
type prompt struct {
	theme.Look
	kind  promptKind
	label string
	text  []rune
	at    int // where typing goes on
}

const promptRunes = 500 // no longer text is taken in

func newPrompt(l theme.Look, kind promptKind, label, value string) *prompt {
	return &prompt{Look: l, kind: kind, label: label, text: []rune(value), at: len([]rune(value))}
}

// take handles a key. Pasted text is taken in as one line; what cannot be seen is left out.
func (p *prompt) take(msg tea.KeyMsg) {
	switch msg.String() {
	case "left", "ctrl+b":
		p.at = max(p.at-1, 0)
	case "right", "ctrl+f":
		p.at = min(p.at+1, len(p.text))
	case "home", "ctrl+a":
		p.at = 0
	case "end", "ctrl+e":
		p.at = len(p.text)
	case "backspace", "ctrl+h":
		p.drop(max(p.at-1, 0), p.at)
	case "delete", "ctrl+d":
		p.drop(p.at, min(p.at+1, len(p.text)))
	case "ctrl+u":
		p.drop(0, p.at)
	case "ctrl+k":
		p.drop(p.at, len(p.text))
	case "ctrl+w":
		p.drop(p.wordStart(), p.at)
	default:
		if (msg.Type == tea.KeyRunes || msg.Type == tea.KeySpace) && !msg.Alt {
			typed := visible(msg.Runes)
			typed = typed[:min(len(typed), max(promptRunes-len(p.text), 0))]
			p.text = slices.Insert(p.text, p.at, typed...)
			p.at += len(typed)
		}
	}
}

func (p *prompt) drop(from, to int) {
	p.text = slices.Delete(p.text, from, to)
	p.at = from
}

func (p *prompt) wordStart() int {
	i := p.at
	for i > 0 && p.text[i-1] == ' ' {
		i--
	}
	for i > 0 && p.text[i-1] != ' ' {
		i--
	}
	return i
}

// visible leaves out of typed or pasted text what a line of input cannot show.
func visible(typed []rune) []rune {
	var out []rune
	for _, r := range typed {
		switch {
		case unicode.IsSpace(r):
			out = append(out, ' ')
		case theme.SafeText(string(r)) == string(r):
			out = append(out, r)
		}
	}
	return out
}

func (p *prompt) value() string { return strings.TrimSpace(string(p.text)) }

// draw returns the line, scrolled so that the place where typing goes on is in view.
func (p *prompt) draw(width int) string {
	label := " " + p.label + " "
	room := max(width-ansi.StringWidth(label)-1, 1)
	from := 0
	for ansi.StringWidth(string(p.text[from:p.at])) > room-1 && from < p.at {
		from++
	}
	under, after := "_", ""
	if p.at < len(p.text) {
		under, after = string(p.text[p.at]), string(p.text[p.at+1:])
	}
	return theme.Fit(p.Key.Render(label)+p.Safe(string(p.text[from:p.at]), room)+p.Cursor.Reverse(true).
		Render(under)+p.Safe(after, room), width)
}
