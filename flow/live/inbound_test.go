package live

import (
	"bytes"
	"net"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"doorstep/client"
	"doorstep/flow"
	"doorstep/flow/flowtest"
	"doorstep/flow/recording"
)

// A connection to us without a request is an entry: of the server that is busy with a request of ours, where there is
// one. A recording keeps it, and the fold passes it over.
func TestFailedCalls(t *testing.T) {
	trace := flowtest.NewScript(func(h *flow.Header) {
		h.Target, h.Via = "!r:a.example",
			[]string{"a.example"}
	}).Joins().Finds([]string{"192.0.2.1:8448"}).Trace
	run := NewRun(trace.Header, nil, func() time.Time { return trace.Header.Created })
	for _, e := range trace.Entries {
		run.Emit(e)
	}
	in := newInbound(run, nil, nil)
	call := client.InboundFailure{Address: "192.0.2.7:40000", Failure: flowtest.Distrust,
		Began: trace.Header.Created.Add(time.Hour), At: trace.Header.Created.Add(time.Hour)}
	in.Failed(call)
	run.Emit(flow.Entry{Kind: flow.Request, Step: flow.A4, From: flow.Joining, To: flow.Resident, Server: "a.example",
		Request: &client.Request{Endpoint: client.MakeJoin, Method: "GET", Target: "/"}})
	in.Failed(call)
	got := run.Trace()
	n := len(got.Entries)
	if first, second := got.Entries[n-3], got.Entries[n-1]; !first.FailedCall() || first.Server != "" ||
		!second.FailedCall() || second.Server != "a.example" || !second.Inferred {
		t.Errorf("%+v and %+v", first, second)
	}
	if s := flow.Fold(got); s.Pending == nil || s.Stopped != nil {
		t.Errorf("the fold: pending %+v, stopped %+v", s.Pending, s.Stopped)
	}
	var recorded bytes.Buffer
	if err := recording.Write(&recorded, got); err != nil {
		t.Fatal(err)
	}
	again, err := recording.Read(&recorded)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(got.Entries[n-1].Failure, again.Entries[n-1].Failure); diff != "" ||
		again.Entries[n-1].Connection.Address != call.Address {
		t.Errorf("recorded (-want +got):\n%s", diff)
	}
	for range maxInboundEntries {
		in.Failed(call)
	}
	if entries := len(run.Trace().Entries); entries > n+maxInboundEntries {
		t.Errorf("%d entries", entries)
	}
}

// A call that failed belongs to the server that was busy when it began, not when it had ended.
func TestBusyAt(t *testing.T) {
	s := flowtest.NewScript(func(h *flow.Header) {
		h.Target, h.Via = "!r:a.example",
			[]string{"a.example", "b.example"}
	}).Joins().Finds([]string{"192.0.2.1:8448"})
	for i, server := range []string{"a.example", "b.example"} {
		at := time.Duration(10*i) * time.Second
		asked := s.Add(flow.Entry{Kind: flow.Request, Step: flow.A4, From: flow.Joining, To: flow.Resident, Server: server,
			At: at + 2*time.Second, Request: &client.Request{}})
		s.Add(flow.Entry{Kind: flow.Response, Step: flow.A5, From: flow.Resident, To: flow.Joining, Server: server,
			At: at + 4*time.Second, Answers: asked, Response: &client.Response{Status: 401}})
	}
	for at, want := range map[time.Duration]string{1: "", 3: "a.example", 5: "", 13: "b.example", 20: ""} {
		if got := busyAt(s.Trace, at*time.Second); got != want {
			t.Errorf("after %d s: %q, want %q", at, got, want)
		}
	}
}

// Only another server's failure answers nothing.
func TestFailureOfOursAnswersSomething(t *testing.T) {
	trace := flowtest.NewScript(nil).Joins().Trace
	trace.Entries = append(trace.Entries, flow.Entry{Seq: len(trace.Entries) + 1, Kind: flow.Failure, Step: flow.R,
		From: flow.Joining, To: flow.Resident, Failure: &flowtest.Distrust, At: trace.Entries[len(trace.Entries)-1].At})
	var recorded bytes.Buffer
	if err := recording.Write(&recorded, trace); err != nil {
		t.Fatal(err)
	}
	if _, err := recording.Read(&recorded); err == nil {
		t.Error("read")
	}
}

// Whoever calls as soon as there is something to call is in the recording: it has begun by then.
func TestFirstCallIsRecorded(t *testing.T) {
	id := &client.Identity{ServerName: "joining.example"}
	var err error
	if id.Key, err = client.GenerateKey(); err != nil {
		t.Fatal(err)
	}
	certificate, err := client.SelfSigned(time.Now(), "joining.example")
	if err != nil {
		t.Fatal(err)
	}
	var seen atomic.Int64
	var called chan struct{}
	run, _, stop, err := Open(t.Context(), Setup{Identity: id, Certificate: certificate,
		Header: flow.Header{Joining: "joining.example", User: "@you:joining.example", Target: "!r:a.example"},
		OnRun: func(r *Run) error {
			called = make(chan struct{})
			client.Go(func() { // before anything is set up for it
				defer close(called)
				if c, err := net.Dial("tcp", r.Trace().Header.Listen); err == nil {
					c.Write([]byte("GET / HTTP/1.1\r\n\r\n"))
					c.Close()
				}
			})
			time.Sleep(50 * time.Millisecond)
			r.Sink(func(flow.Trace, *flow.Entry) error { seen.Add(1); return nil })
			return nil
		}})
	if err != nil {
		t.Fatal(err)
	}
	defer stop()
	<-called
	deadline := time.Now().Add(10 * time.Second)
	for len(run.Trace().Entries) == 0 && time.Now().Before(deadline) {
		time.Sleep(time.Millisecond)
	}
	if n := len(run.Trace().Entries); n == 0 || int64(n) != seen.Load() {
		t.Errorf("%d entries, of which %d were seen", n, seen.Load())
	}
}
