package flow

import (
	"fmt"
	"strings"
	"time"

	"doorstep/client"
)

// A script builds a trace by hand: what was asked and what came back, without a network.
type script struct{ trace Trace }

func newScript(change func(*Header)) *script {
	h := someTrace().Header
	if change != nil {
		change(&h)
	}
	return &script{Trace{Header: h}}
}

func (s *script) add(e Entry) int {
	e.Seq = len(s.trace.Entries) + 1
	s.trace.Entries = append(s.trace.Entries, e.Remembering())
	return e.Seq
}

// joins is A1.
func (s *script) joins() *script {
	s.add(Entry{Kind: Request, Step: A1, From: Client, To: Joining, Request: &client.Request{Endpoint: client.ClientJoin}})
	return s
}

// does carries out the next step, with an answer of that status and body; where a name has to be found, it is.
// Status 0 is no answer.
func (s *script) does(status int, body string) *script {
	step, ok := Fold(s.trace).Next()
	if !ok {
		panic("no next step")
	}
	if step.Work == Resolve {
		s.add(Entry{Kind: Local, Step: R, From: Joining, To: step.To, Server: step.Server,
			Discovery: &client.Discovery{Server: step.Server, Destinations: []client.Destination{{Server: step.Server, Address: "127.0.0.1:1"}}}})
		return s.does(status, body)
	}
	if step.Request.Endpoint == client.ServerVersion {
		return s.software().does(status, body)
	}
	asked := s.add(Entry{Kind: Request, Step: step.ID, From: Joining, To: step.To, Server: step.Server, Request: &step.Request})
	if status != 0 { // what could not be sent has no header fields
		step.Request.Header = []client.Field{{Name: "Host", Value: step.Server}}
	}
	e := Entry{Kind: Response, Step: answerTo[step.ID], From: step.To, To: Joining, Server: step.Server, Answers: asked,
		Response: &client.Response{Status: status, Body: []byte(body)}}
	if status == 0 {
		e.Kind, e.Response, e.Failure = Failure, nil, &client.Failure{Kind: client.FailedConnect, Message: body}
	}
	s.add(e)
	return s
}

// loses carries out the next request, which goes out, and no answer comes.
func (s *script) loses(kind client.FailureKind) *script {
	step, ok := Fold(s.trace).Next()
	if !ok {
		panic("no next step")
	}
	step.Request.Header = []client.Field{{Name: "Host", Value: step.Server}}
	asked := s.add(Entry{Kind: Request, Step: step.ID, From: Joining, To: step.To, Server: step.Server, Request: &step.Request})
	s.add(Entry{Kind: Failure, Step: answerTo[step.ID], From: step.To, To: Joining, Server: step.Server, Answers: asked,
		Failure: &client.Failure{Kind: kind, Message: "no answer"}})
	return s
}

// software answers the requests for what a candidate runs, as long as there are any.
func (s *script) software() *script {
	for {
		step, ok := Fold(s.trace).Next()
		if !ok || step.Request.Endpoint != client.ServerVersion {
			return s
		}
		asked := s.add(Entry{Kind: Request, Step: R, From: Joining, To: Resident, Server: step.Server, Request: &step.Request})
		s.add(Entry{Kind: Response, Step: R, From: Resident, To: Joining, Server: step.Server, Answers: asked,
			Response: &client.Response{Status: 200, Body: []byte(`{"server":{"name":"Test","version":"1"}}`)}})
	}
}

const (
	aliasAnswer = `{"room_id":"!r:a.example","servers":["a.example","b.example","joining.example","a.example","not a name"]}`
	goodEvent   = `{"type":"m.room.member","room_id":"!r:a.example","sender":"@you:joining.example","state_key":"@you:joining.example",` +
		`"content":{"membership":"join"},"auth_events":["$a"],"prev_events":["$b"],"depth":7}`
	goodTemplate = `{"room_version":"11","event":` + goodEvent + `}`
)

func refusalBody(errcode string) string { return fmt.Sprintf(`{"errcode":%q,"error":"no"}`, errcode) }

// next is the next step in short: its ID and whom it asks; or how the handshake ended.
func next(t Trace) string {
	s := Fold(t)
	step, ok := s.Next()
	switch {
	case ok && step.Work == Resolve:
		return "find " + step.Server
	case ok && step.Request.Endpoint == client.ServerVersion:
		return "version " + step.Server
	case ok && step.Work == ClientHears:
		return "A8 " + string(s.Outcome())
	case ok:
		return strings.TrimSpace(string(step.ID) + " " + step.Server)
	}
	return "over"
}

// someTrace holds one entry of every kind, with bytes that JSON strings cannot carry.
func someTrace() Trace {
	h := Header{Created: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC), Tool: "test", Source: "test", Joining: "joining.example",
		User: "@you:joining.example", Target: "#room:directory.example", Form: FormCurrent, SendTo: SendToSame, Offered: []string{"11"}, LeftOut: leftOut}
	return Trace{Header: h, Entries: []Entry{
		{Seq: 1, At: 1, Kind: Request, Step: A1, From: Client, To: Joining, Request: &client.Request{Endpoint: client.ClientJoin, Method: "POST", Target: "/x", Body: []byte("{}")}},
		{Seq: 2, At: 2, Took: 1, Kind: Local, Step: R, From: Joining, To: Directory, Server: "directory.example",
			Discovery: &client.Discovery{Server: "directory.example", Destinations: []client.Destination{{Server: "directory.example", Address: "127.0.0.1:1"}}}},
		{Seq: 3, At: 3, Kind: Request, Step: A2, From: Joining, To: Directory, Server: "directory.example",
			Request: &client.Request{Endpoint: client.QueryDirectory, Method: "GET", Target: "/d", Header: []client.Field{{Name: "X", Value: "\xff\x00"}}}},
		{Seq: 4, At: 4, Took: 1, Kind: Response, Step: A3, From: Directory, To: Joining, Server: "directory.example", Answers: 3,
			Response:   &client.Response{Status: 200, Reason: "OK", Body: []byte("\xff\xfe <b>&\u2028")},
			Connection: &client.Connection{Address: "127.0.0.1:1", TLS: &client.TLS{Version: "TLS 1.3"}}},
		{Seq: 5, At: 5, Kind: Request, Step: A4, From: Joining, To: Resident, Server: "r.example", Attempt: 1, Of: 2,
			Request: &client.Request{Endpoint: client.MakeJoin, Method: "GET", Target: "/m", Body: []byte{}}},
		{Seq: 6, At: 6, Took: 1, Kind: Failure, Step: A5, From: Resident, To: Joining, Server: "r.example", Answers: 5,
			Failure: &client.Failure{Kind: client.FailedTimeout, Message: "no answer in 10 s"}},
		{Seq: 7, At: 7, Kind: Local, Step: L1, From: Joining, To: Joining, Build: &Build{Template: 4, RoomVersion: "11", EventID: "$x", Event: []byte("{\"a\":\"\\u003c\"}")}},
		{Seq: 8, At: 8, Kind: "hologram", Unknown: []byte(`{"seq":8,"at":8,"kind":"hologram","depth":3}`)},
	}}
}

// finds is the search for the server that the next step asks, with steps "RULE ACTION => RESULT"; a star before the rule
// marks one that the answer rests on. Without addresses it found nothing.
func (s *script) finds(addresses []string, steps ...string) *script {
	next, ok := Fold(s.trace).Next()
	if !ok || next.Work != Resolve {
		panic(fmt.Sprintf("nothing to find: %+v", next))
	}
	d := &client.Discovery{Server: next.Server}
	for _, text := range steps {
		rule, rest, _ := strings.Cut(text, " ")
		action, result, _ := strings.Cut(rest, " => ")
		d.Steps = append(d.Steps, client.DiscoveryStep{Rule: strings.TrimPrefix(rule, "*"), Action: action, Result: result, Used: strings.HasPrefix(rule, "*")})
	}
	for _, a := range addresses {
		d.Destinations = append(d.Destinations, client.Destination{Server: next.Server, Address: a, Host: next.Server})
	}
	if addresses == nil {
		d.Failure = &client.Failure{Kind: client.FailedResolve, Message: "no address"}
	}
	s.add(Entry{Kind: Local, Step: R, From: Joining, To: next.To, Server: next.Server, Discovery: d})
	return s
}

// gets does the next step with that answer, of which only what matters is given.
func (s *script) gets(e Entry) *script {
	next, ok := Fold(s.trace).Next()
	if !ok || next.Work == Resolve {
		panic(fmt.Sprintf("nothing to ask: %+v", next))
	}
	return s.exchange(next.ID, next.To, next.Server, next.Request, e)
}

func (s *script) exchange(step StepID, to Role, server string, r client.Request, e Entry) *script {
	e.Answers = s.add(Entry{Kind: Request, Step: step, From: Joining, To: to, Server: server, Request: &r})
	e.Kind, e.Step, e.From, e.To, e.Server = Response, answerTo[step], to, Joining, server
	if e.Failure != nil {
		e.Kind = Failure
	}
	s.add(e)
	return s
}

// atRoom is a join by room ID with two candidates; the first has been found at addresses.
func atRoom(addresses []string, steps ...string) *script {
	return newScript(func(h *Header) { h.Target, h.Via = "!r:a.example", []string{"a.example", "b.example"} }).joins().finds(addresses, steps...)
}

// atServer is the usual way to the first candidate.
func atServer() *script {
	return atRoom([]string{"192.0.2.1:8448"}, "*6 A a.example => 192.0.2.1 (not public)", "6 AAAA a.example => no AAAA record")
}

// rest is how the join goes on after the first candidate: the second one gives the protoevent.
func (s *script) rest() *script { return s.does(200, goodTemplate) }

// reached is how it went with each address of a server, "ADDRESS WHY", or "ADDRESS ok" for the last one.
func reached(addresses ...string) Entry {
	e := Entry{Failure: &client.Failure{Kind: client.FailedConnect, Message: "connection refused while connecting"}, Connection: &client.Connection{}}
	for i, a := range addresses {
		address, why, _ := strings.Cut(a, " ")
		f := client.Failure{Kind: client.FailedConnect, Message: why}
		switch {
		case why == "ok" && i == len(addresses)-1:
			e.Failure = nil
			e.Response = &client.Response{Status: 200, Body: []byte(goodTemplate)}
		case strings.HasPrefix(why, "timed out"):
			f.Kind = client.FailedTimeout
		case strings.HasPrefix(why, "certificate"):
			f.Kind = client.FailedTLS
		case strings.Contains(why, "is not a public address"):
			f.Kind = client.FailedForbidden
		}
		if i < len(addresses)-1 {
			e.Connection.Unreached = append(e.Connection.Unreached, client.Unreached{Address: address, Failure: f})
			continue
		}
		if e.Connection.Address = address; e.Failure != nil {
			e.Failure = &f
		}
	}
	return e
}

func says200(fields ...string) Entry { return saysStatus(200, goodTemplate, fields...) }

// signs is L1.
func (s *script) signs() *script {
	s.add(Entry{Kind: Local, Step: L1, From: Joining, To: Joining, Build: &Build{Membership: "join", EventID: "$e", Event: []byte("{}")}})
	return s
}

// invitedBy is a join of a room to which a user of server, the second candidate, has invited us.
func invitedBy(server string) *script {
	s := newScript(func(h *Header) { h.Target, h.Via = "!r:a.example", []string{"a.example", server} })
	asked := s.add(Entry{Kind: Request, Step: R, From: Resident, To: Joining, Server: server,
		Request: &client.Request{Endpoint: client.Invite, Body: []byte(`{"event":{"room_id":"!r:a.example","sender":"@x:` + server + `"}}`)}})
	s.add(Entry{Kind: Response, Step: R, From: Joining, To: Resident, Server: server, Answers: asked, Response: &client.Response{Status: 200}})
	return s.joins()
}

// saysStatus is an answer with header fields "Name: value".
func saysStatus(status int, body string, fields ...string) Entry {
	r := &client.Response{Status: status, Body: []byte(body)}
	for _, f := range fields {
		name, value, _ := strings.Cut(f, ": ")
		r.Header = append(r.Header, client.Field{Name: name, Value: value})
	}
	return Entry{Response: r, At: time.Minute}
}

// shows is an exchange that ended at the certificates, each valid in 2026 but as changed.
func shows(verify, why string, chain ...client.Certificate) Entry {
	for i := range chain {
		if chain[i].NotAfter.IsZero() {
			chain[i].NotBefore, chain[i].NotAfter = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2026, 12, 31, 0, 0, 0, 0, time.UTC)
		}
	}
	return Entry{Failure: &client.Failure{Kind: client.FailedTLS, Message: "certificate: " + why},
		Connection: &client.Connection{TLS: &client.TLS{VerifyName: verify, VerifyError: "certificate: " + why, Certificates: chain}}}
}

func leaf(names ...string) client.Certificate {
	return client.Certificate{Subject: "CN=" + names[0], Issuer: "CN=R1", Names: names}
}
