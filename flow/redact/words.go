package redact

import (
	_ "embed"
	"strings"
	"sync"

	"doorstep/flow"
)

//go:embed words.txt
var wordList string

// words are the words that stay, in lower case.
var words = sync.OnceValue(func() map[string]bool {
	out := map[string]bool{}
	for w := range strings.FieldsSeq(wordList) {
		out[w] = true
	}
	return out
})

// gone stands where words were.
const gone = "…"

// longestNumber is how many digits a number in a text may have.
const longestNumber = 13

// piece is part of a word: letters, and digits after them or alone.
var piece = lazily(`^([A-Za-z]*)([0-9]*)$`)

// known reports whether s is made of words that stay: it is a word of the protocol, a number, or several of them.
func known(s string) bool {
	if strings.Contains(s, ".") && !dotted().MatchString(s) || isEndpoint(s) {
		return false
	}
	for _, part := range strings.FieldsFunc(s, func(c rune) bool { return strings.ContainsRune("._-/:+* ", c) }) {
		if words()[strings.ToLower(part)] {
			continue
		}
		m := piece().FindStringSubmatch(part)
		if m == nil || len(m[2]) > longestNumber || m[1] != "" && !words()[strings.ToLower(m[1])] {
			return false
		}
	}
	return true
}

// dotted is what may have dots without being the name of a host: types and keys of Matrix, and numbers.
var dotted = lazily(`^(?:m\.[a-z_.]*[a-z_]|org\.matrix\.msc\d+(?:\.[a-z_.]+)?|\.well-known|` +
	`[0-9]+(?:\.[0-9]+){1,2}|\d\d:\d\d:\d\d\.\d+|\.+)$`)

// mostWords is how many texts it is remembered of whether they are words that stay, and longestWord how long those are:
// the keys and types of a room come again and again.
const (
	mostWords   = 4096
	longestWord = 64
)

// known is known, remembered.
func (r *redactor) known(s string) bool {
	if len(s) > longestWord {
		return known(s)
	}
	is, asked := r.words[s]
	if !asked {
		is = known(s)
		if len(r.words) < mostWords {
			r.words[strings.Clone(s)] = is
		}
	}
	return is
}

// word returns s where it is made of words that stay, otherwise nothing.
func (r *redactor) word(s string) string {
	if r.known(s) && !r.names.isHost(s) {
		return s
	}
	r.count(flow.RemovedTexts)
	return ""
}

// name returns a name that may be an ID, a host, a word that stays, or anything else, which has a pseudonym then.
func (r *redactor) name(s, what string) string {
	switch {
	case s == "":
		return ""
	case isID(s):
		return r.id(s)
	case strings.HasPrefix(s, "ed25519:"):
		return r.names.keyID(s)
	case isEndpoint(s):
		return r.names.endpoint(s)
	case r.known(s) && (!r.names.isHost(s) || words()[s]):
		return s
	case r.names.isHost(hostIn(s)):
		return r.server(s)
	}
	return r.names.word(what, s)
}

// isEndpoint reports whether t is an IP address, with or without a port.
func isEndpoint(t string) bool {
	host := hostIn(t)
	inside, opened := strings.CutPrefix(host, "[")
	inside, closed := strings.CutSuffix(inside, "]")
	return isIP(t) || opened == closed && isIP(inside)
}

// hostIn returns what is before the port.
func hostIn(s string) string {
	if at := strings.LastIndexByte(s, ':'); at >= 0 && strings.Trim(s[at+1:], "0123456789") == "" {
		return s[:at]
	}
	return s
}
