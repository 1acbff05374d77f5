package signed_test

import (
	"strings"
	"testing"

	"doorstep/client"
	"doorstep/flow"
	"doorstep/flow/event"
	"doorstep/flow/flowtest"
	"doorstep/flow/signed"
	"doorstep/flow/verify"
)

// exchanged is a trace of one request and its answer.
func exchanged(request client.Request, answer string) flow.Trace {
	return flow.Trace{Header: flow.Header{Joining: "you.example"}, Entries: []flow.Entry{
		{Seq: 1, Kind: flow.Request, Step: flow.R, From: flow.Joining, To: flow.Resident, Server: "b.example",
			Request: &request},
		{Seq: 2, Kind: flow.Response, Step: flow.R, From: flow.Resident, To: flow.Joining, Server: "b.example", Answers: 1,
			Response: &client.Response{Status: 200, Body: []byte(answer)}},
	}}
}

// A key document is what was asked for only where it names that server and is signed by a key that it lists; one that
// a notary passes on only where the notary has signed it too.
func TestKeyDocuments(t *testing.T) {
	signs := func(doc []byte, server string, key event.SigningKey) []byte {
		out, err := event.SignJSON(doc, server, key)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	own := flowtest.KeyDocument(t, "b.example")
	forged, err := event.Edit(own, []event.Member{{Key: "valid_until_ts", Value: []byte("1")}})
	if err != nil {
		t.Fatal(err)
	}
	direct := client.Request{Endpoint: client.ServerKeys, Header: []client.Field{{Name: "Host", Value: "b.example"}}}
	notary := client.Request{Endpoint: client.NotaryQuery, Target: "/_matrix/key/v2/query/a.example"}
	passed := func(doc []byte) string { return `{"server_keys":[` + string(doc) + `]}` }
	for _, test := range []struct {
		name    string
		request client.Request
		answer  string
		problem string // in part; empty: accepted
		holds   bool   // its own server's signature
	}{
		{"its own", direct, string(own), "", true},
		{"another server's", direct, string(flowtest.KeyDocument(t, "a.example")), `is for "a.example"`, true},
		{"changed after it was signed", direct, string(forged), "none of the keys", false},
		{"passed on and signed", notary, passed(signs(flowtest.KeyDocument(t, "a.example"), "b.example",
			flowtest.KeyOf("b.example"))), "", true},
		{"passed on, not signed", notary, passed(flowtest.KeyDocument(t, "a.example")), "has not signed it", true},
		{"passed on, of another server", notary, passed(signs(own, "b.example", flowtest.KeyOf("b.example"))),
			`is for "b.example"`, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			trace := exchanged(test.request, test.answer)
			s := flow.Fold(trace)
			if test.request.Endpoint == client.NotaryQuery {
				s.Keys.Learn(verify.ReadKeyDocument("b.example", own, s.Header.Created, 9))
			}
			parts := signed.Parts(s, trace, &trace.Entries[1])
			if len(parts) != 1 || parts[0].Kind != signed.Keys {
				t.Fatalf("signed: %+v", parts)
			}
			d := parts[0].Keys
			if (d.Problem == "") != (test.problem == "") || !strings.Contains(d.Problem, test.problem) {
				t.Errorf("problem %q, want %q", d.Problem, test.problem)
			}
			for _, sig := range event.JSONSignatures(parts[0].Raw) {
				if _, known, holds := d.Holds(s, parts[0].Raw, sig); sig.Server == d.Names && (!known || holds != test.holds) {
					t.Errorf("the signature of %s: known %v, holds %v", sig.Server, known, holds)
				}
			}
			refused := test.request.Endpoint == client.ServerKeys && test.problem != ""
			if got := signed.RefusedKeys(trace, &trace.Entries[1]); (got != "") != refused {
				t.Errorf("refused: %q", got)
			}
		})
	}
}

// What is signed is told by the entry itself: its header, and the objects in its body with signatures in them.
func TestSignedParts(t *testing.T) {
	const sig = `"signatures":{"a.example":{"ed25519:1":"AAAA"}}`
	const pdu = `{"type":"m.room.member","sender":"@a:a.example",` + sig + `}`
	xMatrix := []client.Field{{Name: "authorization",
		Value: `X-Matrix origin="you.example",destination="b.example",key="ed25519:1",sig="…"`}}
	plain := []client.Field{{Name: "Host", Value: "b.example"}}
	for _, test := range []struct {
		name    string
		request client.Request
		want    string
	}{
		{"a signed GET", client.Request{Endpoint: client.StateIDs, Header: xMatrix}, "request"},
		{"one without a signature", client.Request{Endpoint: client.ServerKeys, Header: plain}, ""},
		{"one that never went out", client.Request{Endpoint: client.MakeJoin}, "request, unsent"},
		{"one that would not have been signed", client.Request{Endpoint: client.ServerKeys}, ""},
		{"an event", client.Request{Endpoint: client.SendLeave, Header: xMatrix, Body: []byte(pdu)}, "event, request"},
		{"an invite", client.Request{Endpoint: client.Invite, Header: xMatrix,
			Body: []byte(`{"room_version":"11","event":` + pdu + `}`)},
			"event at /event in 11, request"},
		{"a transaction", client.Request{Endpoint: client.Send, Header: plain,
			Body: []byte(`{"pdus":[` + pdu + `,` + pdu + `]}`)},
			"event at /pdus/0, event at /pdus/1"},
		{"an invite by a third party", client.Request{Header: plain,
			Body: []byte(`{"content":{"third_party_invite":{"signed":{"mxid":"@a:b","token":"t",` + sig + `}}}}`)},
			"object at /content/third_party_invite/signed"},
		{"what nobody vouches for", client.Request{Header: plain, Body: []byte(`{"unsigned":` + pdu + `}`)}, ""},
		{"no signature in it", client.Request{Header: plain, Body: []byte(`{"signatures":{"a.example":{}}}`)}, ""},
		{"no JSON", client.Request{Header: plain, Body: []byte(`<signatures>`)}, ""},
	} {
		trace := exchanged(test.request, "{}")
		var got []string
		for _, p := range signed.Parts(flow.Fold(trace), trace, &trace.Entries[0]) {
			words := [...]string{"request", "event", "reply", "keys", "object"}[p.Kind]
			if p.Where != "" {
				words += " at " + p.Where
			}
			if p.Version != nil {
				words += " in " + p.Version.ID
			}
			if !p.Sent {
				words += ", unsent"
			}
			got = append(got, words)
		}
		if strings.Join(got, ", ") != test.want {
			t.Errorf("%s: %q, want %q", test.name, strings.Join(got, ", "), test.want)
		}
	}
}
