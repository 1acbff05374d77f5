package flow_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"doorstep/client"
	"doorstep/flow"
	"doorstep/flow/diagnose"
	"doorstep/flow/export"
	"doorstep/flow/flowtest"
)

// leaving returns a recorded join whose leave was asked for, up to the answer to make_leave. The leave template names
// auth in place of the join among its auth events; empty: the join.
func leaving(t *testing.T, answer *client.Response, auth string) flow.Trace {
	t.Helper()
	trace := flowtest.RecordedUntil(t, "synapse-big", flow.U2)
	if answer != nil {
		for i := range trace.Entries {
			if e := &trace.Entries[i]; e.Step == flow.A7 && e.Kind == flow.Response {
				e.Response = answer
			}
		}
		trace.Entries = slices.DeleteFunc(trace.Entries, func(e flow.Entry) bool { return e.Step == flow.L2 })
		for i := range trace.Entries { // what came after it moves up
			for j := range trace.Entries {
				if trace.Entries[j].Answers == trace.Entries[i].Seq && trace.Entries[i].Kind == flow.Request &&
					trace.Entries[i].Seq != i+1 {
					trace.Entries[j].Answers = i + 1
				}
			}
			trace.Entries[i].Seq = i + 1
		}
	}
	if auth != "" {
		join := ""
		for _, e := range trace.Entries {
			if e.Build != nil {
				join = e.Build.EventID
			}
		}
		last := &trace.Entries[len(trace.Entries)-1]
		body := strings.Replace(string(last.Response.Body), join, auth, 1)
		if body == string(last.Response.Body) {
			t.Fatal("the leave template does not name the join")
		}
		last.Response = &client.Response{Status: 200, Body: []byte(body)}
	}
	return trace
}

// A leave goes out only where it ends our join. Whether it does is in its template: an invited user gets one too.
func TestLeaveEndsOurJoin(t *testing.T) {
	lost := &client.Response{Status: 502}
	for name, c := range map[string]struct {
		answer *client.Response
		auth   string
		sure   bool
		ends   flow.Ends
		hold   flow.LeaveHold
		finds  string // a finding it leads to
	}{
		"joined":                   {ends: flow.EndsOurJoin},
		"no answer, and it stands": {answer: lost, ends: flow.EndsOurJoin, finds: "half-joined"},
		"no answer, and an invite": {answer: lost, auth: "$invite", ends: flow.EndsAnother, hold: flow.HeldNotOurs,
			finds: "leave-held"},
		"... but told twice": {answer: lost, auth: "$invite", sure: true, ends: flow.EndsAnother},
		"joined, and not in force": {auth: "$invite", ends: flow.EndsAnother, hold: flow.HeldNotOurs,
			finds: "join-soft-failed"},
		"an empty answer, an invite": {answer: &client.Response{Status: 200}, auth: "$invite", ends: flow.EndsAnother,
			hold: flow.HeldNotOurs, finds: "leave-held"},
	} {
		trace := leaving(t, c.answer, c.auth)
		trace.Header.LeaveSure = c.sure
		s := flow.Fold(trace)
		if s.Undo.Ends != c.ends || s.HoldsLeave() != c.hold || s.Undo.Problem != "" {
			t.Errorf("%s: ends %d, hold %d, problem %q", name, s.Undo.Ends, s.HoldsLeave(), s.Undo.Problem)
		}
		step, ok := s.Next()
		if ok != (c.hold == flow.NotHeld) || ok && step.Work != flow.BuildEvent {
			t.Errorf("%s: then %+v", name, step)
		}
		report := export.NewReport(trace, flow.Fold(trace), export.ReportOptions{})
		if (report.NotLeft != "") != (c.hold != flow.NotHeld) {
			t.Errorf("%s: not left %q", name, report.NotLeft)
		}
		if c.finds != "" && !slices.ContainsFunc(report.Findings, func(f diagnose.Finding) bool { return f.ID == c.finds }) {
			t.Errorf("%s: findings %v", name, flowtest.IDs(report.Findings))
		}
		if report.Left {
			t.Errorf("%s: left", name)
		}
	}
}

// After the leave nobody is in the room: the report says so, and offers no undo.
func TestLeft(t *testing.T) {
	for _, name := range []string{"synapse-big", "dendrite-big", "synapse-omit-members-v10"} {
		trace := flowtest.Embedded(t, name)
		report := export.NewReport(trace, flow.Fold(trace), export.ReportOptions{AllChecks: true})
		if report.Outcome != flow.Joined || !report.Left || report.MayHaveJoined || report.Undo != "" ||
			report.NotLeft != "" {
			t.Errorf("%s: %+v", name, report)
		}
		if !slices.ContainsFunc(report.Checks, func(c export.CheckJSON) bool {
			return c.Subject == flow.SubjectLeave &&
				c.Outcome == "pass"
		}) {
			t.Errorf("%s: the leave template's checks are not there", name)
		}
		s := flow.Fold(trace)
		if s.Undo.Ends != flow.EndsOurJoin {
			t.Errorf("%s: the leave template does not name the join", name)
		}
		for i := range trace.Entries {
			e := &trace.Entries[i]
			want := "join"
			switch {
			case e.Step == flow.U3 || e.Step == flow.U4 || e.Build != nil && e.Build.Membership == "leave":
				want = "leave"
			case e.Step != flow.A6 && e.Step != flow.A7 && e.Step != flow.L2 && e.Build == nil:
				continue
			}
			if m := s.Of(e); m.Build == nil || m.Build.Membership != want || m.Template == nil {
				t.Errorf("%s, entry %d: %+v, want the %s", name, e.Seq, m, want)
			}
		}
	}
}

// Whoever was in the room before stays there: the leave is not even asked for, unless that was said twice.
func TestAlreadyMember(t *testing.T) {
	for _, inState := range []bool{true, false} {
		trace := flowtest.RecordedUntil(t, "public-v10", flow.A7)
		trace.Header.Leave = true
		user := trace.Header.User
		i := slices.IndexFunc(trace.Entries, func(e flow.Entry) bool { return e.Build != nil })
		before := []byte(`{"type":"m.room.member","state_key":"` + user + `","sender":"` + user +
			`","room_id":"!r:a.example","content":{"membership":"join"},` +
			`"auth_events":[],"prev_events":[],"depth":3,"origin_server_ts":1,"hashes":{"sha256":"a"}}`)
		trace = withEvent(t, trace, before, inState)
		s := flow.Fold(trace)
		if got := s.AlreadyMember() != 0; got != inState {
			// in auth_chain, and the join does not rest on it: long ago
			t.Errorf("in state %t: already a member %t", inState, got)
		}
		if !inState {
			continue
		}
		trace, s = flowtest.FinishedBy(trace)
		if s.Waiting = nil; flow.WantsUndo(s) || s.HoldsLeave() != flow.HeldAlreadyIn || i < 0 {
			t.Errorf("a leave is wanted; hold %d", s.HoldsLeave())
		}
		report := export.NewReport(trace, flow.Fold(trace), export.ReportOptions{})
		if !report.AlreadyMember || report.NotLeft == "" || report.MayHaveJoined {
			t.Errorf("%+v", report)
		}
		s.Header.LeaveSure = true
		if !flow.WantsUndo(s) {
			t.Error("told twice, and no leave is wanted")
		}
	}
}

// withEvent adds an event to the state, or to the auth chain alone, of the answer that ends trace.
func withEvent(t *testing.T, trace flow.Trace, raw []byte, inState bool) flow.Trace {
	t.Helper()
	last := &trace.Entries[len(trace.Entries)-1]
	var body map[string]json.RawMessage
	if err := json.Unmarshal(last.Response.Body, &body); err != nil {
		t.Fatal(err)
	}
	key := "auth_chain"
	if inState {
		key = "state"
	}
	var list []json.RawMessage
	if err := json.Unmarshal(body[key], &list); err != nil {
		t.Fatal(err)
	}
	body[key], _ = json.Marshal(append(list, raw))
	out, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	last.Response = &client.Response{Status: 200, Body: out}
	return trace
}
