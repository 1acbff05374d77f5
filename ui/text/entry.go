package text

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"doorstep/flow/explain"
	"doorstep/render"
	"doorstep/ui/story"
	"doorstep/ui/theme"
)

// Entry writes one entry of what can be explained, in sections. Addresses of the specification stand on lines of their
// own and are never broken. What was in 2015 and what is today stand next to each other on a terminal of so many cells
// that has room for it; 0: it is none.
func Entry(w io.Writer, e *explain.Entry, ascii bool, width int) error {
	b := bufio.NewWriter(w)
	say(b, 2, "%s", long(fmt.Sprintf("%s (%s)", e.Name, e.Kind), ascii))
	if places := placesOf(e); places != "" {
		say(b, 2, "%s", long("  "+places, ascii))
	}
	for s := explain.What; s <= explain.Today; s++ {
		if s == explain.In2015 && width >= story.WideEnough && len(e.In2015) > 0 && len(e.Today) > 0 {
			thenAndNow(b, e, ascii, width)
			break
		}
		if paragraphs := e.Text(s); len(paragraphs) > 0 {
			fmt.Fprintf(b, "\n%s\n", s)
			for i, paragraph := range paragraphs {
				if i > 0 {
					fmt.Fprintln(b)
				}
				say(b, 2, "%s", long("  "+paragraph, ascii))
			}
		}
	}
	if len(e.Spec) > 0 {
		fmt.Fprintln(b, "\nSpecification")
		for _, place := range e.Spec {
			say(b, 2, "%s", long("  "+place.Title, ascii))
			fmt.Fprintln(b, "  "+long(place.URL, ascii))
		}
	}
	if len(e.See) > 0 {
		fmt.Fprintln(b, "\nSee also")
		var names []string
		for _, r := range e.See {
			names = append(names, r.String())
		}
		say(b, 2, "%s", long("  "+strings.Join(names, ", "), ascii))
	}
	return b.Flush()
}

// thenAndNow writes next to each other what was in 2015 and what is today.
func thenAndNow(b *bufio.Writer, e *explain.Entry, ascii bool, width int) {
	const between = 3
	room := (min(width, 2*PlainWidth+between) - between) / 2
	column := func(s explain.Section) []string {
		lines := []string{s.String()}
		for i, paragraph := range e.Text(s) {
			if i > 0 {
				lines = append(lines, "")
			}
			lines = append(lines, theme.Wrap("  "+long(paragraph, ascii), room, 2)...)
		}
		return lines
	}
	lane := render.Unicode().Lane
	if ascii {
		lane = render.ASCII().Lane
	}
	fmt.Fprintln(b)
	for _, row := range story.Abreast(column(explain.In2015), column(explain.Today), room) {
		fmt.Fprintln(b, strings.TrimRight(row[0]+" "+lane+" "+row[1], " "))
	}
}

// placesOf says where a field, a parameter or a rule stands; empty where the name of an entry says it.
func placesOf(e *explain.Entry) string {
	switch e.Kind {
	case explain.Field, explain.Query, explain.Rule:
	default:
		return ""
	}
	var places []string
	for _, at := range e.At {
		places = append(places, at.Says())
	}
	return strings.Join(places, ", ")
}

// Entries lists entries, a line each: the name, and what it is.
func Entries(w io.Writer, entries []explain.Entry, ascii bool) error {
	b := bufio.NewWriter(w)
	wide := 0
	for i := range entries {
		if n := len(entries[i].Label()); n <= mostLabel {
			wide = max(wide, n)
		}
	}
	for i := range entries {
		line := long(fmt.Sprintf("%-*s  %s", wide, entries[i].Label(), entries[i].Gist()), ascii)
		say(b, wide+2, "%s", line)
	}
	return b.Flush()
}

// mostLabel is how wide the first column of a list may be.
const mostLabel = 28
