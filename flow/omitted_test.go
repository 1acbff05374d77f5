package flow

import (
	"strings"
	"testing"

	"doorstep/client"
	"doorstep/flow/event"
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
		entry          Entry
		total, missing int
		problem        string
	}{
		"two of three":  {Entry{Kind: Response, Response: &client.Response{Status: 200, Body: []byte(`{"pdu_ids":["` + e.ID() + `","$b","$c"]}`)}}, 3, 2, ""},
		"nothing":       {Entry{Kind: Response, Response: &client.Response{Status: 200, Body: []byte(`{"pdu_ids":["` + e.ID() + `"]}`)}}, 1, 0, ""},
		"no list":       {Entry{Kind: Response, Response: &client.Response{Status: 200, Body: []byte(`{"pdu_ids":3}`)}}, 0, 0, "not a list"},
		"no IDs":        {Entry{Kind: Response, Response: &client.Response{Status: 200, Body: []byte(`{}`)}}, 0, 0, "missing"},
		"an error page": {Entry{Kind: Response, Response: &client.Response{Status: 200, Body: []byte(`<html>`)}}, 0, 0, "not a JSON object"},
		"refused":       {Entry{Kind: Response, Response: &client.Response{Status: 403, Body: []byte(refusalBody("M_FORBIDDEN"))}}, 0, 0, "403 M_FORBIDDEN"},
		"no answer":     {Entry{Kind: Failure, Failure: &client.Failure{Kind: client.FailedTimeout, Message: "too late"}}, 0, 0, "too late"},
	} {
		t.Run(name, func(t *testing.T) {
			s := State{Reply: &Reply{State: [][]byte{[]byte(member)}, MembersOmitted: true}, Template: &Template{RoomVersion: v}}
			StateIDsAnswered(&s, &c.entry)
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
