package flow_test

import (
	"encoding/json"
	"testing"

	"doorstep/client"
	"doorstep/flow"
)

func TestWholeEvents(t *testing.T) {
	for text, c := range map[string]struct {
		whole  string
		events int
	}{
		``:                                       {"", 0},
		`<html>`:                                 {"", 0},
		`{"st`:                                   {"", 0},
		`{"state":[`:                             {"", 0},
		`{"state":[{"a":[1,{"b":2}]`:             {"", 0},
		`{"state":[{"a":"}"},{"b":{}},{"c":"\"}`: {`{"state":[{"a":"}"},{"b":{}}]}`, 2},
		`{"x":1,"state":[{}],"auth_chain":[{},{"a`: {`{"x":1,"state":[{}],"auth_chain":[{}]}`, 2},
		`{"state":[{}],"event":{"a":1`:             {`{"state":[{}]}`, 1},
		`[200,{"state":[{"a":1},{"b`:               {`[200,{"state":[{"a":1}]}]`, 1},
		`{"state":[{}]}`:                           {`{"state":[{}]}`, 1},
	} {
		whole, events := flow.WholeEvents([]byte(text))
		if string(whole) != c.whole && !(c.whole == "" && !json.Valid(whole)) || events != c.events {
			t.Errorf("%s: %d events in %s, want %d in %s", text, events, whole, c.events, c.whole)
		}
	}
}

// Whatever is cut wherever: what came whole is JSON, and no more of it than there was.
func FuzzWholeEvents(f *testing.F) {
	f.Add([]byte(`[200,{"state":[{"a":"\\\"}"},{"b":[{}]}],"auth_chain":[]}]`), uint(20))
	f.Fuzz(func(t *testing.T, text []byte, at uint) {
		if !json.Valid(text) {
			return
		}
		cut := text[:at%uint(len(text)+1)]
		whole, events := flow.WholeEvents(cut)
		if events > 0 && !json.Valid(whole) || len(whole) > len(text)+8 {
			t.Errorf("of %s: %d events in %s", cut, events, whole)
		}
	})
}

// A part is of an answer that broke off, and of no other.
func TestPart(t *testing.T) {
	response := &client.Response{Status: 200, Header: []client.Field{{Name: "Content-length", Value: "10"}},
		Body: []byte("{\"a")}
	broke := &client.Failure{Kind: client.FailedClosed}
	for name, c := range map[string]struct {
		e    flow.Entry
		want flow.Part
		cut  bool
	}{
		"whole":       {flow.Entry{Response: response}, flow.Part{}, false},
		"nothing":     {flow.Entry{Failure: broke}, flow.Part{}, false},
		"cut":         {flow.Entry{Response: response, Failure: broke}, flow.Part{Came: 3, Of: 10}, true},
		"unannounced": {flow.Entry{Response: &client.Response{Status: 200}, Failure: broke}, flow.Part{}, true},
	} {
		if got, cut := c.e.Part(); got != c.want || cut != c.cut {
			t.Errorf("%s: %+v %t", name, got, cut)
		}
	}
}
