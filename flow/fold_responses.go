package flow

import (
	"strings"

	"doorstep/flow/event"
	"doorstep/flow/response"
	"doorstep/flow/verify"
)

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
	if !a.Usable() {
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
	if !response.Succeeds(e.Response) && s.tooEarly(e) {
		return
	}
	s.sawAnswer = true
	if speaker := e.Speaker(); speaker == response.Homeserver {
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
	if !s.sendV1 && lacksEndpoint(answer) {
		s.sendV1, s.Sent, s.fate = true, nil, FateNotSent // the same event, the older endpoint
		return
	}
	outcome, why := s.fate.stopsAt(e)
	s.stop(e, outcome, f, why)
}

// softwareOf reads what a server says it runs: name and version, as far as they are there.
func softwareOf(body []byte) string {
	server := event.Get(body, "server")
	name, _ := event.GetString(server, "name")
	version, _ := event.GetString(server, "version")
	return strings.TrimSpace(name + " " + version)
}
