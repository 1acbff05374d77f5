package document

import (
	"strings"

	"doorstep/render"
)

// A column sets texts one below another, broken into lines that are not wider than it is.
type column struct {
	x, y, width float64
	out         []*node
}

// linesOfText is how many lines a text may have. What is beyond is left out, and an ellipsis says so.
const linesOfText = 14

// set sets a text of letters of that size.
func (c *column) set(class string, size float64, spans ...Span) {
	if class != "" {
		class = " " + class
	}
	for _, line := range c.broken(size, spans) {
		c.y += size * 1.5
		text := el("text", "class", "prose"+class, "x", c.x, "y", round(c.y-size*0.36))
		for _, s := range line {
			t := el("tspan").said(s.Text)
			if s.Look != "" {
				t = el("tspan", "class", s.Look).said(s.Text)
			}
			text.add(t)
		}
		c.out = append(c.out, text)
	}
}

// space leaves some room.
func (c *column) space(y float64) { c.y += y }

// broken breaks spans into lines.
func (c *column) broken(size float64, spans []Span) [][]Span {
	room := c.width / size
	var out [][]Span
	var line []Span
	used := 0.0
	put := func(text, look string) {
		if n := len(line); n > 0 && line[n-1].Look == look {
			line[n-1].Text += text
		} else {
			line = append(line, Span{text, look})
		}
		used += ems(text, look)
	}
	end := func() { out, line, used = append(out, line), nil, 0 }
	for _, s := range spans {
		for word := range strings.SplitAfterSeq(s.Text, " ") {
			bare := strings.TrimRight(word, " ")
			if used > 0 && used+ems(bare, s.Look) > room {
				end()
			}
			for bare != "" && ems(bare, s.Look) > room {
				head := headOf(bare, s.Look, room)
				put(head, s.Look)
				end()
				bare, word = bare[len(head):], word[len(head):]
			}
			put(word, s.Look)
		}
		if len(out) >= linesOfText {
			break
		}
	}
	if used > 0 {
		end()
	}
	if len(out) > linesOfText {
		out = out[:linesOfText]
		last := &out[linesOfText-1][len(out[linesOfText-1])-1]
		last.Text = headOf(last.Text, last.Look, max(room-3, 1)) + " …"
	}
	return out
}

// headOf is as much of a text as fits into a width, and one letter at least.
func headOf(text, look string, room float64) string {
	used := 0.0
	for i, r := range text {
		if used += ems(string(r), look); used > room && i > 0 {
			return text[:i]
		}
	}
	return text
}

// cutTo cuts a text to a width; an ellipsis says so.
func cutTo(text, look string, room float64) string {
	if ems(text, look) <= room {
		return text
	}
	return headOf(text, look, max(room-1.5, 1)) + "…"
}

// ems is how wide a text is at most, in sizes of its letters: which font a reader has is not known, so that it is
// measured by one of the widest.
func ems(text, look string) float64 {
	wide := 0.0
	for _, r := range text {
		switch {
		case look == "code" && r < 0x80:
			wide += 0.57
		case r < 0x80:
			wide += letterEms(byte(r))
		default:
			wide += 1.05 * float64(max(render.Width(string(r)), 1))
		}
	}
	if look == "strong" {
		wide *= 1.12
	}
	return wide
}

func letterEms(c byte) float64 {
	switch {
	case strings.IndexByte("iljI.,:;'| !()[]", c) >= 0:
		return 0.40
	case strings.IndexByte("ftr-/\\\"`{}*", c) >= 0:
		return 0.52
	case strings.IndexByte("mwMWO@%QG&#+=<>~^", c) >= 0:
		return 1
	case c >= 'A' && c <= 'Z':
		return 0.74
	}
	return 0.645
}
