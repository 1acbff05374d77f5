package ui

import (
	"strings"
	"unicode"

	"doorstep/render"

	"github.com/charmbracelet/bubbles/key"
	"github.com/charmbracelet/bubbles/textinput"
	tea "github.com/charmbracelet/bubbletea"

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
	askEvents
	askOtherFile
)

// A prompt is one line of input at the bottom of the screen: the text input of bubbles, in the look of the screen.
type prompt struct {
	theme.Look
	kind  promptKind
	label string
	input textinput.Model

	offered string // taken where nothing is typed; empty: nothing is
	takes   string // what Enter does with it, in a word
	past    past
	back    int    // entries of past gone back; 0: what is typed is new
	problem string // with what is typed
}

const promptRunes = 500 // no longer text is taken in

func newPrompt(l theme.Look, kind promptKind, label, value string) *prompt {
	input := textinput.New()
	input.CharLimit = promptRunes
	input.KeyMap.Paste = key.NewBinding() // the terminal pastes; nothing here reads the clipboard
	input.SetValue(value)
	input.Focus()
	return &prompt{Look: l, kind: kind, label: label, input: input}
}

// take handles a key. Pasted text is taken in as one line; what cannot be seen is left out.
func (p *prompt) take(msg tea.KeyMsg) {
	if msg.Type == tea.KeyRunes || msg.Type == tea.KeySpace {
		msg.Runes = visible(msg.Runes)
	}
	p.input, _ = p.input.Update(msg)
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

func (p *prompt) value() string { return strings.TrimSpace(p.input.Value()) }

// draw returns the line, scrolled so that the place where typing goes on is in view.
func (p *prompt) draw(width int) string {
	label := " " + p.label + " "
	room := max(width-render.Width(label)-1, 1)
	text, at := []rune(p.input.Value()), p.input.Position()
	from := 0
	for render.Width(string(text[from:at])) > room-1 && from < at {
		from++
	}
	under, after := "_", ""
	if at < len(text) {
		under, after = string(text[at]), string(text[at+1:])
	}
	line := p.Key.Render(label) + p.Safe(string(text[from:at]), room) + p.Cursor.Reverse(true).Render(under) +
		p.Safe(after, room)
	return theme.Fit(line+p.beside(width-render.Width(line)), width)
}

// beside is what stands after the text, where there is room: what is offered, or what is wrong with what is typed.
func (p *prompt) beside(room int) string {
	switch {
	case room < 4:
		return ""
	case p.problem != "":
		return "  " + p.Warn.Render(p.Safe(p.problem, room-2))
	case p.input.Value() == "" && p.offered != "":
		words := p.offered
		if hint := p.Own("   Enter " + p.takes + ", Right changes it"); render.Width(words+string(hint)) < room {
			words += string(hint)
		}
		return " " + p.Dim.Render(p.Safe(words, room-1))
	}
	return ""
}
