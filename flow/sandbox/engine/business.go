package engine

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"doorstep/client"
)

// hasBusiness reports whether a server may be asked for its keys because of a request that claims to be signed by it.
func (f *Federation) hasBusiness(origin string, to route, ids []string) bool {
	switch {
	case f.hosting == nil || f.Servers[origin] != nil: // they are of this program
		return true
	case !f.anybody && origin == f.joining, f.callers.hasProved(origin):
		return true
	}
	return to.endpoint == client.MakeJoin && strings.HasPrefix(ids[0], "!") && client.Domain(ids[1]) == origin
}

// turnsAway looks at the head of a request that has to be signed, before its body is read. Where it is not looked into
// any further it returns the refusal, and what is found wrong with it.
func (s *Server) turnsAway(to route, ids []string, r *http.Request) (*Judgement, *Reply) {
	if !to.signed {
		return nil, nil
	}
	x, err := client.Claim(r.Header.Values("Authorization"), s.Name)
	if err == nil && !s.Federation.hasBusiness(x.Origin, to, ids) {
		err = &client.AuthError{Reason: client.AuthUnknownKey, Err: errors.New(x.Origin + " is not asked for its keys: " +
			"it has not asked to join")}
	}
	if err == nil {
		return nil, nil
	}
	found, reply := s.unproved(x, err)
	return &found, reply
}

// authenticate verifies the request's X-Matrix signature and notes its origin; otherwise it returns the refusal.
// Spec: server-server, Request Authentication.
func (s *Server) authenticate(q *request) *Reply {
	done := client.Await(q.ctx)
	x, err := client.VerifyRequest(q.ctx, q.raw, q.header.Values("Authorization"), s.Name, s.requestKey)
	if done(); err == nil {
		q.origin = x.Origin
		if s.outside(x.Origin) {
			s.Federation.callers.prove(x.Origin)
		}
		s.watch.Judged(q.id, Judgement{Origin: x.Origin, KeyID: x.Key})
		return s.welcome(q)
	}
	found, reply := s.unproved(x, err)
	s.watch.Judged(q.id, found)
	return reply
}

// unproved is what is found, and answered, of a request that is not authenticated. Servers that strangers reach answer
// all of these alike: what failed tells whether a name that a stranger chose leads anywhere. Whoever runs them is told.
func (s *Server) unproved(x client.XMatrix, err error) (Judgement, *Reply) {
	found := Judgement{Origin: x.Origin, KeyID: x.Key, Says: err.Error()}
	var why *client.AuthError
	if errors.As(err, &why) {
		found.Reason = why.Reason
	}
	says := err.Error()
	if s.Federation.hosting != nil {
		says = client.InvalidSignature
	}
	if found.Reason == client.AuthMalformed { // as anybody can see
		return found, Refuse(400, "M_UNAUTHORIZED", err.Error())
	}
	return found, Refuse(401, "M_UNAUTHORIZED", says)
}

// askKeys asks a server for its key document, where it may be asked.
func (s *Server) askKeys(ctx context.Context, name string) client.Exchange {
	if s.outside(name) && !s.Federation.callers.mayAsk(s.Name, name) {
		return client.Exchange{Server: name, Request: client.KeysRequest(), Failure: &client.Failure{
			Kind: client.FailedCancelled, Part: client.PartPrepare, Message: "not asked: it was a moment ago, or too many were"}}
	}
	return s.ask(ctx, name, client.KeysRequest())
}
