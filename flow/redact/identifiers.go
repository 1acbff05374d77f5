package redact

import (
	"fmt"
	"strings"
	"unicode"

	"doorstep/flow"
	"doorstep/flow/event"
)

// hashID is the length of an ID that is a hash: a sigil, and 32 bytes in unpadded base64.
const hashID = 1 + 43

// longestID is the length that IDs have at the most; one that is longer stays longer.
const longestID = 255

// isID reports whether s has the form of an ID of a user, room, alias or event. Users of old have any characters in
// theirs.
func isID(s string) bool {
	if len(s) < 2 || !strings.ContainsRune("@!#$", rune(s[0])) {
		return false
	}
	return strings.Contains(s, ":") || len(s) == hashID && (s[0] == '!' || s[0] == '$')
}

// id returns the pseudonym of an ID: of the same sort and form, on the pseudonym of its server.
func (r *redactor) id(s string) string {
	if s == "" {
		return ""
	}
	local, server, ok := strings.Cut(s, ":")
	switch {
	case ok && local+":" == flow.ProbeLocalpart: // nobody's: the program asks about it
		return local + ":" + r.server(server)
	case s[0] == '@':
		return r.identifier(flow.RemovedUsers, s, "@", "user", local, server, ok)
	case s[0] == '#':
		return r.identifier(flow.RemovedAliases, s, "#", "alias", local, server, ok)
	case s[0] == '!' && !ok && len(s) == hashID:
		return r.names.named(flow.RemovedRooms, s, func(int) string { return "!" + r.event("$" + s[1:])[1:] })
	case s[0] == '!':
		return r.identifier(flow.RemovedRooms, s, "!", "room", local, server, ok)
	case s[0] == '$' && !ok:
		return r.event(s)
	case s[0] == '$':
		return r.identifier(flow.RemovedEvents, s, "$", "event", local, server, ok)
	}
	return r.names.word("name", s)
}

// identifier makes a pseudonym of a localpart and a server. Characters other than letters and digits stay, each once:
// what they do to paths and rules is worth seeing.
func (r *redactor) identifier(kind flow.RemovedKind, s, sigil, what, local, server string, hasServer bool) string {
	rest := ""
	if hasServer {
		rest = ":" + r.server(server)
	}
	return r.names.named(kind, s, func(n int) string {
		head := fmt.Sprintf("%s%s%d%s", sigil, shape(what, local), n, oddities(local))
		if missing := len(s) - len(head) - len(rest); len(s) > longestID && missing > 0 {
			head += strings.Repeat("x", missing)
		}
		return head + rest
	})
}

// shape returns a word with a capital where the localpart has one: user IDs of today have none.
func shape(what, local string) string {
	if strings.ContainsFunc(local, unicode.IsUpper) {
		return strings.ToUpper(what[:1]) + what[1:]
	}
	return what
}

// oddities returns the characters of a localpart that are neither letters nor digits, each once, and one letter for all
// of those beyond ASCII.
func oddities(local string) string {
	if local == "" {
		return ""
	}
	var out []rune
	for _, c := range local[1:] {
		if c >= unicode.MaxASCII {
			c = 'é'
		}
		plain := c < unicode.MaxASCII && (unicode.IsLetter(c) || unicode.IsDigit(c))
		if !plain && !strings.ContainsRune(string(out), c) {
			out = append(out, c)
		}
	}
	return string(out)
}

// server returns the pseudonym of a server name, with or without a port. Where an ID was taken for one, or the part of
// one that is a hash, it is that ID's.
func (r *redactor) server(name string) string {
	switch {
	case isID(name):
		return r.id(name)
	case strings.HasPrefix(name, "https://"), strings.HasPrefix(name, "http://"):
		scheme, rest, _ := strings.Cut(name, "//")
		host, _, _ := strings.Cut(rest, "/")
		return scheme + "//" + r.names.server(host)
	case len(name) == hashID-1 && r.names[flow.RemovedRooms]["!"+name] != "":
		return r.id("!" + name)[1:]
	}
	return r.names.server(name)
}

// event returns the pseudonym of an event ID without a server: the ID that the event has once it is redacted, or where
// the trace does not have it, a text of the same form.
func (r *redactor) event(id string) string {
	if p, done := r.names[flow.RemovedEvents][id]; done {
		return p // most are named by many
	}
	if _, ok := r.pdus[id]; ok {
		r.rename(id)
	}
	return r.names.named(flow.RemovedEvents, id, func(n int) string {
		if len(id) != hashID {
			return fmt.Sprintf("$event%d", n)
		}
		return "$" + event.EncodeBase64(sizedText(flow.RemovedEvents, n, 32))
	})
}
