package verify

import (
	"encoding/base64"
	"slices"

	"doorstep/client"
	"doorstep/flow/auth"
	"doorstep/flow/event"
)

// An EventWork is all the arithmetic behind the checks on one copy of an event: the exact bytes hashed and signed, and
// what they come to, worked out from the event alone. Next to it stands what became of the event's authorisation.
type EventWork struct {
	EventID string
	Where   string // where the copy is: a JSON pointer into the answer; SentCopy for an event of our own
	Event   *event.Event

	ContentBytes    []byte // what the content hash covers
	ContentClaimed  string // hashes.sha256 as written
	ContentComputed string // unpadded base64

	SignedBytes   []byte // what signatures and the reference hash cover
	ReferenceHash string // unpadded base64, in the alphabet of the room version's event IDs
	ComputedID    string // the event ID that makes; empty in versions 1 and 2, where IDs are chosen

	Signatures []SignatureWork // those the event carries, by server and key ID, then those it lacks

	// JudgedAt is where the copy is that goes into the room; empty: none does. The judgements are about that copy,
	// whichever one is shown.
	JudgedAt string
	Counts   bool // this copy is that one
	// NotYetCosigned is the server that had yet to sign when the copy was made: that of the user who let ours in. Its
	// signature is on the copy that came back. Empty for the copy that counts. Spec: server-server, Restricted rooms.
	NotYetCosigned string
	// Redacted says how the event was redacted; nil: it was not, or nothing of it was dropped.
	Redacted *Redaction

	ByAuthEvents Judgement
	ByState      *Judgement // our join only
}

// Stands reports whether the rules' answer is what became of the event: allowed, and the check passed, or rejected, and
// it failed.
func (j Judgement) Stands() bool {
	return j.Outcome == auth.Allowed && j.Check.Outcome == Pass || j.Outcome == auth.Rejected && j.Check.Outcome == Fail
}

// A Judgement is what became of an event's authorisation. The rules answer a question about the event and what it rests
// on; whether the event stands is for the check to say, which also asks whether all of that is genuine, and in force.
type Judgement struct {
	auth.Verdict       // what the rules answer, with every rule tried
	Check        Check // what the check made of it; without an ID no check was made
}

// Result is what became of the event's authorisation.
func (j Judgement) Result() CheckOutcome { return j.Check.Outcome }

// A SignatureWork is one signature of an event: the key it names, where that key came from, and what the arithmetic
// says.
type SignatureWork struct {
	Server    string
	KeyID     string // empty: the server has not signed
	Signature string // as written
	Required  bool   // the server must sign such an event
	Awaited   bool   // it signs later: the copy is one from before

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
	case w.Awaited:
		return NotChecked
	case w.KeyID == "":
		return Fail
	case !w.Counts:
		return NotChecked
	case w.Verifies:
		return Pass
	}
	return Fail
}

// ShowWork returns the work on every copy of the event with that ID: one of ours as it was sent, then those of the
// answer in its order; nil when there is none that can be read. It needs the room version, so make_join must have been
// answered, and nothing else: what can be read is shown however far the verification got.
func ShowWork(in Input, found *Verification, eventID string) []EventWork {
	if in.Template == nil || in.Template.RoomVersion == nil {
		return nil
	}
	v := in.reader(found)
	var out []EventWork
	for _, c := range in.copies(v, found) {
		if c.Event == nil {
			continue
		}
		switch {
		case c.Event.ID() == eventID:
			out = append(out, v.work(c.Event, c.Pointer()))
		case c.At == Position{} && in.Join != nil && in.Join.EventID == eventID && c.Event == v.join.own:
			w := v.work(c.Event, c.Pointer())
			w.EventID = eventID // as it was sent, whatever it should have been
			out = append(out, w)
		}
	}
	return out
}

// CountingCopy returns, of the work on every copy of an event, that on the copy which goes into the room, or on its
// first copy where none does; false when there is none that can be read.
func CountingCopy(works []EventWork) (EventWork, bool) {
	for _, w := range works {
		if w.Counts {
			return w, true
		}
	}
	if len(works) == 0 {
		return EventWork{}, false
	}
	return works[0], true
}

// reader returns what has read the answer. Where the verification did not get that far, or has not been made, it is one
// that has read our join and knows the keys, and no more.
func (in Input) reader(found *Verification) *verifier {
	if found != nil && found.verifier != nil && found.verifier.byID != nil {
		return found.verifier.with(in)
	}
	v := &verifier{in: in, version: in.Template.RoomVersion}
	v.readOwn()
	if in.Join != nil {
		v.join.id, v.join.known = in.Join.EventID, true
	}
	if found != nil {
		v.join.why = found.Unread()
		if events := in.readable(); events != nil && events.Returned != nil {
			v.join.returned = events.Returned.Event
		}
	}
	return v
}

// with returns v as it looks at the events of in: what was made since it did its work is known as well.
func (v *verifier) with(in Input) *verifier {
	out := *v
	out.in = in
	return &out
}

// WorkOn returns the work on an event that stands elsewhere than in the answer to send_join, read in room version v;
// false when it cannot be read. The rules are not asked about it.
func WorkOn(in Input, v *event.Version, raw []byte, where string) (EventWork, bool) {
	e, err := event.Parse(v, raw)
	if err != nil {
		return EventWork{}, false
	}
	return (&verifier{in: in, version: v}).work(e, where), true
}

// readable returns the events of an answer that has them, whatever became of it; nil where there is none.
func (in Input) readable() *ReplyEvents {
	if in.Reply == nil || !in.Reply.Usable() {
		return nil
	}
	return in.Reply.Events(in.Template.RoomVersion)
}

// copies are the events that can be shown: ours as they were sent, then those of the answer in its order.
func (in Input) copies(v *verifier, found *Verification) []ReplyEvent {
	out := []ReplyEvent{{Event: v.join.own}}
	if in.Leave != nil {
		out = append(out, in.sentCopy(in.Leave))
	}
	out = append(out, ReplyEvent{At: Position{list: asReturned}, Event: v.join.returned})
	for i := range v.claims {
		out = append(out, *v.claims[i].read)
	}
	if events := in.readable(); v.byID == nil && found != nil && events != nil {
		out = append(append(out, events.State...), events.AuthChain...)
	}
	return out
}

// sentCopy reads an event that we made; one that cannot be read is nil in it.
func (in Input) sentCopy(b *Made) ReplyEvent {
	e, err := event.Parse(in.Template.RoomVersion, b.Event)
	return ReplyEvent{Event: e, Err: err}
}

func (v *verifier) work(e *event.Event, where string) EventWork {
	w := EventWork{EventID: e.ID(), Where: where, Event: e, ContentBytes: e.ContentHashBytes(),
		SignedBytes: e.SignedBytes()}
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
	if where == SentCopy { // nobody has redacted what we have just made
		w.NotYetCosigned = v.notYetCosigned(e)
	} else {
		w.Redacted = redactionOf(e)
	}
	w.Signatures = v.signatureWork(e, w.NotYetCosigned)
	w.JudgedAt = v.judgedAt(e)
	w.Counts = w.JudgedAt == where
	w.ByAuthEvents, w.ByState = v.judgements(e)
	return w
}

// judgedAt returns where the copy of an event is that goes into the room; empty: none does.
func (v *verifier) judgedAt(e *event.Event) string {
	if j := &v.join; j.is(e) {
		switch j.counts {
		case copySent:
			return SentCopy
		case copyReturned:
			return "/event"
		}
		return ""
	}
	if at, ok := v.byID[e.ID()]; ok {
		return v.claims[at].read.Pointer()
	}
	return ""
}

func claimedHash(e *event.Event) string {
	raw, _ := e.Field("hashes")
	s, _ := event.GetString(raw, "sha256")
	return s
}

func (v *verifier) signatureWork(e *event.Event, awaited string) []SignatureWork {
	required := RequiredSigners(e)
	all := e.Signatures()
	var out []SignatureWork
	for i, s := range all {
		if i > 0 && all[i-1].Server == s.Server {
			continue // taken with the server's first
		}
		list, problem := v.signatureFacts(e, all, s.Server)
		for _, x := range list {
			w := SignatureWork{Server: x.Server, KeyID: x.KeyID, Signature: x.Base64,
				Required: slices.Contains(required, x.Server),
				Source:   problem, Counts: x.counts}
			switch {
			case x.known:
				w.PublicKey, w.Source, w.Seq = event.EncodeBase64(x.key.Public), v.in.Keys.Of(s.Server).source(x.key), x.key.Seq
				w.Window, w.InTime = x.key.window(), x.time != outOfTime
				w.Verifies = x.key.verifies(e, x.Signature)
			case problem == "":
				w.Source = "its server does not publish it"
			}
			out = append(out, w)
		}
	}
	for _, server := range required {
		if !slices.ContainsFunc(all, func(s event.Signature) bool { return s.Server == server }) {
			w := SignatureWork{Server: server, Required: true, Source: "it has not signed"}
			if w.Awaited = server == awaited; w.Awaited {
				w.Source = "it has to sign the copy that it sends back"
			}
			out = append(out, w)
		}
	}
	return out
}

// judgements asks the rules about an event again, for the rules tried, and puts the check next to the answer. Asked is
// the copy that counts. The rules are not asked where there is no create event to rely on, and about nothing but the
// answer and our join.
func (v *verifier) judgements(e *event.Event) (byAuthEvents Judgement, byState *Judgement) {
	if v.join.is(e) {
		return v.joinJudgements()
	}
	at, ok := v.byID[e.ID()]
	switch {
	case v.isLeave(e):
		return notAsked("of our leave only the template is checked"), nil
	case !ok:
		return notAsked(""), nil
	case !v.authorises:
		j := notAsked("")
		j.Check = firstOf(v.unmade(e.ID(), v.claims[at].read.Pointer()), KindAuthorisation)
		return j, nil
	}
	c := v.meant(at)
	if c.use == nil {
		return notAsked("what counts of it cannot be read"), nil
	}
	return Judgement{Verdict: v.verdict(c, v.fully()), Check: firstOf(v.checksOf(c), KindAuthorisation)}, nil
}

// is reports whether e is a copy of our join. What came back in its place may be another event.
func (j *joinEvent) is(e *event.Event) bool {
	return (e == j.own || e == j.returned || e == j.used) && e.ID() == j.id
}

func (v *verifier) isLeave(e *event.Event) bool {
	leave := v.in.Leave
	return leave != nil && leave.EventID == e.ID()
}

// joinJudgements is judgements of our join.
func (v *verifier) joinJudgements() (byAuthEvents Judgement, byState *Judgement) {
	j := &v.join
	byAuthEvents, byState = notAsked(j.why), &Judgement{}
	*byState = notAsked(j.why)
	if v.authorises && j.used != nil {
		named, missing := v.resolve(j.used.AuthEvents())
		byAuthEvents.Verdict = v.verdict(&claim{use: j.used, named: named, rare: &rare{missing: missing}}, v.fully())
		byState.Verdict = auth.AgainstState(j.used, v.usableState(), v.inState())
	}
	byAuthEvents.Check, byState.Check = firstOf(v.tail.checks, KindJoinAuth), firstOf(v.tail.checks, KindJoinAuthState)
	return byAuthEvents, byState
}

// notAsked is the judgement of what the rules were not asked about; why may be empty.
func notAsked(why string) Judgement {
	if why != "" {
		why = ": " + why
	}
	return Judgement{Verdict: auth.Verdict{Reason: "The rules were not asked" + why + "."}}
}

// firstOf returns the first check of a kind; none is a check without an ID.
func firstOf(checks []Check, k Kind) Check {
	for _, c := range checks {
		if c.Kind == k {
			return c
		}
	}
	return Check{}
}

// A join that a restricted rule lets in needs the signature of the server whose user authorises it. The copy that is
// sent cannot carry it: that server adds it when it answers send_join. Spec: server-server, Restricted rooms.
//
// notYetCosigned returns the server that has yet to sign e, our join as it was sent; empty when none has to, when it
// has signed, and when this is the copy that counts, of which no better one came.
func (v *verifier) notYetCosigned(e *event.Event) string {
	by := v.join.authoriser
	settled := v.examined && v.join.counts != copyReturned
	if by == "" || by == client.Domain(e.Sender()) || settled || v.cosigned(e) {
		return ""
	}
	return by
}
