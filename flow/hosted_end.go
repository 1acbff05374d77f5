package flow

// settleHosted has a hosted handshake end as the joining server has it end: it is not for us to refuse our own answers.
func (s *State) settleHosted() {
	if s.Stopped != nil && s.Stopped.Step == L2 {
		s.Stopped = nil
	}
	switch r := s.reaction; {
	case r.Does == Accepts && r.Step == A7 && s.Reply != nil:
		s.Stopped = nil
	case r.Does == Refuses && s.Stopped == nil:
		s.Stopped = &Stop{Seq: r.Evidence[0], Step: r.Step, Outcome: Refused, Why: s.hostedWords()}
	}
}

// Reaction returns what the joining server of a hosted trace did with the last good answer it was given.
func (s State) Reaction() Reaction { return s.reaction }

// hostedOutcome is how a hosted handshake ended: by what the joining server did, where an answer of ours let it in.
func (s State) hostedOutcome() (Outcome, bool) {
	if !s.Header.Hosted() {
		return "", false
	}
	switch r := s.reaction; {
	case r.Step == A7 && s.Reply != nil && r.Does == Accepts:
		return Joined, true
	case r.Step == A7 && s.Reply != nil && r.Does == ReactsUnknown:
		return NotProven, true
	case s.Stopped != nil:
		return s.Stopped.Outcome, true
	}
	return Failed, true
}

// HostedOver reports whether a hosted handshake has ended, as far as its trace shows.
func (s State) HostedOver() bool {
	return s.Stopped != nil || s.reaction.Step == A7 && s.reaction.Does != ReactsUnknown
}

// hostedWords says how a hosted handshake ended, and what shows it; empty where our own answer was the end.
func (s State) hostedWords() string {
	switch r := s.reaction; {
	case !s.Header.Hosted() || r.To == 0 || r.Does == ReactsUnknown && r.Step != A7:
		return ""
	case r.Does == Accepts && r.Step == A7:
		return "the joining server has accepted the answer, " + r.Words()
	case r.Does == Refuses:
		return "the joining server has refused our answer, " + r.Words()
	case r.Step == A7 && s.Reply != nil:
		return "not proven: nothing shows what the joining server did with the answer to send_join"
	}
	return ""
}
