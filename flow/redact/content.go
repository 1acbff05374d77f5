package redact

import (
	"slices"
	"strings"

	"doorstep/flow"
	"doorstep/flow/event"
)

// kept are the keys of content whose values stay, by event type: those that the authorisation rules read, or that
// redaction leaves in some room version, and those that say where a room went, who may be in it or who judges what is
// sent. Names in them become pseudonyms. Spec: room versions, Authorisation rules, Redactions.
var kept = map[string][]string{
	"m.room.create": {"creator", "additional_creators", "room_version", "m.federate", "type", "predecessor"},
	"m.room.member": {"membership", "join_authorised_via_users_server", "third_party_invite"},
	"m.room.power_levels": {"ban", "events", "events_default", "invite", "kick", "notifications", "redact",
		"state_default", "users", "users_default"},
	"m.room.join_rules":         {"join_rule", "allow"},
	"m.room.history_visibility": {"history_visibility"},
	"m.room.guest_access":       {"guest_access"},
	"m.room.aliases":            {"aliases"},
	"m.room.canonical_alias":    {"alias", "alt_aliases"},
	"m.room.third_party_invite": {"public_key", "public_keys"},
	"m.room.redaction":          {"redacts"},
	"m.room.tombstone":          {"replacement_room"},
	"m.room.policy":             {"via", "public_key", "public_keys"},
	"m.room.server_acl":         {"allow", "deny", "allow_ip_literals"},
}

// content appends the content of an event.
func (r *redactor) content(dst, raw []byte, p place) []byte {
	members, err := event.Members(raw)
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

func emptied(raw []byte) string {
	switch raw[0] {
	case '{':
		return "{}"
	case '[':
		return "[]"
	case '"':
		s, ok := event.String(raw)
		switch {
		case !ok:
			return `"\ud800"`
		case strings.Contains(s, "\x00"):
			return `"\u0000"`
		}
		return `""`
	case 't', 'f', 'n':
		return string(raw)
	}
	const largest = "9007199254740993" // larger than canonical JSON allows
	switch s := string(raw); {
	case strings.ContainsAny(s, ".eE"):
		return "0.5"
	case s == "-0":
		return s
	case len(strings.TrimLeft(s, "-")) >= len(largest):
		return largest
	}
	return "0"
}
