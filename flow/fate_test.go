package flow

import (
	"fmt"
	"strings"
	"testing"

	"doorstep/client"
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
		want    Fate
		outcome Outcome
	}
	problem := []client.Field{{Name: "Content-Type", Value: "application/problem+json"}}
	for name, c := range map[string]end{
		"refused":               {status: 403, body: refusalBody("M_FORBIDDEN"), want: FateRefused, outcome: Refused},
		"limited":               {status: 429, body: refusalBody("M_LIMIT_EXCEEDED"), want: FateRefused, outcome: Refused},
		"Dendrite's 400":        {status: 400, body: `{"message":"no"}`, want: FateRefused, outcome: Refused},
		"refused in a list":     {status: 200, body: `[403,` + refusalBody("M_FORBIDDEN") + `]`, want: FateRefused, outcome: Refused},
		"broken":                {status: 500, body: refusalBody("M_UNKNOWN"), want: FateUnknown, outcome: Failed},
		"broken in a list":      {status: 200, body: `[500,` + refusalBody("M_UNKNOWN") + `]`, want: FateUnknown, outcome: Failed},
		"Dendrite's 500":        {status: 500, body: `{"Err":""}`, want: FateUnknown, outcome: Failed},
		"Synapse's 502":         {status: 502, body: refusalBody("M_UNKNOWN"), want: FateUnknown, outcome: Failed},
		"a gateway's 502":       {status: 502, body: page, want: FateUnknown, outcome: Failed},
		"a gateway's 503":       {status: 503, want: FateUnknown, outcome: Failed},
		"a gateway's 504":       {status: 504, body: `{"message":"late"}`, want: FateUnknown, outcome: Failed},
		"a problem":             {status: 502, body: `{"title":"x"}`, fields: problem, want: FateUnknown, outcome: Failed},
		"a CDN's 520":           {status: 520, want: FateUnknown, outcome: Failed},
		"a CDN's 524":           {status: 524, body: page, want: FateUnknown, outcome: Failed},
		"a CDN's 530":           {status: 530, body: `{}`, want: FateUnknown, outcome: Failed},
		"a firewall's 403":      {status: 403, body: page, want: FateUnknown, outcome: Failed},
		"a proxy's 429":         {status: 429, body: page, want: FateTurnedAway, outcome: Failed},
		"a proxy's 413":         {status: 413, body: page, want: FateTurnedAway, outcome: Failed},
		"a proxy's 400":         {status: 400, want: FateTurnedAway, outcome: Failed},
		"a redirect":            {status: 301, want: FateTurnedAway, outcome: Failed},
		"empty":                 {status: 200, want: FateUnknown, outcome: Invalid},
		"blanks":                {status: 200, body: " \n", want: FateUnknown, outcome: Invalid},
		"null":                  {status: 200, body: "null", want: FateUnknown, outcome: Invalid},
		"text":                  {status: 202, body: "OK", want: FateUnknown, outcome: Invalid},
		"204":                   {status: 204, want: FateUnknown, outcome: Invalid},
		"a page":                {status: 200, body: page, want: FateUnknown, outcome: Invalid},
		"half an answer":        {status: 200, body: `{"state":[]}`, want: FateAccepted, outcome: Invalid},
		"cut before the answer": {failure: client.FailedClosed, want: FateUnknown, outcome: Failed},
		"cut in the answer":     {status: 200, body: `{"st`, began: true, failure: client.FailedClosed, want: FateUnknown, outcome: Failed},
		"not HTTP":              {failure: client.FailedMalformed, want: FateUnknown, outcome: Failed},
		"too large":             {status: 200, began: true, failure: client.FailedTooLarge, want: FateUnknown, outcome: Failed},
		"late":                  {failure: client.FailedTimeout, want: FateUnknown, outcome: TimedOut},
		"given up":              {failure: client.FailedCancelled, want: FateUnknown, outcome: Cancelled},
		"no connection":         {failure: client.FailedConnect, unsent: true, want: FateNotSent, outcome: Unreachable},
		"no TLS":                {failure: client.FailedTLS, unsent: true, want: FateNotSent, outcome: Unreachable},
		"late to connect":       {failure: client.FailedTimeout, unsent: true, want: FateNotSent, outcome: TimedOut},
		"given up before":       {failure: client.FailedCancelled, unsent: true, want: FateNotSent, outcome: Cancelled},
	} {
		for version := 1; version <= 12; version++ {
			trace := recordedUntil(t, fmt.Sprintf("public-v%d", version), A7)
			last := &trace.Entries[len(trace.Entries)-1]
			last.Response = &client.Response{Status: c.status, Body: []byte(c.body), Header: c.fields}
			if c.failure != "" {
				last.Kind, last.Failure = Failure, &client.Failure{Kind: c.failure, Message: "so it was"}
				if !c.began {
					last.Response = nil
				}
			}
			if c.unsent {
				asked := *trace.Entries[last.Answers-1].Request
				asked.Header = nil
				trace.Entries[last.Answers-1].Request = &asked
			}
			trace, s := finishedBy(trace)
			if s.Fate() != c.want || s.Outcome() != c.outcome {
				t.Errorf("%s, version %d: fate %s, outcome %s (%+v); want %s, %s", name, version, s.Fate(), s.Outcome(), s.Stopped, c.want, c.outcome)
				continue
			}
			agreesWithFate(t, fmt.Sprintf("%s, version %d", name, version), trace, s)
		}
	}
}

// agreesWithFate holds what is said of a join that came to no good end against its fate.
func agreesWithFate(t *testing.T, name string, trace Trace, s State) {
	t.Helper()
	r := NewReport(trace, ReportOptions{})
	may := s.Fate().MayStand()
	command := s.UndoCommand()
	if r.MayHaveJoined != may || (r.Undo != "") != may || (command != nil) != may || r.Fate != s.Fate().String() {
		t.Errorf("%s: fate %s, and the report says may %t, undo %q", name, s.Fate(), r.MayHaveJoined, r.Undo)
	}
	if may && !strings.HasSuffix(r.Undo, "--yes --leave --leave") {
		t.Errorf("%s: undo %q", name, r.Undo)
	}
	if unknown := s.Fate() == FateUnknown; unknown != says(r.Why, "may have accepted", "may have let us in") {
		t.Errorf("%s: fate %s, and the report says why: %q", name, s.Fate(), r.Why)
	}
	if r.Why != "" && says(r.Why, "refuses") != (s.Fate() == FateRefused) {
		t.Errorf("%s: fate %s: %q", name, s.Fate(), r.Why)
	}
	if len(r.Findings) == 0 || r.Findings[0].Severity != severityError {
		t.Errorf("%s: findings %v", name, ids(r.Findings))
	}
	for _, f := range r.Findings {
		if may && says(f.Cause+f.Advice, "was not sent", "nothing has happened in the room", "has not seen the event", "no homeserver has seen") {
			t.Errorf("%s: fate %s, and %s says: %s %s", name, s.Fate(), f.ID, f.Cause, f.Advice)
		}
		if !may && says(f.Cause+f.Advice, "may stand", "may have taken", "may have accepted", "may be a member") {
			t.Errorf("%s: fate %s, and %s says: %s %s", name, s.Fate(), f.ID, f.Cause, f.Advice)
		}
		if f.ID == "half-joined" {
			t.Errorf("%s: half-joined, and nothing proves it", name)
		}
	}
	s.Header.Leave = true
	if s.Waiting = nil; !s.cancelled() && WantsUndo(s) != may {
		t.Errorf("%s: fate %s, and a leave is wanted: %t", name, s.Fate(), WantsUndo(s))
	}
}
