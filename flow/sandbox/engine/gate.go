package engine

import (
	"net/http"
	"strings"

	"doorstep/client"
	"doorstep/flow"
	"doorstep/flow/answer"
	"doorstep/flow/event"
)

// pass has the gate look at an answer before it is written: it may hold it, or have another given in its place. Where
// it gives none, or whoever asked gives up meanwhile, the connection is closed.
func (s *Server) pass(w http.ResponseWriter, q *request, reply *Reply, cut int) {
	d, err := s.Federation.gate(q.ctx, s.draft(q, reply, cut), s.known(q))
	if err != nil || q.ctx.Err() != nil {
		panic(http.ErrAbortHandler)
	}
	written{d.Status, d.Header, d.Body, d.Delivery}.to(q.ctx, w)
}

// draft is an answer as it would be given.
func (s *Server) draft(q *request, reply *Reply, cut int) answer.Draft {
	d := answer.Draft{Step: answer.StepOf(q.raw.Endpoint), Server: s.Name, Origin: q.origin, Asked: q.raw,
		Delivery: flow.Delivery{Cut: cut}, Version: s.Federation.Room.Version()}
	d.Status, d.Header, d.Body = reply.encode()
	return d
}

// known is what a change to the answer may need: the keys of our servers, and who joins.
func (s *Server) known(q *request) answer.Known {
	return answer.Known{User: joiner(q), Key: func(server string) (event.SigningKey, bool) {
		of, ok := s.Federation.Servers[server]
		if !ok {
			return event.SigningKey{}, false
		}
		return of.Keys.Current, true
	}}
}

// joiner is the user that a request is about; empty where it says nothing of one.
func joiner(q *request) string {
	switch q.raw.Endpoint {
	case client.MakeJoin, client.MakeLeave:
		return q.path[1]
	case client.SendJoinV1, client.SendJoinV2, client.SendLeave:
		if user, _ := event.GetString(q.body, "state_key"); strings.HasPrefix(user, "@") {
			return user
		}
	}
	return ""
}
