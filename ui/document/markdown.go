package document

import (
	"bytes"
	"fmt"
	"html"
	"io"
	"regexp"
	"strings"
	"sync"

	"doorstep/flow/shell"
	"doorstep/flow/wording"
)

// The most of a report in Markdown, in bytes: issue trackers take no more than 65,536 characters.
const (
	markdownMost    = 62_000
	markdownDiagram = 20_000
	markdownBody    = 6_000
	markdownRows    = 40 // of a list
	markdownCells   = 48 // of a value in a table
)

// markdown writes d for an issue tracker. What servers sent stands in code, where it names nobody and formats nothing.
func (d *Document) markdown(w io.Writer) error {
	m := &markdownWriter{Document: d}
	m.line("# %s", mdText(d.Title))
	m.line("**%s**", strings.TrimSpace(sign(d.Status)+" "+mdText(d.Verdict)))
	switch {
	case d.Undo != "":
		m.line("%s; to leave again:", mdText(d.Undoes))
		m.command(d.Undo)
	case d.Undoes != "":
		m.line("%s.", mdText(d.Undoes))
	}
	if d.Redacted != "" {
		m.line("Redacted: %s.", mdText(d.Redacted))
	}
	for _, f := range d.Facts {
		m.item("%s: %s", f.Name, mdCode(f.Value))
	}
	m.blank()
	m.findings()
	m.line("## Ladder")
	m.line("```mermaid\n%s```", d.diagram(markdownDiagram))
	m.changes()
	m.sets()
	m.checks()
	for _, part := range d.Parts {
		m.line("## %s", mdText(part.Heading))
		for _, line := range part.Lines {
			lead := ""
			if line.Under {
				lead = "  "
			}
			fmt.Fprintf(&m.b, "%s- %s\n", lead, mdText(line.Text))
		}
		m.blank()
	}
	made := mdText(d.Made) + ".\n"
	m.payloads(markdownMost - len(made))
	m.b.WriteString(made)
	_, err := w.Write(m.b.Bytes())
	return err
}

type markdownWriter struct {
	*Document
	b bytes.Buffer
}

// line writes a paragraph.
func (m *markdownWriter) line(format string, args ...any) { fmt.Fprintf(&m.b, format+"\n\n", args...) }

// item writes an item of a list.
func (m *markdownWriter) item(format string, args ...any) {
	fmt.Fprintf(&m.b, "- "+format+"\n", args...)
}

func (m *markdownWriter) blank() { m.b.WriteByte('\n') }

// command writes a command as a block that is indented: whoever copies it copies no backticks, between which a shell
// would run what the command prints.
func (m *markdownWriter) command(command shell.Text) { m.line("    %s", command) }

func (m *markdownWriter) findings() {
	if len(m.Findings) == 0 {
		return
	}
	m.line("## Findings")
	for _, f := range m.Findings {
		m.line("### %s", mdText(f.Title))
		suspect := ""
		if f.Suspect {
			suspect = ", suspected: the evidence is a hint, no proof"
		}
		m.line("%s, %s%s. **What to do:** %s", mdCode(f.ID), f.Severity, suspect, mdText(f.Advice))
		for _, line := range f.Try {
			m.line("Try:")
			m.command(line)
		}
		if f.Cause != "" {
			m.line("%s", mdText(f.Cause))
		}
		for _, note := range f.Notes {
			m.line("%s", mdText(note))
		}
		if f.Apart != "" {
			m.line("**How to be sure:** %s", mdText(f.Apart))
		}
		for _, e := range f.Evidence {
			m.item("entry %d: %s", e.Number, mdText(e.Words))
		}
		if f.More > 0 {
			m.item("%d more entries", f.More)
		}
		if len(f.Sources) > 0 {
			m.item("source: %s", mdSources(f.Sources))
		}
		m.blank()
	}
}

func (m *markdownWriter) changes() {
	c := m.Changes
	if c.None {
		return
	}
	m.line("## From the protoevent to the join event")
	if len(c.List) > 0 {
		m.b.WriteString("| field | change | protoevent | join event | why |\n|---|---|---|---|---|\n")
	}
	for i, one := range c.List {
		if i == markdownRows {
			c.More += len(c.List) - i
			break
		}
		fmt.Fprintf(&m.b, "| %s | %s | %s | %s | %s |\n", mdCell(mdCode(safe(one.Path, markdownCells))), one.Kind,
			mdCell(mdCode(safe(one.From, markdownCells))), mdCell(mdCode(safe(one.To, markdownCells))),
			mdCell(mdText(one.Why)))
	}
	m.blank()
	m.line("%s.", c.rest())
}

// rest says how many fields are not listed.
func (c Changes) rest() string {
	words := wording.Count(c.Copied, "field") + " copied as they came"
	if c.More > 0 {
		words += fmt.Sprintf("; %d more changed", c.More)
	}
	return words
}

func (m *markdownWriter) sets() {
	s := m.Sets
	if s == nil {
		return
	}
	m.line("## What came back")
	if s.Invalid != "" {
		m.line("**Refused as a whole:** %s", mdText(s.Invalid))
	}
	if s.Unproven != "" {
		m.line("**Not proven:** %s", mdText(s.Unproven))
	}
	m.line("`state` has %s, `auth_chain` %s: %d in both, %d in `state` only, %d in `auth_chain` only.",
		wording.Count(s.State, "event"), wording.Count(s.AuthChain, "event"), s.Both, s.StateOnly, s.ChainOnly)
	m.line("%s", mdText(s.Why))
	m.events()
}

// events lists what came back, folded.
func (m *markdownWriter) events() {
	s := m.Sets
	if len(s.Events) == 0 {
		return
	}
	m.line("<details><summary>The events, and why each is where it is</summary>")
	m.b.WriteString("| in | event | checks | why | ID |\n|---|---|---|---|---|\n")
	left := s.More
	for i, e := range s.Events {
		if i == markdownRows {
			left += len(s.Events) - i
			break
		}
		fmt.Fprintf(&m.b, "| %s | %s | %s | %s | %s |\n", mdText(e.Place),
			mdCell(mdCode(safe(e.Words, 2*markdownCells))), sign(e.Status), mdCell(mdText(safe(e.Why, 4*markdownCells))),
			mdCell(mdCode(safe(e.ID, markdownCells))))
	}
	m.blank()
	if left > 0 {
		m.line("%s not listed.", wording.Count(left, "more event"))
	}
	m.line("</details>")
}

func (m *markdownWriter) checks() {
	if m.Checks.Words == "" {
		return
	}
	m.line("## Checks: %s", m.Checks.Words)
	listed, left := 0, m.Checks.More
	for _, c := range m.Checks.List {
		if listed == markdownRows {
			left++
			continue
		}
		listed++
		words := fmt.Sprintf("%s %s", sign(c.Status), mdCode(c.Name))
		if c.Subject != "" {
			words += " of " + mdCode(c.Subject)
		}
		if c.Detail != "" {
			words += ": " + mdText(c.Detail)
		}
		if len(c.Sources) > 0 {
			words += " (" + mdSources(c.Sources) + ")"
		}
		m.item("%s", words)
	}
	switch {
	case left > 0:
		m.item("%d more", left)
	case listed == 0:
		m.b.WriteString("None failed.\n")
	}
	m.blank()
}

// payloads writes as many payloads as fit into a report of that many bytes, each folded.
func (m *markdownWriter) payloads(most int) {
	m.line("## Payloads")
	for i := range m.Payloads {
		p := &m.Payloads[i]
		text := p.text(markdownBody)
		fence := strings.Repeat("`", max(3, longestRun(text, '`')+1))
		folded := fmt.Sprintf("<details><summary>%d <code>%s</code></summary>\n\n%s\n%s%s\n\n</details>\n\n", p.Number,
			html.EscapeString(p.title()), fence, text, fence)
		if m.b.Len()+len(folded) > most-100 {
			m.line("%s left out: the recording holds them.", wording.Count(len(m.Payloads)-i, "more payload"))
			return
		}
		m.b.WriteString(folded)
	}
}

// text is a payload as lines, the body up to a number of bytes.
func (p *Payload) text(most int) string {
	var b strings.Builder
	for _, block := range p.Head {
		if block.Heading {
			b.WriteByte('\n')
		}
		b.WriteString(strings.TrimSpace(block.Label+" "+block.Text) + "\n")
	}
	if p.Body.Title != "" {
		b.WriteString("\n" + p.Body.Title + "\n\n")
	}
	begin := b.Len()
	for i, line := range p.Body.Lines {
		if b.Len()-begin > most {
			fmt.Fprintf(&b, "… %s more\n", wording.Count(len(p.Body.Lines)-i, "line"))
			break
		}
		b.WriteString(line.String() + "\n")
	}
	if p.Body.Cut != "" {
		b.WriteString(p.Body.Cut + "\n")
	}
	return strings.TrimLeft(b.String(), "\n")
}

func (l BodyLine) String() string {
	if l.Key != "" {
		return l.Indent + l.Key + ": " + l.Value
	}
	return l.Indent + l.Value
}

func mdSources(sources []Source) string {
	var out []string
	for _, s := range sources {
		if s.URL == "" {
			out = append(out, mdText(s.Text))
			continue
		}
		out = append(out, "["+mdText(s.Text)+"](<"+s.URL+">)")
	}
	return strings.Join(out, "; ")
}

// plainWord is a word that means nothing in Markdown wherever it stands.
var plainWord = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^[(]?["“]?[\p{L}\p{N}/%,.;:?'’…→—-]+["”]?[).,;:]*$`)
})

// meaningful is a word that means something at the beginning of a line, or is made a link.
var meaningful = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^(?:[-=]+|[0-9]+[.)]|(?i:www\..*)|.*://.*)$`)
})

// mdText writes text so that it reads as it is: a word that could mean anything in Markdown stands in code, and code is
// code.
func mdText(s string) string {
	var out strings.Builder
	for _, span := range coded(s) {
		if span.Look == "code" {
			out.WriteString(mdCode(span.Text))
		} else {
			out.WriteString(mdWords(span.Text))
		}
	}
	return out.String()
}

// mdWords is mdText of a text in which nothing is code.
func mdWords(s string) string {
	words := strings.Split(s, " ")
	for i, word := range words {
		if word == "" || plainWord().MatchString(word) && !meaningful().MatchString(word) || word == "✗" || word == "✓" {
			continue
		}
		end := len(strings.TrimRight(word, ".,;:)"))
		if end == 0 {
			end = len(word)
		}
		lead := ""
		if word[0] == '(' && end > 1 {
			lead, word, end = "(", word[1:], end-1
		}
		words[i] = lead + mdCode(word[:end]) + word[end:]
	}
	return strings.Join(words, " ")
}

// mdCode writes a text as code: between more backticks than it has in a row.
func mdCode(s string) string {
	if s == "" {
		return ""
	}
	fence := strings.Repeat("`", longestRun(s, '`')+1)
	if strings.Trim(s, "` ") != s {
		s = " " + s + " "
	}
	return fence + s + fence
}

// mdCell writes what stands in a cell of a table: a bar would end it, in code as well.
func mdCell(s string) string { return strings.ReplaceAll(s, "|", `\|`) }

func longestRun(s string, of byte) int {
	longest, run := 0, 0
	for i := range len(s) {
		if s[i] != of {
			run = 0
			continue
		}
		run++
		longest = max(longest, run)
	}
	return longest
}
