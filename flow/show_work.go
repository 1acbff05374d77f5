package flow

import (
	"encoding/base64"
	"fmt"
	"slices"

	"doorstep/flow/auth"
	"doorstep/flow/event"
)

// An EventWork is all the arithmetic behind the checks on one event: the exact bytes hashed and signed, what they come to, and
// what the rules made of it. Nothing in it is taken from a check; it is worked out from the event.
type EventWork struct {
	EventID string
	Where   string // where the event is: a JSON pointer into the answer; "sent" for our own join
	Event   *event.Event

	ContentBytes    []byte // what the content hash covers
	ContentClaimed  string // hashes.sha256 as written
	ContentComputed string // unpadded base64

	SignedBytes   []byte // what signatures and the reference hash cover
	ReferenceHash string // unpadded base64, in the alphabet of the room version's event IDs
	ComputedID    string // the event ID that makes; empty in versions 1 and 2, where IDs are chosen

	Signatures []SignatureWork // those the event carries, by server and key ID, then those it lacks

	// Counts: this is the copy that the checks are about, which homeservers go on with; see NotYetCosigned for our join.
	Counts bool
	// Redacted says how the event was redacted; nil: it was not, or nothing of it was dropped.
	Redacted *Redaction
	// NotYetCosigned is the server that has yet to sign this copy of our join, as it does when it answers send_join; empty
	// for every other event, and for the copy that counts. The rules leave open what depends on that signature.
	NotYetCosigned string
	// Drops says why a homeserver drops the event, as the end of a sentence; empty: it does not, or it is our own.
	Drops string
	// Authorised is what the check of authorisation came to, in which what the event rests on counts too: the rules may
	// allow what is dropped, or rests on what is. For our join it is the worse of the checks by auth_events and by state.
	Authorised CheckOutcome

	ByAuthEvents auth.Verdict  // with every rule tried
	ByState      *auth.Verdict // our join only

	// Redo are commands for a shell with openssl that work all of it out again from these bytes, with comments; one a line.
	Redo []string
}

// A SignatureWork is one signature of an event: the key it names, where that key came from, and what the arithmetic says.
type SignatureWork struct {
	Server    string
	KeyID     string // empty: the server has not signed
	Signature string // as written
	Required  bool   // the server must sign such an event

	PublicKey string // unpadded base64; empty: the key is not known
	Source    string // where the key was learned, or why it was not
	Seq       int    // the entry whose document listed it; 0: none
	Window    string // for how long it is good
	InTime    bool   // the event was made while it was good

	Counts   bool // it is by a known key that was valid as far as the room version asks
	Verifies bool // the arithmetic holds, whether it counts or not
}

// Verdict says what the signature is worth.
func (w SignatureWork) Verdict() CheckOutcome {
	switch {
	case w.KeyID == "":
		return Fail
	case !w.Counts:
		return NotChecked
	case w.Verifies:
		return Pass
	}
	return Fail
}

// ShowWork returns the work on every copy of the event with that ID: the join as it was sent, then those of the answer in
// its order; nil when there is none that can be read. It needs the room version, so make_join must have been answered.
func (s State) ShowWork(eventID string) []EventWork {
	if s.Template == nil || s.Template.RoomVersion == nil {
		return nil
	}
	v := &verifier{state: &s, version: s.Template.RoomVersion}
	if s.Verification != nil && s.Verification.verifier != nil {
		v = s.Verification.verifier
	} else {
		v.readOwn()
	}
	var out []EventWork
	if e := v.join.own; e != nil && e.ID() == eventID {
		w := v.work(e, "sent", v.contextOf(e))
		w.Counts, w.NotYetCosigned = v.join.counts == copySent, v.notYetCosigned(e)
		w.Authorised = v.joinAuthorised()
		out = append(out, w)
	}
	if e := v.join.returned; e != nil && e.ID() == eventID {
		w := v.work(e, "/event", v.fully())
		w.Counts, w.Authorised = v.join.counts == copyReturned, v.joinAuthorised()
		out = append(out, w)
	}
	for _, c := range v.of(eventID) {
		if c.read.Event != nil {
			w := v.work(c.read.Event, c.read.Pointer, v.fully())
			w.Counts, w.Drops, w.Authorised = v.isMeant(c), c.dropped.String(), c.verdict
			out = append(out, w)
		}
	}
	return out
}

func (v *verifier) work(e *event.Event, where string, context auth.Context) EventWork {
	w := EventWork{Redacted: redactionOf(e), EventID: e.ID(), Where: where, Event: e, ContentBytes: e.ContentHashBytes(), SignedBytes: e.SignedBytes()}
	w.ContentClaimed = claimedHash(e)
	sum := e.ContentHash()
	w.ContentComputed = event.EncodeBase64(sum[:])
	sum = e.ReferenceHash()
	alphabet := base64.RawStdEncoding
	if e.Version().IDs == event.IDURLSafe {
		alphabet = base64.RawURLEncoding
	}
	w.ReferenceHash = alphabet.EncodeToString(sum[:])
	if e.Version().IDs != event.IDChosen {
		w.ComputedID = "$" + w.ReferenceHash
	}
	w.Signatures = v.signatureWork(e)
	w.ByAuthEvents, w.ByState = v.verdicts(e, context)
	w.Redo = redo(w)
	return w
}

func claimedHash(e *event.Event) string {
	raw, _ := e.Field("hashes")
	members, _ := event.Members(raw)
	for _, m := range members {
		if m.Key == "sha256" {
			s, _ := event.String(m.Value)
			return s
		}
	}
	return ""
}

func (v *verifier) signatureWork(e *event.Event) []SignatureWork {
	required := RequiredSigners(e)
	all := e.Signatures()
	var out []SignatureWork
	for i, s := range all {
		if i > 0 && all[i-1].Server == s.Server {
			continue // taken with the server's first
		}
		list, problem := v.seals(e, all, s.Server)
		for _, x := range list {
			w := SignatureWork{Server: x.Server, KeyID: x.KeyID, Signature: x.Base64, Required: slices.Contains(required, x.Server),
				Source: problem, Counts: x.counts}
			switch {
			case x.known:
				w.PublicKey, w.Source, w.Seq = event.EncodeBase64(x.key.Public), v.state.Keys.Of(s.Server).source(x.key), x.key.Seq
				w.Window, w.InTime = x.key.window(), x.time != outOfTime
				w.Verifies = e.Verify(x.Signature, x.key.Public)
			case problem == "":
				w.Source = "its server does not publish it"
			}
			out = append(out, w)
		}
	}
	for _, server := range required {
		if !slices.ContainsFunc(all, func(s event.Signature) bool { return s.Server == server }) {
			out = append(out, SignatureWork{Server: server, Required: true, Source: "it has not signed"})
		}
	}
	return out
}

// verdicts asks the rules about e again, for the rules tried. They are not asked where there is no create event to rely on.
func (v *verifier) verdicts(e *event.Event, context auth.Context) (auth.Verdict, *auth.Verdict) {
	if !v.authorises {
		return auth.Verdict{Reason: "The rules were not asked."}, nil
	}
	named, missing := v.resolve(e.AuthEvents())
	c := claim{use: e, named: named, missing: missing}
	if redactionOf(e) == nil && !hashHolds(e) {
		c.use = e.Redacted()
	}
	if at, ok := v.byID[e.ID()]; ok {
		c.use = v.claims[at].use
	}
	verdict := v.verdict(&c, context)
	if v.join.used == nil || e.ID() != v.join.id {
		return verdict, nil
	}
	inState := v.inState()
	inState.Signed = context.Signed
	byState := auth.AgainstState(c.use, v.usableState(), inState)
	return verdict, &byState
}

// redo writes down how to work out w again. Every byte that comes from a server is in base64 there, so that no line can be
// anything but what it says.
func redo(w EventWork) []string {
	const file = "content.json"
	put := func(name string, b []byte) string {
		return "printf %s " + base64.StdEncoding.EncodeToString(b) + " | openssl base64 -d -A > " + name
	}
	lines := []string{
		"# what the content hash covers, and the hash; the event claims " + shellWord(w.ContentClaimed),
		put(file, w.ContentBytes),
		"openssl dgst -sha256 -binary " + file + " | openssl base64 -A | tr -d =",
		"# what signatures and the event ID cover, and the hash that makes the event ID",
		put("signed.json", w.SignedBytes),
	}
	hash := "openssl dgst -sha256 -binary signed.json | openssl base64 -A | tr -d ="
	if w.Event.Version().IDs == event.IDURLSafe {
		hash += " | tr +/ -_"
	}
	lines = append(lines, hash)
	for i, s := range w.Signatures {
		key, err := base64.RawStdEncoding.DecodeString(s.PublicKey)
		signature, _, errSignature := event.DecodeBase64(s.Signature)
		if err != nil || len(key) == 0 || errSignature != nil {
			continue
		}
		// An ed25519 public key as openssl reads it. RFC 8410, section 4.
		der := append([]byte{0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00}, key...)
		name := fmt.Sprintf("%d", i+1)
		lines = append(lines,
			fmt.Sprintf("# the signature of %s with %s", shellWord(s.Server), shellWord(s.KeyID)),
			put("key"+name+".der", der),
			put("signature"+name, signature),
			"openssl pkeyutl -verify -rawin -pubin -keyform DER -inkey key"+name+".der -in signed.json -sigfile signature"+name,
		)
	}
	return lines
}

// shellWord gives a name for a comment: it must not end the comment, whatever the server put into it.
func shellWord(name string) string {
	for i := range len(name) {
		if name[i] < ' ' || name[i] > '~' {
			return fmt.Sprintf("%+q", clip(name))
		}
	}
	return clip(name)
}
