package verify

import (
	"doorstep/flow/event"
)

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
