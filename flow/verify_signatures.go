package flow

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"doorstep/flow/event"
)

// A sealVerdict is what became of the signatures that a server must have put under an event.
type sealVerdict uint8

const (
	sealUnknown     sealVerdict = iota // the server's keys cannot be had
	sealAbsent                         // it has not signed
	sealUnpublished                    // it has, but with no key that it publishes
	sealExpired                        // with a published key that was not valid then
	sealWrong                          // with a key that counts, and the signature does not verify
	sealGood                           // every signature by a key that counts verifies, and there is one
)

// A signer is a server that must have signed an event, and whether it has.
type signer struct {
	server  string
	verdict sealVerdict
}

// A standing says how the moment an event was made lies to the time a key is good for.
type standing uint8

const (
	inTime    standing = iota
	atTheEdge          // the very moment an old key expired: homeservers differ
	outOfTime
)

// at returns how the moment ts, in ms since the epoch, lies to the time k is good for.
// Spec: server-server, Publishing keys (expired_ts, valid_until_ts).
func (k VerifyKey) at(ts int64) standing {
	switch {
	case ts < k.ValidUntil, ts == k.ValidUntil && !k.Old:
		return inTime
	case ts == k.ValidUntil:
		return atTheEdge
	}
	return outOfTime
}

// window says for how long k is good, in words.
func (k VerifyKey) window() string {
	if k.Old {
		return "retired at " + moment(k.ValidUntil)
	}
	return "valid until " + moment(k.ValidUntil)
}

// moment gives a time in ms since the epoch as text.
func moment(ms int64) string {
	const first, last = -62135596800000, 253402300799999 // the years 1 to 9999
	if ms < first || ms > last {
		return fmt.Sprintf("%d ms since 1970", ms)
	}
	return time.UnixMilli(ms).UTC().Format("2006-01-02 15:04:05.000") + " UTC"
}

// A seal is one signature of a server under an event, with the key it names.
type seal struct {
	event.Signature
	key    VerifyKey
	known  bool     // the server publishes that key
	time   standing // of the key when the event was made
	counts bool     // known, and valid then as far as the room version asks
	good   bool     // it verifies; only looked at where it counts
}

// seals returns the signatures of server under e in the order of their key IDs, and the problem of its keys where they
// cannot be had. What does not count is skipped, as the spec has it: unknown keys, and from version 5 on keys that were
// not valid when the event was made. Spec: server-server, Validating hashes and signatures on received events.
func (v *verifier) seals(e *event.Event, all []event.Signature, server string) (list []seal, problem string) {
	keys := v.state.Keys.Of(server)
	switch {
	case keys == nil:
		problem = "no key document of it is known"
	case keys.Problem != "":
		problem = keys.Problem
	}
	for _, s := range all {
		if s.Server != server {
			continue
		}
		x := seal{Signature: s}
		if problem == "" {
			if x.key, x.known = keys.Keys[s.KeyID]; x.known {
				x.time = x.key.at(e.OriginServerTS())
				x.counts = x.time != outOfTime || !e.Version().KeyValidity
			}
		}
		list = append(list, x)
	}
	return list, problem
}

// weigh says what the seals of one server come to, and verifies those that count.
func weigh(e *event.Event, list []seal, problem string) sealVerdict {
	if len(list) == 0 {
		return sealAbsent
	}
	if problem != "" {
		return sealUnknown
	}
	verdict := sealUnpublished
	for i := range list {
		x := &list[i]
		switch {
		case x.counts:
			x.good = e.Verify(x.Signature, x.key.Public)
			if !x.good {
				verdict = sealWrong
			} else if verdict != sealWrong {
				verdict = sealGood
			}
		case x.known && verdict == sealUnpublished:
			verdict = sealExpired
		}
	}
	return verdict
}

// sealedBy reports whether server has signed e, and if not, or if that is not known, why.
func (v *verifier) sealedBy(e *event.Event, server string) (sealVerdict, string) {
	if at, ok := v.byID[e.ID()]; ok && (v.claims[at].read.Event == e || v.claims[at].use == e) {
		for _, s := range v.claims[at].signers {
			if s.server == server {
				return s.verdict, s.verdict.words(server)
			}
		}
	}
	list, problem := v.seals(e, e.Signatures(), server)
	verdict := weigh(e, list, problem)
	return verdict, verdict.words(server)
}

// words says of a verdict that is not good what is wrong.
func (s sealVerdict) words(server string) string {
	switch s {
	case sealUnknown:
		return "the keys of " + server + " cannot be had"
	case sealAbsent:
		return server + " has not signed it"
	case sealUnpublished:
		return server + " does not publish the key it is signed with"
	case sealExpired:
		return "the key of " + server + " that signed it was not valid then"
	case sealWrong:
		return "the signature of " + server + " does not verify"
	}
	return ""
}

// examineSignatures checks what each server that must have signed e has put under it: that it has, with a key it
// publishes, valid then, and that the signature verifies. known holds the verdicts of an earlier look, or nil.
func (v *verifier) examineSignatures(k *collector, prefix string, e *event.Event, required []string, known []signer) []signer {
	all := e.Signatures()
	signers := make([]signer, 0, len(required))
	for i, server := range required {
		list, problem := v.seals(e, all, server)
		var verdict sealVerdict
		if i < len(known) {
			verdict = known[i].verdict
		} else {
			verdict = weigh(e, list, problem)
		}
		signers = append(signers, signer{server, verdict})
		v.reportSeals(k, prefix, e, server, list, problem, verdict)
	}
	return signers
}

func (v *verifier) reportSeals(k *collector, prefix string, e *event.Event, server string, list []seal, problem string, verdict sealVerdict) {
	field := func() string { return prefix + "/signatures/" + pointerToken(server) }
	at := func(ok func(*seal) bool) (string, *seal) {
		i := slices.IndexFunc(list, func(x seal) bool { return ok(&x) })
		return field() + "/" + pointerToken(list[i].KeyID), &list[i]
	}
	switch verdict {
	case sealAbsent:
		k.fail(signature, verdict.fault(), field(), said(server)+" must have signed the event, and has not")
		return
	case sealUnknown:
		k.unchecked(signingKey, field(), fmt.Sprintf("the keys of %s cannot be had: %s", said(server), clip(problem))).as(verdict.fault())
		k.unchecked(signature, field(), fmt.Sprintf("signed with %s, but the keys of %s cannot be had", keyIDs(list), said(server))).
			as(verdict.fault())
		return
	case sealUnpublished:
		k.fail(signingKey, verdict.fault(), field(), fmt.Sprintf("signed with %s, and %s publishes %s only", keyIDs(list), said(server), published(v.state.Keys.Of(server))))
		k.unchecked(signature, field(), "there is no signature by a key that is known").as(verdict.fault())
		return
	}
	k.pass(signingKey, "", func() string {
		_, x := at(func(x *seal) bool { return x.known })
		return fmt.Sprintf("%s publishes %s: %s", server, x.KeyID, v.state.Keys.Of(server).source(x.key))
	})
	if verdict == sealExpired {
		where, x := at(func(x *seal) bool { return x.known })
		k.fail(keyValidity, verdict.fault(), where, fmt.Sprintf("the event was made at %s, and %s of %s was %s", moment(e.OriginServerTS()), said(x.KeyID), said(server), x.key.window()))
		k.unchecked(signature, field(), "there is no signature by a key that was valid when the event was made").as(verdict.fault())
		return
	}
	v.reportValidity(k, e, list, at)
	if verdict == sealWrong {
		where, x := at(func(x *seal) bool { return x.counts && !x.good && !e.Verify(x.Signature, x.key.Public) })
		why := "it is not a signature of this event by that key"
		if x.Bytes == nil {
			why = "it is not base64"
		} else if len(x.Bytes) != 64 {
			why = fmt.Sprintf("it has %d bytes, not 64", len(x.Bytes))
		}
		k.fail(signature, verdict.fault(), where, fmt.Sprintf("the signature of %s with %s does not verify: %s", said(server), said(x.KeyID), why))
		return
	}
	k.pass(signature, "", func() string {
		var good, skipped []seal
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
func (v *verifier) reportValidity(k *collector, e *event.Event, list []seal, at func(func(*seal) bool) (string, *seal)) {
	worst := func(s standing) bool {
		return slices.ContainsFunc(list, func(x seal) bool { return x.counts && x.time == s })
	}
	switch {
	case worst(outOfTime):
		where, x := at(func(x *seal) bool { return x.counts && x.time == outOfTime })
		k.warn(keyValidity, KeyExpired, where, fmt.Sprintf("the event was made at %s, and %s was %s; room version %s does not ask for that",
			moment(e.OriginServerTS()), said(x.KeyID), x.key.window(), e.Version().ID))
	case worst(atTheEdge):
		where, x := at(func(x *seal) bool { return x.counts && x.time == atTheEdge })
		k.warn(keyValidity, KeyExpired, where, fmt.Sprintf("the event was made at the very moment %s was retired, %s", said(x.KeyID), moment(x.key.ValidUntil)))
	default:
		k.pass(keyValidity, "", func() string {
			_, x := at(func(x *seal) bool { return x.counts })
			return fmt.Sprintf("%s is %s; the event was made at %s", x.KeyID, x.key.window(), moment(e.OriginServerTS()))
		})
	}
}

// source says where a key was learned, in words.
func (s *ServerKeys) source(k VerifyKey) string {
	switch {
	case s.Own:
		return "our own key"
	case k.Notary != "":
		return fmt.Sprintf("in the key document that %s passed on, entry %d", k.Notary, k.Seq)
	case k.Seq > 0:
		return fmt.Sprintf("in its key document, entry %d", k.Seq)
	}
	return "in the key documents given"
}

func keyIDs(list []seal) string {
	var ids []string
	for _, x := range list {
		ids = append(ids, x.KeyID)
	}
	return listed(ids)
}

func published(keys *ServerKeys) string {
	var ids []string
	for id := range keys.Keys {
		ids = append(ids, id)
	}
	slices.SortFunc(ids, cmp.Compare[string])
	return listed(ids)
}

// count gives a number of things: "1 event", "2 events".
func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// listed gives a few of a list of names, and how many more there are.
func listed(names []string) string {
	const most = 5
	var b strings.Builder
	for i, n := range names {
		if i == most {
			fmt.Fprintf(&b, " and %d more", len(names)-most)
			break
		}
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(said(n))
	}
	return b.String()
}

// said gives a name from an event for a sentence: as it is where it is plain, quoted otherwise, and clipped.
func said(name string) string {
	for i := range len(name) {
		if c := name[i]; c <= ' ' || c > '~' || c == '"' {
			return fmt.Sprintf("%q", clip(name))
		}
	}
	if name == "" {
		return `""`
	}
	return clip(name)
}

// clip shortens untrusted text for a sentence, between characters.
func clip(s string) string {
	const most = 255
	if len(s) <= most {
		return s
	}
	cut := most
	for cut > 0 && s[cut]&0xC0 == 0x80 {
		cut--
	}
	return s[:cut] + "…"
}
