package document

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf8"

	"doorstep/flow/wording"
	"doorstep/ui/story"
)

// The most that is shown of bodies: of one, and of all of them together.
const (
	maxBody   = 32 << 10
	maxBodies = 512 << 10
	// cellsOfLine is how much of one line is shown.
	cellsOfLine = 1000
	linesOfHead = 120
)

type payloads struct {
	b    *builder
	list []Payload
	left int // bytes of bodies that may still be shown
}

func newPayloads(b *builder) *payloads { return &payloads{b: b, left: maxBodies} }

// of adds the payload of a row, and returns the step and the anchor of it; none for rows without an entry.
func (p *payloads) of(told story.Row, row Row) (step, anchor string) {
	e := p.b.trace.Entry(told.ID.Seq)
	if e == nil {
		return "", ""
	}
	anchor = fmt.Sprintf("entry-%d", e.Seq)
	row.Step, row.Anchor = name(string(e.Step)), anchor
	scene := &story.Scene{Look: p.b.look, Phrases: p.b.phrases, Trace: p.b.trace, State: p.b.state, Row: told,
		Findings: p.b.report.Findings, Keyless: true}
	out := Payload{Row: row}
	raw, instead := scene.Body()
	if raw == nil && e.Request == nil { // of a request without a body the head says all
		out.Head = p.head(instead.Blocks())
	}
	out.Head = append(out.Head, p.head(scene.Head().Blocks())...)
	if raw != nil {
		out.Body = p.body(raw)
	}
	p.list = append(p.list, out)
	p.b.anchors[e.Seq] = anchor
	if told.Failure > 0 {
		p.b.anchors[told.Failure] = anchor
	}
	return row.Step, anchor
}

// head gives as many of the paragraphs as there is room for.
func (p *payloads) head(blocks []story.Block) []story.Block {
	for i, b := range blocks {
		if size := len(b.Label) + len(b.Text); i < linesOfHead && size <= p.left {
			p.left -= size
			continue
		}
		more := wording.Count(len(blocks)-i, "line") + " left out: the recording holds all"
		return append(blocks[:i:i], story.Block{Text: more})
	}
	return blocks
}

// body gives bytes as lines, JSON indented, as far as there is room.
func (p *payloads) body(raw []byte) Body {
	size := story.Size(len(raw))
	out, text := Body{Title: "Body, " + size + ", as it came"}, raw
	asJSON := len(raw) <= maxBodies && utf8.Valid(raw) && json.Valid(raw)
	if asJSON {
		var b bytes.Buffer
		if json.Indent(&b, raw, "", "  ") == nil {
			out.Title, text = "Body, "+size+", JSON indented", b.Bytes()
		}
	}
	room := min(maxBody, p.left)
	whole := len(text) <= room
	if !whole {
		text = upTo(text, room)
	}
	p.left -= len(text)
	shown := 0
	for line := range strings.Lines(string(text)) {
		out.Lines = append(out.Lines, bodyLine(strings.TrimSuffix(line, "\n"), asJSON))
		shown++
	}
	switch {
	case whole:
	case shown == 0:
		out.Cut = "It is left out, as the bodies before it took all the room; the recording holds it."
	default:
		out.Cut = fmt.Sprintf("Shown is the beginning, %s; the recording holds all %s.", wording.Count(shown, "line"), size)
	}
	return out
}

// upTo returns the first bytes of text, at most n, up to the end of a line where there is one, and of a character.
func upTo(text []byte, n int) []byte {
	if i := bytes.LastIndexByte(text[:n], '\n'); i > 0 {
		return text[:i+1]
	}
	for n > 0 && !utf8.RuneStart(text[n]) {
		n--
	}
	return text[:n]
}

// bodyLine makes one line of a body drawable.
func bodyLine(line string, isJSON bool) BodyLine {
	if !isJSON {
		return BodyLine{Value: safe(line, cellsOfLine)}
	}
	text := strings.TrimLeft(line, " ")
	out := BodyLine{Indent: line[:len(line)-len(text)]}
	if end := stringEnd(text); end > 0 && strings.HasPrefix(text[end:], ": ") {
		out.Key, text = safe(text[:end], cellsOfName), text[end+2:]
	}
	switch c := strings.TrimLeft(text, "-")[:min(1, len(strings.TrimLeft(text, "-")))]; {
	case c == `"`:
		out.Class = "string"
	case c >= "0" && c <= "9":
		out.Class = "number"
	case c == "t", c == "f", c == "n":
		out.Class = "literal"
	}
	out.Value = safe(text, cellsOfLine)
	return out
}

// stringEnd returns where the JSON string ends that s begins with; 0 where it begins with none.
func stringEnd(s string) int {
	if !strings.HasPrefix(s, `"`) {
		return 0
	}
	for i := 1; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return 0
}
