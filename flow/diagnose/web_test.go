package diagnose_test

import (
	"slices"
	"strings"
	"testing"

	"doorstep/client"
	"doorstep/flow"
	"doorstep/flow/diagnose"
	"doorstep/flow/export"
	"doorstep/flow/flowtest"
	"doorstep/flow/verify"
)

// first is the finding that comes first; an empty one where there is none.
func first(t flow.Trace) diagnose.Finding {
	if found := diagnose.Findings(t, flow.Fold(t)); len(found) > 0 {
		return found[0]
	}
	return diagnose.Finding{}
}

// A path with escapes is refused by no homeserver where the same server's homeserver answered one without them.
func TestEscapedPathRefused(t *testing.T) {
	const same, other = `{"room_id":"!r:a.example","servers":["directory.example"]}`, `{"room_id":"!r:a.example","servers":["a.example"]}`
	for name, c := range map[string]struct {
		directory string
		status    int
		body      string
		want      string
	}{
		"400 and nothing":                        {same, 400, "", "escaped-path-refused"},
		"403 and a page":                         {same, 403, "<html>", "escaped-path-refused"},
		"404: a path that nobody serves":         {same, 404, "<html>", "wrong-vhost"},
		"of a server that has said nothing else": {other, 400, "", "wrong-vhost"},
		"by the homeserver":                      {same, 400, flowtest.RefusalBody("M_BAD_JSON"), "unexplained-refusal"},
		"by Dendrite":                            {same, 400, `{"message":"no"}`, "unexplained-refusal"},
		"by a gateway that limits":               {same, 429, "<html>", "gateway-error"},
	} {
		s := flowtest.NewScript(nil).Joins().Does(200, c.directory).Does(c.status, c.body)
		f := first(s.Trace)
		if f.ID != c.want {
			t.Errorf("%s: %s, want %s", name, f.ID, c.want)
		}
		if f.ID == "escaped-path-refused" && !strings.Contains(f.Cause, "%21") {
			t.Errorf("%s: %s", name, f.Cause)
		}
		if f.ID == "wrong-vhost" && c.directory == same && (strings.Contains(f.Cause,
			"no rule for /_matrix") || strings.Contains(f.Title, "no homeserver")) {
			t.Errorf("%s: a homeserver answered there: %s %s", name, f.Title, f.Cause)
		}
	}
}

// At send_join it is the event ID that has escapes of its own: a slash in version 3.
func TestEscapedEventID(t *testing.T) {
	for version, c := range map[string]struct {
		id     string
		status int
		want   string
	}{
		"3":  {"$a/b+c", 400, "escaped-path-refused"},
		"v3": {"$a/b+c", 403, "escaped-path-refused"},
		"v4": {"$a/b", 404, "escaped-path-refused"}, // what Apache says to an encoded slash
		"11": {"$a_b", 404, "wrong-vhost"},
	} {
		s := flowtest.NewScript(nil).Joins().Does(200, flowtest.AliasAnswer).Does(200, flowtest.GoodTemplate)
		s.Add(flow.Entry{Kind: flow.Local, Step: flow.L1, From: flow.Joining, To: flow.Joining,
			Build: &flow.Build{Membership: "join", EventID: c.id, Event: []byte(flowtest.GoodEvent)}})
		s.Does(c.status, "")
		f := first(s.Trace)
		if f.ID != c.want || f.Step != flow.A7 {
			t.Errorf("%s: %s at %s, want %s", version, f.ID, f.Step, c.want)
		}
		if f.ID == "escaped-path-refused" && !strings.Contains(f.Cause, "%2F") {
			t.Errorf("%s: %s", version, f.Cause)
		}
	}
}

// A gateway before our own server limits our client: that is no limit of the homeserver's.
func TestGatewayBeforeOurOwnServer(t *testing.T) {
	for name, c := range map[string]struct {
		answer  *client.Response
		want    string
		outcome flow.Outcome
	}{
		"a proxy limits":   {&client.Response{Status: 429, Body: []byte("<html>")}, "gateway-error", flow.Failed},
		"a proxy is alone": {&client.Response{Status: 502, Body: []byte("<html>")}, "gateway-error", flow.Failed},
		"a homeserver limits": {&client.Response{Status: 429, Body: []byte(flowtest.RefusalBody("M_LIMIT_EXCEEDED"))},
			"client-rate-limited", flow.Refused},
		"a homeserver's rule": {&client.Response{Status: 403, Body: []byte(flowtest.RefusalBody("M_FORBIDDEN"))},
			"own-server-refuses", flow.Refused},
	} {
		s := flowtest.NewScript(nil).Joins()
		s.Add(flow.Entry{Kind: flow.Response, Step: flow.A8, From: flow.Joining, To: flow.Client, Answers: 1,
			Response: c.answer})
		if f := first(s.Trace); f.ID != c.want || flow.Fold(s.Trace).Outcome() != c.outcome {
			t.Errorf("%s: %s, outcome %s; want %s, %s", name, f.ID, flow.Fold(s.Trace).Outcome(), c.want, c.outcome)
		}
	}
}

// A leave that a gateway answers is not refused by the homeserver, and any 2xx takes it.
func TestUndoAnswers(t *testing.T) {
	for name, c := range map[string]struct {
		step    flow.StepID
		answer  *client.Response
		left    bool
		problem string
	}{
		"204":       {flow.U4, &client.Response{Status: 204}, true, ""},
		"an object": {flow.U4, &client.Response{Status: 200, Body: []byte(`{}`)}, true, ""},
		"a page":    {flow.U4, &client.Response{Status: 200, Body: []byte(`<html>`)}, false, "web page"},
		"a gateway": {flow.U4, &client.Response{Status: 502, Body: []byte(`<html>`)}, false, "a gateway"},
		"a refusal": {flow.U4, &client.Response{Status: 403, Body: []byte(flowtest.RefusalBody("M_FORBIDDEN"))},
			false, "refused: 403 M_FORBIDDEN"},
		"a template's limit": {flow.U2, &client.Response{Status: 429, Body: []byte(`<html>`)}, false, "a gateway"},
		"no template":        {flow.U2, &client.Response{Status: 204}, false, "cannot be signed"},
	} {
		trace := flowtest.RecordedUntil(t, "synapse-big", c.step)
		trace.Entries[len(trace.Entries)-1].Response = c.answer
		s := flow.Fold(trace)
		if s.Undo.Left != c.left || (s.Undo.Problem == "") != (c.problem == "") || !strings.Contains(s.Undo.Problem,
			c.problem) {
			t.Errorf("%s: left %t, %q", name, s.Undo.Left, s.Undo.Problem)
		}
		_, maybe := s.LeftBehind()
		if report := export.NewReport(trace, flow.Fold(trace), export.ReportOptions{}); maybe == c.left || report.Left != c.left ||
			report.MayHaveJoined == c.left {
			t.Errorf("%s: %+v", name, report)
		}
	}
}

// null in place of the servers: nobody is in the room, which is no broken answer; a server that the client names is
// asked.
func TestRoomAbandoned(t *testing.T) {
	const abandoned = `{"room_id":"!r:a.example","servers":null}`
	s := flowtest.NewScript(nil).Joins().Does(200, abandoned)
	if f := first(s.Trace); f.ID != "room-abandoned" || flow.Fold(s.Trace).Outcome() != flow.Unreachable {
		t.Errorf("%s, outcome %s", f.ID, flow.Fold(s.Trace).Outcome())
	}
	if found := diagnose.Findings(s.Trace, flow.Fold(s.Trace)); slices.ContainsFunc(found,
		func(f diagnose.Finding) bool { return f.ID == "no-candidates" || f.ID == "directory-answer-broken" }) {
		t.Errorf("findings %v", flowtest.IDs(found))
	}
	via := flowtest.NewScript(func(h *flow.Header) { h.Via = []string{"v.example"} }).Joins().Does(200, abandoned)
	if got := flowtest.Next(via.Trace); got != "find v.example" {
		t.Errorf("then %s", got)
	}
}

// Where a refusal ends it although others could be asked, it is said, whatever the policy; the room's own refusals are
// no finding of the list.
func TestFirstRefusalIsSaid(t *testing.T) {
	two := `{"room_id":"!r:a.example","servers":["a.example","b.example"]}`
	for like, final := range map[string]bool{"": true, "synapse": true, "dendrite": false, "tuwunel": false} {
		for words, finding := range map[string]bool{"by a rule of this server": true,
			"You are banned from this room": false} {
			s := flowtest.NewScript(func(h *flow.Header) { h.Like = like }).Joins().Does(200, two)
			if like == "dendrite" { // it asks the alias's server first
				s.Does(404, flowtest.RefusalBody("M_NOT_FOUND"))
			}
			s.Does(403, `{"errcode":"M_FORBIDDEN","error":"`+words+`"}`)
			state := flow.Fold(s.Trace)
			if !final {
				if state.Stopped != nil {
					t.Errorf("like %q: stopped: %s", like, state.Stopped.Words())
				}
				continue
			}
			if state.Stopped == nil || state.Stopped.Untried != 1 || !strings.HasSuffix(state.Stopped.Words(),
				"1 other candidate not asked") {
				t.Fatalf("like %q: %+v", like, state.Stopped)
			}
			found := slices.ContainsFunc(diagnose.Findings(s.Trace, flow.Fold(s.Trace)), func(f diagnose.Finding) bool {
				return f.ID == "first-refusal-final" && strings.Contains(f.Cause, state.Policy.Says)
			})
			if found != finding {
				t.Errorf("like %q, %q: first-refusal-final %t", like, words, found)
			}
		}
	}
}

// One outcome, one exit code.
func TestExitCodes(t *testing.T) {
	s := flow.State{}
	for o, want := range map[flow.Outcome]int{flow.Joined: 0, flow.Verified: 0, flow.DryRun: 0, flow.Refused: 1,
		flow.Failed: 1, flow.Unreachable: 3, flow.Invalid: 4, flow.TimedOut: 5, flow.Cancelled: 130} {
		if got := s.ExitCode(o, false); got != want || o.ExitCode() != want {
			t.Errorf("%s: %d, want %d", o, got, want)
		}
	}
	s.TemplateChecks = []verify.Check{{Outcome: verify.Fail}}
	for o, want := range map[flow.Outcome]int{flow.Joined: 4, flow.Verified: 4, flow.Refused: 1, flow.Failed: 1,
		flow.Unreachable: 3, flow.TimedOut: 5} {
		if got := s.ExitCode(o, true); got != want {
			t.Errorf("strict, %s: %d, want %d", o, got, want)
		}
	}
	for by, want := range map[string]int{"SIGINT": 130, "SIGTERM": 143, "SIGHUP": 129, "SIGQUIT": 131, "user": 130,
		"": 130} {
		s.Stopped = &flow.Stop{Outcome: flow.Cancelled, By: by}
		if got := s.ExitCode(flow.Cancelled, true); got != want {
			t.Errorf("by %q: %d, want %d", by, got, want)
		}
	}
}
