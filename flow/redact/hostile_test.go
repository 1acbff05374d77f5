package redact_test

import (
	"bytes"
	"fmt"
	"runtime"
	"strings"
	"testing"

	"doorstep/client"
	"doorstep/flow"
	"doorstep/flow/event"
	"doorstep/flow/flowtest"
	"doorstep/flow/redact"
)

// answering is a handshake whose answer to send_join has a body.
func answering(t *testing.T, body []byte) flow.Trace {
	t.Helper()
	trace := flowtest.Embedded(t, "public-v11")
	for i := range trace.Entries {
		if e := &trace.Entries[i]; e.Step == flow.A7 {
			e.Response = &client.Response{Status: 200, Body: body}
		}
	}
	return trace
}

// Bodies that are deep, long or broken are redacted like any other, and what is wrong with them stays.
func TestHostileBodies(t *testing.T) {
	const secret = "@eve:secret.example"
	for name, body := range map[string]string{
		"deep lists":     strings.Repeat("[", 200_000) + `"` + secret + `"` + strings.Repeat("]", 200_000),
		"deep objects":   strings.Repeat(`{"state":`, 5_000) + `"` + secret + `"` + strings.Repeat("}", 5_000),
		"a key twice":    `{"state":[],"state":["` + secret + `"]}`,
		"no JSON":        `{"state":["` + secret,
		"no UTF-8":       "{\"state\":[\"\xff" + secret,
		"half a pair":    `{"state":["\ud800` + secret + `"],"` + secret + `":"` + secret + `"}`,
		"a long number":  `{"origin_server_ts":` + strings.Repeat("9", 100_000) + `,"x":"` + secret + `"}`,
		"blanks":         "  \n {\"origin\" : \"secret.example\"}  ",
		"JSON in a text": `{"state":["{\"sender\":\"` + secret + `\"}"]}`,
	} {
		t.Run(name, func(t *testing.T) {
			trace := answering(t, []byte(body))
			once := written(t, redact.Trace(trace, "doorstep test"))
			if bytes.Contains(once, []byte("secret")) {
				t.Error("the name is still in it")
			}
			out := reread(t, once)
			before, after := flow.Fold(trace), flow.Fold(out)
			if before.Outcome() != after.Outcome() {
				t.Errorf("outcome %s, before %s", after.Outcome(), before.Outcome())
			}
			if twice := written(t, redact.Trace(out, "doorstep test")); !bytes.Equal(once, twice) {
				t.Error("redacted twice it is another")
			}
		})
	}
}

// What grows with the square of a body's size is not over for hours with these: long runs of what is taken off a name
// or kept between words.
func TestHostileRuns(t *testing.T) {
	const long = 2 << 20
	trace := answering(t, nil)
	for name, body := range map[string]string{
		"blanks after a word": "secretword" + strings.Repeat(" ", long),
		"blanks in an error":  `{"errcode":"M_UNKNOWN","error":"secretword` + strings.Repeat(" ", long) + `"}`,
		"labels of services":  `{"origin":"` + strings.Repeat("_tcp.", long/5) + `secret.example"}`,
		"dots":                `{"origin":"secret.example` + strings.Repeat(".", long) + `"}`,
		"dots alone":          `{"origin":"` + strings.Repeat(".", long) + `"}`,
	} {
		for i := range trace.Entries {
			if e := &trace.Entries[i]; e.Step == flow.A7 {
				e.Response = &client.Response{Status: 403, Body: []byte(body)}
			}
			if e := &trace.Entries[i]; e.Step == flow.A6 && e.Request != nil {
				q := *e.Request
				q.Target = strings.Repeat("%2F", long/16)
				e.Request = &q
			}
		}
		out := redact.Trace(trace, "doorstep test")
		for i := range out.Entries {
			if e := &out.Entries[i]; e.Step == flow.A7 && (len(e.Response.Body) == 0 || bytes.Contains(e.Response.Body,
				[]byte("secret"))) {
				t.Errorf("%s: %.100q", name, e.Response.Body)
			}
		}
	}
}

// A body of very many small values takes memory by its size, not by their number.
func TestHostileCounts(t *testing.T) {
	for name, body := range map[string]string{
		"numbers": `{"x":[` + strings.Repeat("0,", 500_000) + `0]}`,
		"lists":   `{"x":[` + strings.Repeat("[],", 300_000) + `0]}`,
	} {
		trace := answering(t, []byte(body))
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		redact.Trace(trace, "doorstep test")
		runtime.ReadMemStats(&after)
		times := float64(after.TotalAlloc-before.TotalAlloc) / float64(len(body)) // what is free again included
		t.Logf("%s: %.1f times %d bytes", name, times, len(body))
		if times > 14 {
			t.Errorf("%s: %.0f times as much memory as the body", name, times)
		}
	}
	var many strings.Builder
	for n := range 300_000 {
		fmt.Fprintf(&many, `"%d":0,`, n)
	}
	body := `{` + many.String() + `"x":{` + many.String() + `"y":0},"state":[7]}`
	out := redact.Trace(answering(t, []byte(body)), "doorstep test")
	for i := range out.Entries {
		if e := &out.Entries[i]; e.Step == flow.A7 {
			members, err := event.Members(e.Response.Body)
			if err != nil || len(members) != 1<<18+1 || string(event.Get(e.Response.Body, "state")) != "[7]" {
				t.Errorf("%d members, %v: %.100q", len(members), err, e.Response.Body)
			}
		}
	}
	if out.Header.Redacted.Removed[flow.RemovedBodies] == 0 {
		t.Error("that members were left out is not told")
	}
}

// A chain of events of which each names the one before is as long afterwards, whatever the order they come in.
func TestLongChain(t *testing.T) {
	const long = 5_000
	v, _ := event.Lookup("11")
	var events [][]byte
	last := ""
	for i := range long {
		refs := "[]"
		if last != "" {
			refs = `["` + last + `"]`
		}
		raw := fmt.Sprintf(`{"type":"m.room.topic","state_key":"","sender":"@eve:secret.example","room_id":"!r:secret.example",`+
			`"content":{"topic":"secret"},"auth_events":%s,"prev_events":%s,"depth":%d,"origin_server_ts":1,`+
			`"hashes":{"sha256":"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"},"signatures":{}}`, refs, refs, i+1)
		e, err := event.Parse(v, []byte(raw))
		if err != nil {
			t.Fatal(err)
		}
		last = e.ID()
		events = append(events, []byte(raw))
	}
	for i, j := 0, len(events)-1; i < j; i, j = i+1, j-1 {
		events[i], events[j] = events[j], events[i]
	}
	body := []byte(`{"state":[` + string(bytes.Join(events, []byte(","))) + `],"auth_chain":[]}`)
	out := redact.Trace(answering(t, body), "doorstep test")
	for i := range out.Entries {
		if out.Entries[i].Step != flow.A7 {
			continue
		}
		list, err := event.Elements(event.Get(out.Entries[i].Response.Body, "state"))
		if err != nil || len(list) != long {
			t.Fatalf("%d events, %v", len(list), err)
		}
		next := ""
		for at, raw := range list {
			e, err := event.Parse(v, raw)
			if err != nil {
				t.Fatal(err)
			}
			if at > 0 && e.ID() != next {
				t.Fatalf("event %d is %s; the one after it names %s", at, e.ID(), next)
			}
			if refs := e.AuthEvents(); len(refs) == 1 {
				next = refs[0]
			} else if at != long-1 {
				t.Fatalf("event %d names %v", at, refs)
			}
		}
		return
	}
	t.Fatal("there is no answer")
}
