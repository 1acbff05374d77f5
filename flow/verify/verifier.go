package verify

import (
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"doorstep/flow/auth"
	"doorstep/flow/event"
	"doorstep/flow/wording"
)

// A verifier does the work of Verify and keeps what All and Of need.
type verifier struct {
	in      Input
	version *event.Version
	roomID  string

	claims []claim          // the distinct events of the answer: state first, then what is in auth_chain only
	byID   map[string]int32 // the event meant by an ID
	copied bool             // an ID has more than one claim
	create *event.Event     // nil: there is none to rely on
	root   *claim           // from version 12 on the claim of create, which no event names
	auth   auth.Context

	examined, closes, authorises bool // which checks were made on the events

	join joinEvent

	head, tail collector // checks on the answer, and on the join
	tally      tally
	skipped    []skipped // checks that could be made on no event
	alike      tally     // checks on events that are kept
	unkept     int       // those that are not: see MostAlike

	ends time.Time    // when the time for the checks is over; zero: it never is
	late *atomic.Bool // it was over before they were done

	before  *stateBefore // nil: it is worked out each time
	signers *sync.Map    // signer → []signer, see sharedSigners
}

// over reports whether nobody wants the rest of the checks any more: they were given up, or their time is over. What it
// has said once it says again.
func (v *verifier) over() bool {
	switch {
	case v.in.Progress.stopped():
		return true
	case v.ends.IsZero():
		return false
	case v.late.Load():
		return true
	case time.Now().Before(v.ends):
		return false
	}
	v.late.Store(true)
	return true
}

// A stateBefore is the state before our join as the answer gives it: of two events at one place the first.
type stateBefore struct {
	once  sync.Once
	v     *verifier
	order []int32 // the claims in it by place, those at one place as they come in the answer
}

// A skipped says why one sort of check could be made on no event.
type skipped struct {
	kind Kind
	why  string
}

// A claim is one event of the answer. The same event in state and in auth_chain is one claim; another spelling under
// the same event ID, with a signature less or redacted, is a copy: a claim of its own.
//
// An answer has a hundred thousand of them: what few claims have is in a part of its own.
type claim struct {
	read *ReplyEvent
	use  *event.Event // what homeservers go on with: the event, or the redacted one; nil: it cannot be read
	rare *rare        // nil: it has none of that

	named   []int32  // the claims that its auth_events name
	signers []signer // who must have signed it, and whether they have; shared, never changed

	state, chain int32 // its first places in the lists of the answer; -1: not there
	copyOf       int32 // the first claim with that ID; -1: this is it
	twice        int32 // its second place in state; -1: none
	cause        int32 // the claim that keeps this one from being authorised; -1: none, or itself
	dependents   int32 // how many claims are not authorised without this one

	sealed  sealed       // verdicts of its signatures
	dropped dropReason   // why a homeserver would drop it
	allowed auth.Outcome // what the rules make of it if nothing it names was rejected
	verdict CheckOutcome // of authorisation
	worst   CheckOutcome // of all its checks, those that are not kept too; what was not looked at does not count
	unkept  uint64       // the kinds of those that are not kept, a bit each
	reached bool         // state or our join rests on it; not kept for copies
	circle  bool         // it rests on itself
	lacks   bool         // its auth_events name what is not in the answer: see verifier.missing
}

// rare is what few claims have.
type rare struct {
	missing []string // the IDs its auth_events name that are not in the answer, of a claim that is no event of the answer
	found   []Check  // those that did not pass
}

// sealed holds the verdicts of signatures under one event, by their place in Event.Signatures; those beyond the first
// eight are verified when they are asked for.
type sealed struct{ verified, good uint8 }

const mostSealed = 8

// of returns the verdict of the signature at a place; false where there is none.
func (s sealed) of(at int) (good, known bool) {
	if at >= mostSealed {
		return false, false
	}
	return s.good&(1<<at) != 0, s.verified&(1<<at) != 0
}

// id is the event ID; of what has none, its pointer.
func (c *claim) id() string {
	if c.read.Event == nil || c.read.Event.ID() == "" {
		return c.read.Pointer()
	}
	return c.read.Event.ID()
}

// missing gives the IDs that the auth_events of c name and that are not in the answer. They are looked up each time: an
// answer can name millions.
func (v *verifier) missing(c *claim) []string {
	switch {
	case c.lacks:
		_, missing := v.resolve(c.read.Event.AuthEvents())
		return missing
	case c.rare == nil:
		return nil
	}
	return c.rare.missing
}

// found gives its checks that did not pass.
func (c *claim) found() []Check {
	if c.rare == nil {
		return nil
	}
	return c.rare.found
}

// note adds checks to those found.
func (c *claim) note(checks []Check) {
	if len(checks) == 0 {
		return
	}
	for i := range checks {
		if checks[i].Outcome.Worse(c.worst) {
			c.worst = checks[i].Outcome
		}
	}
	if c.rare == nil {
		c.rare = &rare{}
	}
	c.rare.found = append(c.rare.found, checks...)
}

const _ = uint(64 - kinds) // claim.unkept has room for all of them

// keep lets go of those checks of c, from the one at a place on, that are over MostAlike.
func (v *verifier) keep(c *claim, from int) {
	found := c.found()
	if len(found) <= from {
		return
	}
	kept := found[:from]
	for _, check := range found[from:] {
		if n := &v.alike[check.Kind][check.Outcome]; *n < mostAlike {
			*n++
			kept = append(kept, check)
		} else {
			c.unkept |= 1 << check.Kind
			v.unkept++
		}
	}
	clear(found[len(kept):])
	if c.rare.found = kept; len(kept) == 0 {
		c.rare.found = nil
	}
}

// proven reports whether every signature the claim must carry was seen to verify. Of a redacted recording nobody can
// tell; what else there is to check is checked as if they did, and the checks of signatures say that they were not
// made.
func (c *claim) proven() bool {
	return !slices.ContainsFunc(c.signers, func(s signer) bool {
		return s.verdict != signatureGood && s.verdict != signatureGone
	})
}

// name gives the claim for a sentence: its type, where it can be read, and its ID.
func (c *claim) name() string {
	if c.read.Event == nil {
		return wording.Name(c.id())
	}
	return wording.Name(c.read.Event.Type()) + " " + wording.Name(c.id())
}

// A joinEvent is what is known of our join: our own copy, the one that came back, and which of them counts.
type joinEvent struct {
	id       string       // subject of the checks: the event ID, or "join" where there is none
	own      *event.Event // as it was sent; nil: it is not known, or cannot be read
	err      error        // why it cannot be read
	returned *event.Event // as it came back; nil: it did not, or cannot be read
	used     *event.Event // what homeservers go on with of the copy that counts; nil: neither copy can be used
	counts   joinCopy     // which of the two that is
	why      string       // why neither can
	known    bool         // there is one, in whatever shape

	unsigned bool // the rules would let it in, and all that is not known is whether it is genuine

	redacted bool // the recording is: hashes are gone

	authoriser string // the server that must sign a join let in by a restricted rule; empty: none
}

// A joinCopy says which copy of our join is meant.
type joinCopy uint8

const (
	noCopy       joinCopy = iota
	copySent              // as it was sent
	copyReturned          // as it came back
)

// count settles on a copy of the join.
func (j *joinEvent) count(which joinCopy) {
	j.counts, j.used = which, j.own
	if which == copyReturned {
		j.used = j.returned
	}
	if j.used != nil && !j.redacted && !j.used.ContentHashHolds() {
		j.used = j.used.Redacted()
	}
}

// drop notes that no copy of the join can be used.
func (j *joinEvent) drop(why string) { j.counts, j.used, j.why = noCopy, nil, why }

// our begins what is said of the join, whose it is.
func (v *verifier) our() string {
	if v.in.Theirs {
		return "the"
	}
	return "our"
}

// withOurs says that the signature of the server which joins is there.
func (v *verifier) withOurs() string {
	if v.in.Theirs {
		return "with the joining server's signature"
	}
	return "with our signature"
}

// subjectJoin is the subject of checks on a join event that has no ID.
const subjectJoin = "join"

// subjectAnswer is the subject of checks that are about the answer as a whole.
const subjectAnswer = "answer"

// A dropReason is what a homeserver drops an event for.
type dropReason uint8

const (
	notDropped dropReason = iota
	badFormat
	badRoom
	badID
	badSignature
)

// String gives the reason as the end of a sentence.
func (d dropReason) String() string {
	return [...]string{"", "its format is broken", "it belongs to another room", "another event has the same ID",
		"its signature does not hold"}[d]
}

// A signatureVerdict is what became of the signatures that a server must have put under an event.
type signatureVerdict uint8

const (
	signatureUnknown     signatureVerdict = iota // the server's keys are not available
	signatureAbsent                              // it has not signed
	signatureUnpublished                         // it has, but with no key that it publishes
	signatureExpired                             // with a published key that was not valid then
	signatureWrong                               // with a key that counts, and the signature does not verify
	signatureGone                                // it has, and the recording is redacted: nobody can tell any more
	signatureGood                                // every signature by a key that counts verifies, and there is one
)

// refutes reports whether homeservers drop an event for it.
func (s signatureVerdict) refutes() bool {
	return s != signatureGood && s != signatureUnknown && s != signatureGone
}

// A signer is a server that must have signed an event, and whether it has.
type signer struct {
	server  string
	verdict signatureVerdict
}

// skip notes checks that could be made on no event, once for all of them.
func (v *verifier) skip(why string, list ...Kind) {
	for _, k := range list {
		v.head.unchecked(k, "", fmt.Sprintf("not looked at for any of the %d events: %s", len(v.claims), why))
		v.skipped = append(v.skipped, skipped{k, why})
	}
}

// unmade gives the checks that could be made on no event of the answer as checks of one of them.
func (v *verifier) unmade(subject, pointer string) []Check {
	k := collector{subject: subject, all: true, tally: new(tally)}
	for _, s := range v.skipped {
		if s.why == goneWords {
			k.gone(s.kind, pointer)
			continue
		}
		k.unchecked(s.kind, pointer, "not looked at: "+s.why)
	}
	return k.checks
}
