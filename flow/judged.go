package flow

import (
	"bytes"
	"cmp"
	"slices"

	"doorstep/client"
	"doorstep/flow/event"
	"doorstep/flow/response"
	"doorstep/flow/verify"
)

// Where servers of ours are asked, it is the joining server that is judged: its requests, the event it made, and what
// it did with our answers.

// wentOn takes in that the joining server of a hosted trace sends a join. Whatever we think of the answers before, it
// goes on from the last protoevent that it was given.
func (s *State) wentOn(t Trace, e *Entry) {
	if !s.Header.Hosted() {
		return
	}
	s.setAside(t)
	s.Stopped, s.Reply, s.Verification = nil, nil, nil
	from := templateBefore(t, e.Seq)
	if from == nil {
		return
	}
	if template := from.Template(); template.RoomVersion != nil && (s.Template == nil || s.Template.Seq != from.Seq) {
		s.take(template)
	}
	if made := BuildOf(s.Header, from, "join", e.Request.Body); made != nil &&
		(s.Build == nil || !bytes.Equal(s.Build.Event, made.Event)) {
		s.Build = made
	}
}

// setAside keeps what was found of the answer to the join before, as far as it could be checked then.
func (s *State) setAside(t Trace) {
	if s.Reply == nil || s.Template == nil {
		return
	}
	found := s.Verification
	if found == nil {
		found = s.verification(t)
	}
	s.formers = append(s.formers[:len(s.formers):len(s.formers)], former{s.Reply.Seq, found, s.othersSigning()})
}

// answerChecks looks at what the joining server did with an answer to send_join.
func (s *State) answerChecks(t Trace, c verify.Conduct) []verify.Check {
	of := former{}
	if s.Reply != nil && s.Reply.Seq == c.Seq {
		of = former{c.Seq, s.Verification, s.othersSigning()}
	}
	for _, f := range s.formers {
		if f.seq == c.Seq {
			of = f
		}
	}
	return append(verify.CheckAnswerTaken(c, of.found), verify.CheckKeysAsked(c, of.signers, s.keysAsked(t))...)
}

// templateBefore returns the last good answer to make_join before the entry with that Seq; nil where there is none.
func templateBefore(t Trace, seq int) *Entry {
	for i := seq - 2; i >= 0; i-- {
		if e := &t.Entries[i]; e.Step == A5 && e.Kind == Response && response.Succeeds(e.Response) {
			return e
		}
	}
	return nil
}

// learnJoiner takes in the key document of the joining server, which a server of ours asked for.
func (s *State) learnJoiner(asked, e *Entry) {
	if !s.Header.Hosted() || asked.To != Joining || asked.Request.Endpoint != client.ServerKeys {
		return
	}
	s.keysAt = e.Seq
	s.Keys.Learn(parsed(e, func() *verify.ServerKeys {
		of := e.fetched(s.Header)
		of.Server = s.Header.Joining
		return verify.ReadKeys(of)
	}))
}

// judge makes the checks on the joining server of a hosted trace, as far as t goes.
func (s *State) judge(t Trace) {
	if !s.Header.Hosted() {
		return
	}
	if s.Verification == nil && s.Reply != nil && s.Template != nil {
		s.Verification = s.verification(t)
	}
	s.reaction = LastReaction(t)
	received := s.received(t)
	from := verify.Joiner{Server: s.Header.Joining, User: s.Header.User, RoomID: s.RoomID, Keys: s.Keys}
	s.JoinerChecks = slices.Concat(checkRequests(received, from), s.checkEvents(t, received, from),
		s.checkConduct(t, received))
	s.settleHosted()
}

// received returns the requests of the joining server for the directory, a protoevent, and its join.
func (s *State) received(t Trace) []verify.Received {
	answers, decided := t.Answers(), map[int]*Authenticated{}
	for i := range t.Entries {
		if a := t.Entries[i].Authenticated; a != nil {
			decided[a.Request] = a
		}
	}
	var out []verify.Received
	for i := range t.Entries {
		e := &t.Entries[i]
		if e.Kind != Request || e.Request == nil || e.From != Joining || e.By != "" ||
			e.Step != A2 && e.Step != A4 && e.Step != A6 {
			continue
		}
		r := verify.Received{Seq: e.Seq, Server: e.Server, At: t.Header.Created.Add(e.At), Request: e.Request}
		if answer := answers[e.Seq]; answer != nil && answer.Failure == nil {
			r.Answer = answer.Response
		}
		if a := decided[e.Seq]; a != nil {
			r.Auth = &verify.Authenticity{Reason: a.Reason, Detail: a.Detail}
		}
		out = append(out, r)
	}
	return out
}

func checkRequests(received []verify.Received, from verify.Joiner) []verify.Check {
	known := "" // of the room, from any answer: some refusals do not tell it
	for _, r := range received {
		if r.Request.Endpoint == client.MakeJoin {
			known = cmp.Or(known, versionAnswered(r.Answer))
		}
	}
	var out []verify.Check
	for i, r := range received {
		out = append(out, verify.CheckRequest(r, from, received[:i])...)
		if r.Request.Endpoint == client.MakeJoin {
			out = append(out, verify.CheckOffer(r, cmp.Or(versionAnswered(r.Answer), known))...)
		}
	}
	return out
}

// versionAnswered is the version of the room that an answer to make_join names, a template's or that of a refusal.
func versionAnswered(r *client.Response) string {
	if r == nil {
		return ""
	}
	version, _ := event.GetString(r.Body, "room_version")
	return version
}

// checkEvents looks at the events that were sent, each once.
func (s *State) checkEvents(t Trace, received []verify.Received, from verify.Joiner) []verify.Check {
	var out []verify.Check
	var before []byte
	for _, r := range joins(received) {
		if before != nil && bytes.Equal(before, r.Request.Body) {
			continue
		}
		before = r.Request.Body
		made := verify.MadeEvent{Sent: r, Joiner: from, Redacted: s.Header.Redacted != nil}
		if brought := templateBefore(t, r.Seq); brought != nil {
			made.Template = brought.Template()
		}
		out = append(out, verify.CheckMade(made)...)
	}
	return out
}

// joins are those of the requests that bring a join.
func joins(received []verify.Received) []verify.Received {
	var out []verify.Received
	for _, r := range received {
		if r.Request.Endpoint == client.SendJoinV1 || r.Request.Endpoint == client.SendJoinV2 {
			out = append(out, r)
		}
	}
	return out
}

// checkConduct looks at what the joining server did with our answers.
func (s *State) checkConduct(t Trace, received []verify.Received) []verify.Check {
	var out []verify.Check
	for _, r := range Reactions(t) {
		c := verify.Conduct{Seq: r.To, Accepted: r.Does == Accepts, Refused: r.Does == Refuses, How: r.Words()}
		switch {
		case r.Step == A5:
			out = append(out, verify.CheckTemplateTaken(c, s.broughtChecks[r.To])...)
		case r.Step == A7:
			out = append(out, s.answerChecks(t, c)...)
		}
	}
	return append(out, verify.CheckSentOnce(joins(received), func(a, b verify.Received) bool {
		return templateBefore(t, a.Seq) == templateBefore(t, b.Seq)
	})...)
}

// othersSigning are the servers that signed something in the answer, but for the joining server itself.
func (s *State) othersSigning() []string {
	return slices.DeleteFunc(s.Signers(), func(server string) bool { return server == s.Header.Joining })
}

// keysAsked are the servers whose keys the joining server has asked for, of themselves or of a notary.
func (s *State) keysAsked(t Trace) []string {
	var out []string
	for i := range t.Entries {
		e := &t.Entries[i]
		if e.Kind != Request || e.From != Joining || e.By != "" || e.Request == nil { // By: others, in its place
			continue
		}
		switch e.Request.Endpoint {
		case client.ServerKeys:
			out = append(out, e.Server)
		case client.NotaryQuery:
			if subject := client.NotarySubject(e.Request.Target); subject != "" {
				out = append(out, subject)
			}
			asked, _ := event.Members(event.Get(e.Request.Body, "server_keys"))
			for _, m := range asked {
				out = append(out, m.Key)
			}
		}
	}
	return out
}
