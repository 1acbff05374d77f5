package flow_test

import (
	"strings"
	"testing"

	"doorstep/client"
	"doorstep/flow"
	"doorstep/flow/event"
	"doorstep/flow/flowtest"
	"doorstep/flow/verify"
)

// What is missing is what the resident server names and did not send, whatever else it says.
func TestOmitted(t *testing.T) {
	v, _ := event.Lookup("11")
	member := `{"type":"m.room.member","state_key":"@a:x","sender":"@a:x","room_id":"!r:x","content":{},"depth":1,"origin_server_ts":1,"auth_events":[],"prev_events":[]}`
	e, err := event.Parse(v, []byte(member))
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		entry          flow.Entry
		total, missing int
		problem        string
	}{
		"two of three": {flow.Entry{Kind: flow.Response, Response: &client.Response{Status: 200,
			Body: []byte(`{"pdu_ids":["` + e.ID() + `","$b","$c"]}`)}}, 3, 2, ""},
		"nothing": {flow.Entry{Kind: flow.Response, Response: &client.Response{Status: 200,
			Body: []byte(`{"pdu_ids":["` + e.ID() + `"]}`)}}, 1, 0, ""},
		"no list": {flow.Entry{Kind: flow.Response, Response: &client.Response{Status: 200,
			Body: []byte(`{"pdu_ids":3}`)}}, 0, 0, "not a list"},
		"no IDs": {flow.Entry{Kind: flow.Response, Response: &client.Response{Status: 200, Body: []byte(`{}`)}}, 0, 0,
			"missing"},
		"an error page": {flow.Entry{Kind: flow.Response, Response: &client.Response{Status: 200, Body: []byte(`<html>`)}},
			0, 0, "not a JSON object"},
		"refused": {flow.Entry{Kind: flow.Response, Response: &client.Response{Status: 403,
			Body: []byte(flowtest.RefusalBody("M_FORBIDDEN"))}}, 0, 0, "403 M_FORBIDDEN"},
		"no answer": {flow.Entry{Kind: flow.Failure, Failure: &client.Failure{Kind: client.FailedTimeout,
			Message: "too late"}}, 0, 0, "too late"},
	} {
		t.Run(name, func(t *testing.T) {
			s := flow.State{Reply: &verify.Reply{State: [][]byte{[]byte(member)}, MembersOmitted: true},
				Template: &verify.Template{RoomVersion: v}}
			flow.StateIDsAnswered(&s, &c.entry)
			o := s.Omitted
			if o.Total != c.total || o.Missing != c.missing || o.Bytes != c.missing*len(member) {
				t.Errorf("%+v", *o)
			}
			if (c.problem == "") != (o.Problem == "") || !strings.Contains(o.Problem, c.problem) {
				t.Errorf("problem %q, want %q", o.Problem, c.problem)
			}
		})
	}
}
