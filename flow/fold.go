package flow

import (
	"slices"

	"doorstep/client"
	"doorstep/flow/event"
	"doorstep/flow/response"
	"doorstep/flow/verify"
)

// Fold returns the state t leads to. Fold(t.Prefix(n)) is the state after n entries, so a live run, a replay and every
// view agree about any moment.
func Fold(t Trace) State {
	s := State{
		Header:       t.Header,
		Destinations: map[string][]client.Destination{},
		Unresolved:   map[string]*client.Failure{},
		sawFailure:   map[Outcome]bool{},
		sendV1:       t.Header.Form == Form2015,
	}
	if client.IsAlias(t.Header.Target) {
		s.Alias = t.Header.Target
	} else {
		s.RoomID = t.Header.Target
	}
	s.Keys = verify.NewKeyRing()
	s.Keys.AddOwn(t.Header.Joining, t.Header.KeyID, t.Header.VerifyKey, t.Header.Created)
	var known bool
	if s.Policy, known = PolicyNamed(t.Header.Like); !known {
		s.Policy = policies[0] // a recording may name one of a later version
	}
	for i := range t.Entries {
		s.apply(t, &t.Entries[i])
	}
	return s
}

func (s *State) apply(t Trace, e *Entry) {
	switch e.Kind {
	case Request:
		s.requested(t, e)
	case Response, Failure:
		if s.Pending != nil && s.Pending.Seq == e.Answers {
			s.Pending = nil
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
	}
}

func (s *State) requested(t Trace, e *Entry) {
	if e.From == Joining {
		s.Pending = e
	}
	switch e.Step {
	case A1:
		s.Asked, s.Waiting = true, e
		s.begin(e)
	case A4:
		s.asked = true
	case A6:
		s.Sent, s.fate = e, FateNotSent
		if wasSent(e) {
			s.fate = FateUnknown
		}
	}
}

// begin fills the candidate list with what is known before any server was asked.
func (s *State) begin(e *Entry) {
	byAlias := s.RoomID == ""
	if s.Invited() {
		s.RoomID, s.Alias = s.Invite.RoomID, s.Invite.Alias
		if !s.Policy.inviterLast {
			s.add(s.Invite.Origin, "invite")
		}
	}
	if !(byAlias && s.Policy.replacesVia) {
		for _, v := range s.Header.Via {
			s.add(v, "via")
		}
	}
	if s.Policy.aliasServer == aliasIfNobody && !byAlias && len(s.Candidates) == 0 {
		s.addRoomServer()
	}
	if s.Policy.inviterLast && !byAlias {
		s.addInviter()
	}
	s.putLast()
	s.settle(*e)
}

func (s *State) answered(t Trace, e *Entry) {
	asked := t.Entry(e.Answers)
	if e.Step == A7 {
		s.fate = FateOf(asked, e)
	}
	if s.interrupted(e) {
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
	case A8:
		s.Done = e.Kind == Response
		switch {
		case e.Kind == Failure:
			s.stop(e, outcomeOf(e), nil, "our client gave up: "+e.Failure.Message)
		case e.Response.Status < 300:
		case e.Response.Status == 504:
			s.stop(e, TimedOut, response.RefusalOf(e.Response), "our client was told that the join took too long")
		case s.Reply != nil && s.Verification == nil:
			s.stop(e, Failed, nil, "our client was told that it failed before the answer was verified"+s.fateWords())
		case response.SpeakerOf(e.Response) != response.Homeserver:
			f := response.RefusalOf(e.Response)
			s.stop(e, Failed, f, f.Speaker.Who(s.Header.Joining)+" answers our client")
		default:
			s.stop(e, Refused, response.RefusalOf(e.Response), "our client's own server turned it down")
		}
	case L1:
		if e.Failure == nil {
			return
		}
		s.stop(e, Failed, nil, "the join event could not be made: "+e.Failure.Message)
	case R:
		if asked == nil || asked.Request == nil {
			return
		}
		if asked.Request.Endpoint == client.StateIDs && asked.From == Joining && s.wantsStateIDs() {
			s.stateIDsAnswered(e)
		}
		if asked.Request.Endpoint == client.ServerVersion && asked.From == Joining {
			s.softwareAnswered(e)
		}
		switch asked.Request.Endpoint {
		case client.NotaryQuery:
			if asked.From == Joining {
				s.Keys.LearnFromNotary(e.fetched(s.Header), client.NotarySubject(asked.Request.Target))
			}
		case client.ServerKeys:
			// What an address says when the handshake is over changes nothing of what was verified.
			if asked.From == Joining && !(s.Probing() && s.Keys.Of(e.Server) != nil) {
				s.Keys.Learn(e.keys(s.Header))
			}
		case client.Invite:
			if e.Kind == Response && response.Succeeds(e.Response) && !s.Asked {
				s.Invite = inviteOf(asked)
			}
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
		if s.interrupted(e) {
			return
		}
		failure := d.Failure
		if failure == nil {
			failure = &client.Failure{Kind: client.FailedResolve, Message: "no address"}
		}
		s.Unresolved[d.Server] = failure
		switch {
		case e.To == Directory:
			s.stop(e, outcomeOfFailure(failure), nil, "the directory server cannot be found")
		case e.To == Joining:
			s.Keys.Unresolved(d.Server, failure.Message)
		case e.To == Resident && s.Build == nil:
			s.sawFailure[outcomeOfFailure(failure)] = true
			s.next(e, failure.Message)
		case e.To == Resident && s.Reply == nil:
			s.stop(e, outcomeOfFailure(failure), nil, "the resident server that should get the join cannot be found")
		}
	case e.Step == L1 && e.Build != nil && e.Build.Membership == "leave":
		s.Undo.Build = e.Build
	case e.Step == L1 && e.Build != nil && s.Template != nil: // without a protoevent it is no event of this handshake
		s.Build = e.Build
		if s.Header.DryRun {
			s.stop(e, DryRun, nil, "stopped before send_join, as asked")
		}
	case e.Step == L2 && s.Reply != nil:
		s.Verification = s.verification(t)
		switch v := s.Verification; {
		case v.Invalid != "":
			s.stop(e, Invalid, nil, v.Invalid+s.fateWords())
		case v.Unproven != "":
			s.stop(e, Invalid, nil, "not proven: "+v.Unproven)
		}
	}
}

// next leaves the present candidate for the one after it.
func (s *State) next(e *Entry, why string) {
	if s.at < len(s.Candidates) {
		c := &s.Candidates[s.at]
		c.Tried, c.Answer, c.Why = true, e.Seq, why
	}
	s.settle(*e)
}

// settle moves to the first candidate that may still be asked. Where none is left it falls back to the directory, when
// an alias is known that has not been asked for yet; otherwise the handshake stops.
func (s *State) settle(e Entry) {
	for s.at < len(s.Candidates) && s.Candidates[s.at].Tried {
		s.at++
	}
	if most := s.Policy.MostRefusals; most > 0 && s.at >= most {
		s.at = len(s.Candidates)
	}
	if s.at < len(s.Candidates) || s.wantsDirectory() {
		return
	}
	if s.first != nil { // every candidate has been asked, and one of them helped
		s.take(s.first)
		return
	}
	outcome, why := s.exhausted()
	s.stop(&e, outcome, nil, why)
}

// wantsDirectory reports whether the directory server is to be asked: an alias is known, and either the room ID is not,
// or no candidate is left that came from elsewhere.
func (s *State) wantsDirectory() bool {
	return s.Alias != "" && s.Directory == nil && (s.RoomID == "" || s.at >= len(s.Candidates))
}

func (s *State) stop(e *Entry, outcome Outcome, refusal *response.Refusal, why string) {
	if s.Stopped == nil {
		s.Stopped = &Stop{Seq: e.Seq, Step: e.Step, Outcome: outcome, Refusal: refusal, Why: why}
	}
}

// final reports whether a refused make_join ends the attempt, as the policy has it. The server that invited us may have
// left since: its refusal is not the room's, as long as the directory can name others.
func (s *State) final(f *response.Refusal) bool {
	if s.Header.AskAll {
		return false
	}
	if s.at < len(s.Candidates) && s.Candidates[s.at].From == "invite" && s.Alias != "" && s.Directory == nil {
		return false
	}
	return s.Policy.Ends(f)
}

// take settles on a protoevent.
func (s *State) take(t *verify.Template) {
	s.Template, s.TemplateChecks = t, s.CheckTemplate(t, "join")
}

// invited reports whether an invite is to the room asked for.
func (s *State) Invited() bool {
	return s.Invite != nil && (s.RoomID == s.Invite.RoomID || s.Alias != "" && s.Alias == s.Invite.Alias)
}

func (s *State) addInviter() {
	if s.Invited() {
		s.add(s.Invite.Origin, "invite")
	}
}

// add appends a candidate unless it is ourselves or is there already. A name that is no server name stays in the list,
// with the reason it is not asked.
func (s *State) add(server, from string) {
	if server == s.Header.Joining || slices.ContainsFunc(s.Candidates, func(c Candidate) bool { return c.Server == server }) {
		return
	}
	c := Candidate{Server: server, From: from}
	if _, err := client.ParseServerName(server); err != nil {
		c.Tried, c.Why = true, err.Error()
	}
	s.Candidates = append(s.Candidates, c)
}

func (s *State) directoryAnswered(e *Entry) {
	if e.Kind == Failure {
		s.stop(e, outcomeOf(e), nil, "the directory server gave no whole answer")
		return
	}
	if f := response.RefusalOf(e.Response); !response.Succeeds(e.Response) && f.Speaker != response.Homeserver {
		s.stop(e, Failed, f, f.Speaker.Who(e.Server)+" answers: the directory server has said nothing about the alias")
		return
	} else if !response.Succeeds(e.Response) {
		s.stop(e, Refused, f, "the directory server does not name the room")
		return
	}
	a := e.Directory()
	s.Directory = a
	if a.Problem != "" {
		s.stop(e, Invalid, nil, "the directory's answer cannot be used: "+a.Problem)
		return
	}
	if s.RoomID != "" && s.RoomID != a.RoomID {
		s.stop(e, Invalid, nil, "the directory names another room than the invite")
		return
	}
	s.RoomID = a.RoomID
	s.addListed(a.Servers)
	s.addInviter()
	s.putLast()
	s.settle(*e)
}

func (s *State) templateAnswered(e *Entry) {
	if e.Kind == Failure {
		s.sawFailure[outcomeOf(e)] = true
		s.next(e, e.Failure.Message)
		return
	}
	s.sawAnswer = true
	if speaker := response.SpeakerOf(e.Response); speaker == response.Homeserver {
		s.sawRefusal = true
	} else {
		s.instead = append(s.instead, speaker.Who(e.Server))
	}
	for i := range s.Candidates {
		s.Candidates[i].answered = s.Candidates[i].answered || s.Candidates[i].Server == e.Server
	}
	if !response.Succeeds(e.Response) {
		f := response.RefusalOf(e.Response)
		switch final := s.final(f); {
		case final && f.Speaker != response.Homeserver:
			s.stop(e, Failed, f, f.Speaker.Who(e.Server)+" answers make_join: the homeserver has said nothing")
		case final:
			s.stop(e, Refused, f, "the resident server refuses the join")
		default:
			s.next(e, f.String())
			return
		}
		s.Stopped.Untried = s.untried()
		return
	}
	t := e.Template()
	checks := s.CheckTemplate(t, "join")
	s.brought(e, checks)
	if why := verify.RefusedBy(checks); why != "" {
		s.TemplateChecks = checks
		s.next(e, why)
		return
	}
	asking := s.at < len(s.Candidates) // a trace from elsewhere may hold answers that nobody was asked for
	if asking {
		s.Candidates[s.at].Answer = e.Seq
	}
	if !s.Header.AskAll {
		s.take(t)
		return
	}
	if s.first == nil {
		s.first = t
	}
	if asking {
		s.Candidates[s.at].Tried = true
	}
	s.settle(*e)
}

// softwareAnswered takes in what a candidate says it runs.
func (s *State) softwareAnswered(e *Entry) {
	for i := range s.Candidates {
		if c := &s.Candidates[i]; c.Server == e.Server {
			c.asked = true
			if e.Kind == Response && response.Succeeds(e.Response) {
				c.Software = softwareOf(e.Response.Body)
			}
		}
	}
}

func (s *State) replyAnswered(e *Entry) {
	if e.Kind == Failure {
		outcome, why := s.fate.stopsAt(e)
		s.stop(e, outcome, nil, why)
		return
	}
	answer := response.Unlisted(e.Response)
	if response.Succeeds(answer) {
		s.Reply = e.Reply()
		return
	}
	f := response.RefusalOf(answer)
	if !s.sendV1 && f.Errcode == "M_UNRECOGNIZED" && (f.Status == 404 || f.Status == 400 || f.Status == 405) {
		s.sendV1, s.Sent, s.fate = true, nil, FateNotSent // the same event, the older endpoint
		return
	}
	outcome, why := s.fate.stopsAt(e)
	s.stop(e, outcome, f, why)
}

// inviteOf reads an invite that reached our listener; nil when it names no room or no sender.
func inviteOf(e *Entry) *Invite {
	return parsed(e, func() *Invite {
		members, err := event.Members(e.Request.Body)
		if err != nil {
			return nil
		}
		i := &Invite{Seq: e.Seq}
		for _, m := range members {
			switch m.Key {
			case "event":
				i.RoomID, i.Origin = inviteEvent(m.Value)
			case "invite_room_state":
				i.Alias = canonicalAlias(m.Value)
			}
		}
		if i.RoomID == "" || i.Origin == "" {
			return nil
		}
		return i
	})
}

func inviteEvent(raw []byte) (room, origin string) {
	members, err := event.Members(raw)
	if err != nil {
		return "", ""
	}
	for _, m := range members {
		switch m.Key {
		case "room_id":
			room, _ = event.String(m.Value)
		case "sender":
			sender, _ := event.String(m.Value)
			origin = client.Domain(sender)
		}
	}
	return room, origin
}

// canonicalAlias finds the room's alias in stripped state; empty when there is none that is an alias.
func canonicalAlias(stripped []byte) string {
	events, err := event.Elements(stripped)
	if err != nil {
		return ""
	}
	for _, raw := range events {
		var kind, alias string
		members, err := event.Members(raw)
		if err != nil {
			continue
		}
		for _, m := range members {
			switch m.Key {
			case "type":
				kind, _ = event.String(m.Value)
			case "content":
				content, err := event.Members(m.Value)
				if err != nil {
					continue
				}
				for _, c := range content {
					if c.Key == "alias" {
						alias, _ = event.String(c.Value)
					}
				}
			}
		}
		if kind == "m.room.canonical_alias" && client.IsAlias(alias) {
			return alias
		}
	}
	return ""
}

// sendTo returns the server that gets send_join: the one that gave the protoevent, or in the 2015 form, if so asked, the
// next candidate.
func (s State) sendTo() string {
	if s.Header.Form == Form2015 && s.Header.SendTo == SendToAnother {
		for _, c := range s.Candidates {
			if !c.Tried && c.Server != s.Template.Server {
				return c.Server
			}
		}
	}
	return s.Template.Server
}

// Candidate returns the candidate being asked or about to be; false when none is left.
func (s State) Candidate() (Candidate, bool) {
	if s.at >= len(s.Candidates) {
		return Candidate{}, false
	}
	return s.Candidates[s.at], true
}

// Following returns the candidates after the one being asked.
func (s State) Following() []Candidate { return s.Candidates[min(s.at+1, len(s.Candidates)):] }

// NobodyAnswered reports whether candidates were asked for a protoevent and none gave an answer of any kind.
func (s State) NobodyAnswered() bool { return s.asked && !s.sawAnswer }
