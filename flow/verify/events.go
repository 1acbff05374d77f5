package verify

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"doorstep/client"
	"doorstep/flow/event"
	"doorstep/flow/wording"
)

// examineAll makes the checks that need one event at a time on every claim, on all processors.
// Spec: server-server, Checks performed on receipt of a PDU, 1 to 3.
func (v *verifier) examineAll() {
	v.verifySignatures()
	const lot = 1 << 14 // claims whose checks are all there at a time, before those that are too many go
	for from := 0; from < len(v.claims) && !v.over(); from += lot {
		v.examineLot(v.claims[from:min(from+lot, len(v.claims))])
	}
	v.examined = true
}

// examineLot is examineAll for some of the claims.
func (v *verifier) examineLot(claims []claim) {
	const share = 64 // claims that share a tally
	tallies := make([]tally, (len(claims)+share-1)/share)
	inParallel(len(tallies), 1, v.over, func(n int) {
		for i := n * share; i < min((n+1)*share, len(claims)) && !v.over(); i++ {
			c := &claims[i]
			k := collector{subject: c.id(), tally: &tallies[n], goneNoted: true}
			v.examine(c, &k)
			c.note(k.checks)
		}
	})
	for i := range tallies {
		v.tally.add(&tallies[i])
	}
	for i := range claims {
		v.keep(&claims[i], 0)
	}
}

// examine makes those checks on one claim, and settles whether it is dropped and what is used of it.
func (v *verifier) examine(c *claim, k *collector) {
	prefix, e := c.read.Pointer(), c.read.Event
	if e == nil {
		field, why := unreadable(prefix, c.read.Err)
		k.fail(KindEventFormat, Unreadable, field, "the event cannot be read: "+wording.Clip(why))
		c.dropped = badFormat
		return
	}
	if !examineFormat(k, prefix, e, true, v.told()) {
		c.dropped = badFormat
		k.unchecked(KindSignature, prefix, "not looked at: the event is dropped, "+badFormat.String())
		return
	}
	if !v.examineID(k, c) {
		c.dropped = badID
	}
	v.examineCopy(k, c)
	if !v.examineRoom(k, prefix, e) {
		c.dropped = badRoom
	}
	required := RequiredSigners(e)
	if !v.in.Redacted && !e.ContentHashHolds() {
		c.use = e.RedactedToUse()
		// What redaction takes away excuses nobody from signing what is left.
		for _, server := range RequiredSigners(c.use) {
			if !slices.Contains(required, server) {
				required = append(required, server)
			}
		}
	}
	c.signers = v.examineSignatures(k, prefix, e, required, c.signers, c.sealed)
	for _, s := range c.signers {
		if s.verdict.refutes() && c.dropped == notDropped {
			c.dropped = badSignature
		}
	}
	v.examineHash(k, prefix, e)
	v.examineReferences(k, prefix, e)
}

// unreadable says where and why an event could not be read.
func unreadable(prefix string, err error) (field, why string) {
	var syntax *event.SyntaxError
	if errors.As(err, &syntax) {
		return prefix + syntax.Path, syntax.Why
	}
	return prefix, err.Error()
}

// pairHash matches the place of the hash in a reference of versions 1 and 2.
var pairHash = regexp.MustCompile(`^/(auth|prev)_events/[0-9]+/1(/|$)`)

// examineFormat checks that every field is as the room version wants it; false when one is not. The hash in a
// reference of versions 1 and 2 is not counted: real homeservers put something else there, and nobody drops the event
// for it. It tells of the first breaches only, as many as told says. Spec: room versions, Event format.
func examineFormat(k *collector, prefix string, e *event.Event, ofState bool, told int) bool {
	bad := 0
	add := func(f Fault, field, why string) {
		if bad++; bad <= told {
			k.fail(KindEventFormat, f, prefix+field, why)
		}
	}
	for _, p := range e.Problems() {
		if e.Version().HashPairs && pairHash.MatchString(p.Field) {
			continue
		}
		what := "the event"
		if p.Field != "" {
			what = p.Field[strings.LastIndexByte(p.Field, '/')+1:]
			if top, below, nested := strings.Cut(p.Field[1:], "/"); nested {
				what = top + " at " + wording.Name(below)
			}
		}
		add(faultOf(p), p.Field, wording.Clip(what)+" "+p.Why)
	}
	if _, ok := e.StateKey(); !ok && ofState {
		if _, there := e.Field("state_key"); !there {
			add(NoStateEvent, "/state_key", "state_key is missing: only state events belong in state and auth_chain")
		}
	}
	large := e.TooLargeUnsigned()
	if large {
		whole, signed := e.Size()
		k.warn(KindEventFormat, LargeUnsigned, prefix+"/unsigned",
			fmt.Sprintf("the event has %d bytes in canonical form, more than %d, and %d without unsigned",
				whole, event.MaxSize, signed))
	}
	risks := risksOf(e)
	for _, r := range risks {
		k.warn(KindEventFormat, r.fault, prefix+r.field, r.why)
	}
	if bad == 0 && !large && len(risks) == 0 {
		k.pass(KindEventFormat, "", func() string { return "every field is as room version " + e.Version().ID + " wants it" })
	}
	return bad == 0
}

// faultOf gives the fault of a breach of the format.
func faultOf(p event.Problem) Fault {
	switch p.Kind {
	case event.OverSize:
		return TooLarge
	case event.OverLength:
		return FieldTooLong
	case event.OverCount:
		return TooManyRefs
	case event.OddNumber:
		return NoInteger
	}
	return BadField
}

// examineID checks the event ID. From version 3 on it is worked out, so that nothing can be wrong with it but an
// event_id that claims another. In versions 1 and 2 servers choose it, and may choose one twice; false when this is
// not the first event of that name. Spec: room versions 1, 3 and 4, Event IDs.
func (v *verifier) examineID(k *collector, c *claim) bool {
	e, prefix := c.read.Event, c.read.Pointer()
	if e.Version().IDs == event.IDChosen {
		if c.copyOf >= 0 && v.claims[c.copyOf].read.Event.ReferenceHash() != e.ReferenceHash() {
			k.fail(KindEventID, IDTaken, prefix+"/event_id", fmt.Sprintf("%s names two different events; the other is %s",
				wording.Name(c.id()), v.claims[c.copyOf].read.Pointer()))
			return false
		}
		k.pass(KindEventID, "", func() string { return "chosen by its server, " + wording.Name(client.Domain(c.id())) })
		return true
	}
	if v.goneID(k, e, prefix) {
		return true
	}
	if raw, there := e.Field("event_id"); there {
		if id, _ := event.String(raw); id != e.ID() {
			k.fail(KindEventID, IDClaimed, prefix+"/event_id", fmt.Sprintf("the event claims to be %s; its hash makes it %s",
				shown(raw), e.ID()))
			return true // what it says there is not used by anybody
		}
	}
	k.pass(KindEventID, "", func() string { return "the reference hash of the event" })
	return true
}

// examineCopy notes an event that is in the answer a second time, and not as the first time.
func (v *verifier) examineCopy(k *collector, c *claim) {
	if c.copyOf < 0 {
		return
	}
	first := v.claims[c.copyOf].read
	fields := differences(first.Event, c.read.Event)
	k.warn(KindEventCopies, "", c.read.Pointer(), fmt.Sprintf("the event is at %s too, and differs in %s", first.Pointer(),
		wording.List(fields)))
}

// differences returns the top-level keys in which two events differ, unsigned left out, in the order of a and then of
// b.
func differences(a, b *event.Event) []string {
	in, _ := event.Members(a.Raw())
	other, _ := event.Members(b.Raw())
	values := make(map[string][]byte, len(other))
	for _, m := range other {
		values[m.Key] = m.Value
	}
	var out []string
	for _, m := range in {
		if value, ok := values[m.Key]; m.Key != "unsigned" && (!ok || !bytes.Equal(value, m.Value)) {
			out = append(out, m.Key)
		}
		delete(values, m.Key)
	}
	for _, m := range other {
		if _, left := values[m.Key]; left && m.Key != "unsigned" {
			out = append(out, m.Key)
		}
	}
	return out
}

// examineRoom checks that the event belongs to the room; false when it does not.
func (v *verifier) examineRoom(k *collector, prefix string, e *event.Event) bool {
	_, written := e.Field("room_id")
	switch {
	case v.roomID == "":
		k.unchecked(KindRoomID, prefix+"/room_id", "which room was to be joined is not known")
	case e.RoomID() != v.roomID && !written:
		k.fail(KindRoomID, "", prefix, fmt.Sprintf("the create event is that of room %s, not of %s",
			wording.Name(e.RoomID()), wording.Name(v.roomID)))
		return false
	case e.RoomID() != v.roomID:
		k.fail(KindRoomID, "", prefix+"/room_id", fmt.Sprintf("the event is of room %s, not of %s", wording.Name(e.RoomID()),
			wording.Name(v.roomID)))
		return false
	default:
		k.pass(KindRoomID, "", func() string {
			if !written {
				return "the create event has no room_id: its hash is the room ID"
			}
			return "the event is of room " + v.roomID
		})
	}
	return true
}

// examineHash checks that. An event that was redacted fails nothing: the rules have its hash not hold, and every
// homeserver takes it. Spec: server-server, Calculating the content hash for an event; room versions, Redactions.
func (v *verifier) examineHash(k *collector, prefix string, e *event.Event) {
	if v.in.Redacted {
		k.gone(KindContentHash, prefix+"/hashes/sha256")
		return
	}
	computed := func() string {
		sum := e.ContentHash()
		return event.EncodeBase64(sum[:])
	}
	if !e.ContentHashHolds() {
		if r := redactionOf(e); r != nil {
			k.warn(KindContentHash, Redacted, prefix+"/hashes/sha256", r.words(e.Type()))
			return
		}
		claimed, _ := e.ClaimedContentHash()
		k.fail(KindContentHash, Altered, prefix+"/hashes/sha256",
			fmt.Sprintf("the event claims %s, and hashes to %s: something in it was changed after it was hashed. It is used "+
				"redacted",
				event.EncodeBase64(claimed), computed()))
		return
	}
	k.pass(KindContentHash, "", func() string { return "the SHA-256 is " + computed() })
}

// examineReferences compares, in versions 1 and 2, the hash next to every event ID with that of the event of that
// name, where the answer holds it. Spec: room version 1, Event format.
func (v *verifier) examineReferences(k *collector, prefix string, e *event.Event) {
	if !e.Version().HashPairs {
		return
	}
	if v.in.Redacted {
		k.gone(KindReferenceHash, prefix)
		return
	}
	compared, absent := 0, 0
	var wrong, local string // the first of each
	var wrongAt, localAt string
	look := func(list string, refs []event.Reference) {
		for i, r := range refs {
			at, ok := v.byID[r.ID]
			if !ok {
				absent++
				continue
			}
			compared++
			sum := v.claims[at].read.Event.ReferenceHash()
			if bytes.Equal(r.SHA256, sum[:]) {
				continue
			}
			field := fmt.Sprintf("%s/%s/%d/1/sha256", prefix, list, i)
			switch written, there := writtenHash(e, list, i); {
			case len(r.SHA256) != len(sum): // homeservers of today put something else there
				if localAt == "" {
					localAt, local = field, fmt.Sprintf("next to %s there is no hash but %s", wording.Name(r.ID),
						placeholder(written, r.ID))
				}
				if localAt == field && !there {
					local = fmt.Sprintf("next to %s there is no hash, and nothing in its place", wording.Name(r.ID))
				}
			case wrongAt == "":
				wrongAt, wrong = field, fmt.Sprintf("next to %s there is %s; that event hashes to %s", wording.Name(r.ID),
					wording.Name(written), event.EncodeBase64(sum[:]))
			}
		}
	}
	look("auth_events", e.AuthReferences())
	look("prev_events", e.PrevReferences())
	switch {
	case compared+absent == 0:
	case wrongAt != "":
		k.fail(KindReferenceHash, "", wrongAt, wrong)
	case localAt != "":
		k.warn(KindReferenceHash, "", localAt, local)
	case compared == 0 && absent > 0:
		k.unchecked(KindReferenceHash, prefix, "none of the events it names is in the answer")
	default:
		k.pass(KindReferenceHash, "", func() string {
			return fmt.Sprintf("%s in the answer compared; %d named and not in it", wording.Count(compared, "event"), absent)
		})
	}
}

// placeholder says what stands in the place of a hash.
func placeholder(written, id string) string {
	switch written {
	case "":
		return "an empty text"
	case localpart(id):
		return wording.Name(written) + ", the local part of the ID"
	}
	return wording.Name(written)
}

// writtenHash returns what stands in the place of the hash in the i-th reference that has a form of versions 1 and 2,
// and whether anything does.
func writtenHash(e *event.Event, list string, i int) (written string, there bool) {
	raw, _ := e.Field(list)
	refs, _ := event.Elements(raw)
	if i >= len(refs) {
		return "", false
	}
	pair, _ := event.Elements(refs[i])
	if len(pair) != 2 {
		return "", false
	}
	members, _ := event.Members(pair[1])
	for _, m := range members {
		if m.Key == "sha256" {
			s, _ := event.String(m.Value)
			return s, true
		}
	}
	return "", false
}

// localpart returns what is between the sigil and the first colon of an ID.
func localpart(id string) string {
	before, _, _ := strings.Cut(id, ":")
	if before == "" {
		return ""
	}
	return before[1:]
}

// A risk is something that no rule forbids and that has broken homeservers.
type risk struct {
	fault      Fault
	field, why string
}

// namingTexts are the texts that servers keep in a column of their own, by event type.
var namingTexts = map[string][]string{
	"m.room.member": {"displayname", "avatar_url"}, "m.room.name": {"name"}, "m.room.topic": {"topic"},
}

// risksOf lists the risks in an event.
func risksOf(e *event.Event) []risk {
	var out []risk
	for _, key := range namingTexts[e.Type()] {
		raw, there := e.Content(key)
		switch field := "/content/" + key; {
		case !there || string(raw) == "null":
		case raw[0] != '"':
			if e.Type() == typeMember {
				out = append(out, risk{NameNoString, field, key + " is not a string"})
			}
		case bytes.Contains(raw, []byte(`\u0000`)) && holdsNul(raw):
			out = append(out, risk{NulInText, field, key + " holds a NUL character"})
		}
	}
	if e.Type() == "m.room.power_levels" && e.Version().PowerLevels != event.PowerIntegers {
		out = append(out, nullLevels(e)...)
	}
	return out
}

// holdsNul reports whether a JSON string has a NUL in it: what looks like one may be an escaped backslash before it.
func holdsNul(raw []byte) bool {
	s, _ := event.String(raw)
	return bytes.IndexByte([]byte(s), 0) >= 0
}

// nullLevels lists the levels that are null. From version 10 on the rules reject them.
func nullLevels(e *event.Event) []risk {
	var out []risk
	raw, _ := e.Field("content")
	members, _ := event.Members(raw)
	for _, m := range members {
		at := "/content/" + event.PointerToken(m.Key)
		if string(m.Value) == "null" {
			out = append(out, risk{NullLevel, at, wording.Clip(m.Key) + " is null"})
			continue
		}
		levels, _ := event.Members(m.Value)
		for _, l := range levels {
			if string(l.Value) == "null" {
				out = append(out, risk{NullLevel, at + "/" + event.PointerToken(l.Key),
					wording.Clip(m.Key) + " has null at " + wording.Name(l.Key)})
			}
		}
	}
	return out[:min(len(out), maxFormatChecks)]
}

// maxFormatChecks is how many breaches of the format are told of one event; in a crowd of more than crowd events, one:
// an answer of a million broken events would be told in gigabytes.
const (
	maxFormatChecks = 8
	crowd           = 5_000
)

// told is how many breaches of the format are told of each event of the answer.
func (v *verifier) told() int {
	if len(v.claims) > crowd {
		return 1
	}
	return maxFormatChecks
}
