package recording

import (
	"bytes"
	"unicode/utf8"
)

// replaced counts the characters in the strings of a line that reading makes U+FFFD of, or writing has made of them:
// bytes that are no UTF-8, halves of surrogate pairs, and \ufffd, by which encoding/json writes such a byte. In a body
// that last one is the sender's: a body that is no UTF-8 is written as base64.
func replaced(line []byte) int {
	if utf8.Valid(line) && !hasEscape(line) {
		return 0
	}
	start, end := findBody(line)
	n := 0
	for i := 0; i < len(line); {
		r, size := utf8.DecodeRune(line[i:])
		if line[i] == '\\' {
			first, escaped := hexRune(line[i:])
			if r, size = escapedRune(line[i:]); escaped && size == 0 {
				r, size = utf8.RuneError, 6
			} else if !escaped {
				r, size = 0, 2
			}
			if r == utf8.RuneError && (first != r || i < start || i >= end) {
				n++
			}
		} else if r == utf8.RuneError && size == 1 {
			n++
		}
		i += size
	}
	return n
}

// hasEscape reports whether there may be an escape of a surrogate or of U+FFFD.
func hasEscape(line []byte) bool {
	for _, of := range []string{`\ud`, `\uD`, `\uf`, `\uF`} {
		if bytes.Contains(line, []byte(of)) {
			return true
		}
	}
	return false
}

// replacedIn is replaced for the line of an entry: a long body is gone over once, by what decodes it where it lies.
func replacedIn(line []byte) int {
	if len(line) >= longLine {
		if start, end := findBody(line); start < end && plainString(line[start:end]) {
			return replaced(line[:start]) + replaced(line[end:])
		}
	}
	return replaced(line)
}
