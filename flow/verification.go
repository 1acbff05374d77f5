package flow

import (
	"context"
	"slices"
	"time"

	"doorstep/client"
	"doorstep/flow/verify"
)

// take settles on a protoevent.
func (s *State) take(t *verify.Template) {
	s.Template, s.TemplateChecks = t, s.CheckTemplate(t, "join")
}

// brought keeps the checks of the template that an answer brought.
func (s *State) brought(e *Entry, checks []verify.Check) {
	if s.broughtChecks == nil {
		s.broughtChecks = map[int][]verify.Check{}
	}
	s.broughtChecks[e.Seq] = checks
}

// Brought returns the checks of the template that an exchange brought, by its request or its answer; nil where it
// brought none.
func (s State) Brought(t Trace, e *Entry) []verify.Check {
	if e.Kind != Request {
		return s.broughtChecks[e.Seq]
	}
	if answer := t.Answer(e.Seq); answer != nil {
		return s.broughtChecks[answer.Seq]
	}
	return nil
}

// Evidence is what there is to verify in s.
func (s *State) Evidence() verify.Input {
	in := verify.Input{RoomID: s.RoomID, Template: s.Template, Reply: s.Reply, Keys: s.Keys, Join: s.Build.made(),
		Leave: s.Undo.Build.made(), Redacted: s.Header.Redacted != nil, Theirs: s.Header.Hosted()}
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

// Verify verifies the answer that s holds. It is a pure function of s, and works from the start each time.
func (s State) Verify() *verify.Verification { return verify.Verify(s.Evidence()) }

// Read takes the answer that s holds apart and checks nothing of it: what can be looked at before it is verified.
func (s State) Read() *verify.Verification { return verify.Read(s.Evidence()) }

// ShowWork returns the work on every copy of the event with that ID: one of ours as it was sent, then those of the
// answer in its order; nil when there is none that can be read. It needs the room version, so make_join must have been
// answered, and nothing else: what can be read is shown however far the verification got.
func (s State) ShowWork(eventID string) []verify.EventWork {
	return verify.ShowWork(s.Evidence(), s.Verification, eventID)
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
		return verify.Verify(s.Evidence())
	}
	e.memo.verify.Lock()
	defer e.memo.verify.Unlock()
	if e.memo.verified[s.keysAt] == nil {
		in := s.Evidence()
		in.Progress, in.Time = &e.memo.progress, CheckingTime
		if e.memo.verified == nil {
			e.memo.verified = map[int]*verify.Verification{}
		}
		e.memo.verified[s.keysAt] = verify.Verify(in)
	}
	return e.memo.verified[s.keysAt]
}

// Unverified reports whether t says that an answer was verified which has not been verified here, or is being: whoever
// folds t waits for that.
func (t Trace) Unverified() bool {
	done := slices.ContainsFunc(t.Entries, func(e Entry) bool { return e.Step == L2 })
	return done && slices.ContainsFunc(t.Entries, func(e Entry) bool {
		if e.Step != A7 || e.Response == nil || e.memo == nil {
			return false
		}
		if !e.memo.verify.TryLock() {
			return true
		}
		defer e.memo.verify.Unlock()
		return len(e.memo.verified) == 0
	})
}

// CheckingTime is how long the checks on one answer may take: what was not looked at by then is not checked.
const CheckingTime = 5 * time.Minute

// VerifyWithin has the verifications of t given up once ctx ends, those that begin after that too, and bounds the time
// of each besides CheckingTime, unless it is 0. It holds until release is called.
func (t Trace) VerifyWithin(ctx context.Context, time time.Duration) (release func()) {
	var all []func()
	for i := range t.Entries {
		if m := t.Entries[i].memo; m != nil && t.Entries[i].Step == A7 {
			all = append(all, m.progress.Within(ctx, time))
		}
	}
	return func() {
		for _, release := range all {
			release()
		}
	}
}

// StopVerifying has the verifications of t given up that are going on: states that wait for one have none.
func (t Trace) StopVerifying() {
	for i := range t.Entries {
		if m := t.Entries[i].memo; m != nil {
			m.progress.Stop()
		}
	}
}

// verified takes in the verification at e. After one that lacked keys it may come again: what that one stopped goes on
// then, as far as nobody has been told.
func (s *State) verified(t Trace, e *Entry) {
	stopped := s.Verification != nil && s.Stopped != nil && s.Stopped.Step == L2
	if stopped {
		s.Stopped = nil
	}
	s.Verification = s.verification(t)
	s.unverified = s.Verification == nil
	switch v := s.Verification; {
	case v == nil: // it was given up, and whoever gave it up looks at nothing more
	case v.Invalid != "":
		s.stop(e, Invalid, nil, v.Invalid+s.fateWords())
	case v.Unproven != "" && !s.LacksKeys():
		s.stop(e, Invalid, nil, "not proven: "+v.Unproven)
	case stopped && s.Asked && s.Waiting == nil:
		s.stop(e, Failed, nil, "our client was told that it failed before the missing keys came")
	}
}

// GivenUp reports whether the answer was verified according to the trace, and that was not done here: nobody wanted it.
func (s State) GivenUp() bool { return s.unverified }

// LacksKeys reports whether keys are missing because the file that s was made of does not hold them: then it is open
// whether the answer is proven, and nothing is wrong with it.
func (s State) LacksKeys() bool {
	return s.Header.Imported != nil && len(s.Keys.Missing(s.Signers())) > 0
}

// KeysAgain returns the step that asks once more for the keys that the verification lacks; why says why there is none.
func (s State) KeysAgain() (step Step, why string) {
	switch {
	case s.Verification == nil && (s.Stopped != nil || s.Done):
		return Step{}, "no answer came that keys are needed for"
	case s.Verification == nil:
		return Step{}, "the answer has not been verified yet"
	case s.Probing():
		return Step{}, "probes have been sent, which ask for keys as well"
	}
	servers := s.Keys.Lacking(s.Signers())
	if len(servers) == 0 {
		return Step{}, "no key is missing"
	}
	return Step{ID: R, Work: FetchKeys, From: Joining, To: Resident, Servers: servers, Request: client.KeysRequest()}, ""
}

// VerifyAgain is the step that verifies the answer again, after keys that were missing have come.
var VerifyAgain = Step{ID: L2, Work: VerifyReply, From: Joining, To: Joining}

// asksAgain reports whether e is about the keys of a server that were missing when the answer was verified. Whoever
// gives up on them ends nothing.
func (s *State) asksAgain(e *Entry) bool {
	return s.Verification != nil && e.Step == R && s.Keys.Of(e.Server).Lacking()
}

// AboutToVerify reports whether the next step needs the events of an answer, which takes its time where it is large.
func (s State) AboutToVerify() bool {
	return s.Reply != nil && s.Reply.Usable() && s.Template != nil && s.Template.RoomVersion != nil && s.Waiting != nil &&
		s.Stopped == nil && s.Verification == nil
}

// Signers returns the servers that must have signed something in the reply, in order of first need.
func (s State) Signers() []string {
	if s.Reply == nil || !s.Reply.Usable() || s.Template == nil {
		return nil
	}
	return slices.Clone(s.Reply.Events(s.Template.RoomVersion).Signers()) // which all copies of the trace share
}

// Checks returns the checks on the handshake so far: of the templates, of the answer and our join, and of those on the
// events of the answer the ones that did not pass.
func (s State) Checks() []verify.Check {
	out := s.Around()
	if v := s.Verification; v != nil {
		out = append(out, v.Checks...)
	}
	return out
}

// Around returns the checks that are not of L2: on a joining server that is judged, and on the templates.
func (s State) Around() []verify.Check {
	return slices.Concat(s.JoinerChecks, s.TemplateChecks, s.LeaveChecks())
}

// SubjectLeave is the subject of the checks on the template of a leave.
const SubjectLeave = "leave template"

// LeaveChecks returns the checks on the template of the leave, with a subject of their own.
func (s State) LeaveChecks() []verify.Check {
	out := slices.Clone(s.Undo.Checks)
	for i := range out {
		out[i].Subject = SubjectLeave
	}
	return out
}

// CheckTemplate holds a protoevent against what was asked for: a join, or the leave of an undo.
func (s *State) CheckTemplate(t *verify.Template, membership string) []verify.Check {
	return verify.CheckTemplate(verify.Asked{RoomID: s.RoomID, User: s.Header.User, Joining: s.Header.Joining,
		Membership: membership,
		Offered:    s.Header.Offered, Form2015: s.Header.Form == Form2015}, t)
}
