package flow_test

import (
	"testing"

	"doorstep/client"
	"doorstep/flow"
)

// theirs is a request of the joining server in a trace that its hosts wrote.
func theirs(seq int, step flow.StepID, method, target, body string) flow.Entry {
	e, _ := client.EndpointOf(method, target)
	return flow.Entry{Seq: seq, Kind: flow.Request, Step: step, From: flow.Joining, To: flow.Resident, Server: "a.example",
		Request: &client.Request{Endpoint: e, Method: method, Target: target, Body: []byte(body)}}
}

func answered(seq, request int, step flow.StepID, status int) flow.Entry {
	return flow.Entry{Seq: seq, Kind: flow.Response, Step: step, From: flow.Resident, To: flow.Joining, Server: "a.example",
		Answers: request, Response: &client.Response{Status: status, Body: []byte(`{"state":[],"auth_chain":[],"event":{}}`)}}
}

// What comes after an answer to send_join shows what the joining server did with it; other answers by what rests on
// them.
func TestReaction(t *testing.T) {
	t.Parallel()
	const room = "%21r%3Aa.example"
	sendJoin := theirs(1, flow.A6, "PUT", "/_matrix/federation/v2/send_join/"+room+"/%24e", "{}")
	for name, tt := range map[string]struct {
		status int
		then   []flow.Entry
		does   flow.Reacts
		by     flow.Showing
		at     int
	}{
		"silence": {200, nil, flow.ReactsUnknown, flow.NothingShows, 0},
		"keys": {200, []flow.Entry{theirs(3, flow.R, "GET", "/_matrix/key/v2/server", "")}, flow.ReactsUnknown,
			flow.NothingShows, 0},
		"a question while it is looked at": {200,
			[]flow.Entry{theirs(3, flow.R, "GET", "/_matrix/federation/v1/event_auth/"+room+"/%24x", "")},
			flow.ReactsUnknown, flow.NothingShows, 0},
		"state_ids": {200, []flow.Entry{theirs(3, flow.R, "GET", "/_matrix/federation/v1/state_ids/"+room+"?event_id=%24e",
			"")}, flow.Accepts, flow.ByQuery, 3},
		"state_ids of another room": {200,
			[]flow.Entry{theirs(3, flow.R, "GET", "/_matrix/federation/v1/state_ids/%21other", "")}, flow.ReactsUnknown,
			flow.NothingShows, 0},
		"transaction": {200, []flow.Entry{theirs(3, flow.R, "PUT", "/_matrix/federation/v1/send/1",
			`{"pdus":[{"room_id":"!r:a.example"}]}`)}, flow.Accepts, flow.ByTransaction, 3},
		"receipt": {200, []flow.Entry{theirs(3, flow.R, "PUT", "/_matrix/federation/v1/send/1",
			`{"pdus":[],"edus":[{"edu_type":"m.receipt","content":{"!r:a.example":{}}}]}`)}, flow.Accepts,
			flow.ByTransaction, 3},
		"transaction about something else": {200, []flow.Entry{theirs(3, flow.R, "PUT", "/_matrix/federation/v1/send/1",
			`{"pdus":[{"room_id":"!other"}],"edus":[{"edu_type":"m.presence","content":{}}]}`)}, flow.ReactsUnknown,
			flow.NothingShows, 0},
		"send_join again": {200, []flow.Entry{theirs(3, flow.A6, "PUT",
			"/_matrix/federation/v1/send_join/"+room+"/%24e", "{}")}, flow.Refuses, flow.ByAskingAgain, 3},
		"make_join again": {200, []flow.Entry{theirs(3, flow.A4, "GET",
			"/_matrix/federation/v1/make_join/"+room+"/%40u%3Ab", "")}, flow.Refuses, flow.ByAskingAgain, 3},
		"the command fails": {200, []flow.Entry{{Seq: 3, Kind: flow.Local, Step: flow.R, Exited: &flow.Exited{Code: 1}}},
			flow.Refuses, flow.ByCommand, 3},
		"the command is killed": {200, []flow.Entry{{Seq: 3, Kind: flow.Local, Step: flow.R,
			Exited: &flow.Exited{Code: 137, Signal: "SIGKILL"}}}, flow.ReactsUnknown, flow.NothingShows, 0},
		"the command succeeds": {200, []flow.Entry{{Seq: 3, Kind: flow.Local, Step: flow.R, Exited: &flow.Exited{}}},
			flow.Accepts, flow.ByCommand, 3},
		"a refusal of ours": {403, []flow.Entry{{Seq: 3, Kind: flow.Local, Step: flow.R, Exited: &flow.Exited{}}},
			flow.ReactsUnknown, flow.NothingShows, 0},
	} {
		trace := flow.Trace{Entries: append([]flow.Entry{sendJoin, answered(2, 1, flow.A7, tt.status)}, tt.then...)}
		got := flow.LastReaction(trace)
		to := 2
		if tt.status != 200 {
			to = 0
		}
		at := 0
		if len(got.Evidence) > 0 {
			at = got.Evidence[0]
		}
		if got.To != to || got.Does != tt.does || got.By != tt.by || at != tt.at {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

// A template is accepted by what is sent next, and left where another is asked for.
func TestReactionToTemplate(t *testing.T) {
	t.Parallel()
	const ask = "/_matrix/federation/v1/make_join/%21r%3Aa.example/%40u%3Ab"
	trace := flow.Trace{Entries: []flow.Entry{theirs(1, flow.A4, "GET", ask, ""), answered(2, 1, flow.A5, 200),
		theirs(3, flow.A4, "GET", ask, ""), answered(4, 3, flow.A5, 200),
		theirs(5, flow.A6, "PUT", "/_matrix/federation/v2/send_join/%21r%3Aa.example/%24e", "{}")}}
	got := flow.Reactions(trace)
	if len(got) != 2 || got[0].Does != flow.Refuses || got[0].Evidence[0] != 3 || got[1].Does != flow.Accepts ||
		got[1].Evidence[0] != 5 {
		t.Errorf("%+v", got)
	}
	trace.Entries = append(trace.Entries[:4:4], flow.Entry{Seq: 5, Kind: flow.Local, Step: flow.R, Exited: &flow.Exited{}})
	if got := flow.LastReaction(trace); got.Does != flow.ReactsUnknown { // it is told to have joined, and never did
		t.Errorf("%+v", got)
	}
}
