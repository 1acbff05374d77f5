package flow

// evidence is what there is to verify in s.
func (s *State) evidence() Input {
	in := Input{RoomID: s.RoomID, Template: s.Template, Reply: s.Reply, Keys: s.Keys, Join: s.Build.made(), Leave: s.Undo.Build.made()}
	if s.Sent != nil {
		in.Sent = s.Sent.Request
	}
	return in
}

// made returns the event of b; nil where there is none.
func (b *Build) made() *Made {
	if b == nil {
		return nil
	}
	return &Made{EventID: b.EventID, Event: b.Event}
}

// Verify verifies the answer that s holds. It is a pure function of s, and works anew each time.
func (s State) Verify() *Verification { return Verify(s.evidence()) }

// ShowWork returns the work on every copy of the event with that ID: one of ours as it was sent, then those of the
// answer in its order; nil when there is none that can be read. It needs the room version, so make_join must have been
// answered, and nothing else: what can be read is shown however far the verification got.
func (s State) ShowWork(eventID string) []EventWork {
	return ShowWork(s.evidence(), s.Verification, eventID)
}

// CountingCopy returns the work on the copy of an event that goes into the room, or on its first copy where none does;
// false when there is none that can be read.
func (s State) CountingCopy(eventID string) (EventWork, bool) {
	return CountingCopy(s.ShowWork(eventID))
}

// verification returns the verification of the reply of s, a state of t, worked out once for all copies of the trace.
func (s *State) verification(t Trace) *Verification {
	e := t.Entry(s.Reply.Seq)
	if e == nil || e.memo == nil {
		return Verify(s.evidence())
	}
	e.memo.verify.Lock()
	defer e.memo.verify.Unlock()
	if e.memo.verified == nil {
		e.memo.verified = Verify(s.evidence())
	}
	return e.memo.verified
}

// verify works out the verification of the trace, so that whoever folds it next finds it done.
func (t Trace) verify() {
	if s := Fold(t); s.Reply != nil && s.Template != nil {
		s.verification(t)
	}
}

// WorkOn returns the work on an event that stands elsewhere than in the answer to send_join; false when it cannot be
// read. The rules are not asked about it.
func (s State) WorkOn(p SignedPart) (EventWork, bool) {
	if p.Version == nil {
		return EventWork{}, false
	}
	return WorkOn(s.evidence(), p.Version, p.Raw, p.Where)
}

// signers returns the servers that must have signed something in the reply, in order of first need.
func (s State) signers() []string {
	if s.Reply == nil || s.Reply.Problem != "" || s.Template == nil {
		return nil
	}
	return s.Reply.Events(s.Template.RoomVersion).signers()
}
