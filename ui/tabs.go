package ui

// A tab is one way of looking at the selected row.
type tab int

// The tabs, in order.
const (
	bodyTab tab = iota
	headTab
	diffTab
	signTab
	checksTab
	whyTab
	tabCount
)

func (t tab) String() string {
	return [...]string{"Body", "Head", "Diff", "Sign", "Checks", "Why"}[t]
}

// A tabSpan is where a tab stands in the line of tabs.
type tabSpan struct {
	tab        tab
	start, end int // cells
	text       string
}

// tabSpans lays the names of the tabs out, with their numbers where there is room. The one in use stands in brackets.
func tabSpans(on tab, width int) []tabSpan {
	for _, numbers := range []bool{true, false} {
		var out []tabSpan
		x := 1
		for t := range tabCount {
			text := t.String()
			if numbers {
				text = string(rune('1'+t)) + " " + text
			}
			if t == on {
				text = "[" + text + "]"
			} else {
				text = " " + text + " "
			}
			out = append(out, tabSpan{t, x, x + len(text), text})
			x += len(text)
		}
		if x <= width || !numbers {
			return out
		}
	}
	return nil
}
