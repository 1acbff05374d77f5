package flow_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"doorstep/flow"
	"doorstep/flow/flowtest"
	"doorstep/flow/verify"
)

func TestVerifyRaw(t *testing.T) {
	r := flowtest.Worked(t, "11", nil)
	v1 := flowtest.Worked(t, "1", nil)
	plain := r.Body(flowtest.WorkedAnswer())
	returned := flowtest.WorkedAnswer()
	flowtest.ComesBack(nil)(r, &returned)
	list := flowtest.WorkedAnswer()
	list.List = true
	turnedName := flowtest.Worked(t, "11", map[string]flowtest.Change{"N": {After: flowtest.Turned}})
	closed := flowtest.Worked(t, "11", map[string]flowtest.Change{"J1": {Content: `{"join_rule":"invite"}`}})
	for _, test := range []struct {
		name    string
		raw     flow.RawReply
		outcome flow.Outcome
		why     string // a part of it
	}{
		{"with the join", rawReply("11", plain, r.KeyFile(), r.Events["join"].Raw(), flowtest.FetchedAt()), flow.Verified,
			"holds"},
		{"with the join that came back", rawReply("11", r.Body(returned), r.KeyFile(), nil, flowtest.FetchedAt()),
			flow.Verified, "holds"},
		{"with no join", rawReply("11", plain, r.KeyFile(), nil, flowtest.FetchedAt()), flow.Verified, "holds"},
		{"the list of v1", rawReply("1", v1.Body(list), v1.KeyFile(), v1.Events["join"].Raw(), flowtest.FetchedAt()),
			flow.Verified, "holds"},
		{"an event that is dropped", rawReply("11", turnedName.Body(flowtest.WorkedAnswer()), turnedName.KeyFile(),
			turnedName.Events["join"].Raw(), flowtest.FetchedAt()), flow.Verified, "holds"},
		{"a join that is rejected", rawReply("11", closed.Body(flowtest.WorkedAnswer()), closed.KeyFile(),
			closed.Events["join"].Raw(), flowtest.FetchedAt()), flow.Invalid, "would be rejected"},
		{"without keys", rawReply("11", plain, nil, r.Events["join"].Raw(), flowtest.FetchedAt()), flow.Invalid,
			"not proven"},
		{"without keys and join", rawReply("11", plain, nil, nil, flowtest.FetchedAt()), flow.Invalid, "not proven"},
		{"keys long out of date", rawReply("11", plain, r.KeyFile(), nil, time.UnixMilli(flowtest.Epoch).AddDate(0, -1, 0)),
			flow.Invalid, "cannot be used"},
		{"the wrong version", rawReply("10", plain, r.KeyFile(), nil, flowtest.FetchedAt()), flow.Invalid, "room version 11"},
		{"an error", rawReply("11", []byte(`{"errcode":"M_FORBIDDEN"}`), r.KeyFile(), nil, flowtest.FetchedAt()),
			flow.Invalid, "it is an error: M_FORBIDDEN"},
		{"an error in a list", rawReply("11", []byte(`[403,{"errcode":"M_FORBIDDEN"}]`), r.KeyFile(), nil,
			flowtest.FetchedAt()), flow.Refused, "refusal"},
		{"no JSON", rawReply("11", []byte(`<html>`), r.KeyFile(), nil, flowtest.FetchedAt()), flow.Invalid, "cannot be used"},
		{"nothing", rawReply("11", nil, nil, nil, flowtest.FetchedAt()), flow.Invalid, "cannot be used"},
		{"an empty room", rawReply("11", []byte(`{"state":[],"auth_chain":[]}`), nil, nil, flowtest.FetchedAt()),
			flow.Invalid, "there is no create event"},
	} {
		t.Run(test.name, func(t *testing.T) {
			s, err := flow.VerifyRaw(test.raw)
			if err != nil {
				t.Fatal(err)
			}
			if got := s.Outcome(); got != test.outcome || !strings.Contains(s.Stopped.Why, test.why) {
				t.Errorf("%s: %s", got, s.Stopped.Why)
			}
			if s.Verification != nil {
				flowtest.Consistent(t, s.Verification)
			}
		})
	}
	s, _ := flow.VerifyRaw(rawReply("11", plain, r.KeyFile(), r.Events["join"].Raw(), flowtest.FetchedAt()))
	if s.RoomID != r.ID || s.Header.User != "@you:you.example" || s.Header.Joining != "you.example" {
		t.Errorf("room %s, user %s of %s", s.RoomID, s.Header.User, s.Header.Joining)
	}
	if got := r.NotPassed(s.Verification); len(got) > 0 {
		t.Errorf("not passed: %q", got)
	}
	if w := s.ShowWork(r.Events["N"].ID()); len(w) != 1 || w[0].Signatures[0].Source != "in the key documents given" {
		t.Errorf("work shown: %+v", w)
	}
}

func TestVerifyRawErrors(t *testing.T) {
	r := flowtest.Worked(t, "11", nil)
	good := rawReply("11", r.Body(flowtest.WorkedAnswer()), r.KeyFile(), r.Events["join"].Raw(), flowtest.FetchedAt())
	for want, change := range map[string]func(*flow.RawReply){
		`room version "org.example"`:  func(r *flow.RawReply) { r.RoomVersion = "org.example" },
		"the join event cannot be":    func(r *flow.RawReply) { r.Join = []byte("[]") },
		"key documents: offset":       func(r *flow.RawReply) { r.Keys = []byte("[]") },
		`there is no "server_keys"`:   func(r *flow.RawReply) { r.Keys = []byte("{}") },
		`"server_keys" is not a list`: func(r *flow.RawReply) { r.Keys = []byte(`{"server_keys":{}}`) },
		"number 2 has no server_name": func(r *flow.RawReply) { r.Keys = []byte(`{"server_keys":[{"server_name":"a"},5]}`) },
	} {
		raw := good
		change(&raw)
		if _, err := flow.VerifyRaw(raw); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q", err, want)
		}
	}
}

// Of two documents of one server both are used; one that nobody signed changes nothing.
func TestReadKeys(t *testing.T) {
	first, second := flowtest.KeyDocument(t, "b.example"), flowtest.Retired(t, "b.example", flowtest.Old, flowtest.Epoch)
	forged := bytes.Replace(bytes.Clone(first), []byte("b.example"), []byte("c.example"), 1)
	file := append(append([]byte(`{"server_keys":[`), bytes.Join([][]byte{forged, first, second}, []byte(","))...),
		"]}"...)
	k, err := verify.ReadKeyFile(file, flowtest.FetchedAt())
	if err != nil {
		t.Fatal(err)
	}
	if got := k.Of("b.example"); got == nil || len(got.Keys) != 2 || !old(got, flowtest.Old.ID) ||
		old(got, "ed25519:1") {
		t.Errorf("b.example: %+v", got)
	}
	if got := k.Of("c.example"); got == nil || got.Problem == "" || got.Keys != nil {
		t.Errorf("c.example: %+v", got)
	}
}

// Without the joining server's keys, a join known only from the answer stays open; what the resident server answered
// for holds all the same. A join that was given has to be proven.
func TestVerifyRawWithoutOurOwnKeys(t *testing.T) {
	r := flowtest.Worked(t, "11", nil)
	returned := flowtest.WorkedAnswer()
	flowtest.ComesBack(nil)(r, &returned)
	body := r.Body(returned)
	delete(r.Documents, "you.example")
	for name, c := range map[string]struct {
		join []byte
		want flow.Outcome
	}{"from the answer": {nil, flow.Verified}, "given": {r.Events["join"].Raw(), flow.Invalid}} {
		t.Run(name, func(t *testing.T) {
			s, err := flow.VerifyRaw(rawReply("11", body, r.KeyFile(), c.join, flowtest.FetchedAt()))
			if err != nil {
				t.Fatal(err)
			}
			if s.Outcome() != c.want {
				t.Errorf("%s: %s", s.Outcome(), s.Stopped.Why)
			}
			if open := s.Verification.Tally(verify.KindJoinAuth); open.NotChecked != 1 {
				t.Errorf("join_auth: %+v", open)
			}
		})
	}
}

func rawReply(version string, answer, keys, join []byte, now time.Time) flow.RawReply {
	return flow.RawReply{RoomVersion: version, Answer: answer, Keys: keys, Join: join, Now: now}
}

// old reports whether the keys of a server have one of that ID that is not in use any more.
func old(keys *verify.ServerKeys, id string) bool {
	key, ok := keys.Keys.Get(id)
	return ok && key.Old
}
