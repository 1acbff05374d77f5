package verify_test

import (
	"crypto/ed25519"
	"fmt"
	"strings"
	"testing"
	"time"

	"doorstep/client"
	"doorstep/flow/event"
	"doorstep/flow/flowtest"
	"doorstep/flow/verify"
)

// A notary's document counts only with the signatures of both, the notary and the server itself.
func TestNotary(t *testing.T) {
	now := flowtest.SomeTrace().Header.Created
	key := func(n byte) event.SigningKey {
		return event.SigningKey{ID: "ed25519:1", Private: ed25519.NewKeyFromSeed([]byte(strings.Repeat(string('a'+n), 32)))}
	}
	document := func(server string, k event.SigningKey) []byte {
		doc, err := client.KeyDocument(client.Identity{ServerName: server, Key: k}, now, time.Hour)
		if err != nil {
			t.Fatal(err)
		}
		return doc
	}
	also := func(doc []byte, server string, k event.SigningKey) []byte {
		signed, err := event.SignJSON(doc, server, k)
		if err != nil {
			t.Fatal(err)
		}
		return signed
	}
	good := also(document("far.example", key(1)), "notary.example", key(2))
	unsigned, _ := event.Edit(good, []event.Member{{Key: "signatures", Value: []byte(`{}`)}})
	for name, c := range map[string]struct {
		status  int
		answer  string
		problem string // a part of it; empty: the keys are there
	}{
		"both signed":       {200, fmt.Sprintf(`{"server_keys":[%s]}`, good), ""},
		"both, with 201":    {201, fmt.Sprintf(`{"server_keys":[%s]}`, good), ""},
		"the second of two": {200, fmt.Sprintf(`{"server_keys":[%s,%s]}`, document("far.example", key(1)), good), ""},
		"the notary did not": {200, fmt.Sprintf(`{"server_keys":[%s]}`, document("far.example", key(1))),
			"has not signed"},
		"another key of the notary": {200, fmt.Sprintf(`{"server_keys":[%s]}`,
			also(document("far.example", key(1)), "notary.example", key(3))), "has not signed"},
		"the server did not": {200, fmt.Sprintf(`{"server_keys":[%s]}`, also(unsigned, "notary.example", key(2))),
			"has signed the document"},
		"of another server": {200, fmt.Sprintf(`{"server_keys":[%s]}`,
			also(document("else.example", key(1)), "notary.example", key(2))), "has no document"},
		"none":    {200, `{"server_keys":[]}`, "has no document"},
		"no JSON": {200, `<html>`, "cannot be read"},
		"refused": {404, `{}`, "status 404"},
	} {
		t.Run(name, func(t *testing.T) {
			k := verify.NewKeyRing()
			k.Unresolved("far.example", "no such name")
			k.Learn(verify.ReadKeyDocument("notary.example", document("notary.example", key(2)), now, 1))
			k.LearnFromNotary(verify.Fetched{Seq: 9, Server: "notary.example", At: now,
				Response: &client.Response{Status: c.status, Body: []byte(c.answer)}}, "far.example")
			got := k.Of("far.example")
			if c.problem == "" {
				if v, _ := got.Keys.Get("ed25519:1"); got.Problem != "" || v.Notary != "notary.example" || v.Seq != 9 {
					t.Errorf("%q, %+v", got.Problem, v)
				}
				return
			}
			if !strings.Contains(got.Problem, c.problem) || !strings.Contains(got.Problem, "no such name") || got.Keys != nil {
				t.Errorf("%q, %d keys", got.Problem, len(got.Keys))
			}
			if again := k.WantNotary([]string{"far.example"}); len(again) > 0 {
				t.Error("the notary would be asked again")
			}
		})
	}
}
