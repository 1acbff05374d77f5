package verify_test

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"doorstep/flow"
	"doorstep/flow/event"
	"doorstep/flow/flowtest"
	"doorstep/flow/verify"
	"doorstep/flow/wording"
)

// failsAt reports whether a check of v failed whose field is field, or lies below it.
func failsAt(v *verify.Verification, field string) bool {
	return slices.ContainsFunc(v.Checks, func(c verify.Check) bool {
		return c.Outcome == verify.Fail && (c.Field == field || strings.HasPrefix(c.Field, field+"/"))
	})
}

// hostileVersions are those whose events differ in form.
var hostileVersions = []string{"1", "3", "5", "11", "12"}

// Whatever type a field of an event has, a check fails that names the event and the field.
func TestWrongTypes(t *testing.T) {
	right := map[string][]string{ // the types a field may have
		"type": {"x"}, "room_id": {}, "sender": {}, "state_key": {"x"}, "content": {"{}"}, "auth_events": {"[]"},
		"prev_events": {"[]"},
		"depth":       {"5"}, "origin_server_ts": {"5"}, "hashes": {}, "signatures": {"{}"}, "unsigned": {"{}"},
	}
	for _, version := range hostileVersions {
		for field, fine := range right {
			for _, value := range []string{"null", "true", "5", "1.5", `"x"`, "[]", "{}", "[[]]", `{"a":{"b":null}}`} {
				if slices.Contains(fine, strings.Trim(value, `"`)) || value[0] == '{' &&
					(field == "content" || field == "unsigned") {
					continue
				}
				r := flowtest.Worked(t, version, map[string]flowtest.Change{"N": {After: flowtest.Edited(field, value)}})
				v := r.Verified(flowtest.WorkedAnswer())
				if !failsAt(v, "/state/4/"+field) {
					t.Errorf("version %s: no check fails for %s being %s: %q", version, field, value, r.NotPassed(v))
				}
				if v.Invalid != "" || v.Unproven != "" {
					t.Errorf("version %s, %s being %s: invalid %q, unproven %q", version, field, value, v.Invalid, v.Unproven)
				}
				flowtest.Consistent(t, v)
			}
			if field == "unsigned" {
				continue
			}
			r := flowtest.Worked(t, version, map[string]flowtest.Change{"N": {After: func(e *event.Event) (*event.Event, error) {
				raw, err := event.Edit(e.Raw(), nil, field)
				if err != nil {
					return nil, err
				}
				return event.Parse(e.Version(), raw)
			}}})
			if v := r.Verified(flowtest.WorkedAnswer()); !failsAt(v, "/state/4/"+field) {
				t.Errorf("version %s: no check fails without %s: %q", version, field, r.NotPassed(v))
			}
		}
	}
}

// What cannot be read as an event, or not in one way only, fails a check that says where; the rest of the answer
// stands.
func TestUnreadableEvents(t *testing.T) {
	deep := strings.Repeat("[", 5000) + strings.Repeat("]", 5000)
	for _, version := range hostileVersions {
		r := flowtest.Worked(t, version, nil)
		honest := string(r.Events["N"].Raw())
		with := func(member string) string { return honest[:len(honest)-1] + "," + member + "}" }
		for name, test := range map[string]struct{ raw, field string }{
			"null":                      {"null", "/state/5"},
			"a number":                  {"5", "/state/5"},
			"a string":                  {`"x"`, "/state/5"},
			"a list":                    {"[]", "/state/5"},
			"a pair":                    {`["$x:y",{}]`, "/state/5"},
			"nothing in it":             {"{}", "/state/5"},
			"a key twice":               {with(`"depth":1`), "/state/5/depth"},
			"a key twice, below":        {with(`"x":{"a":1,"a":2}`), "/state/5/x/a"},
			"half a character":          {with(`"x":"\ud800"`), "/state/5/x"},
			"half a character in a key": {with(`"\ud800":1`), "/state/5"},
			"deep nesting":              {with(`"x":` + deep), "/state/5/x"},
			"64 KiB":                    {with(`"x":"` + strings.Repeat("x", 65536) + `"`), "/state/5"},
			"10 000 auth events":        {with(`"y":1`), "/state/5"},
		} {
			raw := test.raw
			if name == "10 000 auth events" {
				list := strings.Repeat(`"$`+strings.Repeat("A", 43)+`",`, 9999) + `"$x"`
				edited, err := event.Edit([]byte(honest), []event.Member{{Key: "auth_events", Value: []byte("[" + list + "]")}})
				if err != nil {
					t.Fatal(err)
				}
				raw, test.field = string(edited), "/state/5/auth_events"
			}
			a := flowtest.WorkedAnswer()
			a.State, a.StateRaw = flowtest.Without(a.State, "N"), []string{raw}
			v := r.Verified(a)
			if !failsAt(v, test.field) {
				t.Errorf("version %s, %s: no check fails at %s", version, name, test.field)
				for _, c := range v.Checks {
					if c.Outcome != verify.Pass {
						t.Logf("%s %s %s: %s", c.Outcome, c.Kind, c.Field, wording.Clip(c.Detail))
					}
				}
			}
			if v.Invalid != "" || v.Unproven != "" {
				t.Errorf("version %s, %s: invalid %q, unproven %q", version, name, v.Invalid, v.Unproven)
			}
			for _, c := range v.Checks {
				if len(c.Detail) > 4096 || len(c.Field) > 4096 {
					t.Errorf("version %s, %s: a check of %d and %d bytes", version, name, len(c.Detail), len(c.Field))
				}
			}
			flowtest.Consistent(t, v)
		}
	}
}

// An answer that is no answer fails the one check that says so, and is refused.
func TestUnreadableAnswers(t *testing.T) {
	r := flowtest.Worked(t, "11", nil)
	for name, body := range map[string]string{
		"nothing": "", "null": "null", "a number": "5", "a string": `"x"`, "an empty list": "[]", "a list of one": "[200]",
		"a list of three": "[200,{},{}]", "HTML": "<html></html>", "state missing": `{"auth_chain":[]}`,
		"auth_chain missing": `{"state":[]}`,
		"state null":         `{"state":null,"auth_chain":[]}`, "state an object": `{"state":{},"auth_chain":[]}`,
		"auth_chain a string": `{"state":[],"auth_chain":"x"}`, "state twice": `{"state":[],"state":[],"auth_chain":[]}`,
		"members_omitted a string":   `{"state":[],"auth_chain":[],"members_omitted":"true"}`,
		"servers_in_room an object":  `{"state":[],"auth_chain":[],"servers_in_room":{}}`,
		"servers_in_room of numbers": `{"state":[],"auth_chain":[],"servers_in_room":[5]}`,
		"cut short":                  string(r.Body(flowtest.WorkedAnswer())[:500]),
		"more after it":              `{"state":[],"auth_chain":[]}x`,
		"invalid UTF-8":              "{\"state\":[],\"auth_chain\":[],\"\xff\":1}",
		"nested deeply":              strings.Repeat("[", 1<<20),
	} {
		v := r.After([]byte(body)).Verify()
		if len(v.Checks) != 1 || v.Checks[0].Kind != verify.KindAnswerShape || v.Checks[0].Outcome != verify.Fail ||
			v.Invalid == "" {
			t.Errorf("%s: %+v", name, v.Checks)
		}
		flowtest.Consistent(t, v)
	}
}

// No byte of an event, of an answer or of our own, can be changed without a check that does not pass. Only what is no
// part of the event is free: how a signature's last digit is spelled.
func TestEveryByteCounts(t *testing.T) {
	for _, version := range []string{"1", "5", "12"} {
		r := flowtest.Worked(t, version, nil)
		for _, name := range []string{"N", "join"} {
			honest := r.Events[name]
			for i := range honest.Raw() {
				raw := bytes.Clone(honest.Raw())
				raw[i] ^= 1
				if e, err := event.Parse(r.Version, raw); err == nil && sameClaims(e, honest) {
					continue
				}
				a := flowtest.WorkedAnswer()
				change := func(names []string, raws *[]string) []string {
					if slices.Contains(names, name) {
						*raws = append(*raws, string(raw))
					}
					return flowtest.Without(names, name)
				}
				a.State, a.Chain = change(a.State, &a.StateRaw), change(a.Chain, &a.ChainRaw)
				s := r.After(r.Body(a))
				if name == "join" {
					s.Build.Event = raw
				}
				v := s.Verify()
				if all := v.Tally(verify.NoKind); all.Fail+all.NotChecked == 0 {
					t.Fatalf("version %s, %s: everything passes with byte %d changed: %s", version, name, i, raw)
				}
			}
		}
	}
}

// sameClaims reports whether two spellings of an event claim the same.
func sameClaims(a, b *event.Event) bool {
	one, other := a.Signatures(), b.Signatures()
	return bytes.Equal(a.SignedBytes(), b.SignedBytes()) && a.ContentHash() == b.ContentHash() &&
		slices.EqualFunc(one, other, func(x, y event.Signature) bool {
			return x.Server == y.Server && x.KeyID == y.KeyID && bytes.Equal(x.Bytes, y.Bytes)
		})
}

// forged makes an unsigned event of version 1, where IDs are chosen.
func forged(id, kind, stateKey string, auth ...string) string {
	var refs []string
	for _, a := range auth {
		refs = append(refs, fmt.Sprintf(`["$%s:a.example",{"sha256":"%s"}]`, a, strings.Repeat("A", 43)))
	}
	list := "[" + strings.Join(refs, ",") + "]"
	return fmt.Sprintf(`{"auth_events":%s,"content":{},"depth":1,"event_id":"$%s:a.example","hashes":{"sha256":"%s"},"origin_server_ts":1,`+
		`"prev_events":[],"room_id":"!room:a.example","sender":"@alice:a.example","signatures":{},"state_key":%q,"type":%q}`,
		list, id, strings.Repeat("A", 43), stateKey, kind)
}

// However many events an answer has, and however they are tangled, the work grows with their number only.
func TestMany(t *testing.T) {
	const n = 5_000
	r := flowtest.Worked(t, "1", nil)
	for name, make := range map[string]func(i int) string{
		"one circle": func(i int) string {
			return forged(strconv.Itoa(i), "m.room.topic", strconv.Itoa(i), strconv.Itoa((i+1)%n))
		},
		"a long chain": func(i int) string {
			return forged(strconv.Itoa(i), "m.room.topic", strconv.Itoa(i),
				strconv.Itoa(i+1))
		},
		"self references": func(i int) string {
			return forged(strconv.Itoa(i), "m.room.topic", strconv.Itoa(i),
				strconv.Itoa(i))
		},
		"copies of one": func(i int) string {
			return strings.Replace(forged("x", "m.room.topic", "", "y"), `"signatures":{}`,
				fmt.Sprintf(`"signatures":{"a%d":{}}`, i), 1)
		},
		"one ID, other events": func(i int) string { return forged("x", "m.room.topic", strconv.Itoa(i), "y") },
		"one place":            func(i int) string { return forged(strconv.Itoa(i), "m.room.topic", "", "y") },
		"create events":        func(i int) string { return forged(strconv.Itoa(i), "m.room.create", "") },
		"one of all":           func(int) string { return forged("x", "m.room.topic", "", "y") },
		"not events":           func(i int) string { return strconv.Itoa(i) },
	} {
		a := flowtest.WorkedAnswer()
		for i := range n {
			a.ChainRaw = append(a.ChainRaw, make(i))
		}
		body := r.Body(a)
		v := r.After(body).Verify()
		if v.Tally(verify.NoKind).Fail == 0 {
			t.Errorf("%s: nothing failed", name)
		}
		if got := v.Tally(verify.KindAnswerShape); got.Pass != 1 {
			t.Errorf("%s: answer_shape %+v", name, got)
		}
		v.Sets()
		v.Ancestry("$0:a.example", 50)
		v.NamedBy("$0:a.example", 50)
	}
}

// proves checks that of every event that passed every check the signatures do verify, by a way of its own.
func proves(t *testing.T, s flow.State) {
	t.Helper()
	faulty := map[string]bool{}
	for _, c := range s.Verification.Checks {
		if c.Outcome != verify.Pass {
			faulty[c.Subject] = true
		}
	}
	for _, e := range s.Verification.Sets().Events {
		if faulty[e.ID] || faulty["answer"] || e.Event == nil {
			continue
		}
		for _, server := range verify.RequiredSigners(e.Event) {
			keys := s.Keys.Of(server)
			ok := slices.ContainsFunc(e.Event.Signatures(), func(x event.Signature) bool {
				if keys == nil || x.Server != server {
					return false
				}
				key, _ := keys.Keys.Get(x.KeyID)
				return e.Event.Verify(x, key.Public)
			})
			if !ok {
				t.Errorf("%s passed every check, and %s has not signed it", e.ID, server)
			}
		}
	}
}
