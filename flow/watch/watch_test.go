package watch_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"doorstep/client"
	"doorstep/flow"
	"doorstep/flow/diagnose"
	"doorstep/flow/flowtest"
	"doorstep/flow/recording"
	"doorstep/flow/traffic"
	"doorstep/flow/watch"
)

// A clock is moved by the test.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) set(at time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = at
}

// passed are the moments of a trace that the servers which are asked see: who asks whom for what, and the answers.
func passed(w *watch.Watcher, c *clock, trace flow.Trace, between func()) {
	calls := map[int]*watch.Call{}
	for _, e := range trace.Entries {
		if e.Step == flow.A1 || e.Step == flow.A8 || e.From == flow.Client {
			continue
		}
		c.set(trace.Header.Created.Add(e.At))
		switch {
		case e.Kind == flow.Request && len(e.Request.Header) > 0:
			x := traffic.Of(e.Request.Method, e.Request.Target)
			x.SetHeader(e.Request.Header, e.Server)
			x.Request.Body = e.Request.Body
			if e.To == flow.Joining {
				x.Back, x.Origin, x.Server = true, e.Server, trace.Header.Joining
			}
			if watch.Watches(x.Request.Endpoint) {
				calls[e.Seq] = w.Arrived(x)
			}
		case e.Answers > 0 && calls[e.Answers] != nil:
			calls[e.Answers].Answered(watch.Answer{Response: e.Response, Failure: e.Failure, Connection: e.Connection})
		}
		between()
	}
}

// watched is what a watcher makes of what passed of an embedded recording.
func watched(t *testing.T, name string, o watch.Options) (before flow.Trace, joins []*watch.Join) {
	t.Helper()
	before = flowtest.Embedded(t, name)
	c := &clock{at: before.Header.Created}
	o.Tool, o.Source, o.Now, o.Quiet = "doorstep test", flow.SourceTap, c.now, time.Hour
	w := watch.New(t.Context(), o)
	grows := growing(t, w)
	passed(w, c, before, grows)
	w.Close()
	grows()
	return before, w.Joins()
}

// growing returns what checks, each time it is called, that no entry of a join was changed that was there before.
func growing(t *testing.T, w *watch.Watcher) func() {
	seen := map[*watch.Join]flow.Trace{}
	return func() {
		for _, j := range w.Joins() {
			now, before := j.Trace(), seen[j]
			if len(now.Entries) < len(before.Entries) {
				t.Fatalf("%d entries, and there were %d", len(now.Entries), len(before.Entries))
			}
			for i := range before.Entries {
				a, b := &before.Entries[i], &now.Entries[i]
				if a.Seq != b.Seq || a.At != b.At || a.Request != b.Request || a.Response != b.Response ||
					a.Server != b.Server {
					t.Fatalf("entry %d was changed", i+1)
				}
			}
			seen[j] = now
		}
	}
}

func TestJoined(t *testing.T) {
	t.Parallel()
	var told []int
	before, joins := watched(t, "public-v12", watch.Options{OnJoin: func(j *watch.Join) {
		j.Sink(func(_ flow.Trace, e *flow.Entry) error {
			told = append(told, e.Seq)
			return nil
		})
	}})
	if len(joins) != 1 || !joins[0].Over() {
		t.Fatalf("%d joins", len(joins))
	}
	trace := joins[0].Trace()
	s := flow.Fold(trace)
	if s.Outcome() != flow.Joined {
		t.Errorf("outcome %s: %s", s.Outcome(), s.WhyEnded())
	}
	if trace.Header.User != before.Header.User || trace.Header.Target != before.Header.Target ||
		trace.Header.Joining != before.Header.Joining || trace.Header.Source != flow.SourceTap {
		t.Errorf("header %+v", trace.Header)
	}
	if len(told) != len(trace.Entries) || !slices.IsSorted(told) {
		t.Errorf("the sink heard of %v, of %d entries", told, len(trace.Entries))
	}
	if s.Verification == nil {
		t.Error("not verified")
	}
	for _, f := range diagnose.Findings(trace, s) {
		t.Errorf("finding %s", f.ID)
	}
}

// Joins whose exchanges come in between each other are told apart.
func TestInterleaved(t *testing.T) {
	t.Parallel()
	names := []string{"public-v12", "form-2015", "not-invited", "synapse-v12"}
	type moment struct {
		at time.Duration
		do func()
	}
	c := &clock{at: time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)}
	w := watch.New(t.Context(), watch.Options{Tool: "doorstep test", Source: flow.SourceTap, Now: c.now,
		Quiet: time.Hour})
	var moments []moment
	traces := map[string]flow.Trace{}
	for _, name := range names {
		trace := flowtest.Embedded(t, name)
		traces[flow.Fold(trace).RoomID] = trace
		calls := map[int]*watch.Call{}
		for i, e := range trace.Entries {
			if e.Step == flow.A1 || e.Step == flow.A8 || e.From != flow.Joining && e.Answers == 0 || e.Kind == flow.Local ||
				e.Step == flow.R {
				continue
			}
			moments = append(moments, moment{time.Duration(i) * time.Millisecond, func() { pass(w, calls, &e) }})
		}
	}
	slices.SortStableFunc(moments, func(a, b moment) int { return int(a.at - b.at) })
	grows := growing(t, w)
	for _, m := range moments {
		c.set(c.now().Add(time.Millisecond))
		m.do()
		grows()
	}
	w.Close()
	joins := w.Joins()
	if len(joins) != len(names) {
		t.Fatalf("%d joins", len(joins))
	}
	for _, j := range joins {
		got := j.Trace()
		own, ok := traces[flow.Fold(got).RoomID]
		if !ok {
			t.Errorf("join of %q", got.Header.User)
			continue
		}
		for _, e := range got.Entries {
			if e.Request != nil && !slices.ContainsFunc(own.Entries, func(o flow.Entry) bool {
				return o.Request != nil && o.Request.Target == e.Request.Target && o.Server == e.Server
			}) {
				t.Errorf("%s: %s is not of this join", got.Header.User, e.Request.Target)
			}
		}
	}
}

// pass hands an entry to a watcher.
func pass(w *watch.Watcher, calls map[int]*watch.Call, e *flow.Entry) {
	if e.Request != nil {
		x := traffic.Of(e.Request.Method, e.Request.Target)
		x.SetHeader(e.Request.Header, e.Server)
		x.Request.Body = e.Request.Body
		calls[e.Seq] = w.Arrived(x)
		return
	}
	if call := calls[e.Answers]; call != nil {
		call.Answered(watch.Answer{Response: e.Response, Failure: e.Failure, Connection: e.Connection})
	}
}

// asks is a request for a template.
func asks(user, room string) traffic.Exchange {
	x := traffic.Of("GET", "/_matrix/federation/v1/make_join/"+client.EscapePath(room)+"/"+client.EscapePath(user)+
		"?ver=12")
	x.SetHeader([]client.Field{{Name: "Authorization", Value: `X-Matrix origin="` + client.Domain(user) +
		`",destination="resident.example",key="ed25519:1",sig="abc"`}}, "resident.example")
	return x
}

func refused() watch.Answer {
	return watch.Answer{Response: &client.Response{Status: 403, Body: []byte(`{"errcode":"M_FORBIDDEN","error":"no"}`)}}
}

// A join is over once nothing more comes, or the same user begins another; what comes later is another join.
func TestOver(t *testing.T) {
	t.Parallel()
	w := watch.New(t.Context(), watch.Options{Source: flow.SourceTap, Quiet: 50 * time.Millisecond})
	defer w.Close()
	w.Arrived(asks("@a:joining.example", "!r:x")).Answered(refused())
	first := w.Joins()[0]
	select {
	case <-first.Done():
	case <-time.After(10 * time.Second):
		t.Fatal("it is not over")
	}
	if o := flow.Fold(first.Trace()).Outcome(); o != flow.Refused {
		t.Error(o)
	}
	open := w.Arrived(asks("@a:joining.example", "!r:x"))
	if joins := w.Joins(); len(joins) != 2 || joins[1].Over() {
		t.Fatalf("%d joins", len(joins))
	}
	time.Sleep(150 * time.Millisecond)
	if w.Joins()[1].Over() {
		t.Error("it is over before it has its answer")
	}
	open.Answered(refused())
	again := w.Arrived(asks("@a:joining.example", "!r:x"))
	again.Answered(refused())
	if len(w.Joins()) != 3 {
		t.Errorf("%d joins", len(w.Joins()))
	}
}

// However many join at once, some are followed and the others counted; none waits.
func TestFlood(t *testing.T) {
	t.Parallel()
	w := watch.New(t.Context(), watch.Options{Source: flow.SourceTap, Quiet: time.Hour, Most: 10})
	for i := range 200 {
		w.Arrived(asks(fmt.Sprintf("@a%d:joining.example", i), "!r:x"))
	}
	for range 5000 {
		x := traffic.Of("GET", "/_matrix/key/v2/server")
		x.SetHeader(nil, "resident.example")
		w.Arrived(x).Answered(watch.Answer{Response: &client.Response{Status: 200, Body: []byte(`{"server_name":"x"}`)}})
	}
	c := w.Counts()
	if c.Joins != 10 || c.Lost != 190 {
		t.Errorf("%+v", c)
	}
	if n := len(w.Joins()[0].Trace().Entries); n > 2100 {
		t.Errorf("%d entries", n)
	}
	w.Close()
	w.Arrived(asks("@late:joining.example", "!r:x")).Answered(refused())
	if len(w.Joins()) > 10 {
		t.Error("it goes on after its end")
	}
}

// Keys are asked for where a server that is watched granted something: otherwise who joins is but a name that some
// caller gave. What callers cause besides requests is bounded, and leaves room for how a command ended.
func TestListenerJoinsOfStrangers(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	var asked []string
	w := watch.New(t.Context(), watch.Options{Source: flow.SourceTap, Quiet: 50 * time.Millisecond,
		Fetch: func(_ context.Context, servers []string) []traffic.Exchange {
			mu.Lock()
			defer mu.Unlock()
			asked = append(asked, servers...)
			return nil
		}})
	w.Arrived(asks("@a:stranger.example", "!r:x")).Answered(refused())
	w.Arrived(asks("@b:silent.example", "!r:x")).Answered(watch.Answer{Failure: &client.Failure{Kind: client.FailedClosed}})
	w.Arrived(asks("@c:joining.example", "!r:x")).Answered(watch.Answer{Response: &client.Response{Status: 200,
		Body: []byte(`{"room_version":"12","event":{}}`)}})
	j := w.Joins()[2]
	for range 2000 {
		j.Append(flow.Entry{Kind: flow.Failure, Step: flow.R, From: flow.Joining, To: flow.Resident,
			Failure: &flowtest.Distrust})
	}
	j.Append(flow.Entry{Kind: flow.Local, Step: flow.R, From: flow.Resident, To: flow.Resident, Exited: &flow.Exited{}})
	w.Close()
	if !slices.Equal(asked, []string{"joining.example"}) {
		t.Errorf("asked for keys of %q", asked)
	}
	entries := j.Trace().Entries
	if len(entries) > 510 || !slices.ContainsFunc(entries, func(e flow.Entry) bool { return e.Exited != nil }) {
		t.Errorf("%d entries", len(entries))
	}
}

// A sink that hangs, or fails, holds up nobody.
func TestSlowSink(t *testing.T) {
	t.Parallel()
	hang := make(chan struct{})
	w := watch.New(t.Context(), watch.Options{Source: flow.SourceTap, Quiet: time.Millisecond,
		OnJoin: func(j *watch.Join) {
			j.Sink(func(flow.Trace, *flow.Entry) error { <-hang; return errors.New("full") })
		}})
	done := make(chan struct{})
	go func() {
		defer close(done)
		for i := range 20 {
			w.Arrived(asks(fmt.Sprintf("@a%d:joining.example", i), "!r:x")).Answered(refused())
		}
	}()
	select {
	case <-done:
	case <-time.After(10 * time.Second):
		t.Fatal("a sink holds up what passes")
	}
	close(hang)
	w.Close()
	for _, j := range w.Joins() {
		if j.Err() == nil || !j.Over() || len(j.Trace().Entries) != 2 {
			t.Errorf("%v, over %v, %d entries", j.Err(), j.Over(), len(j.Trace().Entries))
		}
	}
}

// A recording can be read after every entry, and in the end says what was known in the end. Nobody else may read it,
// and its name leads nowhere else.
func TestRecord(t *testing.T) {
	t.Parallel()
	folder := filepath.Join(t.TempDir(), "joins")
	var recorder *watch.Recorder
	_, joins := watched(t, "public-v12", watch.Options{
		OnJoin: func(j *watch.Join) {
			var err error
			if recorder, err = watch.Record(folder, j); err != nil {
				t.Error(err)
				return
			}
			j.Sink(recorder.Entry)
			j.Sink(func(now flow.Trace, e *flow.Entry) error {
				written, err := recording.Open(recorder.File())
				if err != nil || len(written.Entries) != e.Seq {
					t.Errorf("after entry %d: %d entries, %v", e.Seq, len(written.Entries), err)
				}
				return nil
			})
		},
		OnOver: func(j *watch.Join) {
			if err := recorder.Close(j.Trace()); err != nil {
				t.Error(err)
			}
		}})
	files, err := os.ReadDir(folder)
	if err != nil || len(files) != 1 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	info, err := files[0].Info()
	if err != nil || info.Mode().Perm() != 0o600 && runtime.GOOS != "windows" { // there, modes say nothing
		t.Errorf("%v, %v", info.Mode(), err)
	}
	if name := files[0].Name(); !regexp.MustCompile(`^[0-9]{8}T[0-9.]+Z-[a-z.-]+\.jsonl$`).MatchString(name) {
		t.Error(name)
	}
	back, err := recording.Open(recorder.File())
	if err != nil {
		t.Fatal(err)
	}
	want := joins[0].Trace()
	if !reflect.DeepEqual(back.Header, want.Header) || len(back.Entries) != len(want.Entries) {
		t.Errorf("%+v\nnot\n%+v", back.Header, want.Header)
	}
}

// Names of users are no paths.
func TestNames(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	w := watch.New(t.Context(), watch.Options{Source: flow.SourceTap, Quiet: time.Hour})
	for _, user := range []string{"@../../etc/passwd:joining.example", "@a/b:joining.example",
		"@\x1b[2J:joining.example", "@" + strings.Repeat("x", 200) + ":joining.example", "@a:joining.example"} {
		w.Arrived(asks(user, "!r:x")).Answered(refused())
	}
	for _, j := range w.Joins() {
		for range 2 {
			r, err := watch.Record(folder, j)
			if err != nil {
				t.Fatal(err)
			}
			if filepath.Dir(r.File()) != folder || len(filepath.Base(r.File())) > 120 || strings.Contains(r.File(), "\x1b") {
				t.Error(r.File())
			}
			if err := r.Close(j.Trace()); err != nil {
				t.Error(err)
			}
		}
	}
	w.Close()
}
