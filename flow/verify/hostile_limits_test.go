package verify_test

import (
	"context"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"doorstep/flow/event"
	"doorstep/flow/flowtest"
	"doorstep/flow/verify"
)

// many is n times one text, with commas between.
func many(n int, one string) string { return one + strings.Repeat(","+one, n-1) }

// Taking an answer apart takes no more memory than the answer has bytes, whatever it looks like, and says which limit
// it is over.
func TestHostileShapesTakenApart(t *testing.T) {
	const n = 1_000_000
	numbered := func(form string) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, form, i)
		}
		return b.String()[1:]
	}
	for _, c := range []struct{ name, body, limit string }{
		{"empty objects", `{"auth_chain":[],"state":[` + many(n, "{}") + `]}`, "the limit of 1000 are shorter than 100 bytes"},
		{"empty texts", `{"auth_chain":[],"state":[` + many(n, `""`) + `]}`, "the limit of 1000 are shorter than 100 bytes"},
		{"the same in both lists", `{"auth_chain":[` + many(n/2, "{}") + `],"state":[` + many(n/2, "{}") + `]}`,
			"the limit of 1000 are shorter than 100 bytes"},
		{"in the list of v1", `[200,{"auth_chain":[],"state":[` + many(n, "{}") + `]}]`,
			"the limit of 1000 are shorter than 100 bytes"},
		{"a long list of v1", `[200,` + many(n, "{}") + `]`, "a list of 1000001 elements"},
		{"members", `{` + numbered(`,"%d":1`) + `,"auth_chain":[],"state":[]}`, "over the limit of 1000 members"},
		{"servers_in_room", `{"auth_chain":[],"members_omitted":true,"state":[],"servers_in_room":[` + many(n, `""`) + `]}`,
			"over the limit of 20000 servers"},
		{"deep lists", `{"auth_chain":[],"state":[` + strings.Repeat("[", n) + strings.Repeat("]", n) + `]}`, ""},
		{"a long name", `{"auth_chain":[],"state":[],"` + strings.Repeat("n", 3*n) + `":1}`, ""},
		{"a long number", `{"auth_chain":[],"state":[{"depth":` + strings.Repeat("1", 3*n) + `}]}`, ""},
	} {
		body := []byte(c.body)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		reply := verify.ReadReply(1, "b.example", body)
		runtime.ReadMemStats(&after)
		took := after.TotalAlloc - before.TotalAlloc
		t.Logf("%s: %d bytes, %d allocated", c.name, len(body), took)
		if most := uint64(4*len(body)) + 8<<20; took > most {
			t.Errorf("%s: %d bytes allocated for %d", c.name, took, len(body))
		}
		v := verify.Verify(hostileInput(reply))
		said := reply.Problem + v.Invalid + v.Unproven
		for _, check := range v.Checks {
			if check.Outcome == verify.NotChecked {
				said += check.Detail
			}
		}
		if !strings.Contains(said, c.limit) {
			t.Errorf("%s: the limit %q is not named: %.300s", c.name, c.limit, said)
		}
		if v.Invalid == "" && v.Unproven == "" {
			t.Errorf("%s: it passes", c.name)
		}
	}
}

func hostileInput(reply *verify.Reply) verify.Input {
	version, _ := event.Lookup("11")
	return verify.Input{Reply: reply, Template: &verify.Template{RoomVersion: version}, Keys: verify.NewKeyRing()}
}

// Of checks alike so many are kept. The others are counted, and no event is better for it: who asks for one gets all.
func TestHostileChecksAlike(t *testing.T) {
	const events, most = 300, 20
	body := hostileEvents(events, func(i int) string { return fmt.Sprintf("s%d.example", i) })
	all := verify.Verify(hostileInput(verify.ReadReply(1, "b.example", body)))
	defer verify.KeepAlike(most)()
	v := verify.Verify(hostileInput(verify.ReadReply(1, "b.example", body)))
	if v.Tally(verify.NoKind) != all.Tally(verify.NoKind) || v.Invalid != all.Invalid || v.Unproven != all.Unproven {
		t.Errorf("counted %+v, %q, %q; without a limit %+v, %q, %q", v.Tally(verify.NoKind), v.Invalid, v.Unproven,
			all.Tally(verify.NoKind), all.Invalid, all.Unproven)
	}
	kept := map[string]int{}
	for _, c := range v.Checks {
		if kept[fmt.Sprint(c.Kind, c.Outcome)]++; kept[fmt.Sprint(c.Kind, c.Outcome)] > most {
			t.Fatalf("more than %d of %s are kept", most, c.Kind)
		}
	}
	if v.Counted() == 0 || v.Counted()+len(v.Checks) != len(all.Checks) {
		t.Errorf("%d kept and %d counted, of %d", len(v.Checks), v.Counted(), len(all.Checks))
	}
	unlisted := map[string]int{}
	for id := range v.Unlisted() {
		unlisted[id]++
	}
	for _, c := range verify.Claims(v) {
		if v.OutcomeOf(c.ID) != all.OutcomeOf(c.ID) {
			t.Fatalf("%s is marked %s, without a limit %s", c.ID, v.OutcomeOf(c.ID), all.OutcomeOf(c.ID))
		}
		if len(v.Of(c.ID)) != len(all.Of(c.ID)) {
			t.Fatalf("%s: %d checks, without a limit %d", c.ID, len(v.Of(c.ID)), len(all.Of(c.ID)))
		}
	}
	if len(unlisted) == 0 || len(unlisted) >= events {
		t.Errorf("checks on %d of %d events are not listed", len(unlisted), events)
	}
}

// hostileEvents is an answer of so many events, each by a server of its own.
func hostileEvents(n int, server func(i int) string) []byte {
	var list []string
	for i := range n {
		list = append(list, fmt.Sprintf(`{"type":"m.x","state_key":"%d","sender":"@a:%s","content":{},"depth":1,`+
			`"auth_events":["$%043d"],"prev_events":[],"origin_server_ts":1,"hashes":{"sha256":"%s"},"signatures":`+
			`{"%s":{"ed25519:a":"%s"}},"room_id":"!r:b.example"}`, i, server(i), i, strings.Repeat("A", 43), server(i),
			strings.Repeat("A", 86)))
	}
	return []byte(`{"state":[` + strings.Join(list, ",") + `],"auth_chain":[]}`)
}

// More servers than are asked for their keys: what those signed that are not asked is not checked, and says why.
func TestHostileSigners(t *testing.T) {
	const over = 3
	body := hostileEvents(verify.MostServers+over, func(i int) string { return fmt.Sprintf("s%d.example", i) })
	in := hostileInput(verify.ReadReply(1, "b.example", body))
	if n := len(in.Reply.Events(in.Template.RoomVersion).Signers()); n != verify.MostServers {
		t.Errorf("%d servers are to be asked for keys", n)
	}
	v := verify.Verify(in)
	last := v.Of(verify.Claims(v)[verify.MostServers+over-1].ID)
	for _, c := range last {
		if c.Kind == verify.KindSigningKey && (c.Outcome != verify.NotChecked ||
			!strings.Contains(c.Detail, "over the limit of 15000 servers")) {
			t.Errorf("%s: %s", c.Outcome, c.Detail)
		}
	}
	if n := v.Tally(verify.KindSignature); n.Pass != 0 || n.NotChecked != verify.MostServers+over {
		t.Errorf("signatures: %+v", n)
	}
}

// A key document with more keys than anybody has, or more signatures of its own, is not gone through.
func TestHostileKeyDocuments(t *testing.T) {
	keys := func(n int) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, `,"ed25519:%d":{"key":"%s"}`, i, strings.Repeat("A", 43))
		}
		return b.String()[1:]
	}
	signatures := func(n int) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, `,"ed25519:%d":"%s"`, i, strings.Repeat("B", 85)+"A")
		}
		return b.String()[1:]
	}
	for _, c := range []struct {
		keys, signatures int
		want             string
	}{
		{1001, 1, "it lists 1001 keys, over the limit of 1000 keys"},
		{1000, 1000, "none of its first 16 own signatures verifies, and that is the limit of signatures"},
		{15, 15, "none of the keys in its key document has signed the document"},
	} {
		doc := fmt.Sprintf(`{"server_name":"a.example","valid_until_ts":9000000000000,"verify_keys":{%s},"signatures":`+
			`{"a.example":{%s}}}`, keys(c.keys), signatures(c.signatures))
		read := verify.ReadKeyDocument("a.example", []byte(doc), time.UnixMilli(0), 1)
		if read.Known() || !strings.Contains(read.Problem, c.want) {
			t.Errorf("%d keys: %q", c.keys, read.Problem)
		}
	}
}

// Checks whose time is over leave everything not checked, by the name of the limit: nothing passes, nothing fails. The
// events are there to be looked at.
func TestHostileTime(t *testing.T) {
	r := flowtest.Worked(t, "12", nil)
	s := r.After(r.Body(flowtest.WorkedAnswer()))
	in := s.Evidence()
	in.Time = time.Nanosecond
	v := verify.Verify(in)
	const want = "the checks were not done within their time limit of"
	if v == nil || v.Invalid != "" || !strings.Contains(v.Unproven, want) {
		t.Fatalf("%+v", v)
	}
	for _, c := range v.Checks {
		if c.Kind != verify.KindAnswerShape && (c.Outcome != verify.NotChecked || !strings.Contains(c.Detail, want)) {
			t.Errorf("%s of %s: %s %s", c.Kind, c.Subject, c.Outcome, c.Detail)
		}
	}
	for _, c := range verify.Claims(v) {
		if v.OutcomeOf(c.ID) != verify.NotChecked {
			t.Errorf("%s is marked %s", c.ID, v.OutcomeOf(c.ID))
		}
	}
	if v.Unread() != "" || v.Counts.Events == 0 {
		t.Errorf("nothing to look at: %q, %+v", v.Unread(), v.Counts)
	}
	in.Time = time.Hour
	if v := verify.Verify(in); v.Unproven != "" {
		t.Errorf("in time: %q", v.Unproven)
	}
}

// A context that has ended keeps every verification from being done, however many begin.
func TestKillVerification(t *testing.T) {
	r := flowtest.Worked(t, "12", nil)
	s := r.After(r.Body(flowtest.WorkedAnswer()))
	in := s.Evidence()
	in.Progress = &verify.Progress{}
	ctx, cancel := context.WithCancel(t.Context())
	release := in.Progress.Within(ctx, 0)
	if verify.Verify(in) == nil {
		t.Error("it was given up before anybody said so")
	}
	cancel()
	for range 3 {
		if v := verify.Verify(in); v != nil {
			t.Errorf("it went on: %+v", v.Counts)
		}
	}
	unread := r.After(r.Body(flowtest.WorkedAnswer())).Reply
	if unread.WantEvents(ctx, in.Template.RoomVersion) {
		t.Error("the events were read although nobody wants them")
	}
	release()
	if verify.Verify(in) == nil || !unread.WantEvents(t.Context(), in.Template.RoomVersion) {
		t.Error("the next was given up, too")
	}
}
