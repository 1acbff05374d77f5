package document

import (
	"fmt"
	"io"
	"strings"
	"unicode"

	"doorstep/render"
	"doorstep/ui/theme"
)

// mermaidMost is how long a diagram may be: Mermaid refuses one of more than 50,000 characters.
const mermaidMost = 48_000

// mermaid writes d as a sequence diagram.
func (d *Document) mermaid(w io.Writer) error {
	_, err := io.WriteString(w, d.diagram(mermaidMost))
	return err
}

// diagram is d as a sequence diagram of at most that many characters. Rows that do not fit are counted.
func (d *Document) diagram(most int) string {
	var head, tail strings.Builder
	fmt.Fprintln(&head, "sequenceDiagram")
	fmt.Fprintf(&head, "    accTitle: %s\n", mermaidText(d.Title))
	fmt.Fprintf(&head, "    accDescr: %s\n", mermaidText(d.Verdict))
	for i, l := range d.Lanes {
		label := mermaidText(l.Role)
		if l.Host != "" {
			label += "<br/>" + mermaidText(safe(l.Host, 60))
		}
		fmt.Fprintf(&head, "    participant %s as %s\n", participant(i), label)
	}
	fmt.Fprintf(&tail, "    %s\n", d.overAll(strings.TrimSpace(sign(d.Status)+" "+d.Verdict)))
	room := most - head.Len() - tail.Len() - 200
	number := -1 // of the next arrow
	for i, r := range d.Rows {
		line := "    " + d.statement(r) + "\n"
		if isArrow(r.Kind) {
			line, number = numbered(number, r.Number)+line, r.Number+1
		}
		if room -= len(line); room < 0 {
			fmt.Fprintf(&head, "    %s\n", d.overAll(fmt.Sprintf("%d more rows do not fit into a diagram", len(d.Rows)-i)))
			break
		}
		head.WriteString(line)
	}
	return head.String() + tail.String()
}

// numbered says which number an arrow has where that is not the next one: that of its entry, by which findings name it.
func numbered(next, number int) string {
	switch {
	case number == 0 && next != 1: // after an arrow without a number comes one without
		return "    autonumber off\n"
	case number == 0 || number == next && next != 1:
		return ""
	}
	return fmt.Sprintf("    autonumber %d\n", number)
}

// statement is a row as a line of the diagram: a request solid, an answer dashed, with a cross what came to nothing.
func (d *Document) statement(r Row) string {
	from, to := participant(r.From), participant(r.To)
	words := strings.TrimSpace(r.Step + " " + r.Label)
	switch {
	case r.Kind == render.Phase, r.Kind == render.Gap:
		return d.overAll(r.Label)
	case r.Kind == render.Failure && r.Inferred:
		return from + "--x" + to + ": " + mermaidLines(words+": "+r.Reason)
	case r.Kind == render.Failure:
		return from + "-x" + to + ": " + mermaidLines(words+": "+r.Reason)
	case r.Kind == render.Request:
		return from + "->>" + to + ": " + mermaidLines(words)
	case r.Kind == render.Response:
		return from + "-->>" + to + ": " + mermaidLines(marked(r.Status, words))
	case from == to, r.Kind == render.Local:
		return "Note over " + from + ": " + mermaidLines(marked(r.Status, words))
	}
	return "Note over " + from + "," + to + ": " + mermaidLines(marked(r.Status, words))
}

// marked puts the sign of what is wrong before words.
func marked(s render.Status, words string) string {
	if s == render.Fail || s == render.Warn {
		return sign(s) + " " + words
	}
	return words
}

// overAll is a note over every lane.
func (d *Document) overAll(words string) string {
	over := participant(0)
	if n := len(d.Lanes); n > 1 {
		over += "," + participant(n-1)
	}
	return "Note over " + over + ": " + mermaidText(words)
}

// participant names a lane: by its number, so that no name of a server is taken for a word of the language.
func participant(lane int) string { return fmt.Sprintf("lane%d", lane) }

// cellsOfMermaid is how long a line of a label is, so that one long refusal does not make the whole diagram too wide to
// read.
const (
	cellsOfMermaid = 52
	linesOfMermaid = 5
)

// mermaidLines is mermaidText of a label that may have a few lines.
func mermaidLines(s string) string {
	lines := labelLines(s)
	for i, line := range lines {
		lines[i] = mermaidText(line)
	}
	return strings.Join(lines, "<br/>")
}

// labelLines breaks a label into lines; the last one is cut where not all fits.
func labelLines(s string) []string {
	lines := theme.Wrap(s, cellsOfMermaid, 0)
	if len(lines) > linesOfMermaid {
		lines = lines[:linesOfMermaid]
		lines[linesOfMermaid-1] = safe(lines[linesOfMermaid-1], cellsOfMermaid-2) + " …"
	}
	return lines
}

// mermaidText spells a text so that Mermaid shows it as it is. Letters, digits and a few signs stay; everything else is
// the number of its character, as anything of it may mean something: a semicolon ends a statement, a hash sign begins
// such a number, "wrap:" at the beginning is an instruction.
func mermaidText(s string) string {
	var b strings.Builder
	for _, r := range s {
		switch {
		case r < unicode.MaxASCII && (unicode.IsLetter(r) || unicode.IsDigit(r) || strings.ContainsRune(" ._/-,()", r)):
			b.WriteRune(r)
		case r > unicode.MaxASCII && unicode.IsLetter(r), r == '→', r == '…', r == '·', r == '✓', r == '✗':
			b.WriteRune(r)
		default:
			fmt.Fprintf(&b, "#%d;", r)
		}
	}
	return b.String()
}
