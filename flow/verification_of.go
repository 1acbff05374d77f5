package flow

import "doorstep/flow/verify"

// evidence is what there is to verify in s.
func (s *State) evidence() verify.Input {
	in := verify.Input{RoomID: s.RoomID, Template: s.Template, Reply: s.Reply, Keys: s.Keys, Join: s.Build.made(), Leave: s.Undo.Build.made()}
	if s.Sent != nil {
		in.Sent = s.Sent.Request
	}
	return in
}

// made returns the event of b; nil where there is none.
func (b *Build) made() *verify.Made {
	if b == nil {
		return nil
	}
	return &verify.Made{EventID: b.EventID, Event: b.Event}
}

// Verify verifies the answer that s holds. It is a pure function of s, and works anew each time.
func (s State) Verify() *verify.Verification { return verify.Verify(s.evidence()) }

// ShowWork returns the work on every copy of the event with that ID: one of ours as it was sent, then those of the
// answer in its order; nil when there is none that can be read. It needs the room version, so make_join must have been
// answered, and nothing else: what can be read is shown however far the verification got.
func (s State) ShowWork(eventID string) []verify.EventWork {
	return verify.ShowWork(s.evidence(), s.Verification, eventID)
}

// CountingCopy returns the work on the copy of an event that goes into the room, or on its first copy where none does;
// false when there is none that can be read.
func (s State) CountingCopy(eventID string) (verify.EventWork, bool) {
	return verify.CountingCopy(s.ShowWork(eventID))
}

// verification returns the verification of the reply of s, a state of t, worked out once for all copies of the trace.
func (s *State) verification(t Trace) *verify.Verification {
	e := t.Entry(s.Reply.Seq)
	if e == nil || e.memo == nil {
		return verify.Verify(s.evidence())
	}
	e.memo.verify.Lock()
	defer e.memo.verify.Unlock()
	if e.memo.verified == nil {
		e.memo.verified = verify.Verify(s.evidence())
	}
	return e.memo.verified
}

// verify works out the verification of the trace, so that whoever folds it next finds it done.
func (t Trace) VerifyNow() {
	if s := Fold(t); s.Reply != nil && s.Template != nil {
		s.verification(t)
	}
}

// WorkOn returns the work on an event that stands elsewhere than in the answer to send_join; false when it cannot be
// read. The rules are not asked about it.
func (s State) WorkOn(p SignedPart) (verify.EventWork, bool) {
	if p.Version == nil {
		return verify.EventWork{}, false
	}
	return verify.WorkOn(s.evidence(), p.Version, p.Raw, p.Where)
}

// signers returns the servers that must have signed something in the reply, in order of first need.
func (s State) signers() []string {
	if s.Reply == nil || s.Reply.Problem != "" || s.Template == nil {
		return nil
	}
	return s.Reply.Events(s.Template.RoomVersion).Signers()
}
