package listing

import (
	"strings"
	"unicode/utf8"
)

// A pattern is text with wildcards: * for anything, ? for one character.
type pattern []element

// An element of a pattern.
type element int16

// The elements that are no byte.
const (
	any1 element = -1 - iota // one character
	anyN                     // any number of them
)

// parsePatterns reads a value: patterns with | between them. A backslash takes the character behind it as it is.
func parsePatterns(raw string) []pattern {
	out := []pattern{{}}
	last := func() *pattern { return &out[len(out)-1] }
	for i := 0; i < len(raw); i++ {
		switch c := raw[i]; {
		case c == '\\' && i+1 < len(raw):
			i++
			*last() = append(*last(), element(raw[i]))
		case c == '|':
			out = append(out, pattern{})
		case c == '*':
			if p := *last(); len(p) == 0 || p[len(p)-1] != anyN {
				*last() = append(p, anyN)
			}
		case c == '?':
			*last() = append(*last(), any1)
		default:
			*last() = append(*last(), element(c))
		}
	}
	return out
}

// special are the characters that mean something in a value.
const special = `\*?|"`

// Escape writes text so that it stands for itself in a value.
func Escape(s string) string {
	var b strings.Builder
	for i := range len(s) {
		if strings.IndexByte(special, s[i]) >= 0 {
			b.WriteByte('\\')
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

// writePatterns is what parsePatterns reads.
func writePatterns(list []pattern) string {
	var b strings.Builder
	for i, p := range list {
		if i > 0 {
			b.WriteByte('|')
		}
		for _, e := range p {
			switch e {
			case any1:
				b.WriteByte('?')
			case anyN:
				b.WriteByte('*')
			default:
				b.WriteString(Escape(string([]byte{byte(e)})))
			}
		}
	}
	return b.String()
}

// literal returns the text of p where there is nothing else in it.
func (p pattern) literal() (string, bool) {
	b := make([]byte, len(p))
	for i, e := range p {
		if e < 0 {
			return "", false
		}
		b[i] = byte(e)
	}
	return string(b), true
}

// test returns what tells whether a whole text is as p has it.
func (p pattern) test() func(string) bool {
	if s, ok := p.literal(); ok {
		return func(t string) bool { return t == s }
	}
	if s, ok := p[:len(p)-1].literal(); ok && p[len(p)-1] == anyN {
		return func(t string) bool { return strings.HasPrefix(t, s) }
	}
	if s, ok := p[1:].literal(); ok && p[0] == anyN {
		return func(t string) bool { return strings.HasSuffix(t, s) }
	}
	return func(t string) bool { return p.matches(t, same) }
}

// matches is the test for any pattern, of bytes as seen takes them. It goes back to the last star only: what an earlier
// one stands for can stay.
func (p pattern) matches(t string, seen func(byte) byte) bool {
	at, star, from := 0, -1, 0
	for i := 0; i < len(t); {
		switch {
		case at < len(p) && p[at] == anyN:
			star, from = at, i
			at++
			continue
		case at < len(p) && p[at] == any1:
			_, n := utf8.DecodeRuneInString(t[i:])
			i += n
			at++
			continue
		case at < len(p) && p[at] == element(seen(t[i])):
			i++
			at++
			continue
		case star < 0:
			return false
		}
		from++
		at, i = star+1, from
	}
	for at < len(p) && p[at] == anyN {
		at++
	}
	return at == len(p)
}

// same takes a byte as it is.
func same(c byte) byte { return c }

// containsFold reports whether t holds word, which is in small letters, whatever the capitals of t. Letters beyond
// ASCII count as they are.
func containsFold(t, word string) bool {
	if word == "" {
		return true
	}
	for i := 0; i+len(word) <= len(t); i++ {
		if lower(t[i]) == word[0] && foldEqual(t[i+1:i+len(word)], word[1:]) {
			return true
		}
	}
	return false
}

func foldEqual(t, small string) bool {
	for i := range len(small) {
		if lower(t[i]) != small[i] {
			return false
		}
	}
	return true
}

func lower(c byte) byte {
	if c >= 'A' && c <= 'Z' {
		return c | 0x20
	}
	return c
}
