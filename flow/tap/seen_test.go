package tap_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"doorstep/client"
	"doorstep/flow"
	"doorstep/flow/tap"
	"doorstep/flow/watch"
)

const template = `{"room_version":"12","event":{"type":"m.room.member","room_id":"!r","sender":"@c:d",` +
	`"state_key":"@c:d","content":{"membership":"join"},"auth_events":[],"prev_events":[],"depth":5,"origin_server_ts":1}}`

const makeJoin = "/_matrix/federation/v1/make_join/%21r/%40c%3Ad?ver=12"

// get asks a tap for a template, as a server that signs its requests.
func get(t *testing.T, ctx context.Context, s *tap.Standing) (*http.Response, error) {
	t.Helper()
	r, err := http.NewRequestWithContext(ctx, "GET", "http://"+s.Addr().String()+makeJoin, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", `X-Matrix origin="d",destination="resident.example",key="ed25519:1",sig="c2VjcmV0"`)
	return http.DefaultClient.Do(r)
}

// only is the trace of the one join that a tap saw, once it is closed.
func only(t *testing.T, s *tap.Standing) flow.Trace {
	t.Helper()
	s.Close()
	joins := s.Watcher().Joins()
	if len(joins) != 1 {
		t.Fatalf("%d joins", len(joins))
	}
	return joins[0].Trace()
}

// An answer that is larger than what is kept passes all the same, and the trace says that it is missing.
func TestTooLargeToKeep(t *testing.T) {
	t.Parallel()
	body := template + strings.Repeat(" ", 5000)
	u := behind(t, false, func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, body) })
	s := before(t, u.URL, tap.Options{MaxBody: 1000, Quiet: time.Hour})
	r, err := get(t, t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	if got, err := io.ReadAll(r.Body); err != nil || string(got) != body {
		t.Errorf("%d bytes, %v", len(got), err)
	}
	trace := only(t, s)
	if !slices.Contains(trace.Header.Imported.Missing, flow.MissingBodies) || len(trace.Entries) != 1 {
		t.Errorf("%d entries, missing %v", len(trace.Entries), trace.Header.Imported.Missing)
	}
	if o := flow.Fold(trace).Outcome(); o != flow.NotProven {
		t.Error(o)
	}
}

// A join whose event was not kept whole, because it is too large or was answered before all of it had passed, is no
// join without an event: it counts as not there, and the trace says what is missing.
func TestEventNotKept(t *testing.T) {
	t.Parallel()
	for title, early := range map[string]bool{"too large": false, "answered early": true} {
		t.Run(title, func(t *testing.T) {
			t.Parallel()
			u := behind(t, false, func(w http.ResponseWriter, r *http.Request) {
				if strings.Contains(r.RequestURI, "make_join") {
					fmt.Fprint(w, template)
					return
				}
				if !early {
					_, _ = io.Copy(io.Discard, r.Body)
				}
				fmt.Fprint(w, `{"state":[],"auth_chain":[]}`)
			})
			s := before(t, u.URL, tap.Options{Quiet: time.Hour})
			r, err := get(t, t.Context(), s)
			if err != nil {
				t.Fatal(err)
			}
			r.Body.Close()
			body := io.MultiReader(strings.NewReader(`{"state_key":"@c:d"`), strings.NewReader(strings.Repeat(" ", 16<<20)),
				strings.NewReader("}"))
			q, err := http.NewRequestWithContext(t.Context(), "PUT", "http://"+s.Addr().String()+
				"/_matrix/federation/v2/send_join/%21r/%24e", body)
			if err != nil {
				t.Fatal(err)
			}
			q.Header.Set("Authorization",
				`X-Matrix origin="d",destination="resident.example",key="ed25519:1",sig="c2VjcmV0"`)
			if r, err := http.DefaultClient.Do(q); err == nil { // one answered early may break off
				r.Body.Close()
			} else if !early {
				t.Fatal(err)
			}
			trace := only(t, s)
			if !slices.Contains(trace.Header.Imported.Missing, flow.MissingBodies) || len(trace.Entries) != 2 {
				t.Errorf("%d entries, missing %v", len(trace.Entries), trace.Header.Imported.Missing)
			}
			if o := flow.Fold(trace).Outcome(); o != flow.NotProven {
				t.Error(o)
			}
		})
	}
}

// The joining server hangs up while the homeserver thinks: for the join that is a timeout.
func TestHungUp(t *testing.T) {
	t.Parallel()
	hang := make(chan struct{})
	u := behind(t, false, func(w http.ResponseWriter, r *http.Request) {
		if strings.Contains(r.RequestURI, "make_join") {
			<-hang
		}
	})
	s := before(t, u.URL, tap.Options{Quiet: time.Hour})
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if _, err := get(t, ctx, s); err == nil {
		t.Error("there is an answer")
	}
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); time.Sleep(time.Millisecond) {
		if joins := s.Watcher().Joins(); len(joins) == 1 && len(joins[0].Trace().Entries) == 2 {
			break // the tap has seen that
		}
	}
	close(hang)
	trace := only(t, s)
	if last := trace.Entries[len(trace.Entries)-1]; last.Failure == nil || last.Failure.Kind != client.FailedTimeout {
		t.Errorf("%+v", last)
	}
	if o := flow.Fold(trace).Outcome(); o != flow.TimedOut {
		t.Error(o)
	}
}

// A homeserver may answer before it has read the request: what passes meanwhile still does, and what is kept of the
// request is what came before the answer began. That is no event here, and so nothing of a join.
func TestAnsweredEarly(t *testing.T) {
	t.Parallel()
	rest := make(chan struct{})
	up := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		control := http.NewResponseController(w)
		_ = control.EnableFullDuplex()
		w.WriteHeader(http.StatusForbidden)
		_ = control.Flush()
		<-rest
		n, _ := io.Copy(io.Discard, r.Body)
		fmt.Fprint(w, n)
	}))
	t.Cleanup(up.Close)
	s := before(t, up.URL, tap.Options{Quiet: time.Hour})
	c, err := net.Dial("tcp", s.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	_ = c.SetDeadline(time.Now().Add(20 * time.Second))
	body := strings.Repeat("0123456789abcdef", 1<<16)
	fmt.Fprintf(c, "PUT /_matrix/federation/v2/send_join/%%21r/%%24e HTTP/1.1\r\nHost: resident.example\r\n"+
		"Authorization: X-Matrix origin=\"d\",destination=\"resident.example\",key=\"ed25519:1\",sig=\"c2VjcmV0\"\r\n"+
		"Content-Length: %d\r\n\r\n%s", len(body), body[:100])
	r, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	if _, err := io.WriteString(c, body[100:]); err != nil {
		t.Fatal(err)
	}
	close(rest)
	if got, err := io.ReadAll(r.Body); err != nil || r.StatusCode != 403 || string(got) != fmt.Sprint(len(body)) {
		t.Errorf("%d, the homeserver read %q, %v", r.StatusCode, got, err)
	}
	s.Close()
	if n := len(s.Watcher().Joins()); n != 0 { // half a body holds no join event
		t.Errorf("%d joins", n)
	}
}

// What the tap answers itself is told as its own word, not as the resident's.
func TestOwnWord(t *testing.T) {
	t.Parallel()
	u := behind(t, false, func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
	s := before(t, u.URL, tap.Options{Quiet: time.Hour})
	r, err := get(t, t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	r.Body.Close()
	trace := only(t, s)
	last := trace.Entries[len(trace.Entries)-1]
	if last.By != flow.ByTap || last.Response.Status != 502 {
		t.Errorf("%+v", last)
	}
	if o := flow.Fold(trace).Outcome(); o != flow.Failed {
		t.Error(o)
	}
	obeys(t, trace)
}

// A watcher that panics changes no answer, and the tap goes on.
func TestWatcherPanics(t *testing.T) {
	t.Parallel()
	u := behind(t, false, func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, template) })
	s := before(t, u.URL, tap.Options{Quiet: time.Millisecond, OnJoin: func(*watch.Join) { panic("joined") },
		OnOver: func(*watch.Join) { panic("over") }})
	for range 3 {
		r, err := get(t, t.Context(), s)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := io.ReadAll(r.Body); err != nil || string(got) != template {
			t.Errorf("%s, %v", got, err)
		}
		r.Body.Close()
	}
	s.Close()
	for _, j := range s.Watcher().Joins() {
		if j.Err() == nil || !j.Over() {
			t.Errorf("%v, %v", j.Err(), j.Over())
		}
	}
}

// A packed answer passes as it is, and is read unpacked.
func TestPacked(t *testing.T) {
	t.Parallel()
	packed := gzipped(t, template)
	u := behind(t, false, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		_, _ = w.Write(packed)
	})
	s := before(t, u.URL, tap.Options{Quiet: time.Hour})
	_, body := raw(t, s.Addr().String(), "GET "+makeJoin+" HTTP/1.1\r\nHost: resident.example\r\n\r\n")
	if string(body) != string(packed) {
		t.Error("it came otherwise")
	}
	trace := only(t, s)
	if got := string(trace.Entries[1].Response.Body); got != template ||
		!slices.Contains(trace.Header.Imported.Missing, flow.MissingWire) {
		t.Errorf("%s, missing %v", got, trace.Header.Imported.Missing)
	}
}

// What has nothing to do with a join is counted, and nothing of it is kept; tokens and signatures of what is are not.
func TestNothingElseIsKept(t *testing.T) {
	t.Parallel()
	u := behind(t, false, func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, template) })
	s := before(t, u.URL, tap.Options{Quiet: time.Hour})
	for _, path := range []string{"/_matrix/client/v3/sync?access_token=secret", "/_matrix/federation/v1/send/1", "/",
		"/_matrix/client/v3/join/!r"} {
		raw(t, s.Addr().String(), "POST "+path+" HTTP/1.1\r\nHost: me\r\nAuthorization: Bearer secret\r\n"+
			"Content-Length: 2\r\n\r\n{}")
	}
	if c := s.Watcher().Counts(); c.Others != 4 || c.Parts != 0 || c.Joins != 0 {
		t.Errorf("%+v", c)
	}
	if _, err := get(t, t.Context(), s); err != nil {
		t.Fatal(err)
	}
	trace := only(t, s)
	for _, f := range trace.Entries[0].Request.Header {
		if strings.Contains(f.Value, "c2VjcmV0") {
			t.Errorf("%+v", f)
		}
	}
}

// Answers that are under way when the tap is closed pass to their end, and are in the trace.
func TestCloseLetsPass(t *testing.T) {
	t.Parallel()
	begun, goOn := make(chan struct{}), make(chan struct{})
	u := behind(t, false, func(w http.ResponseWriter, r *http.Request) {
		if strings.Contains(r.RequestURI, "make_join") {
			close(begun)
			<-goOn
			fmt.Fprint(w, template)
		}
	})
	s := before(t, u.URL, tap.Options{Quiet: time.Hour})
	answer := make(chan string, 1)
	go func() {
		r, err := get(t, t.Context(), s)
		if err != nil {
			answer <- err.Error()
			return
		}
		defer r.Body.Close()
		b, _ := io.ReadAll(r.Body)
		answer <- string(b)
	}()
	<-begun
	closed := make(chan struct{})
	go func() { s.Close(); close(closed) }()
	for { // until nobody new is taken
		c, err := net.Dial("tcp", s.Addr().String())
		if err != nil {
			break
		}
		c.Close()
		time.Sleep(time.Millisecond)
	}
	close(goOn)
	if got := <-answer; got != template {
		t.Error(got)
	}
	<-closed
	if trace := s.Watcher().Joins()[0].Trace(); len(trace.Entries) != 2 {
		t.Errorf("%d entries", len(trace.Entries))
	}
}
