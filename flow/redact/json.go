package redact

import (
	"slices"
	"strings"

	"doorstep/flow"
	"doorstep/flow/event"
)

// deepest is how many objects and lists may lie in each other: what lies deeper is emptied.
const deepest = 100

// mostMembers is how many members of an object are looked at: those after them are left out, so that a body takes no
// more memory than a few times its size. Those that hold the lists of an answer to send_join stay wherever they stand.
const mostMembers = 1 << 18

var lists = []string{"state", "auth_chain", "event"}

// A place is where in a JSON text a value stands.
type place struct {
	key   string // the key it has, or that of the list it is in
	typ   string // the type of the event it belongs to
	depth int
}

func (p place) at(key string) place { return place{key, p.typ, p.depth + 1} }

// json appends a JSON value without what must not be shared.
func (r *redactor) json(dst, raw []byte, p place) []byte {
	if p.depth > deepest {
		return append(dst, "null"...)
	}
	switch raw[0] {
	case '{':
		return r.object(dst, raw, p)
	case '[':
		dst = append(dst, '[')
		first, start := true, len(dst)
		_ = event.EachElement(raw, func(e []byte) { // it is JSON
			if !first {
				dst = append(dst, ',')
			}
			first = false
			dst = r.json(dst, e, place{p.key, p.typ, p.depth + 1})
			if r.trial {
				r.left += len(dst) - start
				dst = dst[:start]
			}
		})
		return append(dst, ']')
	case '"':
		s, ok := event.String(raw)
		if !ok {
			return append(dst, `"`+`\ud800`+`"`...) // half a surrogate pair, or what else is no text: that it was stays
		}
		return append(dst, event.Quote(r.value(s, p))...)
	case 't', 'f', 'n':
		return append(dst, raw...)
	}
	return append(dst, number(raw)...)
}

// longNumber is from how many digits on a number is no longer worth reading.
const longNumber = 40

// number returns a number as it is written, unless that is long: then one that is as good or bad.
func number(raw []byte) []byte {
	if len(raw) > longNumber {
		return []byte(emptied(raw))
	}
	return raw
}

// object appends an object. One that has a key twice has one twice afterwards, so that it cannot be read then either.
func (r *redactor) object(dst, raw []byte, p place) []byte {
	members, more, err := event.MembersUpTo(raw, mostMembers, lists...)
	if err != nil {
		r.count(flow.RemovedBodies)
		return append(dst, `{"redacted_key0":0,"redacted_key0":0}`...)
	}
	if more > 0 {
		r.count(flow.RemovedBodies)
	}
	isEvent := false
	for _, m := range members {
		if m.Key == "type" {
			p.typ, _ = event.String(m.Value)
		}
		isEvent = isEvent || m.Key == "content"
	}
	dst = append(dst, '{')
	seen := keys{}
	for i, m := range members {
		key := r.key(m.Key, p.key)
		if !seen.add(key) {
			continue // two names that have one pseudonym, as one with another spelling
		}
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(append(dst, event.Quote(key)...), ':')
		switch {
		case m.Key == "content" && isEvent, m.Key == "prev_content":
			dst = r.content(dst, m.Value, p.at(m.Key))
		default:
			dst = r.json(dst, m.Value, p.under(m.Key))
		}
	}
	return append(dst, '}')
}

// keys are those of an object so far.
type keys struct {
	few  [16]string
	n    int
	many map[string]bool // nil: there are few
}

// add reports whether a key is new.
func (k *keys) add(key string) bool {
	if k.many == nil {
		if slices.Contains(k.few[:k.n], key) {
			return false
		}
		if k.n < len(k.few) {
			k.few[k.n] = key
			k.n++
			return true
		}
		k.many = map[string]bool{}
		for _, f := range k.few {
			k.many[f] = true
		}
	}
	if k.many[key] {
		return false
	}
	k.many[key] = true
	return true
}

// under is the place of a member. What lies in signatures has a place of its own: by server, then by key.
func (p place) under(key string) place {
	switch p.key {
	case "signatures", "verify_keys", "old_verify_keys":
		return p.at(p.key + "/")
	case "signatures/":
		return p.at("signature")
	case "verify_keys/", "old_verify_keys/":
		if key == "key" {
			return p.at("public_key")
		}
	}
	return p.at(key)
}

// key returns a key of an object that stands under another key.
func (r *redactor) key(key, of string) string {
	switch of {
	case "signatures":
		return r.server(key)
	case "signatures/", "verify_keys", "old_verify_keys":
		return r.names.keyID(key)
	}
	return r.name(key, "key")
}

// errcode is the form of the codes of errors.
var errcode = lazily(`^[A-Z]{1,12}(?:_[A-Z]{1,16}){1,6}$`)

// longestCode is how long the code of an error may be.
const longestCode = 39

// numeric is a number written as a text.
var numeric = lazily(`^[ \t\n]*[-+]?[0-9]{1,20}[ \t\n]*$`)

// value returns a text at a place.
func (r *redactor) value(s string, p place) string {
	switch p.key {
	case "type":
		return r.name(s, "type")
	case "state_key":
		if p.typ == "m.room.third_party_invite" {
			return r.names.word("token", s)
		}
		return r.name(s, "state_key")
	case "origin", "server_name", "m.server", "destination", "servers", "servers_in_room", "resident", "server", "via":
		return r.server(s)
	case "public_key", "public_keys", "key":
		return r.names.base64(flow.RemovedKeys, s)
	case "signature":
		return r.names.base64(flow.RemovedSignatures, s)
	case "sha256", "hashes":
		return r.names.base64(flow.RemovedHashes, s)
	case "errcode":
		if errcode().MatchString(s) && len(s) <= longestCode {
			return s
		}
	case "error", "message", "Err":
		return r.text(s)
	case "room_version", "membership", "join_rule", "history_visibility", "guest_access":
		return r.name(s, "value")
	case "token":
		return r.names.word("token", s)
	case "version":
		version, _, _ := strings.Cut(s, " ")
		if product().MatchString("v/" + version) {
			return version
		}
	case "allow", "deny":
		return r.glob(s)
	}
	switch {
	case isID(s):
		return r.id(s)
	case s == "", numeric().MatchString(s):
		return s
	case isEndpoint(s), r.names.isHost(hostIn(s)):
		return r.names.endpoint(s)
	}
	return r.word(s)
}

// glob returns a pattern for server names.
func (r *redactor) glob(s string) string {
	star, rest := "", s
	if strings.HasPrefix(s, "*.") {
		star, rest = s[:2], s[2:]
	}
	switch {
	case strings.Trim(s, "*?") == "":
		return s
	case strings.ContainsAny(rest, "*?"):
		r.count(flow.RemovedContents)
		return ""
	}
	return star + r.server(rest)
}

// content appends the content of an event.
func (r *redactor) content(dst, raw []byte, p place) []byte {
	members, more, err := event.MembersUpTo(raw, mostMembers)
	if more > 0 {
		r.count(flow.RemovedContents)
	}
	if err != nil {
		if raw[0] == '{' {
			return r.object(dst, raw, p) // it has a key twice
		}
		return r.empty(dst, raw)
	}
	dst = append(dst, '{')
	for i, m := range members {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(append(dst, event.Quote(r.name(m.Key, "key"))...), ':')
		switch {
		case !slices.Contains(kept[p.typ], m.Key):
			dst = r.empty(dst, m.Value)
		case m.Key == "allow" && p.typ == "m.room.join_rules":
			dst = r.json(dst, m.Value, p.at("conditions"))
		default:
			dst = r.json(dst, m.Value, p.at(m.Key))
		}
	}
	return append(dst, '}')
}

// empty appends the empty value of the type that a value has. What findings look at stays: that a text holds a NUL, and
// that a number is none that canonical JSON has.
func (r *redactor) empty(dst, raw []byte) []byte {
	out := emptied(raw)
	if out != string(raw) {
		r.count(flow.RemovedContents)
	}
	return append(dst, out...)
}
