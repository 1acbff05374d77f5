package flow_test

import (
	"fmt"
	"strings"
	"testing"

	"doorstep/client"
	"doorstep/flow"
	"doorstep/flow/diagnose"
	"doorstep/flow/export"
	"doorstep/flow/flowtest"
	"doorstep/flow/response"
)

// What became of our join, by what came back, in every room version; and who says what about it.
func TestFate(t *testing.T) {
	const page = "<html>"
	type end struct {
		status  int
		body    string
		failure client.FailureKind
		unsent  bool // no connection took the request
		began   bool // ... and an answer began
		fields  []client.Field
		want    flow.Fate
		outcome flow.Outcome
	}
	problem := []client.Field{{Name: "Content-Type", Value: "application/problem+json"}}
	for name, c := range map[string]end{
		"refused": {status: 403, body: flowtest.RefusalBody("M_FORBIDDEN"), want: flow.FateRefused,
			outcome: flow.Refused},
		"limited": {status: 429, body: flowtest.RefusalBody("M_LIMIT_EXCEEDED"), want: flow.FateRefused,
			outcome: flow.Refused},
		"Dendrite's 400": {status: 400, body: `{"message":"no"}`, want: flow.FateRefused, outcome: flow.Refused},
		"refused in a list": {status: 200, body: `[403,` + flowtest.RefusalBody("M_FORBIDDEN") + `]`,
			want: flow.FateRefused, outcome: flow.Refused},
		"broken": {status: 500, body: flowtest.RefusalBody("M_UNKNOWN"), want: flow.FateUnknown,
			outcome: flow.Failed},
		"broken in a list": {status: 200, body: `[500,` + flowtest.RefusalBody("M_UNKNOWN") + `]`,
			want: flow.FateUnknown, outcome: flow.Failed},
		"Dendrite's 500": {status: 500, body: `{"Err":""}`, want: flow.FateUnknown, outcome: flow.Failed},
		"Synapse's 502": {status: 502, body: flowtest.RefusalBody("M_UNKNOWN"), want: flow.FateUnknown,
			outcome: flow.Failed},
		"a gateway's 502": {status: 502, body: page, want: flow.FateUnknown, outcome: flow.Failed},
		"a gateway's 503": {status: 503, want: flow.FateUnknown, outcome: flow.Failed},
		"a gateway's 504": {status: 504, body: `{"message":"late"}`, want: flow.FateUnknown, outcome: flow.Failed},
		"a problem": {status: 502, body: `{"title":"x"}`, fields: problem, want: flow.FateUnknown,
			outcome: flow.Failed},
		"a CDN's 520":           {status: 520, want: flow.FateUnknown, outcome: flow.Failed},
		"a CDN's 524":           {status: 524, body: page, want: flow.FateUnknown, outcome: flow.Failed},
		"a CDN's 530":           {status: 530, body: `{}`, want: flow.FateUnknown, outcome: flow.Failed},
		"a firewall's 403":      {status: 403, body: page, want: flow.FateUnknown, outcome: flow.Failed},
		"a proxy's 429":         {status: 429, body: page, want: flow.FateTurnedAway, outcome: flow.Failed},
		"a proxy's 413":         {status: 413, body: page, want: flow.FateTurnedAway, outcome: flow.Failed},
		"a proxy's 400":         {status: 400, want: flow.FateTurnedAway, outcome: flow.Failed},
		"a redirect":            {status: 301, want: flow.FateTurnedAway, outcome: flow.Failed},
		"empty":                 {status: 200, want: flow.FateUnknown, outcome: flow.Invalid},
		"blanks":                {status: 200, body: " \n", want: flow.FateUnknown, outcome: flow.Invalid},
		"null":                  {status: 200, body: "null", want: flow.FateUnknown, outcome: flow.Invalid},
		"text":                  {status: 202, body: "OK", want: flow.FateUnknown, outcome: flow.Invalid},
		"204":                   {status: 204, want: flow.FateUnknown, outcome: flow.Invalid},
		"a page":                {status: 200, body: page, want: flow.FateUnknown, outcome: flow.Invalid},
		"half an answer":        {status: 200, body: `{"state":[]}`, want: flow.FateAccepted, outcome: flow.Invalid},
		"cut before the answer": {failure: client.FailedClosed, want: flow.FateUnknown, outcome: flow.Failed},
		"cut in the answer": {status: 200, body: `{"st`, began: true, failure: client.FailedClosed,
			want: flow.FateUnknown, outcome: flow.Failed},
		"not HTTP": {failure: client.FailedMalformed, want: flow.FateUnknown, outcome: flow.Failed},
		"too large": {status: 200, began: true, failure: client.FailedTooLarge, want: flow.FateUnknown,
			outcome: flow.Failed},
		"late":     {failure: client.FailedTimeout, want: flow.FateUnknown, outcome: flow.TimedOut},
		"given up": {failure: client.FailedCancelled, want: flow.FateUnknown, outcome: flow.Cancelled},
		"no connection": {failure: client.FailedConnect, unsent: true, want: flow.FateNotSent,
			outcome: flow.Unreachable},
		"no TLS": {failure: client.FailedTLS, unsent: true, want: flow.FateNotSent, outcome: flow.Unreachable},
		"late to connect": {failure: client.FailedTimeout, unsent: true, want: flow.FateNotSent,
			outcome: flow.TimedOut},
		"given up before": {failure: client.FailedCancelled, unsent: true, want: flow.FateNotSent,
			outcome: flow.Cancelled},
	} {
		for version := 1; version <= 12; version++ {
			trace := flowtest.RecordedUntil(t, fmt.Sprintf("public-v%d", version), flow.A7)
			last := &trace.Entries[len(trace.Entries)-1]
			last.Response = &client.Response{Status: c.status, Body: []byte(c.body), Header: c.fields}
			if c.failure != "" {
				last.Kind, last.Failure = flow.Failure, &client.Failure{Kind: c.failure, Message: "so it was"}
				if !c.began {
					last.Response = nil
				}
			}
			if c.unsent {
				asked := *trace.Entries[last.Answers-1].Request
				asked.Header = nil
				trace.Entries[last.Answers-1].Request = &asked
			}
			trace, s := flowtest.FinishedBy(trace)
			if s.Fate() != c.want || s.Outcome() != c.outcome {
				t.Errorf("%s, version %d: fate %s, outcome %s (%+v); want %s, %s", name, version, s.Fate(), s.Outcome(), s.Stopped,
					c.want, c.outcome)
				continue
			}
			agreesWithFate(t, fmt.Sprintf("%s, version %d", name, version), trace, s)
		}
	}
}

// agreesWithFate holds what is said of a join that came to no good end against its fate.
func agreesWithFate(t *testing.T, name string, trace flow.Trace, s flow.State) {
	t.Helper()
	r := export.NewReport(trace, flow.Fold(trace), export.ReportOptions{})
	may := s.Fate().MayStand()
	command := s.UndoCommand()
	if r.MayHaveJoined != may || (r.Undo != "") != may || (command != nil) != may || r.Fate != s.Fate().String() {
		t.Errorf("%s: fate %s, and the report says may %t, undo %q", name, s.Fate(), r.MayHaveJoined, r.Undo)
	}
	if may && !strings.HasSuffix(string(r.Undo), "--yes --leave --leave") {
		t.Errorf("%s: undo %q", name, r.Undo)
	}
	if unknown := s.Fate() == flow.FateUnknown; unknown != response.Says(r.Why, "may have accepted",
		"may have let us in") {
		t.Errorf("%s: fate %s, and the report says why: %q", name, s.Fate(), r.Why)
	}
	if r.Why != "" && response.Says(r.Why, "refuses") != (s.Fate() == flow.FateRefused) {
		t.Errorf("%s: fate %s: %q", name, s.Fate(), r.Why)
	}
	if len(r.Findings) == 0 || r.Findings[0].Severity != diagnose.SeverityError {
		t.Errorf("%s: findings %v", name, flowtest.IDs(r.Findings))
	}
	for _, f := range r.Findings {
		if may && response.Says(f.Cause+f.Advice, "was not sent", "nothing has happened in the room",
			"has not seen the event", "no homeserver has seen") {
			t.Errorf("%s: fate %s, and %s says: %s %s", name, s.Fate(), f.ID, f.Cause, f.Advice)
		}
		if !may && response.Says(f.Cause+f.Advice, "may stand", "may have taken", "may have accepted", "may be a member") {
			t.Errorf("%s: fate %s, and %s says: %s %s", name, s.Fate(), f.ID, f.Cause, f.Advice)
		}
		if f.ID == "half-joined" {
			t.Errorf("%s: half-joined, and nothing proves it", name)
		}
	}
	s.Header.Leave = true
	if s.Waiting = nil; !s.Cancelled() && flow.WantsUndo(s) != may {
		t.Errorf("%s: fate %s, and a leave is wanted: %t", name, s.Fate(), flow.WantsUndo(s))
	}
}
