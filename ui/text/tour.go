package text

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"doorstep/flow/shell"
	"doorstep/flow/tour"
)

// Tour writes chapters of the tour to be read or printed: what there is to see and the questions, and at the end of
// each chapter the answers. spelled gives the keys that a text names.
func Tour(w io.Writer, chapters []tour.Chapter, spelled func(string) string, ascii bool) error {
	b := bufio.NewWriter(w)
	for i := range chapters {
		if i > 0 {
			fmt.Fprint(b, "\n\n")
		}
		c := &chapters[i]
		say(b, 0, "%s", long(c.Title, ascii))
		say(b, 0, "%s", long(c.About, ascii))
		for j := range c.Stops {
			s := &c.Stops[j]
			fmt.Fprintln(b)
			say(b, 4, "%s", long(fmt.Sprintf("%d. %s (%s)", j+1, s.Title, seenIn(s)), ascii))
			fmt.Fprintln(b)
			say(b, 3, "%s", long("   "+spelled(s.Text), ascii))
			fmt.Fprintln(b)
			say(b, 3, "%s", long("   "+s.Question, ascii))
			for k, choice := range s.Choices {
				say(b, 7, "%s", long(fmt.Sprintf("   %c)  %s", 'a'+k, choice.Text), ascii))
			}
		}
		fmt.Fprintln(b, "\nAnswers")
		for j := range c.Stops {
			answers(b, j+1, &c.Stops[j], ascii)
		}
	}
	return b.Flush()
}

// seenIn says where a stop is: which handshake, and how far.
func seenIn(s *tour.Stop) string {
	where := string(shell.Line([]string{"doorstep", "sandbox", s.Scenario})) + ", " + s.At.String()
	if s.Tab != "" {
		where += ", tab " + s.Tab
	}
	if s.Look != "" {
		where += ", " + s.Look
	}
	return where
}

// answers writes what is to be said of every choice, the right one first.
func answers(b *bufio.Writer, n int, s *tour.Stop, ascii bool) {
	right := s.Right()
	fmt.Fprintln(b)
	say(b, 4, "%s", long(fmt.Sprintf("%d. %c)  %s", n, 'a'+right, s.Choices[right].Reply), ascii))
	for k, choice := range s.Choices {
		if k != right {
			say(b, 7, "%s", long(fmt.Sprintf("   not %c)  %s", 'a'+k, choice.Reply), ascii))
		}
	}
	if len(s.See) > 0 {
		say(b, 7, "%s", long("   doorstep explain tells more: "+strings.Join(s.See, ", "), ascii))
	}
}

// Chapters lists the chapters of the tour with their stops.
func Chapters(w io.Writer, chapters []tour.Chapter, ascii bool) error {
	b := bufio.NewWriter(w)
	for i := range chapters {
		c := &chapters[i]
		if i > 0 {
			fmt.Fprintln(b)
		}
		say(b, 12, "%s", long(fmt.Sprintf("%-10s  %s", c.Name, c.Title), ascii))
		for j, s := range c.Stops {
			say(b, 16, "%s", long(fmt.Sprintf("            %2d. %s", j+1, s.Title), ascii))
		}
	}
	return b.Flush()
}
