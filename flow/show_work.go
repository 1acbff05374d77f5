package flow

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"slices"

	"doorstep/flow/auth"
	"doorstep/flow/event"
)

// An EventWork is all the arithmetic behind the checks on one event: the exact bytes hashed and signed, what they come to, and
// what the rules made of it. Nothing in it is taken from a check; it is worked out from the event.
type EventWork struct {
	EventID string
	Where   string // where the event is: a JSON pointer into the answer; workSent for our own join
	Event   *event.Event

	ContentBytes    []byte // what the content hash covers
	ContentClaimed  string // hashes.sha256 as written
	ContentComputed string // unpadded base64

	SignedBytes   []byte // what signatures and the reference hash cover
	ReferenceHash string // unpadded base64, in the alphabet of the room version's event IDs
	ComputedID    string // the event ID that makes; empty in versions 1 and 2, where IDs are chosen

	Signatures []SignatureWork // those the event carries, by server and key ID, then those it lacks

	ByAuthEvents auth.Verdict  // with every rule tried
	ByState      *auth.Verdict // our join only

	// Redacted reports that the event is what redaction leaves of one, and that its content hash, which covers the whole of it,
	// cannot hold any more.
	Redacted bool

	// Redo is a script for a POSIX shell with openssl that works all of it out again from these bytes, line by line.
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

// workSent is where our own join is: it was sent.
const workSent = "sent"

// ShowWork returns the work on every copy of the event with that ID: the join as it was sent, then those of the answer in
// its order; nil when there is none that can be read. It needs the room version, so make_join must have been answered.
func (s State) ShowWork(eventID string) []EventWork {
	if s.Template == nil || s.Template.RoomVersion == nil {
		return nil
	}
	v := &verifier{state: &s, version: s.Template.RoomVersion}
	if s.Verification != nil && s.Verification.verifier != nil {
		v = s.Verification.verifier
	} else if s.Build != nil {
		v.join.own, _ = event.Parse(v.version, s.Build.Event)
		v.join.used = v.join.own
	}
	var out []EventWork
	if e := v.join.own; e != nil && (e.ID() == eventID || s.Build != nil && s.Build.EventID == eventID) {
		w := v.work(e, workSent)
		w.EventID = eventID // as it was sent, whatever it should have been
		w.Redo = redo(w)
		out = append(out, w)
	}
	if e := v.join.returned; e != nil && e.ID() == eventID {
		out = append(out, v.work(e, "/event"))
	}
	for _, c := range v.of(eventID) {
		if c.read.Event != nil {
			out = append(out, v.work(c.read.Event, c.read.Pointer))
		}
	}
	return out
}

func (v *verifier) work(e *event.Event, where string) EventWork {
	w := EventWork{EventID: e.ID(), Where: where, Event: e, ContentBytes: e.ContentHashBytes(), SignedBytes: e.SignedBytes()}
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
	w.Redacted = where != workSent && w.ContentClaimed != w.ContentComputed && wasRedacted(e)
	w.Signatures = v.signatureWork(e)
	w.ByAuthEvents, w.ByState = v.verdicts(e)
	w.Redo = redo(w)
	return w
}

// wasRedacted reports whether e, whose content hash does not hold, is what redaction leaves of an event: it would take nothing
// away, and the hash of what there was is still claimed.
func wasRedacted(e *event.Event) bool {
	claimed, ok := e.ClaimedContentHash()
	return ok && len(claimed) == sha256.Size && bytes.Equal(e.ContentHashBytes(), e.Redacted().ContentHashBytes())
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
func (v *verifier) verdicts(e *event.Event) (auth.Verdict, *auth.Verdict) {
	if !v.authorises {
		return auth.Verdict{Reason: "The rules were not asked."}, nil
	}
	named, missing := v.resolve(e.AuthEvents())
	c := claim{use: e, named: named, missing: missing}
	if at, ok := v.byID[e.ID()]; ok {
		c.use = v.claims[at].use
	}
	verdict := v.verdict(&c, v.fully())
	if v.join.used == nil || e.ID() != v.join.id {
		return verdict, nil
	}
	byState := auth.AgainstState(e, v.usableState(), v.inState())
	return verdict, &byState
}
