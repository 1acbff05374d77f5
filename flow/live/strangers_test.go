package live

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"doorstep/client"
	"doorstep/flow"
	"doorstep/flow/event"
	"doorstep/flow/flowtest"
)

// A besieged is a run whose listener strangers call, with a resolver that finds nobody and counts whom it looked for.
type besieged struct {
	run    *Run
	to     client.Destination
	sought *sought
}

type sought struct {
	mu    sync.Mutex
	names []string
}

func (s *sought) Resolve(_ context.Context, name string) client.Discovery {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.names = append(s.names, name)
	return client.Discovery{Server: name, Failure: &client.Failure{Kind: client.FailedResolve, Part: client.PartResolve,
		Message: "it leads to no address"}}
}

func (s *sought) all() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.names)
}

func besiege(t *testing.T, change func(*flow.Header)) besieged {
	t.Helper()
	id := &client.Identity{ServerName: "joining.example"}
	var err error
	if id.Key, err = client.GenerateKey(); err != nil {
		t.Fatal(err)
	}
	certificate, err := client.SelfSigned(time.Now(), "joining.example")
	if err != nil {
		t.Fatal(err)
	}
	b := besieged{sought: &sought{}}
	h := flow.Header{Joining: "joining.example", User: "@you:joining.example", Target: "#r:directory.example",
		Via: []string{"via.example"}, WaitInvite: time.Hour.Milliseconds()}
	if change != nil {
		change(&h)
	}
	run, addr, stop, err := Open(t.Context(), Setup{Identity: id, Certificate: certificate, Header: h,
		Client: &client.Client{Identity: id, AllowPrivate: true}, Resolver: b.sought})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(stop)
	b.run, b.to = run, client.Destination{Server: "joining.example", Address: addr.String(), Host: "joining.example",
		VerifyName: "joining.example", SNI: "joining.example"}
	return b
}

// call sends a request as somebody, who signs with a key that nobody knows.
func (b besieged) call(t *testing.T, origin string, r client.Request) client.Response {
	t.Helper()
	key, err := client.GenerateKey()
	if err != nil {
		t.Fatal(err)
	}
	c := &client.Client{Identity: &client.Identity{ServerName: origin, Key: key}, Insecure: true, AllowPrivate: true}
	x := c.Do(t.Context(), b.to, r, nil)
	if x.Response == nil {
		t.Fatalf("%s: %+v", origin, x.Failure)
	}
	return *x.Response
}

// invite is an invite of a user by one of a server, with a signature of that server's.
func invite(t *testing.T, origin, user, room string) client.Request {
	t.Helper()
	key, err := client.GenerateKey()
	if err != nil {
		t.Fatal(err)
	}
	v, _ := event.Lookup("11")
	e, err := event.Hash(v, fmt.Appendf(nil, `{"type":"m.room.member","sender":"@a:%s","state_key":%q,"room_id":%q,`+
		`"content":{"membership":"invite"},"origin_server_ts":1,"depth":1,"prev_events":[],"auth_events":[]}`,
		origin, user, room))
	if err == nil {
		e, err = e.Sign(origin, key)
	}
	if err != nil {
		t.Fatal(err)
	}
	return client.Request{Endpoint: client.Invite, Method: "PUT",
		Target: "/_matrix/federation/v2/invite/" + client.EscapePath(room) + "/" + client.EscapePath(e.ID()),
		Body: fmt.Appendf(nil, `{"room_version":"11","event":%s,"invite_room_state":[{"type":"m.room.canonical_alias",`+
			`"content":{"alias":"#r:directory.example"}}]}`, e.Raw())}
}

func transaction(id int) client.Request {
	return client.Request{Endpoint: client.Send, Method: "PUT", Body: []byte("{}"),
		Target: fmt.Sprintf("/_matrix/federation/v1/send/%d", id)}
}

// Nothing is looked for or asked on behalf of a caller who has no business with the run; of those that have, or bring
// the invite that is waited for, so many and no more, whatever becomes of it. The trace has bounds, too.
func TestListenerAsksForNoStranger(t *testing.T) {
	b := besiege(t, nil)
	const you = "@you:joining.example"
	for i := range 30 {
		origin := fmt.Sprintf("stranger%d.example", i)
		for _, r := range []client.Request{transaction(i), invite(t, origin, "@other:joining.example", "!r:x.example"),
			{Endpoint: client.Invite, Method: "PUT", Target: "/_matrix/federation/v2/invite/r/e", Body: []byte("{}")}} {
			if res := b.call(t, origin, r); res.Status != 401 ||
				!bytes.Contains(res.Body, []byte(client.InvalidSignature)) {
				t.Errorf("%s: %d %s", r.Target, res.Status, res.Body)
			}
		}
	}
	if got := b.sought.all(); len(got) > 0 {
		t.Fatalf("on behalf of strangers it looked for %q", got)
	}
	if res := b.call(t, "directory.example", transaction(1)); res.Status != 200 {
		t.Errorf("a transaction of a server that was named: %d %s", res.Status, res.Body)
	}
	for range maxAskingsOfOne + 3 {
		b.call(t, "via.example", invite(t, "via.example", you, "!r:x.example"))
	}
	if got := b.sought.all(); len(got) != maxAskingsOfOne {
		t.Errorf("for one server it looked %d times, want %d", len(got), maxAskingsOfOne)
	}
	for i := range maxAskingsOthers + 10 {
		origin := fmt.Sprintf("inviter%d.example", i)
		if res := b.call(t, origin, invite(t, origin, you, "!r:x.example")); res.Status != 401 {
			t.Errorf("%s: %d %s", origin, res.Status, res.Body)
		}
	}
	if got := b.sought.all(); len(got) != maxAskingsOfOne+maxAskingsOthers {
		t.Errorf("for inviters it looked %d times, want %d", len(got)-maxAskingsOfOne, maxAskingsOthers)
	}
}

// 1500 requests of every sort leave the trace with as many entries as there may be, whatever else they cause.
func TestListenerEntriesAreBounded(t *testing.T) {
	b := besiege(t, nil)
	var wg sync.WaitGroup
	for part := range 3 {
		wg.Add(1)
		client.Go(func() {
			defer wg.Done()
			for i := range 500 {
				origin := fmt.Sprintf("inviter%d.example", i)
				r := []client.Request{transaction(i), client.KeysRequest(),
					invite(t, origin, "@you:joining.example", "!r:x.example")}[part]
				b.call(t, origin, r)
			}
		})
	}
	wg.Wait()
	entries := b.run.Trace().Entries
	if most := maxInboundEntries + 3*maxAskings; len(entries) > most {
		t.Errorf("%d entries, want %d at most", len(entries), most)
	}
	answered := 0
	for _, e := range entries {
		if e.Kind == flow.Request && e.From != flow.Joining {
			answered++
		}
	}
	if got := answered + b.run.Outside(); got != 1500 {
		t.Errorf("%d requests are told of, %d of them in the trace; want 1500", got, answered)
	}
}

// One address cannot have the trace for itself, nor can what weighs much, or connections that fail.
func TestListenerRoomInTheTrace(t *testing.T) {
	run := NewRun(flow.Header{Joining: "joining.example", User: "@you:joining.example"}, nil, nil)
	in := newInbound(run, nil, nil)
	for i := range 600 {
		if got := in.admit("192.0.2.1:1", 1, 0); got != (i < maxEntriesOfOne) {
			t.Fatalf("entry %d of one address: %t", i, got)
		}
	}
	if in.admit("192.0.2.2:1", 1, maxInboundBytes+1) {
		t.Error("what weighs more than all may is let in")
	}
	for range maxInboundEntries {
		in.Failed(client.InboundFailure{Address: "192.0.2.3:1", Failure: flowtest.Distrust})
	}
	if got := len(run.Trace().Entries); got != maxFailedCalls {
		t.Errorf("%d calls that failed, want %d", got, maxFailedCalls)
	}
	if !in.admit("192.0.2.2:1", 2, 10) {
		t.Error("another address has no room")
	}
	if got := in.of[netip.MustParsePrefix("192.0.2.3/32")]; got != maxFailedCalls {
		t.Errorf("of the one whose calls fail %d are counted", got)
	}
}

// Servers get to have business by what the run was told and by what answers say, never by calling; nobody is us but we.
func TestListenerBusiness(t *testing.T) {
	recorded := flowtest.Embedded(t, "public-v11")
	run := NewRun(recorded.Header, nil, nil)
	in := newInbound(run, nil, nil)
	var known []string
	for _, e := range recorded.Entries {
		was := len(known)
		run.Emit(e)
		known = nil
		for _, server := range []string{"directory.example", "resident.example", "other.example", "joining.example",
			"stranger.example", ""} {
			if in.business(client.Send, server) == client.SureBusiness {
				known = append(known, server)
			}
		}
		if grown := len(known) > was; grown && e.Step == flow.R {
			t.Errorf("entry %d, %s, adds to %q", e.Seq, e.Step, known)
		}
		if e.Seq == 1 && !slices.Equal(known, []string{"directory.example"}) {
			t.Errorf("at first these are known: %q", known)
		}
	}
	if !slices.Equal(known, []string{"directory.example", "resident.example", "other.example"}) {
		t.Errorf("in the end these are known: %q", known)
	}
}

// Those who call at the same time because of the same server wait for one answer.
func TestListenerCallsBackOnce(t *testing.T) {
	c := newCallbacks()
	var asked atomic.Int64
	var known atomic.Bool
	var wg sync.WaitGroup
	for range 20 {
		wg.Add(1)
		client.Go(func() {
			defer wg.Done()
			err := c.back(t.Context(), "a.example", true, known.Load, func() {
				asked.Add(1)
				time.Sleep(20 * time.Millisecond)
				known.Store(true)
			})
			if err != nil && !strings.Contains(err.Error(), "too often") {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if got := asked.Load(); got < 1 || got > maxAskingsOfOne {
		t.Errorf("asked %d times", got)
	}
	ctx, cancel := context.WithCancel(t.Context())
	started := make(chan struct{})
	ended := make(chan struct{})
	client.Go(func() {
		defer close(ended)
		_ = c.back(t.Context(), "b.example", true, func() bool { return false }, func() { close(started); <-ctx.Done() })
	})
	<-started
	client.Go(func() { time.Sleep(20 * time.Millisecond); cancel() })
	waiting, stop := context.WithCancel(t.Context())
	stop()
	if err := c.back(waiting, "b.example", true, func() bool { return false }, func() {}); !errors.Is(err, context.Canceled) {
		t.Errorf("while another one asks: %v", err)
	}
	<-ended
	c.got(maxCallbackBytes)
	if err := c.back(t.Context(), "c.example", true, func() bool { return false }, func() { t.Error("asked") }); err == nil {
		t.Error("over the bytes, nothing is wrong")
	}
}
