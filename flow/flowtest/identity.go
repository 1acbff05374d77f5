package flowtest

import (
	"doorstep/client"
	"doorstep/flow"
)

// AtRealServer is a join of a real server's room, by a joining server whose listener is at listen.
func AtRealServer(listen string) *Script {
	return NewScript(func(h *flow.Header) {
		h.Target, h.Via, h.Source, h.Listen = "!r:a.example", []string{"a.example"}, "join", listen
		h.KeyID, h.VerifyKey = "ed25519:us", OurVerifyKey
	}).Joins()
}

// Refuses is a refusal of a.example, and what our client hears of it.
func (s *Script) Refuses(status int, body string, fields ...string) *Script {
	if next, ok := flow.Fold(s.Trace).Next(); ok && next.Work == flow.Resolve {
		s.Finds([]string{"192.0.2.1:8448"})
	}
	s.Gets(SaysStatus(status, body, fields...))
	s.Add(flow.Entry{Kind: flow.Response, Step: flow.A8, From: flow.Joining, To: flow.Client, Answers: 1,
		Response: &client.Response{Status: 502, Body: []byte(`{}`)}})
	return s
}

// Called is a connection of server to our listener that brought no request.
func (s *Script) Called(server string, f client.Failure) *Script {
	s.Add(flow.Entry{Kind: flow.Failure, Step: flow.R, From: flow.Resident, To: flow.Joining, Server: server,
		Inferred: server != "", Failure: &f,
		Connection: &client.Connection{Address: "192.0.2.7:40000"}})
	return s
}

// LooksForUs answers the questions about our own name: it leads to addresses, where that document is published.
func (s *Script) LooksForUs(document string, addresses ...string) *Script {
	for {
		next, ok := flow.Fold(s.Trace).Next()
		if !ok {
			return s
		}
		if next.Work == flow.Resolve {
			s.Finds(addresses, "*6 A joining.example => 192.0.2.2")
			continue
		}
		e := SaysStatus(200, document)
		e.Connection = &client.Connection{Address: addresses[0]}
		s.Exchange(next.ID, next.To, next.Server, next.Request, e)
	}
}

var (
	Distrust = client.Failure{Kind: client.FailedTLS, Part: client.PartTLS, Alert: client.AlertUnknownCA,
		Message: "the caller ended TLS: unknown certificate authority"}
	HungUp = client.Failure{Kind: client.FailedClosed, Part: client.PartTLS,
		Message: "the caller hung up in the TLS handshake"}
)

const (
	WrongSignature = `{"errcode":"M_UNAUTHORIZED",` +
		`"error":"Invalid signature for server joining.example with key ed25519:us"}`
	KeyOrSignature = `{"message":"Invalid request signature"}`
	KeyMissing     = `{"errcode":"M_UNAUTHORIZED","error":"Failed to find any key to satisfy"}`
	Devices        = `{"user_id":"@doorstep:a.example","stream_id":1,"devices":[]}`
	NoKeys         = `{"server_keys":[]}`
)

const (
	TuwunelNoKey = `{"errcode":"M_FORBIDDEN","error":"Failed to fetch signing keys: no such host"}`
	OurAddress   = "192.0.2.2:8448"
	OurVerifyKey = "BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBA"
)
