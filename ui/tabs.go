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
	rulesTab
	eventsTab
	tabCount
)

func (t tab) String() string {
	return [...]string{"Body", "Head", "Diff", "Sign", "Checks", "Why", "Rules", "Events"}[t]
}

// A tabSpan is where a tab stands in the line of tabs.
type tabSpan struct {
	tab        tab
	start, end int // cells
	text       string
}

// tabSpans lays the names of the tabs out, with their numbers where there is room. The one in use stands in brackets.
// Where even the names do not fit, those are shown that do, the one in use among them.
func tabSpans(on tab, width int) []tabSpan {
	for _, numbers := range []bool{true, false} {
		if out, end := layTabs(on, 0, tabCount, numbers); end <= width {
			return out
		}
	}
	fits := func(from, to tab) bool {
		_, end := layTabs(on, from, to, false)
		return end <= width
	}
	from, to := tab(0), on+1
	for from < on && !fits(from, to) {
		from++
	}
	for to < tabCount && fits(from, to+1) {
		to++
	}
	out, _ := layTabs(on, from, to, false)
	return out
}

// layTabs lays the tabs from one up to another out, and returns where the last one ends.
func layTabs(on, from, to tab, numbers bool) (out []tabSpan, end int) {
	x := 1
	for t := from; t < to; t++ {
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
	return out, x
}
