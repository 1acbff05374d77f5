package text

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"doorstep/flow/diagnose"
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
	if e.Title != "" {
		say(b, 2, "%s", long("  "+e.Title, ascii))
	}
	if places := placesOf(e); places != "" {
		say(b, 2, "%s", long("  "+places, ascii))
	}
	sections(b, e, ascii, width)
	if len(e.Spec) > 0 {
		fmt.Fprintln(b, "\nSpecification")
		for _, place := range e.Spec {
			say(b, 2, "%s", long("  "+place.Title, ascii))
			if place.URL != "" {
				fmt.Fprintln(b, "  "+long(place.URL, ascii))
			}
		}
	}
	seeAlso(b, e, ascii)
	return b.Flush()
}

// Explain writes the entry of a finding: what happened, why, what to do, how much of it can be seen, and what to type.
func Explain(w io.Writer, c diagnose.Cause, ascii bool) error {
	b := bufio.NewWriter(w)
	fmt.Fprintf(b, "%s: %s\n\n", c.ID, c.Title)
	for _, part := range []struct{ name, text string }{
		{"Cause", c.Cause}, {"What to do", c.Advice}, {"How to be sure", c.Apart},
		{"Seen from here", string(c.Sight)}, {"Where to look", c.Where}, {"Source", c.Source},
	} {
		if part.text != "" {
			say(b, 2, "%s", long(part.name+": "+part.text, ascii))
		}
	}
	for _, line := range c.Commands() {
		fmt.Fprintln(b, "Try:", line)
	}
	for _, e := range explain.Of(explain.Finding, c.ID) {
		seeAlso(b, e, ascii)
	}
	return b.Flush()
}

// sections writes the texts of an entry.
func sections(b *bufio.Writer, e *explain.Entry, ascii bool, width int) {
	for _, s := range explain.Sections() {
		if s == explain.In2015 && width >= story.WideEnough && len(e.In2015) > 0 && len(e.Today) > 0 {
			thenAndNow(b, e, ascii, width)
			break
		}
		if paragraphs := e.Text(s); len(paragraphs) > 0 {
			fmt.Fprintf(b, "\n%s\n", e.Heading(s))
			for i, paragraph := range paragraphs {
				if i > 0 {
					fmt.Fprintln(b)
				}
				say(b, 2, "%s", long("  "+paragraph, ascii))
			}
		}
	}
}

// seeAlso writes what to ask for next, a line each, as it is typed.
func seeAlso(b *bufio.Writer, e *explain.Entry, ascii bool) {
	related := e.Related()
	if len(related) == 0 {
		return
	}
	fmt.Fprintln(b, "\nSee also")
	for _, r := range related {
		line := "  " + string(story.ExplainCommand(r))
		if to := r.Entry(); to != nil && to.Title != "" {
			line += "  " + to.Title
		}
		say(b, 6, "%s", long(line, ascii))
	}
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
	case explain.Rule:
		return e.RuleNumbers()
	case explain.Field, explain.Query:
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

// Rules lists rules by their numbers. A number that says different things in different room versions stands once, with
// a line for each.
func Rules(w io.Writer, rules []explain.Numbered, ascii bool) error {
	b := bufio.NewWriter(w)
	rows := [][3]string{{"number", "versions", "what it says"}}
	for i, r := range rules {
		number := r.Number
		if i > 0 && rules[i-1].Number == number {
			number = ""
		}
		rows = append(rows, [3]string{number, explain.ShortVersions(r.Versions), r.Entry.Name})
	}
	columns(b, rows, ascii)
	return b.Flush()
}

// Versions says what a number of a rule stands for in which room versions, and in which it stands for nothing.
func Versions(w io.Writer, rules []explain.Numbered, without []string, ascii bool) error {
	b := bufio.NewWriter(w)
	fmt.Fprintf(b, "Rule %s is not the same in every room version:\n\n", rules[0].Number)
	var rows [][3]string
	for _, r := range rules {
		rows = append(rows, [3]string{"", explain.InVersions(r.Versions), r.Entry.Name})
	}
	if len(without) > 0 {
		rows = append(rows, [3]string{"", explain.InVersions(without), "no rule has this number"})
	}
	columns(b, rows, ascii)
	return b.Flush()
}

// columns writes rows of three columns, the last of which is broken where it does not fit.
func columns(b *bufio.Writer, rows [][3]string, ascii bool) {
	first, second := 0, 0
	for _, r := range rows {
		first, second = max(first, len(r[0])), max(second, len(r[1]))
	}
	for _, r := range rows {
		say(b, first+second+4, "%s", long(fmt.Sprintf("%-*s  %-*s  %s", first, r[0], second, r[1], r[2]), ascii))
	}
}

// Kinds says what sorts of things there are, how many of each, and what to type to see one.
func Kinds(w io.Writer, rows [][3]string) error {
	b := bufio.NewWriter(w)
	fmt.Fprint(b, "What can be asked about:\n\n")
	columns(b, rows, false)
	return b.Flush()
}
