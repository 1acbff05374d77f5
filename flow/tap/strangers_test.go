package tap_test

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"doorstep/flow/flowtest"
	"doorstep/flow/tap"
)

// Whoever sends a request through a tap names a server; the tap asks that for its keys where the homeserver granted
// something, and not otherwise.
func TestListenerAsksWhoWasGranted(t *testing.T) {
	t.Parallel()
	for status, want := range map[int]bool{200: true, 401: false, 403: false, 502: false} {
		at, calls := flowtest.Callers(t)
		u := behind(t, false, func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(status)
			fmt.Fprint(w, template)
		})
		s := before(t, u.URL, tap.Options{FetchKeys: true, Private: true, Quiet: 50 * time.Millisecond,
			Pins: []string{"d:8448:" + at}})
		r, err := get(t, t.Context(), s)
		if err != nil {
			t.Fatal(err)
		}
		io.Copy(io.Discard, r.Body)
		r.Body.Close()
		s.Close()
		if got := calls.Load() > 0; got != want {
			t.Errorf("the homeserver answered %d: the named server was asked: %t", status, got)
		}
	}
}

// What a head may have is bounded, and one that has more reaches no homeserver: of strangers who never end theirs, as
// many are kept as there are connections.
func TestListenerOfTapHeads(t *testing.T) {
	t.Parallel()
	var passed atomic.Int64
	u := behind(t, false, func(w http.ResponseWriter, r *http.Request) {
		passed.Add(1)
		plainly(w, r)
	})
	s := before(t, u.URL, tap.Options{})
	passed.Store(0) // the tap has asked whether there is a homeserver
	at := "http://" + s.Addr().String() + "/x"
	for _, tt := range []struct{ status, query, field int }{
		{200, 30 << 10, 30 << 10}, {431, 100 << 10, 0}, {431, 0, 100 << 10}, {431, 800 << 10, 0}, {431, 0, 800 << 10},
	} {
		r, err := http.NewRequest("GET", at+"?"+strings.Repeat("q", tt.query), nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("X-Field", strings.Repeat("f", tt.field))
		// who is still sending may hear of the answer only that the connection ends
		got, err := http.DefaultClient.Do(r)
		if err == nil {
			got.Body.Close()
		}
		if tt.status == 200 && err != nil || err == nil && got.StatusCode != tt.status {
			t.Errorf("a query of %d bytes, a field of %d: %v, %v", tt.query, tt.field, got, err)
		}
	}
	if n := passed.Load(); n != 1 {
		t.Errorf("%d requests reached the homeserver, want the one that is short enough", n)
	}
}

// Strangers who say nothing, or stop in the middle of a body, give way once there is no room, and somebody who waits
// for the homeserver does not.
func TestListenerOfTap(t *testing.T) {
	t.Parallel()
	came, release := make(chan struct{}), make(chan struct{})
	u := behind(t, false, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/sync" {
			close(came)
			<-release
		}
		io.Copy(io.Discard, r.Body)
		plainly(w, r)
	})
	over := sync.OnceFunc(func() { close(release) })
	defer over()
	s := before(t, u.URL, tap.Options{Connections: 12})
	addr := s.Addr().String()
	synced := make(chan string, 1)
	go func() {
		r, err := http.Get("http://" + addr + "/sync")
		if err != nil {
			synced <- err.Error()
			return
		}
		defer r.Body.Close()
		synced <- r.Status
	}()
	select {
	case <-came: // before that it is one of those that say nothing
	case got := <-synced:
		t.Fatal("the one who waits for the homeserver: ", got)
	}
	for i := range 40 {
		c, err := net.Dial("tcp", addr)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		if i%2 == 0 {
			io.WriteString(c, "PUT /x HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n{")
		}
	}
	client := http.Client{Timeout: 20 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}}
	for range 5 {
		r, err := client.Post("http://"+addr+"/x", "application/json", strings.NewReader("{}"))
		if err != nil {
			t.Fatal(err)
		}
		r.Body.Close()
	}
	over()
	if got := <-synced; got != "200 OK" {
		t.Errorf("the one who waited for the homeserver: %s", got)
	}
}
