package story

import (
	"strings"

	"doorstep/client"
	"doorstep/flow"
)

// A BodyKind says what sort of thing a body is: the same name means different things in different ones.
type BodyKind int

// The sorts of bodies.
const (
	EventPayload BodyKind = iota // an event, or something that holds events
	KeysPayload                  // key documents
	MakePayload                  // the answer to make_join or make_leave
)

// bodyKindOf tells what the body of an entry is.
func bodyKindOf(t flow.Trace, e *flow.Entry) BodyKind {
	asked := e
	if e != nil && e.Answers > 0 {
		asked = t.Entry(e.Answers)
	}
	if asked == nil || asked.Request == nil {
		return EventPayload
	}
	switch asked.Request.Endpoint {
	case client.ServerKeys, client.NotaryQuery:
		return KeysPayload
	case client.MakeJoin, client.MakeLeave:
		return MakePayload
	}
	return EventPayload
}

// A fieldLesson says what a field of a payload is. It is found by the end of its JSON pointer, without indexes; of
// several the longest counts, and where two are as long the one for the payload at hand.
type fieldLesson struct {
	path string
	only *BodyKind // the payload it is about; nil: any
	says string
}

func only(p BodyKind) *BodyKind { return &p }

var fieldLessons = []fieldLesson{
	{"/room_id", nil, "The room. Up to version 11 the part after the colon only names the server that made it; in " +
		"version 12 the ID is the hash of the create event."},
	{"/servers", nil, "The join candidates: servers said to be in the room, in no order that means anything."},
	{"/event", nil, "The protoevent in answer to make_join; the join event as the resident keeps it in answer to " +
		"send_join."},
	{"/room_version", nil, "The version of the room. It decides how the event is hashed, redacted, signed and " +
		"authorised."},
	{"/room_version", only(MakePayload), "It decides how the event is hashed, redacted, signed and authorised. Left " +
		"out, it stands for version 1 or 2."},
	{"/content/room_version", nil, "The version of the room, for good. Left out of the create event, it stands for " +
		"version 1."},
	{"/auth_events", nil, "The events that allow this one: create (not in version 12), power levels, join rules, the " +
		"memberships that count."},
	{"/prev_events", nil, "The newest events the sender's server knew: where this one hangs in the room's history."},
	{"/depth", nil, "One more than the deepest of prev_events. From room version 2 on nothing is decided by it; " +
		"version 1 settles conflicts of the state by it."},
	{"/hashes", nil, "The content hash covers every field but unsigned, signatures and hashes. Where it does not " +
		"match, the event is used in its redacted form."},
	{"/hashes/sha256", nil, "SHA-256 of the canonical event without unsigned, signatures and hashes, in unpadded base64."},
	{"/signatures", nil, "By server and key ID. They cover the redacted event, so that redaction does not break them."},
	{"/signatures", only(KeysPayload), "By server and key ID. They cover the key document itself, without signatures " +
		"and unsigned: its own server has to sign it with a key that it lists, and a notary that passes it on signs as " +
		"well."},
	{"/signed/signatures", nil, "By server and key ID. They cover this object itself, without signatures and unsigned."},
	{"/origin", nil, "The server that sent the event. It tells nothing that sender does not. Up to version 10 " +
		"redaction keeps it, and signatures and reference hash cover it; from 11 on they do so through the content hash " +
		"only."},
	{"/origin_server_ts", nil, "When the sender's server made the event, by its own clock, in milliseconds since 1970."},
	{"/sender", nil, "Who did it. Its server must have signed the event."},
	{"/state_key", nil, "With the type it names the piece of state this event sets. For a membership it is the member."},
	{"/type", nil, "What sort of event it is. m.room.member is a membership."},
	{"/content/allow/type", nil, "What sort of condition lets a user in: m.room_membership is being in the room " +
		"named next to it."},
	{"/content/allow/room_id", nil, "The room whose members may join."},
	{"/content", nil, "What the event says. Redaction keeps a few keys of it, depending on type and room version."},
	{"/content/membership", nil, "join, leave, invite, ban or knock."},
	{"/content/join_authorised_via_users_server", nil, "For a restricted join: the user whose server vouches for us, " +
		"and has to sign as well."},
	{"/content/third_party_invite/signed", nil, "What an identity server vouches for: that the invited address " +
		"belongs to this user. It is signed as a JSON object of its own."},
	{"/state", nil, "The room's state just before the join: one event for each type and state key."},
	{"/auth_chain", nil, "Every event the state and our join rest on, back to the create event. Where members are " +
		"left out of state, what is in state may be left out here."},
	{"/members_omitted", nil, "Whether members were left out of state. Only allowed when it was asked for."},
	{"/servers_in_room", nil, "The servers in the room, which are needed when members were left out."},
	{"/errcode", nil, "The error in a form for programs. The text next to it is for people, and servers word it as " +
		"they like."},
	{"/error", nil, "The error in words; every implementation has its own."},
	{"/server_name", nil, "Whose keys these are. It has to be the name that was asked for."},
	{"/server_keys", nil, "The key documents that the notary has, each signed by its own server and by the notary."},
	{"/verify_keys", nil, "The keys the server signs with now, by key ID."},
	{"/old_verify_keys", nil, "Keys the server no longer signs with, and since when: they verify older events only."},
	{"/valid_until_ts", nil, "How long the document may be relied on, in milliseconds since 1970; never longer than " +
		"seven days from now. For events of room versions 1 to 4 it must be ignored."},
	{"/unsigned", nil, "Not part of the event: neither hashed nor signed, and nobody vouches for it."},
	{"/event_id", nil, "In versions 1 and 2 the sender's server chose the ID. From version 3 on the ID is a hash and " +
		"no field."},
	{"/retry_after_ms", nil, "How long to wait before asking again, in milliseconds."},
	{"/content/creator", nil, "Who made the room, in versions 1 to 10. From version 11 on it is the sender."},
	{"/content/allow", nil, "The rooms whose members may join a restricted room."},
	{"/content/users", nil, "Power levels by user."},
	{"/redacts", nil, "The event that is redacted; from version 11 on it stands in content."},
	{"/content/m.federate", nil, "false keeps every other server out, for ever."},
}

// LessonOfField finds what is known of the field a JSON pointer leads to: the innermost field of it that has an
// explanation.
func LessonOfField(pointer string, in BodyKind) (string, bool) {
	var names []string
	for _, token := range strings.Split(pointer, "/")[min(1, len(pointer)):] {
		if token != "" && strings.Trim(token, "0123456789") != "" {
			names = append(names, token)
		}
	}
	for end := len(names); end > 0; end-- {
		for i := range end {
			if what, ok := lessonAt("/"+strings.Join(names[i:end], "/"), in); ok {
				return what, true
			}
		}
	}
	return "", false
}

func lessonAt(path string, in BodyKind) (what string, ok bool) {
	for _, l := range fieldLessons {
		switch {
		case l.path != path:
		case l.only != nil && *l.only == in:
			return l.says, true
		case l.only == nil && !ok:
			what, ok = l.says, true
		}
	}
	return what, ok
}
