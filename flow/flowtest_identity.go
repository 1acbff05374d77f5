package flow

import "doorstep/client"

// atRealServer is a join of a real server's room, by a joining server whose listener is at listen.
func atRealServer(listen string) *script {
	return newScript(func(h *Header) {
		h.Target, h.Via, h.Source, h.Listen = "!r:a.example", []string{"a.example"}, "join", listen
		h.KeyID, h.VerifyKey = "ed25519:us", ourVerifyKey
	}).joins()
}

// refuses is a refusal of a.example, and what our client hears of it.
func (s *script) refuses(status int, body string, fields ...string) *script {
	if next, ok := Fold(s.trace).Next(); ok && next.Work == Resolve {
		s.finds([]string{"192.0.2.1:8448"})
	}
	s.gets(saysStatus(status, body, fields...))
	s.add(Entry{Kind: Response, Step: A8, From: Joining, To: Client, Answers: 1, Response: &client.Response{Status: 502, Body: []byte(`{}`)}})
	return s
}

// called is a connection of server to our listener that brought no request.
func (s *script) called(server string, f client.Failure) *script {
	s.add(Entry{Kind: Failure, Step: R, From: Resident, To: Joining, Server: server, Inferred: server != "", Failure: &f,
		Connection: &client.Connection{Address: "192.0.2.7:40000"}})
	return s
}

// looksForUs answers the questions about our own name: it leads to addresses, where that document is published.
func (s *script) looksForUs(document string, addresses ...string) *script {
	for {
		next, ok := Fold(s.trace).Next()
		if !ok {
			return s
		}
		if next.Work == Resolve {
			s.finds(addresses, "*6 A joining.example => 192.0.2.2")
			continue
		}
		e := saysStatus(200, document)
		e.Connection = &client.Connection{Address: addresses[0]}
		s.exchange(next.ID, next.To, next.Server, next.Request, e)
	}
}

var (
	distrust = client.Failure{Kind: client.FailedTLS, Part: client.PartTLS, Alert: client.AlertUnknownCA, Message: "the caller ended TLS: unknown certificate authority"}
	hungUp   = client.Failure{Kind: client.FailedClosed, Part: client.PartTLS, Message: "the caller hung up in the TLS handshake"}
)

const (
	wrongSignature = `{"errcode":"M_UNAUTHORIZED","error":"Invalid signature for server joining.example with key ed25519:us"}`
	keyOrSignature = `{"message":"Invalid request signature"}`
	keyMissing     = `{"errcode":"M_UNAUTHORIZED","error":"Failed to find any key to satisfy"}`
	devices        = `{"user_id":"@doorstep:a.example","stream_id":1,"devices":[]}`
	noKeys         = `{"server_keys":[]}`
)

const (
	tuwunelNoKey = `{"errcode":"M_FORBIDDEN","error":"Failed to fetch signing keys: no such host"}`
	ourAddress   = "192.0.2.2:8448"
	ourVerifyKey = "BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBA"
)
