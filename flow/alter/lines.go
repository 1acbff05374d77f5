package alter

import (
	"fmt"
	"strings"
)

// Lines are read one by one from a text that somebody edited; what follows the last is its rest.
type Lines struct {
	Text string
	Line int // of what was read, from 1

	pos int // where the next line begins
}

// Next returns the next line; false at the end of the text. A carriage return at the end of a line, as editors of one
// system leave it, is none of it.
func (l *Lines) Next() (string, bool) {
	if l.pos >= len(l.Text) {
		return "", false
	}
	line, _, _ := strings.Cut(l.Text[l.pos:], "\n")
	l.pos += len(line) + 1
	l.Line++
	return strings.TrimSuffix(line, "\r"), true
}

// Rest returns what is left of the text, without one newline at its end.
func (l *Lines) Rest() string {
	if l.pos >= len(l.Text) {
		return ""
	}
	return strings.TrimSuffix(l.Text[l.pos:], "\n")
}

// RestLine is the line, from 1, that what is left begins in: the last one where the text ends with it.
func (l *Lines) RestLine() int {
	if l.pos > len(l.Text) {
		return max(1, l.Line)
	}
	return l.Line + 1
}

// Fail is the error that something in the line just read cannot be taken; column counts from 1.
func (l *Lines) Fail(column int, format string, args ...any) error {
	return &ParseError{Line: max(1, l.Line), Column: column, Why: fmt.Sprintf(format, args...)}
}
