package redact

import (
	_ "embed"
	"net/url"
	"regexp"
	"strings"

	"doorstep/flow"
)

//go:embed words.txt
var wordList string

// words are the words that stay, in lower case.
var words = func() map[string]bool {
	out := map[string]bool{}
	for w := range strings.FieldsSeq(wordList) {
		out[w] = true
	}
	return out
}()

// gone stands where words were.
const gone = "…"

// longestNumber is how many digits a number in a text may have.
const longestNumber = 13

// piece is part of a word: letters, and digits after them or alone.
var piece = regexp.MustCompile(`^([A-Za-z]*)([0-9]*)$`)

// known reports whether s is made of words that stay: it is a word of the protocol, a number, or several of them.
func known(s string) bool {
	if strings.Contains(s, ".") && !dotted.MatchString(s) || isEndpoint(s) {
		return false
	}
	for _, part := range strings.FieldsFunc(s, func(c rune) bool { return strings.ContainsRune("._-/:+* ", c) }) {
		m := piece.FindStringSubmatch(part)
		if m == nil || len(m[2]) > longestNumber || m[1] != "" && !words[strings.ToLower(m[1])] {
			return false
		}
	}
	return true
}

// dotted is what may have dots without being the name of a host: types and keys of Matrix, and numbers.
var dotted = regexp.MustCompile(`^(?:m\.[a-z_.]*[a-z_]|org\.matrix\.msc\d+(?:\.[a-z_.]+)?|\.well-known|` +
	`[0-9]+(?:\.[0-9]+){1,2}|\d\d:\d\d:\d\d\.\d+|\.+)$`)

// word returns s where it is made of words that stay, otherwise nothing.
func (r *redactor) word(s string) string {
	if known(s) && !r.names.isHost(s) {
		return s
	}
	r.count(flow.RemovedTexts)
	return ""
}

// text returns a text with the names in it replaced, and what is neither a name nor a word that stays left out.
func (r *redactor) text(s string) string {
	var b strings.Builder
	lost, blank := false, "" // words were left out, and white space after them
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
			blank = ""
		case out == gone:
			b.WriteString(gone)
			lost = true
		case lost && strings.TrimSpace(out) == "":
			blank += out
		default:
			b.WriteString(blank + out)
			blank, lost = "", false
		}
	})
	b.WriteString(blank)
	if out := b.String(); out != s {
		r.count(flow.RemovedTexts)
		return out
	}
	return s
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
			_, size := decode(s)
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

// decode returns the first character of s, and its size in bytes.
func decode(s string) (c rune, size int) {
	for i, c := range s {
		if i > 0 {
			return c, i
		}
	}
	return 0, len(s)
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
	case product.MatchString(t):
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
var product = regexp.MustCompile(`^[A-Za-z-]+/[0-9][0-9.]{0,15}(?:-?(?:rc|beta|alpha)\.?\d{1,3})?$`)

// isEndpoint reports whether t is an IP address, with or without a port.
func isEndpoint(t string) bool {
	host := hostIn(t)
	return isIP(t) || isIP(host) || isIP(strings.Trim(host, "[]"))
}

// hostIn returns what is before the port.
func hostIn(s string) string {
	if at := strings.LastIndexByte(s, ':'); at >= 0 && strings.Trim(s[at+1:], "0123456789") == "" {
		return s[:at]
	}
	return s
}

// url returns a URL with its host replaced, and of its path what can stay.
func (r *redactor) url(s string) string {
	if s == "" {
		return ""
	}
	u, err := url.Parse(s)
	if err != nil || u.Host == "" {
		return gone
	}
	out := u.Scheme + "://" + r.server(u.Host)
	if path := u.EscapedPath(); path != "" {
		out += r.target(path)
	}
	if u.RawQuery != "" {
		out += "?" + gone
	}
	return out
}

// withoutServices returns the host that labels for services, or a wildcard, stand before.
func withoutServices(host string) string {
	for label := services.FindString(host); label != ""; label = services.FindString(host) {
		host = host[len(label):]
	}
	return host
}
