package redact

import (
	"strings"

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

// emptied is the empty value of the type of a JSON value.
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
