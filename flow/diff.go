package flow

import (
	"bytes"
	"slices"
	"strings"

	"doorstep/flow/event"
	"doorstep/flow/verify"
	"doorstep/flow/wording"
)

// A Change is what happened to one field between the protoevent and the join event.
type Change struct {
	Path   string // JSON pointer
	Kind   ChangeKind
	From   []byte // JSON text in the protoevent; nil: absent
	To     []byte // JSON text in the join event; nil: absent
	Why    string
	Source string // section of the spec that asks for it

	// Outcome says whether the joining server may do that, where its hosts judge it: see Membership.Diff.
	Outcome verify.CheckOutcome
}

// A ChangeKind says what happened to a field.
type ChangeKind string

// What can happen to a field.
const (
	Copied   ChangeKind = "copied"
	Replaced ChangeKind = "replaced"
	Added    ChangeKind = "added"
	Removed  ChangeKind = "removed"
)

// Diff returns what happened to every field of the protoevent, and every field that is new in the join event. The
// protoevent's fields come first, in its order; the members of content each count as a field.
func Diff(v *event.Version, form Form, protoevent, joinEvent []byte) []Change {
	before, after := FieldsOf(protoevent), FieldsOf(joinEvent)
	var out []Change
	for _, b := range before {
		c := Change{Path: b.Path, Kind: Removed, From: b.Value}
		if i := slices.IndexFunc(after, func(a Field) bool { return a.Path == b.Path }); i >= 0 {
			c.To = after[i].Value
			c.Kind = Replaced
			if verify.SameValue(b.Value, c.To) && !setByJoining[b.Path] {
				c.Kind = Copied
			}
		}
		out = append(out, c)
	}
	for _, a := range after {
		if !slices.ContainsFunc(before, func(b Field) bool { return b.Path == a.Path }) {
			out = append(out, Change{Path: a.Path, Kind: Added, To: a.Value})
		}
	}
	what := membershipIn(after)
	for i := range out {
		out[i].Why, out[i].Source = explain(v, form, what, out[i])
		if out[i].Kind == Replaced && bytes.Equal(out[i].From, out[i].To) {
			out[i].Why += "; it comes to the same value"
		}
	}
	return out
}

// setByJoining are the fields that the joining server sets whatever the protoevent says: they are replaced also where
// both happen to say the same.
var setByJoining = map[string]bool{"/event_id": true, "/origin": true, "/origin_server_ts": true}

// membershipIn returns the membership that an event sets: join, or leave where a join is undone.
func membershipIn(fields []Field) string {
	for _, f := range fields {
		if f.Path == "/content/membership" {
			if s, ok := event.String(f.Value); ok {
				return s
			}
		}
	}
	return "join"
}

// A Field is one field of a JSON object: its path, as a JSON pointer, and its value as JSON text.
type Field = verify.Field

// FieldsOf returns the fields of an object that a diff compares; none where it cannot be read.
func FieldsOf(raw []byte) []Field { return verify.FieldsOf(raw) }

const (
	joiningRooms = "server-server: Joining Rooms"
	signing      = "server-server: Signing Events"
	pduFormat    = "room versions: Event format"
	draft2015    = "2015 draft: Joining Rooms"
)

// explain says why the joining server did to a field what it did.
// what is the membership that the event sets.
func explain(v *event.Version, form Form, what string, c Change) (why, source string) {
	if c.Kind == Copied {
		if e, ok := copiedBecause[c.Path]; ok {
			return strings.ReplaceAll(e.why, membershipWord, wording.Clip(what)), e.source
		}
		return "not for the joining server to change: signed as it came", joiningRooms
	}
	switch c.Path {
	case "/event_id":
		if v.IDs != event.IDChosen {
			return "from version 3 on the ID is the reference hash of the event, not a field of it", pduFormat
		}
		if c.Kind == Replaced {
			return "the joining server names the event: the resident's ID was a placeholder", draft2015
		}
		return "the joining server names the event, under its own name", pduFormat
	case "/origin":
		if form == Form2015 {
			return "the event is ours now: the template carried the resident's name", draft2015
		}
		return originWhy(v), joiningRooms
	case "/origin_server_ts":
		return "when the joining server made the event", joiningRooms
	case "/hashes":
		if c.Kind == Removed || c.Kind == Replaced {
			return "a template has nothing to hash yet: what it carried was dropped, and the hash computed again", signing
		}
		return "the content hash: covers every field but unsigned, signatures and hashes",
			"server-server: Calculating the content hash"
	case "/signatures":
		return "the joining server's signature over the redacted event", signing
	case "/unsigned":
		return "no part of the event: neither hashed nor signed", signing
	}
	if verify.OfProfile(c.Path) {
		return verify.OfProfileBecause, joiningRooms
	}
	return "", joiningRooms
}

// originWhy says what origin is for. Redaction keeps it up to version 10; the content hash covers it in every version.
func originWhy(v *event.Version) string {
	switch {
	case v.IDs == event.IDChosen:
		return "the server that sends the event; redaction keeps it, so the signature covers it"
	case !v.RedactsInContent:
		return "the server that sends the event; redaction keeps it up to version 10, so it counts towards the event ID"
	}
	return "the server that sends the event; the event ID covers it through the content hash only"
}

// membershipWord stands for the membership that the event sets.
const membershipWord = "{membership}"

var copiedBecause = map[string]struct{ why, source string }{
	"/type":               {"checked: the template must be for a membership", joiningRooms},
	"/room_id":            {"checked: the template must be for the room asked for", joiningRooms},
	"/sender":             {"checked: the template must be for our user", joiningRooms},
	"/state_key":          {"checked: the membership must be our user's own", joiningRooms},
	"/content/membership": {"checked: the membership must be a " + membershipWord, joiningRooms},
	"/auth_events": {"the resident's choice: the events that allow this " + membershipWord,
		"server-server: Auth events selection"},
	"/prev_events": {"the resident's choice: where the " + membershipWord + " attaches to the room's history",
		joiningRooms},
	"/depth": {"the resident's count: one more than the deepest previous event", joiningRooms},
	"/content/displayname": {"a display name is for us to set; whoever put this one there, it was signed as it came",
		joiningRooms},
	"/content/join_authorised_via_users_server": {"the resident's user who can invite: the resident must sign as well",
		"server-server: Restricted rooms"},
}
