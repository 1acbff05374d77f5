package verify

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"slices"
	"time"

	"doorstep/client"
	"doorstep/flow/event"
	"doorstep/flow/wording"
)

// A maker examines the event that a joining server made.
type maker struct {
	otherwise // the event, and what it was made of
	in        MadeEvent
	k         collector
	from      string // the server of its sender, which has to sign it
}

// CheckMade looks at the event that a joining server sent: against the template it was given, and for itself. Where a
// hash, a signature or an ID is wrong it is worked out how it came about. Spec: server-server, Joining Rooms; Signing
// Events; Validating hashes and signatures on received events.
func CheckMade(in MadeEvent) []Check {
	m := maker{in: in, k: collector{subject: subjectJoin, seq: in.Sent.Seq, all: true, tally: &tally{}}}
	if in.Template == nil || in.Template.RoomVersion == nil {
		for kind := KindMadeFormat; kind <= KindMadeTime; kind++ {
			m.k.unchecked(kind, "", "the room version is not known: make_join was not answered with one")
		}
		return m.k.checks
	}
	e, err := event.Parse(in.Template.RoomVersion, in.Sent.Request.Body)
	if err != nil {
		field, why := unreadable("", err)
		m.k.fail(KindMadeFormat, Unreadable, field, "the event cannot be read: "+wording.Clip(why))
		for kind := KindMadeFormat + 1; kind <= KindMadeTime; kind++ {
			m.k.unchecked(kind, "", "not looked at: the event cannot be read")
		}
		return m.k.checks
	}
	if e.ID() != "" {
		m.k.subject = e.ID()
	}
	m.from, m.otherwise = client.Domain(e.Sender()), otherwise{e: e, template: in.Template.Event}
	if _, names := client.EndpointOf(in.Sent.Request.Method, in.Sent.Request.Target); len(names) == 2 {
		m.id = names[1]
	}
	m.format()
	m.subject()
	m.fields()
	m.sealed()
	m.time()
	return m.k.checks
}

// format checks that every field is as the room version wants it. The hash in a reference of versions 1 and 2 is not
// counted, as in examineFormat.
func (m *maker) format() {
	bad := 0
	for _, p := range m.e.Problems() {
		if m.e.Version().HashPairs && pairHash.MatchString(p.Field) {
			continue
		}
		if bad++; bad <= maxFormatChecks {
			what := "the event"
			if p.Field != "" {
				what = wording.Clip(p.Field[1:])
			}
			m.k.fail(KindMadeFormat, faultOf(p), p.Field, what+" "+p.Why)
		}
	}
	if bad == 0 {
		m.k.pass(KindMadeFormat, "", func() string {
			return "every field is as room version " + m.e.Version().ID + " wants it"
		})
	}
}

// subject checks that the event is what was asked for, whatever the template said.
func (m *maker) subject() {
	key, isState := m.e.StateKey()
	asked := m.in.Joiner
	differs := func(field, is, want string) bool {
		if is == want {
			return false
		}
		m.k.fail(KindMadeSubject, NotOurJoin, "/"+field, fmt.Sprintf("%s is %s; asked for was %s", field, wording.Quote(is),
			wording.Quote(want)))
		return true
	}
	bad := differs("type", m.e.Type(), typeMember)
	bad = differs("content/membership", m.e.Membership(), "join") || bad
	bad = differs("sender", m.e.Sender(), asked.User) || bad
	if !isState {
		m.k.fail(KindMadeSubject, NotOurJoin, "/state_key", "there is no state_key")
		bad = true
	} else {
		bad = differs("state_key", key, asked.User) || bad
	}
	if asked.RoomID != "" {
		bad = differs("room_id", m.e.RoomID(), asked.RoomID) || bad
	}
	if !bad {
		m.k.pass(KindMadeSubject, "", func() string { return "the join of " + wording.Name(asked.User) })
	}
}

// fields holds the event against the template, field by field.
func (m *maker) fields() {
	if m.in.Template.Event == nil {
		m.k.unchecked(KindMadeFields, "", "there is no template")
		return
	}
	bad := 0
	for _, d := range DifferingFields(m.in.Template.Event, m.e.Raw()) {
		j := JudgeField(m.e.Version(), m.in.Joiner.Server, d)
		if j.Outcome == Pass {
			continue
		}
		if bad++; bad > maxFormatChecks {
			continue
		}
		m.k.add(KindMadeFields, j.Outcome, d.Path, j.Source, fmt.Sprintf("%s is %s, and was %s in the template: %s",
			wording.Clip(d.Path[1:]), shown(d.To), shown(d.From), j.Why)).as(j.Fault)
	}
	if bad == 0 {
		m.k.pass(KindMadeFields, "", func() string { return "the template, with what the joining server has to add to it" })
	}
}

// sealed checks what hashing and signing leave: hash, signature, ID.
func (m *maker) sealed() {
	if m.in.Redacted {
		for _, kind := range []Kind{KindMadeHash, KindMadeKeyValidity, KindMadeSignature, KindMadeEventID} {
			m.k.gone(kind, "")
		}
		return
	}
	m.hash()
	m.signature()
	m.eventID()
}

func (m *maker) hash() {
	const field = "/hashes/sha256"
	text, ok := event.GetString(m.e.Raw(), "hashes", "sha256")
	right := m.e.ContentHash()
	switch {
	case !ok:
		m.k.fail(KindMadeHash, NoHash, field, "there is no hashes.sha256")
	case m.e.ContentHashHolds() && text == event.EncodeBase64(right[:]):
		m.k.pass(KindMadeHash, field, func() string {
			return "the hash of the event without unsigned, signatures and hashes"
		})
	case m.e.ContentHashHolds():
		m.k.warn(KindMadeHash, EscapedOddly, field, fmt.Sprintf("it is right, and spelled %s; unpadded base64 is %s",
			wording.Name(text), event.EncodeBase64(right[:])))
	default:
		m.wrongHash(field, text, right[:])
	}
}

// decodings are the ways in which a hash may be written: in either alphabet of base64, padded or not, and in hex.
func decodings(text string) [][]byte {
	var out [][]byte
	for _, decode := range []func(string) ([]byte, error){base64.RawStdEncoding.DecodeString,
		base64.StdEncoding.DecodeString, base64.RawURLEncoding.DecodeString, base64.URLEncoding.DecodeString,
		hex.DecodeString} {
		if b, err := decode(text); err == nil && len(b) == sha256.Size {
			out = append(out, b)
		}
	}
	return out
}

func spells(text string, hash []byte) bool {
	return slices.ContainsFunc(decodings(text), func(b []byte) bool { return bytes.Equal(b, hash) })
}

func (m *maker) wrongHash(field, text string, right []byte) {
	if spells(text, right) {
		m.k.fail(KindMadeHash, OtherAlphabet, field, fmt.Sprintf("it is the right hash, spelled %s: unpadded base64 is %s",
			wording.Name(text), event.EncodeBase64(right)))
		return
	}
	if decodings(text) == nil {
		m.k.fail(KindMadeHash, Unreadable, field, wording.Name(text)+" is not base64 of the 32 bytes of a SHA-256 hash")
		return
	}
	if f, ok := explaining(m.hashed(), func(b []byte) bool {
		sum := sha256.Sum256(b)
		return spells(text, sum[:])
	}); ok {
		m.k.fail(KindMadeHash, f.fault, cmp.Or(f.field, field), "it was worked out "+f.words)
		return
	}
	m.k.fail(KindMadeHash, Altered, field, fmt.Sprintf("it is %s; that of the event is %s, and none of the usual "+
		"mistakes leads to the other", wording.Name(text), event.EncodeBase64(right)))
}

// signature checks the signatures of the sender's server.
func (m *maker) signature() {
	field := "/signatures/" + event.PointerToken(m.from)
	keys := m.in.Joiner.Keys.Of(m.from)
	v := verifier{in: Input{Keys: m.in.Joiner.Keys}}
	list, problem := v.signatureFacts(m.e, m.e.Signatures(), m.from)
	if len(list) == 0 {
		m.k.unchecked(KindMadeKeyValidity, field, "not looked at: the event is not signed by "+wording.Name(m.from))
		m.k.fail(KindMadeSignature, Unsigned, field, wording.Name(m.from)+" has not signed the event")
		return
	}
	if problem != "" {
		for _, kind := range []Kind{KindMadeKeyValidity, KindMadeSignature} {
			m.k.unchecked(kind, field, fmt.Sprintf("the keys of %s are not known: %s", wording.Name(m.from),
				wording.Clip(problem))).as(KeysUnknown)
		}
		return
	}
	for _, x := range list {
		m.keyValidity(x, field)
		m.oneSignature(x, keys, field+"/"+event.PointerToken(x.KeyID))
	}
}

func (m *maker) keyValidity(x signatureFact, field string) {
	at, kind := moment(m.e.OriginServerTS()), KindMadeKeyValidity
	said := fmt.Sprintf("the event was made at %s, by its own word; the key %s is %s", at, wording.Name(x.KeyID),
		x.key.window())
	switch {
	case !x.known:
		m.k.unchecked(kind, field, fmt.Sprintf("%s does not publish the key %s", wording.Name(m.from), wording.Name(x.KeyID)))
	case x.time == inTime:
		m.k.pass(kind, field, func() string { return said })
	case x.time == atTheEdge || !m.e.Version().KeyValidity:
		m.k.warn(kind, KeyExpired, field, said)
	default:
		m.k.fail(kind, KeyExpired, field, said)
	}
}

func (m *maker) oneSignature(x signatureFact, keys *ServerKeys, field string) {
	const kind = KindMadeSignature
	switch {
	case !x.known:
		if other := m.signedBy(keys, x); other != "" {
			m.k.fail(kind, OtherKeyID, field, fmt.Sprintf("it names the key %s, which %s does not publish, and was made with %s",
				wording.Name(x.KeyID), wording.Name(m.from), wording.Name(other)))
			return
		}
		m.k.fail(kind, KeyUnpublished, field, fmt.Sprintf("%s publishes no key %s: its document lists %s",
			wording.Name(m.from), wording.Name(x.KeyID), published(keys)))
	case x.Bytes == nil:
		m.k.fail(kind, Unreadable, field, wording.Name(x.Base64)+" is not base64")
	case x.key.verifies(m.e, x.Signature):
		if right := event.EncodeBase64(x.Bytes); x.Base64 != right {
			m.k.warn(kind, EscapedOddly, field, fmt.Sprintf("it verifies, and is spelled %s; unpadded base64 is %s",
				wording.Name(x.Base64), right))
			return
		}
		m.k.pass(kind, field, func() string { return "it verifies with the key " + wording.Name(x.KeyID) })
	default:
		m.wrongSignature(x, keys, field)
	}
}

// signedBy returns the ID of another published key that the signature verifies with; empty where there is none.
func (m *maker) signedBy(keys *ServerKeys, x signatureFact) string {
	for _, key := range keys.Keys {
		if key.ID != x.KeyID && key.verifies(m.e, x.Signature) {
			return key.ID
		}
	}
	return ""
}

func (m *maker) wrongSignature(x signatureFact, keys *ServerKeys, field string) {
	const kind = KindMadeSignature
	if other := m.signedBy(keys, x); other != "" {
		m.k.fail(kind, OtherKeyID, field, fmt.Sprintf("it names the key %s and was made with %s", wording.Name(x.KeyID),
			wording.Name(other)))
		return
	}
	checker := event.NewChecker(x.key.Public)
	if f, ok := explaining(m.signed(), func(b []byte) bool { return checker.Verify(b, x.Bytes) }); ok {
		m.k.fail(kind, f.fault, field, "the signature was made "+f.words)
		return
	}
	m.k.fail(kind, BadSignature, field, fmt.Sprintf("it does not verify with the key %s: another key made it, or over "+
		"something else; none of the usual mistakes explains it", wording.Name(x.KeyID)))
}

// eventID checks the ID in the path of send_join.
func (m *maker) eventID() {
	const kind, field = KindMadeEventID, "/event_id"
	switch right := m.e.ID(); {
	case m.id == "":
		m.k.unchecked(kind, field, "the path of the request names no event")
	case m.id != right && m.e.Version().IDs == event.IDChosen:
		m.k.fail(kind, IDClaimed, field, fmt.Sprintf("the path names %s, event_id is %s", wording.Name(m.id),
			wording.Name(right)))
	case m.e.Version().IDs == event.IDChosen && client.Domain(m.id) != m.from:
		m.k.fail(kind, FieldOtherName, field, fmt.Sprintf("%s is not under the name of %s, which made the event",
			wording.Name(m.id), wording.Name(m.from)))
	case m.id != right:
		m.wrongID(right)
	default:
		m.k.pass(kind, "", func() string { return "the path names the event" })
	}
}

func (m *maker) wrongID(right string) {
	const kind = KindMadeEventID
	text := m.id
	if text[0] == '$' {
		text = text[1:]
	}
	reference := m.e.ReferenceHash()
	content := m.e.ContentHash()
	switch {
	case spells(text, reference[:]):
		m.k.fail(kind, OtherAlphabet, "", fmt.Sprintf("the path names %s: the right hash, spelled in another way than %s",
			wording.Name(m.id), wording.Name(right)))
		return
	case spells(text, content[:]):
		m.k.fail(kind, ContentHashAsID, "", "the path names the content hash of the event; its ID is the reference hash")
		return
	}
	if f, ok := explaining(m.signed(), func(b []byte) bool {
		sum := sha256.Sum256(b)
		return spells(text, sum[:])
	}); ok {
		m.k.fail(kind, f.fault, f.field, "the ID in the path was worked out "+f.words)
		return
	}
	m.k.fail(kind, IDClaimed, "", fmt.Sprintf("the path names %s; the event is %s, and none of the usual mistakes leads "+
		"to the other", wording.Name(m.id), wording.Name(right)))
}

// How far origin_server_ts may lie from our clock without a remark.
const (
	mostAhead  = time.Minute
	mostBehind = 5 * time.Minute
)

// time compares origin_server_ts with our clock. No rule asks for it: a clock that is wrong shows in the room all the
// same, and in the validity of keys.
func (m *maker) time() {
	const kind, field = KindMadeTime, "/origin_server_ts"
	ts, came := m.e.OriginServerTS(), m.in.Sent.At
	if came.IsZero() {
		m.k.unchecked(kind, field, "when the event came is not known")
		return
	}
	said := fmt.Sprintf("it is %s; the event came at %s by our clock", moment(ts), moment(came.UnixMilli()))
	switch {
	case ts > came.Add(mostAhead).UnixMilli():
		m.k.warn(kind, ClockAhead, field, said)
	case ts < came.Add(-mostBehind).UnixMilli():
		m.k.warn(kind, ClockBehind, field, said)
	default:
		m.k.pass(kind, field, func() string { return said })
	}
}
