package engine

import (
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"doorstep/client"
	"doorstep/flow"
	"doorstep/flow/alter"
	"doorstep/flow/answer"
	"doorstep/flow/event"
)

// pass has the gate look at an answer before it is written: it may hold it, or have another given in its place. Where
// it gives none, or whoever asked gives up meanwhile, pass panics as the http package asks for. Answers to requests
// that nobody is known to have signed pass: otherwise strangers could have any number of them wait.
func (s *Server) pass(t *telling, q *request, p Prepared) Prepared {
	gate, step := s.Federation.gate, answer.StepOf(q.raw.Endpoint)
	if gate == nil || step == "" || q.origin == "" {
		return p
	}
	t.held = time.Now()
	d, err := gate(q.ctx, s.draft(step, q, p), s.known(q))
	if err != nil || q.ctx.Err() != nil {
		panic(http.ErrAbortHandler)
	}
	t.by = Gated{Instead: d.Altered(), Held: time.Since(t.held)}
	if d.Delivery.Dropped {
		panic(http.ErrAbortHandler)
	}
	out := Prepared{Status: d.Status, Header: http.Header{}, Body: d.Body, Delivery: d.Delivery}
	for _, f := range d.Header {
		out.Header.Add(f.Name, f.Value)
	}
	out.Header.Set("Content-Length", strconv.Itoa(len(d.Body)))
	return out
}

// draft is an answer as it would be given.
func (s *Server) draft(step flow.StepID, q *request, p Prepared) answer.Draft {
	d := answer.Draft{Step: step, Server: s.Name, Origin: q.origin, Asked: q.raw, Status: p.Status, Body: p.Body,
		Delivery: p.Delivery, Version: s.Federation.Room.Version()}
	for _, name := range slices.Sorted(maps.Keys(p.Header)) {
		for _, value := range p.Header[name] {
			if !alter.SetOnAnswering(name) {
				d.Header = append(d.Header, client.Field{Name: name, Value: value})
			}
		}
	}
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
