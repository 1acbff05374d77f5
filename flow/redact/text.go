package redact

import (
	"strings"
	"unicode/utf8"

	"doorstep/flow"
)

// text returns a text with the names in it replaced, and what is neither a name nor a word that stays left out.
func (r *redactor) text(s string) string {
	var b, blank strings.Builder // what comes out, and white space after words that were left out
	lost := false
	tokens(s, func(token string, separator bool) {
		out := token
		switch {
		case !separator:
			out = r.token(token)
		case strings.ContainsFunc(token, func(c rune) bool { return c >= 0x80 }):
			out = gone
		}
		switch {
		case out == gone && lost:
			blank.Reset()
		case out == gone:
			b.WriteString(gone)
			lost = true
		case lost && strings.TrimSpace(out) == "":
			blank.WriteString(out)
		default:
			b.WriteString(blank.String())
			b.WriteString(out)
			blank.Reset()
			lost = false
		}
	})
	b.WriteString(blank.String())
	if out := b.String(); out != s {
		r.count(flow.RemovedTexts)
		return out
	}
	return s
}

// fact returns a fact as word does, but not an empty one for one that is there: without it the sentences would be read.
func (r *redactor) fact(s string) string {
	if w := r.word(s); w != "" || s == "" {
		return w
	}
	return "unknown"
}

// separators are what stands between words.
const separators = " \t\r\n\"'<>(),;{}[]=`|&"

// tokens cuts a text into words and what is between them.
func tokens(s string, yield func(token string, separator bool)) {
	between := func(c rune) bool { return strings.ContainsRune(separators, c) || c >= 0x80 && c != 'é' || c < ' ' }
	for s != "" {
		end := strings.IndexFunc(s, between)
		switch {
		case end < 0:
			end = len(s)
		case end == 0:
			_, size := utf8.DecodeRuneInString(s)
			yield(s[:size], true)
			s = s[size:]
			continue
		}
		word := strings.TrimRight(s[:end], ".:!?")
		if word == "" {
			yield(s[:end], true)
		} else {
			yield(word, false)
			if word != s[:end] {
				yield(s[len(word):end], true)
			}
		}
		s = s[end:]
	}
}

// token returns what becomes of one word of a text.
func (r *redactor) token(t string) string {
	switch {
	case isID(t):
		return r.id(t)
	case strings.HasPrefix(t, "https://"), strings.HasPrefix(t, "http://"):
		return r.url(t)
	case isEndpoint(t):
		return r.names.endpoint(t)
	case r.names.isHost(withoutServices(hostIn(t))):
		return r.server(t)
	case strings.HasPrefix(t, "ed25519:"):
		return r.names.keyID(t)
	case product().MatchString(t):
		name, version, _ := strings.Cut(t, "/")
		if known(name) && !isIP(version) {
			return name + "/" + version
		}
	case known(t):
		return t
	}
	return gone
}

// product is a program and its version, as header fields name it.
var product = lazily(`^[A-Za-z-]+/[0-9][0-9.]{0,15}(?:-?(?:rc|beta|alpha)\.?\d{1,3})?$`)
