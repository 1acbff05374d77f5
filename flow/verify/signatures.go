package verify

import (
	"fmt"
	"slices"

	"doorstep/flow/event"
	"doorstep/flow/wording"
)

// A signatureFact is one signature of a server under an event, with the key it names.
type signatureFact struct {
	event.Signature
	at     int // its place in Event.Signatures
	key    VerifyKey
	known  bool     // the server publishes that key
	time   standing // of the key when the event was made
	counts bool     // known, and valid then as far as the room version asks
	good   bool     // it verifies; only looked at where it counts
}

// signatureFacts returns the signatures of server under e in the order of their key IDs, and the problem of its keys
// where they are not available. What does not count is skipped, as the spec has it: unknown keys, and from version 5
// on keys that were not valid when the event was made. Spec: server-server, Validating hashes and signatures on
// received events.
func (v *verifier) signatureFacts(e *event.Event, all []event.Signature, server string) (list []signatureFact,
	problem string) {
	keys := v.in.Keys.Of(server)
	switch {
	case keys == nil:
		problem = v.unknownKeys()
	case !keys.Known():
		problem = keys.Problem
	}
	for i, s := range all {
		if s.Server != server {
			continue
		}
		x := signatureFact{Signature: s, at: i}
		if problem == "" {
			if x.key, x.known = keys.Keys.Get(s.KeyID); x.known {
				x.time = x.key.at(e.OriginServerTS())
				x.counts = x.time != outOfTime || !e.Version().KeyValidity
			}
		}
		list = append(list, x)
	}
	return list, problem
}

// unknownKeys says why nothing is known of the keys of a server.
func (v *verifier) unknownKeys() string {
	const why = "no key document of it is known"
	if r := v.in.Reply; r != nil && r.Usable() {
		if events := r.Events(v.version); len(events.Signers()) > 0 && events.moreSigners > 0 {
			return fmt.Sprintf("%s: more servers must have signed something than are asked, over the limit of %d servers", why,
				MostServers)
		}
	}
	return why
}

// judgeSignatures says what the signatures of one server come to, and verifies those that count and whose verdict is
// not known yet.
func (v *verifier) judgeSignatures(
	e *event.Event, list []signatureFact, problem string, known sealed,
) signatureVerdict {
	if len(list) == 0 {
		return signatureAbsent
	}
	if v.in.Redacted {
		return signatureGone
	}
	if problem != "" {
		return signatureUnknown
	}
	verdict := signatureUnpublished
	for i := range list {
		x := &list[i]
		switch {
		case x.counts:
			good, done := known.of(x.at)
			if !done {
				good = x.key.verifies(e, x.Signature)
			}
			if x.good = good; !good {
				verdict = signatureWrong
			} else if verdict != signatureWrong {
				verdict = signatureGood
			}
		case x.known && verdict == signatureUnpublished:
			verdict = signatureExpired
		}
	}
	return verdict
}

// signatureBy reports whether server has signed e, and if not, or if that is not known, why.
func (v *verifier) signatureBy(e *event.Event, server string) (signatureVerdict, string) {
	if at, ok := v.byID[e.ID()]; ok && (v.claims[at].read.Event == e || v.claims[at].use == e) {
		for _, s := range v.claims[at].signers {
			if s.server == server {
				return s.verdict, s.verdict.words(server)
			}
		}
	}
	list, problem := v.signatureFacts(e, e.Signatures(), server)
	verdict := v.judgeSignatures(e, list, problem, sealed{})
	return verdict, verdict.words(server)
}

// words says of a verdict that is not good what is wrong.
func (s signatureVerdict) words(server string) string {
	switch s {
	case signatureUnknown:
		return "the keys of " + server + " are not available"
	case signatureGone:
		return "the signature of " + server + " was taken out of the recording"
	case signatureAbsent:
		return server + " has not signed it"
	case signatureUnpublished:
		return server + " does not publish the key it is signed with"
	case signatureExpired:
		return "the key of " + server + " that signed it was not valid then"
	case signatureWrong:
		return "the signature of " + server + " does not verify"
	}
	return ""
}

// examineSignatures checks what each server that must have signed e has put under it: that it has, with a key it
// publishes, valid then, and that the signature verifies. known holds the verdicts of an earlier look, or nil, and
// seals those of single signatures.
func (v *verifier) examineSignatures(k *collector, prefix string, e *event.Event, required []string,
	known []signer, seals sealed) []signer {
	all := e.Signatures()
	var room [3]signer
	signers := room[:0]
	for i, server := range required {
		list, problem := v.signatureFacts(e, all, server)
		var verdict signatureVerdict
		if i < len(known) {
			verdict = known[i].verdict
		} else {
			verdict = v.judgeSignatures(e, list, problem, seals)
		}
		signers = append(signers, signer{server, verdict})
		v.reportSignatures(k, prefix, e, server, list, problem, verdict)
	}
	return v.sharedSigners(signers)
}

// sharedSigners returns a list equal to list that all events have in common which one server must have signed: nearly
// all of a room, and most of them are by few servers.
func (v *verifier) sharedSigners(list []signer) []signer {
	if len(list) != 1 || v.signers == nil {
		return slices.Clone(list)
	}
	if shared, ok := v.signers.Load(list[0]); ok {
		return shared.([]signer)
	}
	shared, _ := v.signers.LoadOrStore(list[0], slices.Clone(list))
	return shared.([]signer)
}

func (v *verifier) reportSignatures(k *collector, prefix string, e *event.Event, server string, list []signatureFact,
	problem string,
	verdict signatureVerdict) {
	field := func() string { return prefix + "/signatures/" + event.PointerToken(server) }
	at := func(ok func(*signatureFact) bool) (string, *signatureFact) {
		i := slices.IndexFunc(list, func(x signatureFact) bool { return ok(&x) })
		return field() + "/" + event.PointerToken(list[i].KeyID), &list[i]
	}
	switch verdict {
	case signatureAbsent:
		k.fail(KindSignature, verdict.fault(), field(), wording.Name(server)+" must have signed the event, and has not")
		return
	case signatureGone:
		for _, kind := range []Kind{KindSigningKey, KindKeyValidity, KindSignature} {
			k.gone(kind, field())
		}
		return
	case signatureUnknown:
		k.unchecked(KindSigningKey, field(), fmt.Sprintf("the keys of %s are not available: %s", wording.Name(server),
			wording.Clip(problem))).as(verdict.fault())
		k.unchecked(KindSignature, field(), fmt.Sprintf("signed with %s, but the keys of %s are not available", keyIDs(list),
			wording.Name(server))).
			as(verdict.fault())
		return
	case signatureUnpublished:
		k.fail(KindSigningKey, verdict.fault(), field(), fmt.Sprintf("signed with %s, and %s publishes %s only",
			keyIDs(list), wording.Name(server), published(v.in.Keys.Of(server))))
		k.unchecked(KindSignature, field(), "there is no signature by a key that is known").as(verdict.fault())
		return
	}
	k.pass(KindSigningKey, "", func() string {
		_, x := at(func(x *signatureFact) bool { return x.known })
		return fmt.Sprintf("%s publishes %s: %s", server, x.KeyID, v.in.Keys.Of(server).source(x.key))
	})
	if verdict == signatureExpired {
		where, x := at(func(x *signatureFact) bool { return x.known })
		k.fail(KindKeyValidity, verdict.fault(), where, fmt.Sprintf("the event was made at %s, and %s of %s was %s",
			moment(e.OriginServerTS()), wording.Name(x.KeyID), wording.Name(server), x.key.window()))
		k.unchecked(KindSignature, field(),
			"there is no signature by a key that was valid when the event was made").as(verdict.fault())
		return
	}
	v.reportValidity(k, e, list, at)
	if verdict == signatureWrong {
		where, x := at(func(x *signatureFact) bool { return x.counts && !x.good && !x.key.verifies(e, x.Signature) })
		why := "it is not a signature of this event by that key"
		if x.Bytes == nil {
			why = "it is not base64"
		} else if len(x.Bytes) != 64 {
			why = fmt.Sprintf("it has %d bytes, not 64", len(x.Bytes))
		}
		k.fail(KindSignature, verdict.fault(), where, fmt.Sprintf("the signature of %s with %s does not verify: %s",
			wording.Name(server), wording.Name(x.KeyID), why))
		return
	}
	k.pass(KindSignature, "", func() string {
		var good, skipped []signatureFact
		for _, x := range list {
			if x.counts {
				good = append(good, x)
			} else {
				skipped = append(skipped, x)
			}
		}
		text := fmt.Sprintf("signed by %s with %s", server, keyIDs(good))
		if len(skipped) > 0 {
			text += "; skipped, for being unknown or out of date: " + keyIDs(skipped)
		}
		return text
	})
}

// reportValidity checks the time of the keys that count. Versions 1 to 4 do not ask for it, so there it is a warning.
func (v *verifier) reportValidity(k *collector, e *event.Event, list []signatureFact,
	at func(func(*signatureFact) bool) (string, *signatureFact)) {
	worst := func(s standing) bool {
		return slices.ContainsFunc(list, func(x signatureFact) bool { return x.counts && x.time == s })
	}
	switch {
	case worst(outOfTime):
		where, x := at(func(x *signatureFact) bool { return x.counts && x.time == outOfTime })
		k.warn(KindKeyValidity, KeyExpired, where, fmt.Sprintf("the event was made at %s, and %s was %s; room version %s "+
			"does not ask for that",
			moment(e.OriginServerTS()), wording.Name(x.KeyID), x.key.window(), e.Version().ID))
	case worst(atTheEdge):
		where, x := at(func(x *signatureFact) bool { return x.counts && x.time == atTheEdge })
		k.warn(KindKeyValidity, KeyExpired, where, fmt.Sprintf("the event was made at the very moment %s was retired, %s",
			wording.Name(x.KeyID), moment(x.key.ValidUntil)))
	default:
		k.pass(KindKeyValidity, "", func() string {
			_, x := at(func(x *signatureFact) bool { return x.counts })
			return fmt.Sprintf("%s is %s; the event was made at %s", x.KeyID, x.key.window(), moment(e.OriginServerTS()))
		})
	}
}

func keyIDs(list []signatureFact) string {
	var ids []string
	for _, x := range list {
		ids = append(ids, x.KeyID)
	}
	return wording.List(ids)
}

// fault gives the fault of signatures that are not good; empty for good ones.
func (s signatureVerdict) fault() Fault {
	switch s {
	case signatureUnknown:
		return KeysUnknown
	case signatureGone:
		return RecordingRedacted
	case signatureAbsent:
		return Unsigned
	case signatureUnpublished:
		return KeyUnpublished
	case signatureExpired:
		return KeyExpired
	case signatureWrong:
		return BadSignature
	}
	return ""
}
