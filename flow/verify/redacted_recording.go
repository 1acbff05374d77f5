package verify

import (
	"doorstep/client"
	"doorstep/flow/event"
)

// goneWords are why a check of a redacted recording is not made.
const goneWords = "the recording is redacted, and what this rests on was taken out of it"

// gone notes a check that nobody can make of a redacted recording, unless it is noted for all events at once.
func (c *collector) gone(k Kind, field string) {
	if !c.goneNoted {
		c.unchecked(k, field, goneWords).as(RecordingRedacted)
	}
}

// noteGone notes once, for all events of the answer, the checks that nobody can make of a redacted recording.
func (v *verifier) noteGone() {
	if !v.in.Redacted {
		return
	}
	list := []Kind{KindEventID, KindSigningKey, KindKeyValidity, KindSignature, KindContentHash}
	if v.version.HashPairs {
		list[0] = KindReferenceHash // the server of the event chose its ID
	}
	from := len(v.head.checks)
	v.skip(goneWords, list...)
	for i := range v.head.checks[from:] {
		v.head.checks[from+i].Fault = RecordingRedacted
	}
}

// goneID notes that an event ID is a pseudonym, in the place of the hash that it was; false where the recording is not
// redacted, or the server of the event chose the ID.
func (v *verifier) goneID(k *collector, e *event.Event, field string) bool {
	if !v.in.Redacted || e.Version().IDs == event.IDChosen {
		return false
	}
	k.gone(KindEventID, field)
	return true
}

// returnedOfRedacted looks at the copy of our join that came back, e, in a redacted recording: whose signatures are on
// it can be told, whether they hold cannot.
func (v *verifier) returnedOfRedacted(e *event.Event) returnedFinding {
	j := &v.join
	all := e.Signatures()
	missing := func(server string) bool {
		list, _ := v.signatureFacts(e, all, server)
		return len(list) == 0
	}
	if us := client.Domain(j.own.Sender()); missing(us) {
		return returnedFinding{Fail, OwnSignatureGone, "/signatures/" + event.PointerToken(us), "our own signature is gone"}
	}
	if j.authoriser != "" && missing(j.authoriser) {
		return returnedFinding{Fail, NotCosigned, "/signatures/" + event.PointerToken(j.authoriser),
			signatureAbsent.words(j.authoriser)}
	}
	return returnedFinding{NotChecked, RecordingRedacted, "", goneWords}
}

// refutes reports whether homeservers drop an event for it.
func (s signatureVerdict) refutes() bool {
	return s != signatureGood && s != signatureUnknown && s != signatureGone
}

// restsOnSignature reports whether the rules look at a signature to judge e: that of the server that let a user in, or
// that of an invite by a third party. Spec: room versions, Authorisation rules, m.room.member.
func restsOnSignature(e *event.Event) bool {
	_, thirdParty := e.Content("third_party_invite")
	return e.Type() == "m.room.member" && (thirdParty && e.Membership() == "invite" || authoriserOf(e) != "")
}
