package ui

// A past is what was entered in lines of input of a kind, the newest last.
type past []string

// pastKept is how many entries a past holds.
const pastKept = 50

// with is p with an entry added, which stands in it once.
func (p past) with(text string) past {
	out := past{}
	for _, other := range p {
		if other != text {
			out = append(out, other)
		}
	}
	out = append(out, text)
	return out[max(len(out)-pastKept, 0):]
}

// recall takes the keys that go through what was entered before, and the one that takes up what is offered to change
// it. It reports whether the key was one.
func (p *prompt) recall(key string) bool {
	switch {
	case key == "up" && p.back < len(p.past):
		p.back++
	case key == "down" && p.back > 0:
		p.back--
	case (key == "right" || key == "end" || key == "tab") && p.input.Value() == "" && p.offered != "":
		p.put(p.offered)
		return true
	default:
		return key == "up" || key == "down" || key == "tab"
	}
	text := ""
	if p.back > 0 {
		text = p.past[len(p.past)-p.back]
	}
	p.put(text)
	return true
}

// put has a text stand in the line, as if it were typed.
func (p *prompt) put(text string) {
	p.input.SetValue(text)
	p.input.CursorEnd()
}

// entered is what was typed, or what is offered where that is nothing.
func (p *prompt) entered() string {
	if p.value() == "" {
		return p.offered
	}
	return p.input.Value()
}
