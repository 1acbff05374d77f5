package verify

import "doorstep/flow/event"

// UsedJoin is the copy of our join that homeservers go on with; nil: neither.
func UsedJoin(v *Verification) *event.Event { return v.verifier.join.used }

// ReturnedJoin is our join as it came back; nil: it did not.
func ReturnedJoin(v *Verification) *event.Event { return v.verifier.join.returned }

// SentCounts reports whether our join counts as it was sent.
func SentCounts(v *Verification) bool { return v.verifier.join.counts == copySent }

// CompareSets compares the two lists of an answer again.
func CompareSets(v *Verification) { v.verifier.sets() }

// Looked reports whether there was anything to look at.
func Looked(v *Verification) bool { return v.verifier != nil }

// Claims are the distinct events of an answer, each with the subject of the checks on it.
func Claims(v *Verification) (out []struct {
	ID    string
	Event *event.Event
}) {
	for i := range v.verifier.claims {
		c := &v.verifier.claims[i]
		out = append(out, struct {
			ID    string
			Event *event.Event
		}{c.id(), c.read.Event})
	}
	return out
}

// What tests call by itself.
var (
	InParallel = inParallel
	ReadUpTo   = readReply // of so many events
	Risks      = func(e *event.Event) (n int) { return len(risksOf(e)) }
)

// KeepAlike has no more than n checks alike be kept, until restore is called.
func KeepAlike(n int) (restore func()) {
	before := mostAlike
	mostAlike = n
	return func() { mostAlike = before }
}

// Forget takes a server's keys off the ring.
func Forget(k KeyRing, server string) { delete(k.servers, server) }
