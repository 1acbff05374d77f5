package event

import (
	"bytes"
	"crypto/sha256"
)

// appendForm appends the canonical form of e with the top-level keys in keep, and with r not nil redacted.
func (e *Event) appendForm(dst []byte, keep fieldSet, r *redaction) []byte {
	t, err := readObject(e.raw, keepNumbers)
	defer t.release()
	if err != nil {
		panic("event: parsed bytes were changed: " + err.Error())
	}
	for c := t.nodes[0].first; c != 0; c = t.nodes[c].next {
		t.nodes[c].field = fieldOf(t.key(c))
	}
	return t.appendFields(dst, keep, r, e.typ)
}

// CanonicalBytes returns the whole event in canonical form, signatures and unsigned included: what the size limit is
// about.
func (e *Event) CanonicalBytes() []byte {
	return e.appendForm(make([]byte, 0, len(e.raw)), ^fieldSet(0), nil)
}

// Size returns how many bytes the canonical event has, signatures included: with unsigned, as the limit is written, and
// without, as servers measure what they receive, who drop that part first. Spec: client-server, Size limits.
func (e *Event) Size() (whole, signed int) {
	whole = len(e.CanonicalBytes())
	if _, there := e.Field("unsigned"); !there {
		return whole, whole
	}
	return whole, len(e.appendForm(make([]byte, 0, whole), ^setOf(fieldUnsigned), nil))
}

// TooLargeUnsigned reports whether the event is over the size limit with its unsigned part, and within it without.
func (e *Event) TooLargeUnsigned() bool {
	if len(e.raw) <= maxEvent {
		return false
	}
	whole, signed := e.Size()
	return whole > maxEvent && signed <= maxEvent
}

// MaxSize is how many bytes an event may have in canonical form. Spec: client-server, Size limits.
const MaxSize = maxEvent

// ContentHashBytes returns the exact bytes the content hash covers: the canonical event without unsigned, signatures
// and hashes. Spec: server-server, calculating the content hash for an event.
func (e *Event) ContentHashBytes() []byte {
	return e.appendForm(make([]byte, 0, len(e.raw)), ^setOf(fieldHashes, fieldSignatures, fieldUnsigned), nil)
}

// ContentHash returns the SHA-256 of ContentHashBytes.
func (e *Event) ContentHash() [sha256.Size]byte { return sha256.Sum256(e.ContentHashBytes()) }

// ContentHashHolds reports whether the content hash is the one the event claims. Where it is not, homeservers use the
// event redacted.
func (e *Event) ContentHashHolds() bool { return e.hashHolds }

// ClaimedContentHash returns hashes.sha256, decoded; false when it is absent or not base64.
func (e *Event) ClaimedContentHash() ([]byte, bool) {
	raw, ok := find(e.hashes.of(e.raw), "sha256")
	if !ok {
		return nil, false
	}
	text, ok := String(raw)
	if !ok {
		return nil, false
	}
	b, _, err := DecodeBase64(text)
	return b, err == nil
}

// SignedBytes returns the exact bytes that are signed, and hashed for the reference hash: the redacted event without
// signatures and unsigned, canonical. Spec: server-server, signing events; calculating the reference hash for an event.
func (e *Event) SignedBytes() []byte { return e.AppendSignedBytes(make([]byte, 0, len(e.raw))) }

// AppendSignedBytes appends SignedBytes to dst.
func (e *Event) AppendSignedBytes(dst []byte) []byte {
	return e.appendForm(dst, ^setOf(fieldSignatures, fieldUnsigned), e.version.redaction)
}

// ReferenceHash returns the SHA-256 of SignedBytes. From v3 on the event's ID spells it.
func (e *Event) ReferenceHash() (hash [sha256.Size]byte) {
	if e.version.IDs == IDChosen {
		copy(hash[:], e.texts[len(e.texts)-len(hash):])
		return hash
	}
	var spelled [64]byte
	_, _ = e.version.idEncoding().Decode(hash[:], append(spelled[:0], e.ID()[1:]...)) // we spelled it
	return hash
}

// Redacted returns the event as its version's redaction leaves it, in canonical form. signatures stay, as in the
// rules; unsigned stays too, as it is no part of what was sent to the room. It has e's ID and signatures hold for it;
// its content hash differs from the one claimed if anything was taken away.
func (e *Event) Redacted() *Event {
	r := *e.version.redaction
	r.top |= setOf(fieldUnsigned)
	return e.redactedBy(&r)
}

// RedactedToUse returns what Redacted does, without unsigned: as little as can be kept of an event that is used
// redacted.
func (e *Event) RedactedToUse() *Event { return e.redactedBy(e.version.redaction) }

func (e *Event) redactedBy(r *redaction) *Event {
	form := e.appendForm(make([]byte, 0, len(e.raw)), ^fieldSet(0), r)
	redacted, err := Parse(e.version, bytes.Clone(form)) // most of the room for it is left over
	if err != nil {
		panic("event: redaction of a parsed event does not parse: " + err.Error())
	}
	return redacted
}

// IsRedacted reports whether e holds nothing that its version's redaction takes away, unsigned left aside: it is what
// redaction leaves of itself. An event that never held more is too, and its content hash holds.
func (e *Event) IsRedacted() bool {
	whole := e.appendForm(make([]byte, 0, len(e.raw)), ^setOf(fieldUnsigned), nil)
	left := e.appendForm(make([]byte, 0, len(whole)), ^setOf(fieldUnsigned), e.version.redaction)
	return bytes.Equal(whole, left)
}

// Hash returns raw, an event of version v being built, with hashes.sha256 set to its content hash. Other bytes stay as
// they were. It errs when raw cannot be parsed. Spec: server-server, adding hashes and signatures to outgoing events.
func Hash(v *Version, raw []byte) (*Event, error) {
	e, err := Parse(v, raw)
	if err != nil {
		return nil, err
	}
	hash := e.ContentHash()
	claim := Member{Key: "sha256", Value: Quote(EncodeBase64(hash[:]))}
	value, err := setIn(e.hashes.of(raw), claim)
	if err != nil {
		return nil, err
	}
	hashed, err := Edit(raw, []Member{{Key: "hashes", Value: value}})
	if err != nil {
		return nil, err
	}
	return Parse(v, hashed)
}
