package event

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"strconv"
	"sync/atomic"
)

// An Event is one PDU: the bytes as received and what was read from them. Reading never fails on a field of the wrong
// type: the accessor gives the zero value and Problems names the field. Immutable; safe for concurrent use.
//
// An answer holds hundreds of thousands of them, so an event keeps the places of its parts and little else: what is
// seldom asked for is worked out again.
type Event struct {
	version *Version
	raw     []byte

	texts                string // what was read of the strings, one behind the other
	id, sender, stateKey span   // in texts
	typ, roomID          string
	originServerTS       int64
	depth                int64

	content, authEvents, prevEvents, hashes, signatures span // in raw

	oddNumbers uint32 // numbers that canonical JSON does not allow
	isState    bool
	hashHolds  bool // the content hash is the one claimed
}

// A span is a part of a text; the zero span is what is absent.
type span struct{ start, end uint32 }

func (s span) of(text []byte) []byte { return text[s.start:s.end:s.end] }

func (s span) in(text string) string { return text[s.start:s.end] }

var errNoVersion = errors.New("no room version given")

// Parse reads one event, and computes its hashes and ID. The bytes are kept, not copied, and must not be changed
// afterwards. It errs (*SyntaxError) only when raw is not a JSON object that can be read unambiguously: bad syntax,
// duplicate keys, lone surrogates, invalid UTF-8, nesting or length over the limit.
//
// Numbers that canonical JSON does not allow are an error in no version: they are kept as written, in the hashes and
// signed bytes too, and from v6 on Problems names them. Such an event is to be dropped; its hashes are what a server
// that overlooks them would compute, and no more.
func Parse(v *Version, raw []byte) (*Event, error) {
	if v == nil || v.redaction == nil {
		return nil, errNoVersion
	}
	t, err := readObject(raw, keepNumbers)
	defer t.release()
	if err != nil {
		return nil, err
	}
	e := &Event{version: v, raw: raw, oddNumbers: uint32(t.odd)}
	e.readFields(t)
	return e, nil
}

// readFields sets the fields of e from its tape.
func (e *Event) readFields(t *tape) {
	var id, typ, from, room, key span
	for c := t.nodes[0].first; c != 0; c = t.nodes[c].next {
		n := &t.nodes[c]
		n.field = fieldOf(t.key(c))
		value := span{n.start, n.end}
		switch n.field {
		case fieldAuthEvents:
			e.authEvents = value
		case fieldContent:
			e.content = value
		case fieldHashes:
			e.hashes = value
		case fieldPrevEvents:
			e.prevEvents = value
		case fieldSignatures:
			e.signatures = value
		case fieldDepth:
			e.depth = integer(value.of(t.src))
		case fieldOriginServerTS:
			e.originServerTS = integer(value.of(t.src))
		case fieldEventID:
			if e.version.IDs == IDChosen {
				id = t.text(c)
			}
		case fieldType:
			typ = t.text(c)
		case fieldRoomID:
			room = t.text(c)
		case fieldSender:
			from = t.text(c)
		case fieldStateKey:
			e.isState = n.kind == aString
			if key = t.text(c); e.isState && bytes.Equal(key.of(t.out), from.of(t.out)) {
				t.out, key = t.out[:key.start], from // in most states of members, and one copy is enough
			}
		}
	}
	known, ok := knownTypes[string(typ.of(t.out))]
	contentHash := t.sum(^setOf(fieldHashes, fieldSignatures, fieldUnsigned), nil, "")
	reference := t.sum(^setOf(fieldSignatures, fieldUnsigned), e.version.redaction, known)
	claimed, isHash := e.ClaimedContentHash()
	e.hashHolds = isHash && bytes.Equal(claimed, contentHash[:])

	if e.typ = known; !ok {
		e.typ = string(typ.of(t.out))
	}
	e.roomID = sharedRoomID(room.of(t.out))
	if e.version.RoomIDIsCreate && known == "m.room.create" && !t.has(fieldRoomID) {
		e.roomID = string(e.version.appendID(nil, '!', reference))
	}

	start := len(t.out)
	keep := func(text []byte) span {
		at := uint32(len(t.out) - start)
		t.out = append(t.out, text...)
		return span{at, uint32(len(t.out) - start)}
	}
	e.sender = keep(from.of(t.out))
	if e.stateKey = e.sender; key != from {
		e.stateKey = keep(key.of(t.out))
	}
	if e.version.IDs == IDChosen {
		e.id = keep(id.of(t.out))
		keep(reference[:])
	} else {
		var spelled [64]byte
		e.id = keep(e.version.appendID(spelled[:0], '$', reference))
	}
	e.texts = string(t.out[start:])
}

// lastRoomID is the room ID of the event that was read last: events come room by room, and share the text.
var lastRoomID atomic.Pointer[string]

func sharedRoomID(read []byte) string {
	if last := lastRoomID.Load(); last != nil && *last == string(read) {
		return *last
	}
	id := string(read)
	lastRoomID.Store(&id)
	return id
}

// knownTypes are the types whose events occur by the thousand, and all that some redaction treats specially.
var knownTypes = func() map[string]string {
	types := map[string]string{}
	for _, typ := range []string{
		"m.room.aliases", "m.room.avatar", "m.room.canonical_alias", "m.room.create", "m.room.encrypted",
		"m.room.encryption", "m.room.guest_access", "m.room.history_visibility", "m.room.join_rules", "m.room.member",
		"m.room.message", "m.room.name", "m.room.pinned_events", "m.room.power_levels", "m.room.redaction",
		"m.room.server_acl", "m.room.third_party_invite", "m.room.tombstone", "m.room.topic", "m.space.child",
		"m.space.parent",
	} {
		types[typ] = typ
	}
	return types
}()

// text appends the text of a string value to t.out and returns where it is; nothing of a value that is no string.
func (t *tape) text(id uint32) span {
	n := &t.nodes[id]
	if n.kind != aString {
		return span{}
	}
	start := len(t.out)
	t.out = appendText(t.out, t.src[n.start+1:n.end-1])
	return span{uint32(start), uint32(len(t.out))}
}

func (t *tape) has(f field) bool {
	for c := t.nodes[0].first; c != 0; c = t.nodes[c].next {
		if t.nodes[c].field == f {
			return true
		}
	}
	return false
}

// sum returns the SHA-256 of what appendFields gives.
func (t *tape) sum(keep fieldSet, r *redaction, typ string) [sha256.Size]byte {
	start := len(t.out)
	t.out = t.appendFields(t.out, keep, r, typ)
	sum := sha256.Sum256(t.out[start:])
	t.out = t.out[:start]
	return sum
}

// appendID appends a reference hash as the version spells it, behind a sigil.
func (v *Version) appendID(dst []byte, sigil byte, hash [sha256.Size]byte) []byte {
	return v.idEncoding().AppendEncode(append(dst, sigil), hash[:])
}

// idEncoding is how the reference hash is spelled in IDs.
func (v *Version) idEncoding() *base64.Encoding {
	if v.IDs == IDStdBase64 {
		return base64.RawStdEncoding
	}
	return base64.RawURLEncoding
}

// integer returns the integer a JSON value is; 0 when it is none as it is written, or does not fit.
func integer(raw []byte) int64 {
	n, err := strconv.ParseInt(string(raw), 10, 64)
	if err != nil {
		return 0
	}
	return n
}

// Raw returns the bytes the event was parsed from.
func (e *Event) Raw() []byte { return e.raw }

// Version returns the room version the event was read by.
func (e *Event) Version() *Version { return e.version }

// ID returns the event's ID: in v1–2 the event_id field, "" when that is no string; from v3 on "$" and the reference
// hash. Spec: room versions 1, 3 and 4, event IDs.
func (e *Event) ID() string { return e.id.in(e.texts) }

// Type returns the event's type.
func (e *Event) Type() string { return e.typ }

// StateKey returns the event's state key; false when it is absent or not a string.
func (e *Event) StateKey() (string, bool) { return e.stateKey.in(e.texts), e.isState }

// Sender returns the event's sender, a user ID.
func (e *Event) Sender() string { return e.sender.in(e.texts) }

// RoomID returns the room_id field. For a create event of v12 that lacks it, as it should, it is "!" and the
// reference hash. Spec: room version 12, event format.
func (e *Event) RoomID() string { return e.roomID }

// OriginServerTS returns when the sender's server says it made the event, in milliseconds since the epoch.
func (e *Event) OriginServerTS() int64 { return e.originServerTS }

// Depth returns the event's depth.
func (e *Event) Depth() int64 { return e.depth }

// AuthEvents returns the IDs of the auth events in order, unwrapped from the pairs of v1–2. What is not a reference
// of the version's form is left out.
func (e *Event) AuthEvents() []string { return e.references(e.authEvents) }

// PrevEvents returns the IDs of the prev events, as AuthEvents does.
func (e *Event) PrevEvents() []string { return e.references(e.prevEvents) }

// A Reference is how an event of v1–2 names another: by ID and, to hold it to its content, reference hash.
type Reference struct {
	ID     string
	SHA256 []byte // the reference hash claimed, decoded; nil when absent, not base64, or in v3 and later
}

// AuthReferences returns what AuthEvents does, with the hashes the pairs of v1–2 claim.
func (e *Event) AuthReferences() []Reference { return e.pairs(e.authEvents) }

// PrevReferences returns what PrevEvents does, with the hashes the pairs of v1–2 claim.
func (e *Event) PrevReferences() []Reference { return e.pairs(e.prevEvents) }

func (e *Event) references(list span) []string {
	elements, _ := elements(list.of(e.raw))
	if len(elements) == 0 {
		return nil
	}
	ids := make([]string, 0, len(elements))
	for _, raw := range elements {
		if r, ok := e.version.reference(raw); ok {
			ids = append(ids, r.ID)
		}
	}
	return ids
}

func (e *Event) pairs(list span) []Reference {
	elements, _ := elements(list.of(e.raw))
	var references []Reference
	for _, raw := range elements {
		if r, ok := e.version.reference(raw); ok {
			references = append(references, r)
		}
	}
	return references
}

// reference reads one element of auth_events or prev_events; false when it has not the form of the version.
func (v *Version) reference(raw []byte) (r Reference, ok bool) {
	if !v.HashPairs {
		r.ID, ok = String(raw)
		return r, ok
	}
	pair, _ := elements(raw)
	if len(pair) != 2 {
		return r, false
	}
	r.ID, ok = String(pair[0])
	if value, found := find(pair[1], "sha256"); found {
		if text, isText := String(value); isText {
			r.SHA256, _, _ = DecodeBase64(text)
		}
	}
	return r, ok
}

// Field returns the raw value of a top-level key.
func (e *Event) Field(key string) (raw []byte, ok bool) { return find(e.raw, key) }

// Content returns the raw value of a key of content.
func (e *Event) Content(key string) (raw []byte, ok bool) { return find(e.content.of(e.raw), key) }

// ContentString returns the text of a key of content; false when it is absent or not a string.
func (e *Event) ContentString(key string) (string, bool) {
	raw, ok := e.Content(key)
	if !ok {
		return "", false
	}
	return String(raw)
}

// Membership returns content.membership of an m.room.member, else "".
func (e *Event) Membership() string {
	if e.typ != "m.room.member" {
		return ""
	}
	s, _ := e.ContentString("membership")
	return s
}
