package event

import "slices"

// Protects reports whether redaction in a room of version v leaves the value at path in an event of that type: one
// top-level key, or "content" and a key in it, or "content", "third_party_invite", "signed". A key that stays in part
// ("content", "third_party_invite") counts as protected.
func (v *Version) Protects(eventType string, path ...string) bool {
	r := v.redaction
	if len(path) == 0 || r == nil || !r.top.has(fieldOf([]byte(path[0]))) {
		return false
	}
	if path[0] != "content" || len(path) == 1 || r.whole && eventType == "m.room.create" {
		return true
	}
	if r.signedInvite && eventType == "m.room.member" && path[1] == "third_party_invite" {
		return len(path) == 2 || path[2] == "signed"
	}
	return slices.Contains(r.content[eventType], path[1])
}

// Keeps returns the keys of content that redaction in a room of version v leaves in an event of that type, in order of
// name; whole means that all of it stays. Of third_party_invite only signed stays.
func (v *Version) Keeps(eventType string) (keys []string, whole bool) {
	r := v.redaction
	if r == nil {
		return nil, false
	}
	if r.whole && eventType == "m.room.create" {
		return nil, true
	}
	keys = slices.Clone(r.content[eventType])
	if r.signedInvite && eventType == "m.room.member" {
		keys = append(keys, "third_party_invite.signed")
	}
	slices.Sort(keys)
	return keys, false
}

// appendFields appends the canonical form of the event on t with the top-level keys in keep, and with r not nil
// redacted by r as an event of type typ.
func (t *tape) appendFields(dst []byte, keep fieldSet, r *redaction, typ string) []byte {
	if r != nil {
		keep &= r.top
	}
	dst = append(dst, '{')
	empty := len(dst)
	for c := t.nodes[0].first; c != 0; c = t.nodes[c].next {
		f := t.nodes[c].field
		if !keep.has(f) {
			continue
		}
		if len(dst) > empty {
			dst = append(dst, ',')
		}
		dst = t.appendKey(dst, c)
		if r != nil && f == fieldContent {
			dst = t.appendRedactedContent(dst, c, r, typ)
		} else {
			dst = t.appendValue(dst, c)
		}
	}
	return append(dst, '}')
}

// appendRedactedContent appends what is left of the content c. Content that is no object becomes an empty one, as
// there is no key of it to keep.
//
// From v11 on a member event keeps third_party_invite with nothing but signed in it. When that object lacks signed it
// is kept, empty, as the rule is read here and in Synapse (mautrix drops the key, and so gets another event ID); a
// third_party_invite that is no object goes.
func (t *tape) appendRedactedContent(dst []byte, c uint32, r *redaction, typ string) []byte {
	if t.nodes[c].kind != anObject {
		return append(dst, '{', '}')
	}
	if r.whole && typ == "m.room.create" {
		return t.appendValue(dst, c)
	}
	keys := r.content[typ]
	invite := r.signedInvite && typ == "m.room.member"
	dst = append(dst, '{')
	empty := len(dst)
	for m := t.nodes[c].first; m != 0; m = t.nodes[m].next {
		key := t.key(m)
		signedOnly := invite && string(key) == "third_party_invite" && t.nodes[m].kind == anObject
		if !signedOnly && !slices.Contains(keys, string(key)) {
			continue
		}
		if len(dst) > empty {
			dst = append(dst, ',')
		}
		dst = t.appendKey(dst, m)
		if !signedOnly {
			dst = t.appendValue(dst, m)
			continue
		}
		dst = append(dst, '{')
		for s := t.nodes[m].first; s != 0; s = t.nodes[s].next {
			if string(t.key(s)) == "signed" {
				dst = t.appendValue(t.appendKey(dst, s), s)
			}
		}
		dst = append(dst, '}')
	}
	return append(dst, '}')
}
