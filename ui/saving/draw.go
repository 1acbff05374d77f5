package saving

import (
	"strings"

	"github.com/charmbracelet/x/ansi"

	"doorstep/ui/keymap"
	"doorstep/ui/theme"
)

// redacting is what redaction does, and redacted the same for whoever was told already.
const redacted = "Redacted: names are pseudonyms, texts are empty. "
const redacting = "Redacted: servers, users, rooms and addresses become pseudonyms, what people wrote is emptied, " +
	"signatures and hashes give way. Read the file before you pass it on. "

// Lines is how many lines the menu wants to be drawn in.
func (m *Menu) Lines() int {
	const panel = 4 // besides the lines that the list keeps for remarks
	return m.list.Lines() + panel
}

// Draw returns the menu as exactly height lines of width cells: the list, and below it how much is written, as extent
// says it, what is done about names, and what became of what was written.
func (m *Menu) Draw(width, height int, extent string) []string {
	below := m.panel(width, extent)
	const least = 4 // the list keeps its rule, two forms and a remark
	if most := max(height-least, 1); len(below) > most {
		below = below[:most]
	}
	return append(m.list.Draw(width, height-len(below)), theme.Box(below, width, len(below))...)
}

// panel is what there is to say, the most urgent first: a question, an error or where a file is; then what would be
// written.
func (m *Menu) panel(width int, extent string) []string {
	var lines []string
	put := func(style interface{ Render(...string) string }, words string) {
		for _, l := range theme.Wrap(m.Safe(m.Own(words), 4000), max(width-2, 1), 0) {
			lines = append(lines, " "+style.Render(l))
		}
	}
	switch {
	case m.aside != "":
		put(m.Warn, m.aside)
	case m.asks:
		put(m.Warn, aim(m.job.File)+" exists. y writes over it, any other key keeps it")
		return lines
	case m.busy:
		put(m.Dim, "writing "+aim(m.job.File)+m.More)
	case m.failed != nil:
		put(m.Warn, Words(Result{}, m.failed))
	case m.done != nil:
		put(m.OK, amount(*m.done)+"; "+m.Press(keymap.ActYank)+" copies the path")
		path := ansi.Hardwrap(m.Safe(m.done.Path, 4000), max(width, 1), false) // from the edge: it is there to be copied
		for l := range strings.SplitSeq(path, "\n") {
			lines = append(lines, m.Text.Render(l))
		}
		return lines
	}
	put(m.Dim, extent) // what does not fit is left out from the end
	put(m.Dim, m.namesWords())
	return lines
}

// namesWords says what becomes of names in the form under the cursor.
func (m *Menu) namesWords() string {
	press := m.Press(keymap.ActRedact)
	switch {
	case m.header.Redacted != nil:
		return "The recording is redacted already."
	case m.Redacts():
		words := redacted
		if !m.knows {
			words, m.told = redacting, true
		}
		return words + press + " writes it as it is."
	}
	return "Names stay as they are. " + press + " redacts it."
}
