package answer

import (
	"bytes"
	"context"
	"slices"

	"doorstep/client"
	"doorstep/flow"
	"doorstep/flow/event"
)

// A Draft is an answer before it is given.
type Draft struct {
	Step   flow.StepID    // of the answer
	Server string         // who answers
	Origin string         // the server that asked, where its signature was verified; empty: nobody knows
	Asked  client.Request // what was asked; without the signature of its Authorization header

	Status int
	// Header is what is answered but for Content-Length, Date and Connection, which are set on answering.
	Header   []client.Field
	Body     []byte
	Delivery flow.Delivery

	Version *event.Version // of the room

	By       flow.AlteredBy // who changed it last; empty: nobody
	Mutation string         // the name of the mutation that changed it

	usual *Draft // as it was before anybody changed it; nil: this is it
}

// A Gate is asked about an answer before it is given, and returns what is given: at once, or whenever it likes, before
// ctx ends. With an error nothing is given: the connection is closed. It is called by several requests at once.
type Gate func(ctx context.Context, d Draft, k Known) (Draft, error)

// StepOf is the step of the answer to a request for an endpoint; empty where that is no arrow of the handshake.
func StepOf(at client.Endpoint) flow.StepID { return steps[at] }

var steps = map[client.Endpoint]flow.StepID{client.QueryDirectory: flow.A3, client.MakeJoin: flow.A5,
	client.SendJoinV1: flow.A7, client.SendJoinV2: flow.A7, client.MakeLeave: flow.U2, client.SendLeave: flow.U4}

// Usual returns the draft as it was before anybody changed it.
func (d Draft) Usual() Draft {
	if d.usual == nil {
		return d
	}
	return *d.usual
}

// Changed reports whether anything would be answered otherwise than it would have been.
func (d Draft) Changed() bool {
	u := d.Usual()
	return d.Status != u.Status || !slices.Equal(d.Header, u.Header) || !bytes.Equal(d.Body, u.Body) ||
		d.Delivery != u.Delivery
}

// changedBy returns d to be changed by somebody, with what it was.
func (d Draft) changedBy(by flow.AlteredBy, mutation string) Draft {
	u := d.Usual()
	d.usual, d.By, d.Mutation = &u, by, mutation
	d.Header = slices.Clone(d.Header)
	return d
}

// Response is the answer of a draft, as it is written: cut short where it is.
func (d Draft) Response() client.Response {
	body := d.Body
	if d.Delivery.Cut > 0 && d.Delivery.Cut < len(body) {
		body = body[:d.Delivery.Cut:d.Delivery.Cut]
	}
	return client.Response{Status: d.Status, Header: d.Header, Body: body}
}

// Altered returns what is to be kept of an answer that was changed; nil where nothing was.
func (d Draft) Altered() *flow.Altered {
	if !d.Changed() {
		return nil
	}
	usual := d.Usual().Response()
	return &flow.Altered{By: d.By, Mutation: d.Mutation, Server: d.Server, Response: &usual, Delivery: d.Delivery}
}
