// Package alter changes a step of the handshake before it is done: what would be sent, or signed, as a draft that
// somebody edits as text or that a ready mutation changes. It sends nothing and signs nothing.
package alter

import (
	"bytes"
	"slices"

	"doorstep/client"
	"doorstep/flow"
	"doorstep/flow/event"
)

// A Draft is what a step would send, or, for L1, the event that it would hash and sign.
type Draft struct {
	Step flow.StepID

	Server   string // whom the request goes to
	Endpoint client.Endpoint
	Method   string
	Target   string
	// Header is what is sent but for Host, Content-Length and Connection, which are set on sending; a Host that stands
	// here is sent. client.ToBeSigned stands in place of the X-Matrix signature.
	Header []client.Field
	Body   []byte // of L1 the event without hash and signature

	Version *event.Version // of the room; nil while it is not known
	Sealing flow.Sealing   // L1: how the event is hashed and signed

	By       flow.AlteredBy // who changed it last; empty: nobody
	Mutation string         // the name of the mutation that changed it

	usual *Draft // as it was before anybody changed it; nil: this is it
}

// Of is the draft of a step that sends r, which has the header fields that it would have, to a server.
func Of(step flow.StepID, server string, r client.Request, v *event.Version) Draft {
	return Draft{Step: step, Server: server, Endpoint: r.Endpoint, Method: r.Method, Target: r.Target, Header: r.Header,
		Body: r.Body, Version: v}
}

// OfEvent is the draft of L1: an event of version v that is filled in.
func OfEvent(filled []byte, v *event.Version) Draft {
	return Draft{Step: flow.L1, Body: filled, Version: v}
}

// Signs reports whether the draft is of an event to be hashed and signed, and not of a request.
func (d Draft) Signs() bool { return d.Step == flow.L1 }

// Usual returns the draft as it was before anybody changed it.
func (d Draft) Usual() Draft {
	if d.usual == nil {
		return d
	}
	return *d.usual
}

// Changed reports whether anything would go out otherwise than it would have.
func (d Draft) Changed() bool {
	u := d.Usual()
	return d.Server != u.Server || d.Method != u.Method || d.Target != u.Target || !slices.Equal(d.Header, u.Header) ||
		!bytes.Equal(d.Body, u.Body) || (d.Body == nil) != (u.Body == nil) || d.Sealing != u.Sealing
}

// changedBy returns d to be changed by somebody, with what it was.
func (d Draft) changedBy(by flow.AlteredBy, mutation string) Draft {
	u := d.Usual()
	d.usual, d.By, d.Mutation = &u, by, mutation
	d.Header = slices.Clone(d.Header)
	return d
}

// Request is the request of a draft, for client.DoComposed.
func (d Draft) Request() client.Request {
	return client.Request{Endpoint: d.Endpoint, Method: d.Method, Target: d.Target, Header: d.Header, Body: d.Body}
}

// Altered returns what is to be kept of a request that was changed; nil where nothing was.
func (d Draft) Altered() *flow.Altered {
	if !d.Changed() {
		return nil
	}
	a := &flow.Altered{By: d.By, Mutation: d.Mutation, Sealing: d.Sealing}
	if !d.Signs() {
		u := d.Usual().Request()
		a.Server, a.Request, a.OwnSignature = d.Usual().Server, &u, d.ownSignature()
	}
	return a
}

// ownSignature reports whether the draft brings a signature that somebody wrote.
func (d Draft) ownSignature() bool {
	for _, f := range d.Header {
		if !isAuthorization(f) {
			continue
		}
		if x, err := client.ParseXMatrix(f.Value); err == nil {
			return x.Sig != client.ToBeSigned
		}
	}
	return false
}
