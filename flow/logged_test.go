package flow_test

import (
	"testing"

	"doorstep/client"
	"doorstep/flow"
	"doorstep/flow/response"
)

// An answer that a log tells of is whose word the log says, and a join that it tells of has the fate that it says.
func TestFateByLog(t *testing.T) {
	asked := &flow.Entry{Seq: 1, Kind: flow.Request, Step: flow.A6, Server: "a.example", Logged: &flow.Logged{},
		Request: &client.Request{Endpoint: client.SendJoinV2, Method: "PUT"}}
	unseen := func(status int, said string) *client.Response {
		return &client.Response{Status: status, Said: said, Unseen: true}
	}
	for _, c := range []struct {
		answer  *client.Response
		failure client.FailureKind
		want    flow.Fate
		speaker response.Speaker
	}{
		{unseen(200, ""), "", flow.FateAccepted, response.Homeserver},
		{unseen(403, "You are banned from this room"), "", flow.FateRefused, response.Homeserver},
		{unseen(403, ""), "", flow.FateUnknown, response.Unknown}, // who refused it is not in the log
		{unseen(502, ""), "", flow.FateUnknown, response.Gateway},
		{nil, client.FailedConnect, flow.FateNotSent, 0},
		{nil, client.FailedTimeout, flow.FateUnknown, 0},
	} {
		e := &flow.Entry{Seq: 2, Kind: flow.Response, Step: flow.A7, Answers: 1, Response: c.answer}
		if c.failure != "" {
			e.Kind, e.Failure = flow.Failure, &client.Failure{Kind: c.failure}
		} else if got := response.SpeakerOf(c.answer); got != c.speaker {
			t.Errorf("%+v: speaker %d, want %d", c.answer, got, c.speaker)
		}
		if got := flow.FateOf(asked, e); got != c.want {
			t.Errorf("%+v %s: fate %s, want %s", c.answer, c.failure, got, c.want)
		}
	}
	if f := response.RefusalOf(unseen(400, "M_UNABLE_TO_GRANT_JOIN: nobody can")); f.Errcode != "M_UNABLE_TO_GRANT_JOIN" ||
		f.Message != "nobody can" {
		t.Errorf("%+v", f)
	}
}
