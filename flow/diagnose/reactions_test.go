package diagnose_test

import (
	"strings"
	"testing"

	"doorstep/client"
	"doorstep/flow"
	"doorstep/flow/diagnose"
	"doorstep/flow/flowtest"
)

// What others do is told of refusals and odd answers, and of nothing else.
func TestWouldDo(t *testing.T) {
	answer := func(step flow.StepID, status int, body string) *flow.Entry {
		return &flow.Entry{Kind: flow.Response, Step: step, From: flow.Resident, To: flow.Joining, Server: "a.example",
			Response: &client.Response{Status: status, Body: []byte(body)}}
	}
	lost := func(step flow.StepID) *flow.Entry {
		return &flow.Entry{Kind: flow.Failure, Step: step, Failure: &client.Failure{Kind: client.FailedConnect}}
	}
	for name, tt := range map[string]struct {
		entry *flow.Entry
		want  string // what the three do, by a word of each; empty: nothing is told
	}{
		"directory":        {answer(flow.A3, 200, flowtest.AliasAnswer), ""},
		"no alias":         {answer(flow.A3, 404, flowtest.RefusalBody("M_NOT_FOUND")), "404 ends ends"},
		"no directory":     {lost(flow.A3), "502 ends ends"},
		"half a directory": {answer(flow.A3, 200, `{"room_id":"!r:a.example"}`), "404 ends ends"},
		"template":         {answer(flow.A5, 200, flowtest.GoodTemplate), ""},
		"no template":      {lost(flow.A5), "next next 48"},
		"unknown room":     {answer(flow.A5, 404, flowtest.RefusalBody("M_NOT_FOUND")), "next next 48"},
		"cannot grant":     {answer(flow.A5, 400, flowtest.RefusalBody("M_UNABLE_TO_GRANT_JOIN")), "next next 48"},
		"forbidden":        {answer(flow.A5, 403, flowtest.RefusalBody("M_FORBIDDEN")), "passes next 48"},
		"broken":           {answer(flow.A5, 500, `{}`), "next next 48"},
		"redirected":       {answer(flow.A5, 302, ``), "passes next 48"},
		"version":          {answer(flow.A5, 400, flowtest.RefusalBody("M_INCOMPATIBLE_ROOM_VERSION")), "passes next 15"},
		"limited":          {answer(flow.A5, 429, flowtest.RefusalBody("M_LIMIT_EXCEEDED")), "next next 48"},
		"no event":         {answer(flow.A5, 200, `{}`), "next next 48"},
		"no version":       {answer(flow.A5, 200, `{"event":`+flowtest.GoodEvent+`}`), "version version attempt"},
		"version nobody has": {answer(flow.A5, 200, `{"room_version":"99","event":`+flowtest.GoodEvent+`}`),
			"ends next attempt"},
		"HTML":               {answer(flow.A5, 200, `<html>`), "next next 48"},
		"reply":              {answer(flow.A7, 200, `{"state":[],"auth_chain":[]}`), ""},
		"no reply":           {lost(flow.A7), "same begins attempt"},
		"old endpoint":       {answer(flow.A7, 404, flowtest.RefusalBody("M_UNRECOGNIZED")), "v1 v1 attempt"},
		"old proxy":          {answer(flow.A7, 404, `<html>`), "v1 v1 attempt"},
		"refused":            {answer(flow.A7, 403, flowtest.RefusalBody("M_FORBIDDEN")), "passes begins attempt"},
		"broken at the end":  {answer(flow.A7, 500, flowtest.RefusalBody("M_UNKNOWN")), "three begins attempt"},
		"limited at the end": {answer(flow.A7, 429, flowtest.RefusalBody("M_LIMIT_EXCEEDED")), "three begins attempt"},
		"gone at the end":    {answer(flow.A7, 404, flowtest.RefusalBody("M_NOT_FOUND")), "passes v1 attempt"},
		"half a reply":       {answer(flow.A7, 200, `{"state":[]}`), "same begins attempt"},
		"our client":         {answer(flow.A8, 502, `{}`), ""},
		"keys":               {answer(flow.R, 404, `{}`), ""},
	} {
		got := diagnose.Reactions(tt.entry)
		words := strings.Fields(tt.want)
		if len(got) != len(words) {
			t.Errorf("%s: %v", name, got)
			continue
		}
		for i, server := range []string{"Synapse", "Dendrite", "tuwunel"}[:len(words)] {
			if got[i].Server != server || !strings.Contains(got[i].Does, words[i]) {
				t.Errorf("%s: %s %s; want %q in it", name, got[i].Server, got[i].Does, words[i])
			}
		}
	}
}
