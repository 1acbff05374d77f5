package flow_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"doorstep/client"
	"doorstep/flow"
	"doorstep/flow/compare"
	"doorstep/flow/flowtest"
	"doorstep/flow/verify"
)

func TestNext(t *testing.T) {
	candidates := func() *flowtest.Script { return flowtest.NewScript(nil).Joins().Does(200, flowtest.AliasAnswer) }
	for name, c := range map[string]struct {
		trace *flowtest.Script
		want  string
	}{
		"the client asks first":            {flowtest.NewScript(nil), "A1"},
		"an alias leads to its own server": {flowtest.NewScript(nil).Joins(), "find directory.example"},
		"a room ID needs no directory":     {flowtest.NewScript(func(h *flow.Header) { h.Target, h.Via = "!r:a.example", []string{"v.example"} }).Joins(), "find v.example"},
		"nobody to ask": {flowtest.NewScript(func(h *flow.Header) { h.Target = "!r:a.example" }).
			Joins(), "A8 unreachable"},
		"an alias is looked up before its vias": {flowtest.NewScript(func(h *flow.Header) { h.Via = []string{"v.example"} }).
			Joins(), "find directory.example"},
		"unknown alias": {flowtest.NewScript(nil).Joins().
			Does(404, flowtest.RefusalBody("M_NOT_FOUND")), "A8 refused"},
		"directory down":         {flowtest.NewScript(nil).Joins().Does(0, "refused"), "A8 unreachable"},
		"directory says nothing": {flowtest.NewScript(nil).Joins().Does(200, `{}`), "A8 invalid"},
		"directory lists what are no servers": {flowtest.NewScript(nil).Joins().
			Does(200, `{"room_id":"!r:x","servers":[1]}`), "A8 invalid"},
		"the first candidate": {candidates(), "find a.example"},
		"no answer: the next": {candidates().Does(0, "refused"), "find b.example"},
		"unknown room: the next": {candidates().Does(404, flowtest.RefusalBody("M_NOT_FOUND")),
			"find b.example"},
		"broken: the next": {candidates().Does(500, `{"Err":""}`), "find b.example"},
		"cannot judge: the next": {candidates().Does(400,
			flowtest.RefusalBody("M_UNABLE_TO_AUTHORISE_JOIN")), "find b.example"},
		"cannot grant: the next": {candidates().Does(400, flowtest.RefusalBody("M_UNABLE_TO_GRANT_JOIN")),
			"find b.example"},
		"busy: the next": {candidates().Does(429, flowtest.RefusalBody("M_LIMIT_EXCEEDED")),
			"find b.example"},
		"our signature was not checked: the next": {candidates().Does(401, flowtest.RefusalBody("M_UNAUTHORIZED")),
			"find b.example"},
		"redirected: the next":    {candidates().Does(308, ``), "find b.example"},
		"a proxy's 403: the next": {candidates().Does(403, `<html>no</html>`), "find b.example"},
		"forbidden: over": {candidates().Does(403, flowtest.RefusalBody("M_FORBIDDEN")),
			"A8 refused"},
		"version not offered: over": {candidates().Does(400,
			flowtest.RefusalBody("M_INCOMPATIBLE_ROOM_VERSION")), "A8 refused"},
		"all fail, none answered": {candidates().Does(0, "x").Does(0, "x"), "A8 unreachable"},
		"all fail, one answered": {candidates().Does(0, "x").Does(404, flowtest.RefusalBody("M_NOT_FOUND")),
			"A8 refused"},
		"a good template is signed": {candidates().Does(200, flowtest.GoodTemplate), "L1"},
		"a lying template is not, the next": {candidates().Does(200,
			strings.Replace(flowtest.GoodTemplate, "join", "ban", 1)), "find b.example"},
		"HTML in place of a template": {candidates().Does(200, "<html>"), "find b.example"},
		"like Synapse, a 401 ends it": {flowtest.NewScript(func(h *flow.Header) { h.Like = "synapse" }).Joins().
			Does(200, flowtest.AliasAnswer).
			Does(401, flowtest.RefusalBody("M_UNAUTHORIZED")), "A8 refused"},
		"like Synapse, a redirect ends it": {flowtest.NewScript(func(h *flow.Header) { h.Like = "synapse" }).Joins().
			Does(200, flowtest.AliasAnswer).Does(302, ""), "A8 failed"},
		"like Synapse, a 429 does not end it": {flowtest.NewScript(func(h *flow.Header) { h.Like = "synapse" }).Joins().
			Does(200, flowtest.AliasAnswer).
			Does(429, flowtest.RefusalBody("M_LIMIT_EXCEEDED")), "find b.example"},
		"like Synapse, the alias's server comes first where it is listed": {flowtest.NewScript(func(h *flow.Header) { h.Like = "synapse" }).Joins().
			Does(200, strings.Replace(flowtest.AliasAnswer, "b.example", "directory.example", 1)), "A4 directory.example"},
		"like Synapse, the alias's server is not asked where it is not listed": {flowtest.NewScript(func(h *flow.Header) { h.Like = "synapse" }).Joins().
			Does(200, flowtest.AliasAnswer), "find a.example"},
		"like tuwunel, the alias's server is asked only where nobody else is listed": {flowtest.NewScript(func(h *flow.Header) { h.Like = "tuwunel" }).Joins().
			Does(200, `{"room_id":"!r:a.example","servers":["joining.example"]}`), "A4 directory.example"},
		"like tuwunel, via does not count for an alias": {flowtest.NewScript(func(h *flow.Header) { h.Like, h.Via = "tuwunel", []string{"v.example"} }).Joins().
			Does(200, flowtest.AliasAnswer), "find a.example"},
		"like tuwunel, matrix.org comes last": {flowtest.NewScript(func(h *flow.Header) { h.Like = "tuwunel" }).Joins().
			Does(200, strings.Replace(flowtest.AliasAnswer, `["a.example"`, `["matrix.org"`, 1)), "find b.example"},
		"like tuwunel, a room ID without via leads to its server": {flowtest.NewScript(func(h *flow.Header) { h.Like, h.Target = "tuwunel", "!r:a.example" }).Joins(), "find a.example"},
		"like Dendrite, a 403 does not end it": {flowtest.NewScript(func(h *flow.Header) { h.Like = "dendrite" }).Joins().
			Does(200, flowtest.AliasAnswer).
			Does(403, flowtest.RefusalBody("M_FORBIDDEN")), "find a.example"},
		"all are asked": {flowtest.NewScript(func(h *flow.Header) { h.AskAll = true }).Joins().
			Does(200, flowtest.AliasAnswer).Does(200, flowtest.GoodTemplate), "version a.example"},
		"all were asked, the first good one counts": {flowtest.NewScript(func(h *flow.Header) { h.AskAll = true }).Joins().
			Does(200, flowtest.AliasAnswer).
			Does(200, flowtest.GoodTemplate).Does(403, flowtest.RefusalBody("M_FORBIDDEN")).Software(), "L1"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := flowtest.Next(c.trace.Trace); got != c.want {
				t.Errorf("%s, want %s", got, c.want)
			}
		})
	}
}

// What the directory lists is asked in its order, each server once, ourselves never, and what is no server name is kept
// with the reason why it is not asked.
func TestCandidates(t *testing.T) {
	s := flow.Fold(flowtest.NewScript(nil).Joins().Does(200, flowtest.AliasAnswer).Trace)
	var got []string
	for _, c := range s.Candidates {
		got = append(got, fmt.Sprintf("%s %s %t", c.Server, c.From, c.Tried))
	}
	want := []string{"a.example directory false", "b.example directory false", "not a name directory true"}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

// Where every candidate is asked, a table compares them: what they run, what they said, whether their protoevents
// agree.
func TestCandidateRows(t *testing.T) {
	s := flowtest.NewScript(func(h *flow.Header) { h.AskAll = true; h.Via = []string{"c.example", "d.example"} }).Joins()
	other := strings.NewReplacer(`["$a"]`, `["$z"]`, `"depth":7`, `"depth":8`).Replace(flowtest.GoodTemplate)
	s.Does(200, flowtest.AliasAnswer).Does(200, flowtest.GoodTemplate).Does(200, other).Does(200,
		flowtest.GoodTemplate).Does(403, flowtest.RefusalBody("M_FORBIDDEN")).Software()
	want := []compare.CandidateRow{
		{Server: "c.example", From: "via", Software: "Test 1", Status: 200, RoomVersion: "11", Agrees: "first"},
		{Server: "d.example", From: "via", Software: "Test 1", Status: 200, RoomVersion: "11",
			Agrees: "differs: auth_events, depth"},
		{Server: "a.example", From: "directory", Software: "Test 1", Status: 200, RoomVersion: "11", Agrees: "yes"},
		{Server: "b.example", From: "directory", Software: "Test 1", Status: 403, Errcode: "M_FORBIDDEN", Error: "no"},
		{Server: "not a name", From: "directory"},
	}
	got := compare.CandidateRows(s.Trace, flow.Fold(s.Trace))
	if len(got) == len(want) {
		want[4].Error = got[4].Error
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

// Each field of a template that is not what was asked for makes it unusable: nothing is overwritten.
func TestTemplateChecks(t *testing.T) {
	for name, c := range map[string]struct{ body, fails string }{
		"good": {flowtest.GoodTemplate, ""},
		"other type": {strings.Replace(flowtest.GoodTemplate, "m.room.member", "m.room.create", 1),
			"template_type"},
		"other room": {strings.Replace(flowtest.GoodTemplate, "!r:a.example", "!s:a.example", 1),
			"template_room"},
		"other sender": {strings.Replace(flowtest.GoodTemplate, `"sender":"@you`, `"sender":"@me`, 1),
			"template_sender"},
		"other state key": {strings.Replace(flowtest.GoodTemplate, `"state_key":"@you`, `"state_key":"@me`, 1),
			"template_state_key"},
		"no state key": {strings.Replace(flowtest.GoodTemplate, `"state_key"`, `"statekey"`, 1),
			"template_state_key"},
		"state key of a number": {strings.Replace(flowtest.GoodTemplate, `"state_key":"@you:joining.example"`,
			`"state_key":1`, 1), "template_state_key"},
		"other membership": {strings.Replace(flowtest.GoodTemplate, `"join"`, `"leave"`, 1), "template_membership"},
		"content of a list": {strings.Replace(flowtest.GoodTemplate, `{"membership":"join"}`, `["join"]`, 1),
			"template_membership"},
		"version not offered": {strings.Replace(flowtest.GoodTemplate, `"11"`, `"10"`, 1), "template_room_version"},
		"unknown version": {strings.Replace(flowtest.GoodTemplate, `"11"`, `"org.example.13"`, 1),
			"template_readable"},
		"version of a number": {strings.Replace(flowtest.GoodTemplate, `"11"`, `11`, 1), "template_readable"},
		"no version, new form": {strings.Replace(flowtest.GoodTemplate, `"room_version":"11",`, ``, 1),
			"template_readable"},
		"old references": {strings.Replace(flowtest.GoodTemplate, `["$a"]`, `[["$a",{"sha256":"x"}]]`, 1),
			"template_auth_events"},
		"too many auth events": {strings.Replace(flowtest.GoodTemplate, `["$a"]`, `["$a"`+strings.Repeat(`,"$a"`, 10)+`]`,
			1), "template_auth_events"},
		"too many prev events": {strings.Replace(flowtest.GoodTemplate, `["$b"]`, `["$b"`+strings.Repeat(`,"$b"`, 20)+`]`,
			1), "template_prev_events"},
		"poisoned depth": {strings.Replace(flowtest.GoodTemplate, `"depth":7`, `"depth":9007199254740992`, 1),
			"template_depth"},
		"negative depth": {strings.Replace(flowtest.GoodTemplate, `"depth":7`, `"depth":-1`, 1), "template_depth"},
		"a float": {strings.Replace(flowtest.GoodTemplate, `"depth":7`, `"depth":7,"x":1.5`, 1),
			"template_canonical"},
		"two of one key": {strings.Replace(flowtest.GoodTemplate, `"depth":7`, `"depth":7,"depth":8`, 1),
			"template_readable"},
		"event of a string":       {`{"room_version":"11","event":"x"}`, "template_readable"},
		"no event":                {`{"room_version":"11"}`, "template_readable"},
		"trailing text":           {flowtest.GoodTemplate + "x", "template_readable"},
		"an extra key only warns": {strings.Replace(flowtest.GoodTemplate, `"depth":7`, `"depth":7,"shoe_size":43`, 1), ""},
	} {
		t.Run(name, func(t *testing.T) {
			s := flow.Fold(flowtest.NewScript(nil).Joins().Does(200, flowtest.AliasAnswer).Does(200, c.body).Trace)
			failing := ""
			for _, check := range s.TemplateChecks {
				if check.Outcome == verify.Fail && failing == "" {
					failing = check.Kind.String()
				}
			}
			if failing != c.fails {
				t.Errorf("fails %q, want %q: %+v", failing, c.fails, s.TemplateChecks)
			}
			if signs := s.Template != nil; signs != (c.fails == "") {
				t.Errorf("goes on to sign: %t", signs)
			}
		})
	}
}

// A trace from elsewhere may hold an answer of somebody who was not asked.
func TestAnswerNobodyAskedFor(t *testing.T) {
	for _, all := range []bool{true, false} {
		s := flowtest.NewScript(func(h *flow.Header) { h.Target, h.AskAll = "!r:a.example", all }).Joins()
		asked := s.Add(flow.Entry{Kind: flow.Request, Step: flow.A4, From: flow.Joining, To: flow.Resident,
			Server:  "a.example",
			Request: &client.Request{Endpoint: client.MakeJoin}})
		s.Add(flow.Entry{Kind: flow.Response, Step: flow.A5, From: flow.Resident, To: flow.Joining, Server: "a.example",
			Answers:  asked,
			Response: &client.Response{Status: 200, Body: []byte(flowtest.GoodTemplate)}})
		if got := flow.Fold(s.Trace).Outcome(); got != flow.Unreachable {
			t.Errorf("all %t: %s", all, got)
		}
	}
}
