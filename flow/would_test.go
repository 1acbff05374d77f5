package flow

import (
	"strings"
	"testing"

	"doorstep/client"
)

// What others do is told of refusals and odd answers, and of nothing else.
func TestWouldDo(t *testing.T) {
	answer := func(step StepID, status int, body string) *Entry {
		return &Entry{Kind: Response, Step: step, From: Resident, To: Joining, Server: "a.example", Response: &client.Response{Status: status, Body: []byte(body)}}
	}
	lost := func(step StepID) *Entry {
		return &Entry{Kind: Failure, Step: step, Failure: &client.Failure{Kind: client.FailedConnect}}
	}
	for name, tt := range map[string]struct {
		entry *Entry
		want  string // what the three do, by a word of each; empty: nothing is told
	}{
		"directory":          {answer(A3, 200, aliasAnswer), ""},
		"no alias":           {answer(A3, 404, refusalBody("M_NOT_FOUND")), "404 ends ends"},
		"no directory":       {lost(A3), "502 ends ends"},
		"half a directory":   {answer(A3, 200, `{"room_id":"!r:a.example"}`), "404 ends ends"},
		"template":           {answer(A5, 200, goodTemplate), ""},
		"no template":        {lost(A5), "next next 48"},
		"unknown room":       {answer(A5, 404, refusalBody("M_NOT_FOUND")), "next next 48"},
		"cannot grant":       {answer(A5, 400, refusalBody("M_UNABLE_TO_GRANT_JOIN")), "next next 48"},
		"forbidden":          {answer(A5, 403, refusalBody("M_FORBIDDEN")), "passes next 48"},
		"broken":             {answer(A5, 500, `{}`), "next next 48"},
		"redirected":         {answer(A5, 302, ``), "passes next 48"},
		"version":            {answer(A5, 400, refusalBody("M_INCOMPATIBLE_ROOM_VERSION")), "passes next 15"},
		"limited":            {answer(A5, 429, refusalBody("M_LIMIT_EXCEEDED")), "next next 48"},
		"no event":           {answer(A5, 200, `{}`), "next next 48"},
		"no version":         {answer(A5, 200, `{"event":`+goodEvent+`}`), "version version attempt"},
		"version nobody has": {answer(A5, 200, `{"room_version":"99","event":`+goodEvent+`}`), "ends next attempt"},
		"HTML":               {answer(A5, 200, `<html>`), "next next 48"},
		"reply":              {answer(A7, 200, `{"state":[],"auth_chain":[]}`), ""},
		"no reply":           {lost(A7), "same begins attempt"},
		"old endpoint":       {answer(A7, 404, refusalBody("M_UNRECOGNIZED")), "v1 v1 attempt"},
		"old proxy":          {answer(A7, 404, `<html>`), "v1 v1 attempt"},
		"refused":            {answer(A7, 403, refusalBody("M_FORBIDDEN")), "passes begins attempt"},
		"broken at the end":  {answer(A7, 500, refusalBody("M_UNKNOWN")), "three begins attempt"},
		"limited at the end": {answer(A7, 429, refusalBody("M_LIMIT_EXCEEDED")), "three begins attempt"},
		"gone at the end":    {answer(A7, 404, refusalBody("M_NOT_FOUND")), "passes v1 attempt"},
		"half a reply":       {answer(A7, 200, `{"state":[]}`), "same begins attempt"},
		"our client":         {answer(A8, 502, `{}`), ""},
		"keys":               {answer(R, 404, `{}`), ""},
	} {
		got := WouldDo(tt.entry)
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
