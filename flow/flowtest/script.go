package flowtest

import (
	"fmt"
	"strings"
	"time"

	"doorstep/client"
	"doorstep/flow"
	"doorstep/flow/recording"
)

// A Script builds a trace by hand: what was asked and what came back, without a network.
type Script struct{ Trace flow.Trace }

// NewScript begins a script; change, where given, alters its header.
func NewScript(change func(*flow.Header)) *Script {
	h := SomeTrace().Header
	if change != nil {
		change(&h)
	}
	return &Script{flow.Trace{Header: h}}
}

func (s *Script) Add(e flow.Entry) int {
	e.Seq = len(s.Trace.Entries) + 1
	recording.AddFacts(&e)
	s.Trace.Entries = append(s.Trace.Entries, e.Remembering())
	return e.Seq
}

// Joins is A1.
func (s *Script) Joins() *Script {
	s.Add(flow.Entry{Kind: flow.Request, Step: flow.A1, From: flow.Client, To: flow.Joining,
		Request: &client.Request{Endpoint: client.ClientJoin}})
	return s
}

// Does carries out the next step, with an answer of that status and body; where a name has to be found, it is.
// Status 0 is no answer.
func (s *Script) Does(status int, body string) *Script {
	step, ok := flow.Fold(s.Trace).Next()
	if !ok {
		panic("no next step")
	}
	if step.Work == flow.Resolve {
		s.Add(flow.Entry{Kind: flow.Local, Step: flow.R, From: flow.Joining, To: step.To, Server: step.Server,
			Discovery: &client.Discovery{Server: step.Server,
				Destinations: []client.Destination{{Server: step.Server, Address: "127.0.0.1:1"}}}})
		return s.Does(status, body)
	}
	if step.Request.Endpoint == client.ServerVersion {
		return s.Software().Does(status, body)
	}
	asked := s.Add(flow.Entry{Kind: flow.Request, Step: step.ID, From: flow.Joining, To: step.To, Server: step.Server,
		Request: &step.Request})
	if status != 0 { // what could not be sent has no header fields
		step.Request.Header = []client.Field{{Name: "Host", Value: step.Server}}
	}
	e := flow.Entry{Kind: flow.Response, Step: flow.ResponseStep[step.ID], From: step.To, To: flow.Joining,
		Server: step.Server, Answers: asked,
		Response: &client.Response{Status: status, Body: []byte(body)}}
	if status == 0 {
		e.Kind, e.Response, e.Failure = flow.Failure, nil, &client.Failure{Kind: client.FailedConnect, Message: body}
	}
	s.Add(e)
	return s
}

// Loses carries out the next request, which goes out, and no answer comes.
func (s *Script) Loses(kind client.FailureKind) *Script {
	step, ok := flow.Fold(s.Trace).Next()
	if !ok {
		panic("no next step")
	}
	step.Request.Header = []client.Field{{Name: "Host", Value: step.Server}}
	asked := s.Add(flow.Entry{Kind: flow.Request, Step: step.ID, From: flow.Joining, To: step.To, Server: step.Server,
		Request: &step.Request})
	s.Add(flow.Entry{Kind: flow.Failure, Step: flow.ResponseStep[step.ID], From: step.To, To: flow.Joining,
		Server: step.Server, Answers: asked,
		Failure: &client.Failure{Kind: kind, Message: "no answer"}})
	return s
}

// Software answers the requests for what a candidate runs, as long as there are any.
func (s *Script) Software() *Script {
	for {
		step, ok := flow.Fold(s.Trace).Next()
		if !ok || step.Request.Endpoint != client.ServerVersion {
			return s
		}
		asked := s.Add(flow.Entry{Kind: flow.Request, Step: flow.R, From: flow.Joining, To: flow.Resident,
			Server: step.Server, Request: &step.Request})
		s.Add(flow.Entry{Kind: flow.Response, Step: flow.R, From: flow.Resident, To: flow.Joining, Server: step.Server,
			Answers:  asked,
			Response: &client.Response{Status: 200, Body: []byte(`{"server":{"name":"Test","version":"1"}}`)}})
	}
}

const (
	AliasAnswer = `{"room_id":"!r:a.example",` +
		`"servers":["a.example","b.example","joining.example","a.example","not a name"]}`
	GoodEvent = `{"type":"m.room.member","room_id":"!r:a.example",` +
		`"sender":"@you:joining.example","state_key":"@you:joining.example",` +
		`"content":{"membership":"join"},"auth_events":["$a"],"prev_events":["$b"],"depth":7}`
	GoodTemplate = `{"room_version":"11","event":` + GoodEvent + `}`
)

// RefusalBody is the body of a refusal.
func RefusalBody(errcode string) string { return fmt.Sprintf(`{"errcode":%q,"error":"no"}`, errcode) }

// Next is the next step in short: its ID and whom it asks; or how the handshake ended.
func Next(t flow.Trace) string {
	s := flow.Fold(t)
	step, ok := s.Next()
	switch {
	case ok && step.Work == flow.Resolve:
		return "find " + step.Server
	case ok && step.Request.Endpoint == client.ServerVersion:
		return "version " + step.Server
	case ok && step.Work == flow.ClientHears:
		return "A8 " + string(s.Outcome())
	case ok:
		return strings.TrimSpace(string(step.ID) + " " + step.Server)
	}
	return "over"
}

// SomeTrace holds one entry of every kind, with bytes that JSON strings cannot carry.
func SomeTrace() flow.Trace {
	h := flow.Header{Created: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC), Tool: "test", Source: "test",
		Joining: "joining.example",
		User:    "@you:joining.example", Target: "#room:directory.example", Form: flow.FormCurrent,
		SendTo: flow.SendToSame, Offered: []string{"11"}, LeftOut: flow.LeftOut}
	return flow.Trace{Header: h, Entries: []flow.Entry{
		{Seq: 1, At: 1, Kind: flow.Request, Step: flow.A1, From: flow.Client, To: flow.Joining,
			Request: &client.Request{Endpoint: client.ClientJoin, Method: "POST", Target: "/x", Body: []byte("{}")}},
		{Seq: 2, At: 2, Took: 1, Kind: flow.Local, Step: flow.R, From: flow.Joining, To: flow.Directory,
			Server: "directory.example",
			Discovery: &client.Discovery{Server: "directory.example",
				Destinations: []client.Destination{{Server: "directory.example", Address: "127.0.0.1:1"}}}},
		{Seq: 3, At: 3, Kind: flow.Request, Step: flow.A2, From: flow.Joining, To: flow.Directory,
			Server: "directory.example",
			Request: &client.Request{Endpoint: client.QueryDirectory, Method: "GET", Target: "/d",
				Header: []client.Field{{Name: "X", Value: "\xff\x00"}}}},
		{Seq: 4, At: 4, Took: 1, Kind: flow.Response, Step: flow.A3, From: flow.Directory, To: flow.Joining,
			Server: "directory.example", Answers: 3,
			Response:   &client.Response{Status: 200, Reason: "OK", Body: []byte("\xff\xfe <b>&\u2028")},
			Connection: &client.Connection{Address: "127.0.0.1:1", TLS: &client.TLS{Version: "TLS 1.3"}}},
		{Seq: 5, At: 5, Kind: flow.Request, Step: flow.A4, From: flow.Joining, To: flow.Resident, Server: "r.example",
			Attempt: 1, Of: 2,
			Request: &client.Request{Endpoint: client.MakeJoin, Method: "GET", Target: "/m", Body: []byte{}}},
		{Seq: 6, At: 6, Took: 1, Kind: flow.Failure, Step: flow.A5, From: flow.Resident, To: flow.Joining,
			Server: "r.example", Answers: 5,
			Failure: &client.Failure{Kind: client.FailedTimeout, Message: "no answer in 10 s"}},
		{Seq: 7, At: 7, Kind: flow.Local, Step: flow.L1, From: flow.Joining, To: flow.Joining,
			Build: &flow.Build{Template: 4, RoomVersion: "11", EventID: "$x", Event: []byte("{\"a\":\"\\u003c\"}")}},
		{Seq: 8, At: 8, Kind: "hologram", Unknown: []byte(`{"seq":8,"at":8,"kind":"hologram","depth":3}`)},
	}}
}

// Finds is the search for the server that the next step asks, with steps "RULE ACTION => RESULT"; a star before the
// rule marks one that the answer rests on. Without addresses it found nothing.
func (s *Script) Finds(addresses []string, steps ...string) *Script {
	next, ok := flow.Fold(s.Trace).Next()
	if !ok || next.Work != flow.Resolve {
		panic(fmt.Sprintf("nothing to find: %+v", next))
	}
	d := &client.Discovery{Server: next.Server}
	for _, text := range steps {
		rule, rest, _ := strings.Cut(text, " ")
		action, result, _ := strings.Cut(rest, " => ")
		d.Steps = append(d.Steps, client.DiscoveryStep{Rule: client.Rule(strings.TrimPrefix(rule, "*")), Action: action,
			Result: result, Used: strings.HasPrefix(rule, "*")})
	}
	for _, a := range addresses {
		d.Destinations = append(d.Destinations, client.Destination{Server: next.Server, Address: a, Host: next.Server})
	}
	if addresses == nil {
		d.Failure = &client.Failure{Kind: client.FailedResolve, Message: "no address"}
	}
	s.Add(flow.Entry{Kind: flow.Local, Step: flow.R, From: flow.Joining, To: next.To, Server: next.Server, Discovery: d})
	return s
}

// Gets does the next step with that answer, of which only what matters is given.
func (s *Script) Gets(e flow.Entry) *Script {
	next, ok := flow.Fold(s.Trace).Next()
	if !ok || next.Work == flow.Resolve {
		panic(fmt.Sprintf("nothing to ask: %+v", next))
	}
	return s.Exchange(next.ID, next.To, next.Server, next.Request, e)
}

func (s *Script) Exchange(step flow.StepID, to flow.Role, server string, r client.Request, e flow.Entry) *Script {
	e.Answers = s.Add(flow.Entry{Kind: flow.Request, Step: step, From: flow.Joining, To: to, Server: server, Request: &r})
	e.Kind, e.Step, e.From, e.To, e.Server = flow.Response, flow.ResponseStep[step], to, flow.Joining, server
	if e.Failure != nil {
		e.Kind = flow.Failure
	}
	s.Add(e)
	return s
}

// AtRoom is a join by room ID with two candidates; the first has been found at addresses.
func AtRoom(addresses []string, steps ...string) *Script {
	return NewScript(func(h *flow.Header) {
		h.Target, h.Via = "!r:a.example", []string{"a.example",
			"b.example"}
	}).Joins().Finds(addresses, steps...)
}

// AtServer is the usual way to the first candidate.
func AtServer() *Script {
	return AtRoom([]string{"192.0.2.1:8448"}, "*6 A a.example => 192.0.2.1 (not public)",
		"6 AAAA a.example => no AAAA record")
}

// Rest is how the join goes on after the first candidate: the second one gives the protoevent.
func (s *Script) Rest() *Script { return s.Does(200, GoodTemplate) }

// Reached is how it went with each address of a server, "ADDRESS WHY", or "ADDRESS ok" for the last one.
func Reached(addresses ...string) flow.Entry {
	e := flow.Entry{Failure: &client.Failure{Kind: client.FailedConnect, Message: "connection refused while connecting"},
		Connection: &client.Connection{}}
	for i, a := range addresses {
		address, why, _ := strings.Cut(a, " ")
		f := client.Failure{Kind: client.FailedConnect, Message: why}
		switch {
		case why == "ok" && i == len(addresses)-1:
			e.Failure = nil
			e.Response = &client.Response{Status: 200, Body: []byte(GoodTemplate)}
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

// Says200 is a good answer with a good template.
func Says200(fields ...string) flow.Entry { return SaysStatus(200, GoodTemplate, fields...) }

// Signs is L1.
func (s *Script) Signs() *Script {
	s.Add(flow.Entry{Kind: flow.Local, Step: flow.L1, From: flow.Joining, To: flow.Joining,
		Build: &flow.Build{Membership: "join", EventID: "$e", Event: []byte("{}")}})
	return s
}

// InvitedBy is a join of a room to which a user of server, the second candidate, has invited us.
func InvitedBy(server string) *Script {
	s := NewScript(func(h *flow.Header) { h.Target, h.Via = "!r:a.example", []string{"a.example", server} })
	asked := s.Add(flow.Entry{Kind: flow.Request, Step: flow.R, From: flow.Resident, To: flow.Joining, Server: server,
		Request: &client.Request{Endpoint: client.Invite,
			Body: []byte(`{"event":{"room_id":"!r:a.example","sender":"@x:` + server + `"}}`)}})
	s.Add(flow.Entry{Kind: flow.Response, Step: flow.R, From: flow.Joining, To: flow.Resident, Server: server,
		Answers: asked, Response: &client.Response{Status: 200}})
	return s.Joins()
}

// SaysStatus is an answer with header fields "Name: value".
func SaysStatus(status int, body string, fields ...string) flow.Entry {
	r := &client.Response{Status: status, Body: []byte(body)}
	for _, f := range fields {
		name, value, _ := strings.Cut(f, ": ")
		r.Header = append(r.Header, client.Field{Name: name, Value: value})
	}
	return flow.Entry{Response: r, At: time.Minute}
}

// Shows is an exchange that ended at the certificates, each valid in 2026 but as changed.
func Shows(verify, why string, chain ...client.Certificate) flow.Entry {
	for i := range chain {
		if chain[i].NotAfter.IsZero() {
			chain[i].NotBefore, chain[i].NotAfter = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2026, 12, 31, 0, 0,
				0, 0, time.UTC)
		}
	}
	return flow.Entry{Failure: &client.Failure{Kind: client.FailedTLS, Message: "certificate: " + why},
		Connection: &client.Connection{TLS: &client.TLS{VerifyName: verify, VerifyError: "certificate: " + why,
			Certificates: chain}}}
}

// Leaf is a certificate for those names.
func Leaf(names ...string) client.Certificate {
	return client.Certificate{Subject: "CN=" + names[0], Issuer: "CN=R1", Names: names}
}
