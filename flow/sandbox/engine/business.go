package engine

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"
	"time"

	"doorstep/client"
)

// Whoever wants to join a hosted room has business with its servers, and says so by asking for a template. Nobody is
// asked for keys on behalf of others, and of those who ask as many as this.
const (
	mostProven  = 1000 // servers that are remembered to have proved who they are
	mostAskings = 60   // askings for keys in askedWithin
	askedWithin = time.Minute
	askedAgain  = 2 * time.Second // after which the same server is asked once more
)

// callers are the servers that came to a hosted federation.
type callers struct {
	mu     sync.Mutex
	proven map[string]bool
	asked  []asking // for keys, in order
}

// An asking is a fetch of a key document from a server that is not ours.
type asking struct {
	by, of string
	at     time.Time
}

// prove notes that a server has proved who it is.
func (c *callers) prove(name string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.proven == nil {
		c.proven = map[string]bool{}
	}
	if len(c.proven) < mostProven {
		c.proven[name] = true
	}
}

func (c *callers) hasProved(name string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.proven[name]
}

// mayAsk reports whether one of our servers may ask another one for its keys now, and counts it.
func (c *callers) mayAsk(by, of string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := time.Now()
	for len(c.asked) > 0 && now.Sub(c.asked[0].at) > askedWithin {
		c.asked = c.asked[1:]
	}
	if len(c.asked) >= mostAskings {
		return false
	}
	for _, a := range c.asked {
		if a.by == by && a.of == of && now.Sub(a.at) < askedAgain {
			return false
		}
	}
	c.asked = append(c.asked, asking{by, of, now})
	return true
}

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
