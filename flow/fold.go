package flow

import (
	"reflect"

	"doorstep/client"
	"doorstep/flow/response"
	"doorstep/flow/verify"
)

// Fold returns the state t leads to. Fold(t.Prefix(n)) is the state after n entries, so a live run, a replay and every
// view agree about any moment.
func Fold(t Trace) State {
	s := begun(t.Header)
	for i := range t.Entries {
		s.apply(t, &t.Entries[i])
	}
	s.judge(t)
	return s
}

// A Folder folds one trace again and again while it grows, each entry once. The state it gives is good until the next
// is asked for, which goes on from it. The zero value is ready; it is not safe for concurrent use.
type Folder struct {
	state  State
	folded Trace
}

// Fold returns what Fold does: the state t leads to.
func (f *Folder) Fold(t Trace) State {
	n := len(f.folded.Entries)
	if n == 0 || !t.continues(f.folded) {
		f.state, n = begun(t.Header), 0
	}
	for i := n; i < len(t.Entries); i++ {
		f.state.apply(t, &t.Entries[i])
	}
	f.folded = t
	out := f.state
	out.judge(t) // of what comes next it is worked out anew
	return out
}

// continues reports whether t begins with all of before, which has entries.
func (t Trace) continues(before Trace) bool {
	n := len(before.Entries)
	return len(t.Entries) >= n && before.Entries[n-1].memo != nil && before.Entries[n-1].memo == t.Entries[n-1].memo &&
		reflect.DeepEqual(before.Header, t.Header)
}

// begun is the state of a trace without entries.
func begun(h Header) State {
	s := State{
		Header:       h,
		Destinations: map[string][]client.Destination{},
		Unresolved:   map[string]*client.Failure{},
		sawFailure:   map[Outcome]bool{},
		sendV1:       h.Form == Form2015,
	}
	if client.IsAlias(h.Target) {
		s.Alias = h.Target
	} else {
		s.RoomID = h.Target
	}
	s.Keys = verify.NewKeyRing()
	if !h.Hosted() { // what it publishes is in the trace, with how long it is good for
		s.Keys.AddOwn(h.Joining, h.KeyID, h.VerifyKey, h.Created)
	}
	var known bool
	if s.Policy, known = PolicyNamed(h.Like); !known {
		s.Policy = policies[0] // a recording may name one of a later version
	}
	return s
}

func (s *State) apply(t Trace, e *Entry) {
	s.entries = e.Seq
	if e.Altered != nil {
		s.Altered = append(s.Altered, e.Seq)
	}
	switch e.Kind {
	case Request:
		s.requested(t, e)
	case Response, Failure:
		if s.Pending != nil && s.Pending.Seq == e.Answers {
			s.Pending = nil
		}
		if s.due != nil && s.due.Seq == e.Answers {
			s.due = nil
		}
		if e.Step == A8 {
			s.Waiting = nil
		}
		s.probe.answered(t, e)
		s.answered(t, e)
		s.unkeyed = s.unkeyed || (e.Step == A3 || e.Step == A5 || e.Step == A7) && response.DeniesIdentity(e.Response)
		s.lookForUs(e)
	case Local:
		s.worked(t, e)
		s.lookForUs(e)
	case Gap:
		switch e.Step {
		case A2:
			s.lookedUp = true
		case A8: // it was told something: the log does not say what
			s.Waiting, s.Done = nil, true
		}
	}
}

func (s *State) requested(t Trace, e *Entry) {
	if e.From == Joining {
		s.Pending = e
		if !s.aside(e) {
			s.due = e
		}
	}
	switch e.Step {
	case A1:
		s.Asked, s.Waiting = true, e
		s.begin(e)
	case A4:
		s.asked = true
		s.namedRoom(e.Request)
		s.seen(e)
		if e.Altered != nil {
			s.askInstead(e.Server)
		}
	case R:
		if s.Bound != nil && e.From == Joining && e.Request != nil && e.Request.Endpoint == client.ExchangeInvite {
			bound := *s.Bound
			bound.asked, s.Bound = true, &bound
		}
	case A6:
		s.wentOn(t, e)
		s.Sent, s.fate = e, FateNotSent
		if wasSent(e) {
			s.fate = FateUnknown
		}
	}
}

// aside reports whether a request of ours is none that the handshake waits for: we ask for the key of whoever asks us
// something.
func (s *State) aside(e *Entry) bool {
	return e.Step == R && e.Request != nil && e.Request.Endpoint == client.ServerKeys && s.Reply == nil && !s.Done
}

func (s *State) answered(t Trace, e *Entry) {
	asked := t.Entry(e.Answers)
	if e.Step == A7 {
		s.fate = e.Fate(asked)
	}
	if !s.asksAgain(e) && s.interrupted(e) {
		return
	}
	if e.unseenSuccess() {
		s.logged(e)
		return
	}
	switch e.Step {
	case A3:
		s.directoryAnswered(e)
	case A5:
		s.templateAnswered(e)
	case A7:
		s.replyAnswered(e)
	case U2, U4:
		s.undoAnswered(e)
		s.rejectionAnswered(e)
	case A8:
		s.clientAnswered(e)
	case L1:
		if e.Failure == nil {
			return
		}
		what := "join"
		if s.rejects() {
			what = "leave"
		}
		s.stop(e, Failed, nil, "the "+what+" event could not be made: "+e.Failure.Message)
	case R:
		s.underAnswered(asked, e)
	}
}

// clientAnswered takes in what the client was told, A8.
func (s *State) clientAnswered(e *Entry) {
	s.Done = e.Kind == Response
	switch {
	case e.Kind == Failure:
		s.stop(e, outcomeOf(e), nil, "our client gave up: "+e.Failure.Message)
	case e.Response.Status < 300:
	case e.Response.Status == 504:
		s.stop(e, TimedOut, response.RefusalOf(e.Response), "our client was told that the join took too long")
	case s.Reply != nil && s.Verification == nil:
		s.stop(e, Failed, nil, "our client was told that it failed before the answer was verified"+s.fateWords())
	case e.Speaker() != response.Homeserver:
		f := response.RefusalOf(e.Response)
		s.stop(e, Failed, f, f.Speaker.Who(s.Header.Joining)+" answers our client")
	default:
		s.stop(e, Refused, response.RefusalOf(e.Response), "our client's own server turned it down")
	}
}

// underAnswered takes in the answer to a question that lies under an arrow; asked is the request, nil where it is not
// known.
func (s *State) underAnswered(asked, e *Entry) {
	if e.Waited() {
		s.waitedInVain(e)
	}
	if asked == nil || asked.Request == nil {
		return
	}
	s.learnJoiner(asked, e)
	if asked.Request.Endpoint == client.StateIDs && asked.From == Joining && s.wantsStateIDs() {
		s.stateIDsAnswered(e)
	}
	if asked.Request.Endpoint == client.ServerVersion && asked.From == Joining {
		s.softwareAnswered(e)
	}
	switch asked.Request.Endpoint {
	case client.NotaryQuery:
		if asked.From == Joining {
			s.keysAt = e.Seq
			s.notarised(e)
			s.Keys.LearnFromNotary(e.fetched(s.Header), client.NotarySubject(asked.Request.Target))
		}
	case client.ServerKeys:
		// What an address says when the handshake is over changes nothing of what was verified.
		if asked.From == Joining && !(s.Probing() && s.Keys.Of(e.Server) != nil) {
			s.keysAt = e.Seq
			s.Keys.Learn(e.KeyDocument(s.Header))
		}
	case client.Invite, client.InviteV1:
		if e.Kind == Response && response.Succeeds(e.Response) && !s.Asked {
			s.invited(asked, e)
		}
	case client.OnBind:
		if e.Kind == Response && response.Succeeds(e.Response) && !s.Asked {
			s.bound(asked)
		}
	case client.ExchangeInvite:
		if asked.From == Joining {
			s.exchanged(e)
		}
	}
}

func (s *State) worked(t Trace, e *Entry) {
	switch {
	case e.Discovery != nil:
		d := e.Discovery
		if len(d.Destinations) > 0 {
			s.Destinations[d.Server] = d.Destinations
			return
		}
		if !s.asksAgain(e) && s.interrupted(e) {
			return
		}
		failure := d.Failure
		if failure == nil {
			failure = &client.Failure{Kind: client.FailedResolve, Message: "no address"}
		}
		s.Unresolved[d.Server] = failure
		switch {
		case s.unfound(e, failure):
		case e.To == Directory:
			s.stop(e, outcomeOfFailure(failure), nil, "the directory server cannot be found")
		case e.To == Joining:
			s.keysAt = e.Seq
			s.Keys.Unresolved(d.Server, failure.Message)
		case e.To == Resident && s.Build == nil:
			s.sawFailure[outcomeOfFailure(failure)] = true
			s.next(e, failure.Message)
		case e.To == Resident && s.Reply == nil:
			s.stop(e, outcomeOfFailure(failure), nil, "the resident server that should get the join cannot be found")
		}
	case e.Step == L1 && e.Build != nil && e.Build.Membership == "leave":
		s.Undo.Build, s.Undo.altered = e.Build, e.Altered
	case e.Step == L1 && e.Build != nil && s.Template != nil: // without a protoevent it is no event of this handshake
		s.Build, s.alteredJoin = e.Build, e.Altered
		if s.Header.DryRun {
			s.stop(e, DryRun, nil, "stopped before send_join, as asked")
		}
	case e.Step == L2 && s.Reply != nil:
		s.verified(t, e)
	}
}

// VerifyNow works out the verification of s, the state of t, so that whoever folds t next finds it done.
func (s State) VerifyNow(t Trace) {
	if s.Reply != nil && s.Template != nil {
		s.verification(t)
	}
}
