package flow_test

import (
	"fmt"
	"testing"
	"time"

	"doorstep/client"
	"doorstep/flow"
	"doorstep/flow/flowtest"
)

// rejecting is a trace in which an invite has come that is to be rejected.
func rejecting() *flowtest.Script {
	s := flowtest.NewScript(func(h *flow.Header) {
		h.Target, h.WaitInvite, h.Reject, h.Offered = "", 60000, true, []string{"1"}
	})
	user := s.Trace.Header.User
	asked := s.Add(flow.Entry{Kind: flow.Request, Step: flow.R, From: flow.Resident, To: flow.Joining, Server: "a.example",
		Request: &client.Request{Endpoint: client.InviteV1, Body: fmt.Appendf(nil, `{"type":"m.room.member",`+
			`"event_id":"$i:a.example","room_id":"!r:a.example","sender":"@x:a.example","state_key":%q}`, user)}})
	s.Add(flow.Entry{Kind: flow.Response, Step: flow.R, From: flow.Joining, To: flow.Resident, Server: "a.example",
		Answers: asked, At: time.Second, Response: &client.Response{Status: 200}})
	s.Add(flow.Entry{Kind: flow.Local, Step: flow.R, From: flow.Joining, To: flow.Resident, Server: "a.example",
		Discovery: &client.Discovery{Server: "a.example",
			Destinations: []client.Destination{{Server: "a.example", Address: "192.0.2.1:8448"}}}})
	return s
}

// answers adds the next request and its answer.
func answers(t *testing.T, s *flowtest.Script, at time.Duration, status int, body string) flow.State {
	t.Helper()
	step, ok := flow.Fold(s.Trace).Next()
	if !ok || step.Work != flow.Ask {
		t.Fatalf("next is %+v", step)
	}
	request := step.Request
	request.Header = []client.Field{{Name: "Host", Value: "a.example"}}
	asked := s.Add(flow.Entry{Kind: flow.Request, Step: step.ID, From: step.From, To: step.To, Server: step.Server, At: at,
		Request: &request})
	s.Add(flow.Entry{Kind: flow.Response, Step: flow.ResponseStep[step.ID], From: step.To, To: step.From,
		Server: step.Server, Answers: asked, At: at, Response: &client.Response{Status: status, Body: []byte(body),
			Header: []client.Field{{Name: "Content-Type", Value: "application/json"}}}})
	return flow.Fold(s.Trace)
}

const notThere = `{"errcode":"M_FORBIDDEN","error":"not invited"}`

// template is a leave template that ends the membership of that ID.
func template(s *flowtest.Script, ends string) string {
	user := s.Trace.Header.User
	return fmt.Sprintf(`{"room_version":"1","event":{"type":"m.room.member","room_id":"!r:a.example","sender":%q,`+
		`"state_key":%q,"content":{"membership":"leave"},"depth":5,"prev_events":[["$i:a.example",{"sha256":"x"}]],`+
		`"auth_events":[[%q,{"sha256":"x"}]]}}`, user, user, ends)
}

// A refusal right after our answer to the invite may come before the inviter's server has it: it is asked again, for a
// while. Later a refusal is one.
func TestAskedTooEarly(t *testing.T) {
	s := rejecting()
	for range 4 {
		if state := answers(t, s, 2*time.Second, 403, notThere); state.Stopped != nil {
			t.Fatalf("stopped: %+v", state.Stopped)
		}
	}
	if state := answers(t, s, 2*time.Second, 403, notThere); state.Outcome() != flow.Refused || len(state.Early) != 4 {
		t.Errorf("%s after %d", state.Outcome(), len(state.Early))
	}
	// Dendrite gives a template that does not rest on the invite.
	blind := rejecting()
	if state := answers(t, blind, 2*time.Second, 200, template(blind, "$create:a.example")); state.Stopped != nil {
		t.Fatalf("stopped: %+v", state.Stopped)
	}
	state := answers(t, blind, 3*time.Second, 200, template(blind, "$i:a.example"))
	if step, ok := state.Next(); !ok || step.Work != flow.BuildEvent || len(state.Early) != 1 {
		t.Errorf("next is %+v; stopped %+v after %d", step, state.Stopped, len(state.Early))
	}
	late := rejecting()
	if state := answers(t, late, time.Minute, 403, notThere); state.Outcome() != flow.Refused || state.Early != nil {
		t.Errorf("late: %s after %d", state.Outcome(), len(state.Early))
	}
}

// The leave is sent where it ends the invite, and only there; where the server has no second version of send_leave, in
// the first.
func TestRejectionEndsTheInvite(t *testing.T) {
	other := rejecting()
	if state := answers(t, other, time.Minute, 200, template(other, "$member:a.example")); state.Outcome() != flow.Failed ||
		state.Undo.Ends != flow.EndsAnother {
		t.Errorf("another membership: %s, %+v", state.Outcome(), state.Stopped)
	}
	s := rejecting()
	state := answers(t, s, time.Minute, 200, template(s, "$i:a.example"))
	if step, ok := state.Next(); !ok || step.Work != flow.BuildEvent || !step.OfLeave(state) {
		t.Fatalf("next is %+v; stopped %+v", step, state.Stopped)
	}
	s.Add(flow.Entry{Kind: flow.Local, Step: flow.L1, From: flow.Joining, To: flow.Joining, At: time.Minute,
		Build: &flow.Build{Membership: "leave", EventID: "$l:b.example", Event: []byte("{}")}})
	state = answers(t, s, time.Minute, 404, `{"errcode":"M_UNRECOGNIZED","error":"no"}`)
	step, ok := state.Next()
	if want := "/_matrix/federation/v1/send_leave/"; !ok || step.Request.Target[:len(want)] != want {
		t.Fatalf("next is %+v; stopped %+v", step, state.Stopped)
	}
	if state = answers(t, s, time.Minute, 200, `[200,{}]`); !state.Rejected() || state.Outcome() != flow.Verified {
		t.Errorf("%s: %s", state.Outcome(), state.WhyEnded())
	}
}
