package flow

import (
	"bytes"
	"strings"
	"testing"
	"time"
)

func TestVerifyRaw(t *testing.T) {
	r := worked(t, "11", nil)
	v1 := worked(t, "1", nil)
	plain := r.body(workedAnswer())
	returned := workedAnswer()
	comesBack(nil)(r, &returned)
	list := workedAnswer()
	list.list = true
	turnedName := worked(t, "11", map[string]bend{"N": {after: turned}})
	closed := worked(t, "11", map[string]bend{"J1": {content: `{"join_rule":"invite"}`}})
	for _, test := range []struct {
		name    string
		raw     RawReply
		outcome Outcome
		why     string // a part of it
	}{
		{"with the join", RawReply{"11", plain, r.keyFile(), r.events["join"].Raw(), fetchedAt()}, Verified, "holds"},
		{"with the join that came back", RawReply{"11", r.body(returned), r.keyFile(), nil, fetchedAt()}, Verified, "holds"},
		{"with no join", RawReply{"11", plain, r.keyFile(), nil, fetchedAt()}, Verified, "holds"},
		{"the list of v1", RawReply{"1", v1.body(list), v1.keyFile(), v1.events["join"].Raw(), fetchedAt()}, Verified, "holds"},
		{"an event that is dropped", RawReply{"11", turnedName.body(workedAnswer()), turnedName.keyFile(), turnedName.events["join"].Raw(), fetchedAt()}, Verified, "holds"},
		{"a join that is rejected", RawReply{"11", closed.body(workedAnswer()), closed.keyFile(), closed.events["join"].Raw(), fetchedAt()}, Invalid, "would be rejected"},
		{"without keys", RawReply{"11", plain, nil, r.events["join"].Raw(), fetchedAt()}, Invalid, "not proven"},
		{"without keys and join", RawReply{"11", plain, nil, nil, fetchedAt()}, Invalid, "not proven"},
		{"keys long out of date", RawReply{"11", plain, r.keyFile(), nil, time.UnixMilli(epoch).AddDate(0, -1, 0)}, Invalid, "cannot be used"},
		{"the wrong version", RawReply{"10", plain, r.keyFile(), nil, fetchedAt()}, Invalid, "room version 11"},
		{"an error", RawReply{"11", []byte(`{"errcode":"M_FORBIDDEN"}`), r.keyFile(), nil, fetchedAt()}, Invalid, "state is missing"},
		{"an error in a list", RawReply{"11", []byte(`[403,{"errcode":"M_FORBIDDEN"}]`), r.keyFile(), nil, fetchedAt()}, Refused, "refusal"},
		{"no JSON", RawReply{"11", []byte(`<html>`), r.keyFile(), nil, fetchedAt()}, Invalid, "cannot be used"},
		{"nothing", RawReply{"11", nil, nil, nil, fetchedAt()}, Invalid, "cannot be used"},
		{"an empty room", RawReply{"11", []byte(`{"state":[],"auth_chain":[]}`), nil, nil, fetchedAt()}, Invalid, "there is no create event"},
	} {
		t.Run(test.name, func(t *testing.T) {
			s, err := VerifyRaw(test.raw)
			if err != nil {
				t.Fatal(err)
			}
			if got := s.Outcome(); got != test.outcome || !strings.Contains(s.Stopped.Why, test.why) {
				t.Errorf("%s: %s", got, s.Stopped.Why)
			}
			if s.Verification != nil {
				consistent(t, s.Verification)
			}
		})
	}
	s, _ := VerifyRaw(RawReply{"11", plain, r.keyFile(), r.events["join"].Raw(), fetchedAt()})
	if s.RoomID != r.id || s.Header.User != "@you:you.example" || s.Header.Joining != "you.example" {
		t.Errorf("room %s, user %s of %s", s.RoomID, s.Header.User, s.Header.Joining)
	}
	if got := r.notPassed(s.Verification); len(got) > 0 {
		t.Errorf("not passed: %q", got)
	}
	if w := s.ShowWork(r.events["N"].ID()); len(w) != 1 || w[0].Signatures[0].Source != "in the key documents given" {
		t.Errorf("work shown: %+v", w)
	}
}

func TestVerifyRawErrors(t *testing.T) {
	r := worked(t, "11", nil)
	good := RawReply{"11", r.body(workedAnswer()), r.keyFile(), r.events["join"].Raw(), fetchedAt()}
	for want, change := range map[string]func(*RawReply){
		`room version "org.example"`:  func(r *RawReply) { r.RoomVersion = "org.example" },
		"the join event cannot be":    func(r *RawReply) { r.Join = []byte("[]") },
		"key documents: offset":       func(r *RawReply) { r.Keys = []byte("[]") },
		`there is no "server_keys"`:   func(r *RawReply) { r.Keys = []byte("{}") },
		`"server_keys" is not a list`: func(r *RawReply) { r.Keys = []byte(`{"server_keys":{}}`) },
		"number 2 has no server_name": func(r *RawReply) { r.Keys = []byte(`{"server_keys":[{"server_name":"a"},5]}`) },
	} {
		raw := good
		change(&raw)
		if _, err := VerifyRaw(raw); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q", err, want)
		}
	}
}

// Of two documents of one server both are used; one that nobody signed changes nothing.
func TestReadKeys(t *testing.T) {
	first, second := keyDocument(t, "b.example"), retired(t, "b.example", old, epoch)
	forged := bytes.Replace(bytes.Clone(first), []byte("b.example"), []byte("c.example"), 1)
	file := append(append([]byte(`{"server_keys":[`), bytes.Join([][]byte{forged, first, second}, []byte(","))...), "]}"...)
	k, err := readKeys(file, fetchedAt())
	if err != nil {
		t.Fatal(err)
	}
	if got := k.Of("b.example"); got == nil || len(got.Keys) != 2 || !got.Keys[old.ID].Old || got.Keys["ed25519:1"].Old {
		t.Errorf("b.example: %+v", got)
	}
	if got := k.Of("c.example"); got == nil || got.Problem == "" || got.Keys != nil {
		t.Errorf("c.example: %+v", got)
	}
}

// Without the joining server's keys, a join known only from the answer stays open; what the resident server answered for
// holds all the same. A join that was given has to be proven.
func TestVerifyRawWithoutOurOwnKeys(t *testing.T) {
	r := worked(t, "11", nil)
	returned := workedAnswer()
	comesBack(nil)(r, &returned)
	body := r.body(returned)
	delete(r.documents, "you.example")
	for name, c := range map[string]struct {
		join []byte
		want Outcome
	}{"from the answer": {nil, Verified}, "given": {r.events["join"].Raw(), Invalid}} {
		t.Run(name, func(t *testing.T) {
			s, err := VerifyRaw(RawReply{"11", body, r.keyFile(), c.join, fetchedAt()})
			if err != nil {
				t.Fatal(err)
			}
			if s.Outcome() != c.want {
				t.Errorf("%s: %s", s.Outcome(), s.Stopped.Why)
			}
			if open := s.Verification.Tally("join_auth"); open.NotChecked != 1 {
				t.Errorf("join_auth: %+v", open)
			}
		})
	}
}
