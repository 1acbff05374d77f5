package listing

import "strings"

// A token is one term of a query as it is written.
type token struct {
	start, end int // in the text
	value      int // where its value begins
	not        bool
	name       string // of the field; empty where there is no colon behind a name
	raw        string // the value without its quotes, escapes as they are written
	quoted     bool   // some of the value was
}

// scan splits a query into terms at blanks that are not between quotes.
func scan(text string) []token {
	var out []token
	for at := 0; at < len(text); {
		if isBlank(text[at]) {
			at++
			continue
		}
		t := token{start: at}
		if text[at] == '-' && at+1 < len(text) && !isBlank(text[at+1]) {
			t.not = true
			at++
		}
		if n := nameLength(text[at:]); n > 0 {
			t.name = text[at : at+n]
			at += n + 1
		}
		t.value = at
		at = t.take(text, at)
		t.end = at
		out = append(out, t)
	}
	return out
}

// take reads the value that begins at a place, and returns where it ends.
func (t *token) take(text string, at int) int {
	var raw strings.Builder
	within := false
	for ; at < len(text) && (within || !isBlank(text[at])); at++ {
		switch c := text[at]; {
		case c == '\\' && at+1 < len(text):
			raw.WriteString(text[at : at+2])
			at++
		case c == '\\':
			raw.WriteString(`\\`) // it would escape what is not there
		case c == '"':
			within, t.quoted = !within, true
		default:
			raw.WriteByte(c)
		}
	}
	t.raw = raw.String()
	return at
}

// nameLength is how long the name of a field is that text begins with, a colon behind it; 0: it begins with none.
func nameLength(text string) int {
	for i := range len(text) {
		switch c := text[i] | 0x20; {
		case c >= 'a' && c <= 'z', text[i] == '_':
		case text[i] == ':':
			return i
		default:
			return 0
		}
	}
	return 0
}

func isBlank(c byte) bool { return c == ' ' || c >= '\t' && c <= '\r' }

// quote writes a value so that scan reads it as it is.
func quote(value string, bare bool) string {
	plain := value != "" && !strings.ContainsAny(value, " \t\n\v\f\r")
	if bare {
		plain = plain && value[0] != '-' && nameLength(value) == 0
	}
	if plain {
		return value
	}
	return `"` + value + `"`
}
