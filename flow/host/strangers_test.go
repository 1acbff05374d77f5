package host_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"doorstep/client"
	"doorstep/client/freeport"
	"doorstep/flow"
	"doorstep/flow/flowtest"
	"doorstep/flow/host"
)

// A stranger who names a server has nobody connect to it, unless it asks to join as that server does; then so often and
// no more. What it hears is the same whatever became of that.
func TestListenerAsksWhoJoins(t *testing.T) {
	t.Parallel()
	h := hosted(t, "public-v11", host.Options{})
	resident := h.Servers()[0]
	to := h.Federation.Resolver().Resolve(t.Context(), resident).Destinations[0]
	key, err := client.GenerateKey()
	if err != nil {
		t.Fatal(err)
	}
	said := map[string]bool{}
	send := func(origin, method, target, body string) int {
		t.Helper()
		c := client.Client{Identity: &client.Identity{ServerName: origin, Key: key}, AllowPrivate: true,
			Roots: h.Federation.Authority.Pool()}
		r := client.Request{Endpoint: client.MakeJoin, Method: method, Target: target}
		if body != "" {
			r.Body = []byte(body)
		}
		x := c.Do(t.Context(), to, r, nil)
		if x.Response == nil {
			t.Fatalf("%s %s: %+v", method, target, x.Failure)
		}
		said[string(x.Response.Body)] = true
		return x.Response.Status
	}
	origin, calls := flowtest.Callers(t)
	room := client.EscapePath(h.Federation.RoomID)
	makeJoin := func(user string) string {
		return "/_matrix/federation/v1/make_join/" + room + "/" + client.EscapePath(user) + "?ver=11"
	}
	for _, ask := range [][3]string{
		{"PUT", "/_matrix/federation/v1/send/1", "{}"},
		{"GET", "/_matrix/federation/v1/state/" + room + "?event_id=%24x", ""},
		{"GET", "/_matrix/federation/v1/event/%24x", ""},
		{"PUT", "/_matrix/federation/v2/send_join/" + room + "/%24x", "{}"},
		{"PUT", "/_matrix/federation/v2/send_leave/" + room + "/%24x", "{}"},
		{"PUT", "/_matrix/federation/v1/exchange_third_party_invite/" + room, "{}"},
		{"GET", "/_matrix/federation/v1/make_leave/" + room + "/" + client.EscapePath("@me:"+origin), ""},
		{"GET", makeJoin("@me:other.example"), ""}, // of another server's user
		{"GET", "/_matrix/federation/v1/make_join/nowhere/" + client.EscapePath("@me:"+origin), ""},
	} {
		if got := send(origin, ask[0], ask[1], ask[2]); got != 401 {
			t.Errorf("%s %s: %d", ask[0], ask[1], got)
		}
	}
	if got := calls.Load(); got != 0 {
		t.Fatalf("somebody connected %d times", got)
	}
	nobody := freeport.Address(t)
	for _, of := range []string{origin, nobody, "no-such-name.invalid", resident} {
		if got := send(of, "GET", makeJoin("@me:"+of), ""); got != 401 {
			t.Errorf("%s: %d", of, got)
		}
	}
	if calls.Load() == 0 {
		t.Error("nobody asked the server that wants to join")
	}
	if len(said) != 1 {
		t.Errorf("there are %d answers: %v", len(said), said)
	}
	began := time.Now()
	before := calls.Load()
	for range 100 {
		send(origin, "GET", makeJoin("@me:"+origin), "")
	}
	if got, most := calls.Load()-before, 1+int64(time.Since(began)/(2*time.Second)); got > most {
		t.Errorf("100 requests had it asked %d times, want %d at most", got, most)
	}
	if got := joins(t, h, "@me:"+freeport.Address(t)).Outcome(); got != flow.Joined {
		t.Errorf("afterwards a server joins: %s", got)
	}
}

// However many names strangers come with, so many are asked in a minute; and what a join holds of all that is bounded.
func TestListenerAsksSoMany(t *testing.T) {
	t.Parallel()
	h := hosted(t, "public-v11", host.Options{})
	to := h.Federation.Resolver().Resolve(t.Context(), h.Servers()[0]).Destinations[0]
	key, err := client.GenerateKey()
	if err != nil {
		t.Fatal(err)
	}
	at, calls := flowtest.Callers(t)
	_, port, _ := strings.Cut(at, ":")
	for i := range 150 {
		origin := fmt.Sprintf("127.0.0.%d:%s", 1+i, port) // of which one leads somewhere
		c := client.Client{Identity: &client.Identity{ServerName: origin, Key: key}, AllowPrivate: true,
			Roots: h.Federation.Authority.Pool()}
		c.Do(t.Context(), to, client.Request{Endpoint: client.MakeJoin, Method: "GET", Target: "/_matrix/federation/v1/" +
			"make_join/" + client.EscapePath(h.Federation.RoomID) + "/" + client.EscapePath("@me:"+origin) + "?ver=11"}, nil)
	}
	asked := 0
	for _, trace := range ended(h) {
		for _, e := range trace.Entries {
			if e.Discovery != nil {
				asked++
			}
		}
	}
	if asked == 0 || asked > 60 || calls.Load() > 60 {
		t.Errorf("150 names had %d looked for, and %d connections made", asked, calls.Load())
	}
}
