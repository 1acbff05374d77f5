package host_test

import (
	"context"
	"flag"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"doorstep/client"
	"doorstep/client/freeport"
	"doorstep/flow"
	"doorstep/flow/host"
	"doorstep/flow/live"
	"doorstep/flow/sandbox"
	"doorstep/flow/sandbox/engine"
	"doorstep/flow/watch"
)

// hosted starts a scenario. What joins it shows a certificate that nobody vouches for.
func hosted(t *testing.T, name string, o host.Options) *host.Host {
	t.Helper()
	s, ok := sandbox.Lookup(name)
	if !ok {
		t.Fatalf("no scenario %s", name)
	}
	o.Scenario, o.Tool, o.Listen, o.Insecure = s, "doorstep test", "127.0.0.1:0", true
	if o.Quiet == 0 {
		o.Quiet = time.Minute
	}
	h, err := host.Start(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(h.Stop)
	return h
}

// joins has a joining server of our own, which knows nothing of the hosts, join what is hosted.
func joins(t *testing.T, h *host.Host, user string) flow.State {
	t.Helper()
	authority := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(authority, h.Federation.Authority.PEM(), 0o600); err != nil {
		t.Fatal(err)
	}
	o := live.JoinOptions{Tool: "doorstep test", Target: h.Target(), User: user,
		Via: h.Federation.Scenario.Layout.Candidates, CAFile: authority, Insecure: false, Private: true,
		Timeout: 2 * time.Second}
	if h.Scenario.Invites() {
		o.WaitInvite = 10 * time.Second
	}
	run, _, stop, err := live.Join(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	defer stop()
	invited := make(chan error, 1)
	go func() {
		_, err := h.Invite(t.Context())
		invited <- err
	}()
	run.Finish(t.Context())
	if err := <-invited; err != nil {
		t.Errorf("the invite did not arrive: %v", err)
	}
	return flow.Fold(run.Trace())
}

// ended ends what is followed and returns the traces.
func ended(h *host.Host) []flow.Trace {
	h.Watcher.Close()
	var out []flow.Trace
	for _, j := range h.Watcher.Joins() {
		out = append(out, j.Trace())
	}
	return out
}

// A server that knows nothing of its hosts joins, and they see all of it: who asked, that the signatures verify, where
// they found its key, the event it made.
func TestJoined(t *testing.T) {
	t.Parallel()
	for _, version := range []string{"1", "3", "11", "12"} {
		h := hosted(t, "public-v"+version, host.Options{})
		user := "@me:" + freeport.Address(t)
		if got := joins(t, h, user).Outcome(); got != flow.Joined {
			t.Fatalf("version %s: the joining server says %s", version, got)
		}
		traces := ended(h)
		if len(traces) != 1 {
			t.Fatalf("version %s: %d joins", version, len(traces))
		}
		trace := traces[0]
		s := flow.Fold(trace)
		// nothing shows that the answer was taken: who joins says nothing more, and no command made it
		if s.Outcome() != flow.NotProven || host.DeedOf(trace).Result != host.Unknown || trace.Header.User != user ||
			trace.Header.Source != flow.SourceHost ||
			trace.Header.Target != h.Federation.Alias {
			t.Errorf("version %s: %s, %+v", version, s.Outcome(), trace.Header)
		}
		if s.Verification == nil || len(s.Verification.Checks) == 0 {
			t.Errorf("version %s: nothing was verified", version)
		}
		judged, found := 0, 0
		for _, e := range trace.Entries {
			if a := e.Authenticated; a != nil {
				judged++
				if a.Reason != "" || a.Origin != client.Domain(user) || trace.Entry(a.Request).Request == nil {
					t.Errorf("version %s: %+v", version, a)
				}
			}
			if e.Discovery != nil && e.Server == client.Domain(user) {
				found++
			}
		}
		if judged != 3 || found == 0 {
			t.Errorf("version %s: %d signatures were judged, and it was found %d times", version, judged, found)
		}
	}
}

// Two that join at once leave a trace each, in which nothing is the other's.
func TestTwoAtOnce(t *testing.T) {
	t.Parallel()
	h := hosted(t, "public-v11", host.Options{})
	users := []string{"@one:" + freeport.Address(t), "@two:" + freeport.Address(t)}
	var wg sync.WaitGroup
	for _, user := range users {
		wg.Go(func() {
			if got := joins(t, h, user).Outcome(); got != flow.Joined {
				t.Errorf("%s: %s", user, got)
			}
		})
	}
	wg.Wait()
	traces := ended(h)
	if len(traces) != 2 {
		t.Fatalf("%d joins", len(traces))
	}
	for _, trace := range traces {
		other := users[0]
		if trace.Header.User == users[0] {
			other = users[1]
		}
		for _, e := range trace.Entries {
			if e.Request != nil && (strings.Contains(e.Request.Target, client.EscapePath(other)) ||
				strings.Contains(string(e.Request.Body), other)) {
				t.Errorf("%s: entry %d is %s's", trace.Header.User, e.Seq, other)
			}
		}
	}
}

// What a scenario says of the user who joins, or of their server, holds for whoever comes.
func TestWhoeverComes(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{"banned": "is banned", "server-acl": "Server is banned",
		"not-invited": "not invited", "restricted-refused": "do not belong",
		"federation-denied": "Federation denied with 127.",
	} {
		for _, known := range []bool{false, true} {
			user, o := "@me:"+freeport.Address(t), host.Options{}
			if known {
				o.User = user
			}
			h := hosted(t, name, o)
			s := joins(t, h, user)
			if s.Outcome() != flow.Refused {
				t.Errorf("%s, known %t: %s", name, known, s.Outcome())
			}
			if !slices.ContainsFunc(ended(h)[0].Entries, func(e flow.Entry) bool {
				return e.Response != nil && strings.Contains(string(e.Response.Body), want)
			}) {
				t.Errorf("%s, known %t: nobody said %q", name, known, want)
			}
		}
	}
	h := hosted(t, "restricted", host.Options{})
	if got := joins(t, h, "@me:"+freeport.Address(t)).Outcome(); got != flow.Joined {
		t.Errorf("restricted: %s", got)
	}
	h = hosted(t, "server-rebuilt", host.Options{})
	if got := joins(t, h, "@me:"+freeport.Address(t)).Outcome(); got != flow.Invalid {
		t.Errorf("server-rebuilt: %s", got)
	}
}

// In every scenario that can be hosted, a real joining server comes to what the specification asks, and nobody speaks
// of a server by the name that it has in the table.
func TestEveryScenario(t *testing.T) {
	t.Parallel()
	named := []string{engine.DirectoryName, engine.ResidentName, engine.OtherName, engine.JoiningName, engine.GoneName,
		engine.LostName}
	// what the texts of these scenarios are about is a name that leads nowhere
	literal := []string{"wrong-certificate", "redirect", "cdn-timeout", "key-document-other-name", "key-document-missing"}
	invites := 0
	for _, s := range host.Hostable(host.Options{Name: "localhost", User: "@me:localhost"}) {
		if s.Invites() {
			invites++
		}
		t.Run(s.Name, func(t *testing.T) {
			t.Parallel()
			user := "@me:" + freeport.Address(t)
			h := hosted(t, s.Name, host.Options{Name: "localhost", User: user})
			state := joins(t, h, user)
			for _, trace := range ended(h) {
				for _, e := range trace.Entries {
					if e.Response == nil || slices.Contains(literal, s.Name) {
						continue
					}
					for _, name := range named {
						if strings.Contains(string(e.Response.Body), name) {
							t.Errorf("entry %d speaks of %s: %.300s", e.Seq, name, e.Response.Body)
						}
					}
				}
			}
			joined := state.Outcome() == flow.Joined
			switch duty := sandbox.DutyOf(s); duty {
			case sandbox.DutyJoin, sandbox.DutyDrop:
				if !joined {
					t.Errorf("asked to %s: %s: %s", duty, state.Outcome(), state.WhyEnded())
				}
			case sandbox.DutyRefuse, sandbox.DutyFail:
				if joined {
					t.Errorf("asked to %s, and joined", duty)
				}
			}
		})
	}
	if invites < 8 {
		t.Errorf("%d scenarios begin with an invite", invites)
	}
}

// Strangers get the key documents and the rooms, and nothing else; none of them is heard of in a join.
func TestNothingElse(t *testing.T) {
	t.Parallel()
	h := hosted(t, "public-v11", host.Options{})
	c := client.Client{Roots: h.Federation.Authority.Pool(), AllowPrivate: true}
	to := h.Federation.Resolver().Resolve(t.Context(), h.Servers()[0]).Destinations[0]
	for _, ask := range []struct {
		method, target string
		body           int
		status         int
	}{
		{"GET", "/_matrix/key/v2/server", 0, 200},
		{"GET", "/_matrix/federation/v1/version", 0, 200},
		{"GET", "/_matrix/client/versions", 0, 404},
		{"GET", "/_matrix/client/v3/publicRooms", 0, 404},
		{"GET", "/_matrix/federation/v1/publicRooms", 0, 404},
		{"POST", "/_matrix/client/v3/login", 2, 404},
		{"GET", "/_matrix/media/v3/download/a/b", 0, 404},
		{"GET", "/", 0, 404},
		{"GET", "/_matrix/federation/v1/state/%21x", 0, 401},
		{"PUT", "/_matrix/federation/v1/send/1", 2, 401},
		{"PUT", "/_matrix/federation/v2/send_join/%21x/%24y", 300 << 10, 401}, // nothing of it is read
		{"PUT", "/_matrix/federation/v2/send_join/%21x/%24y", 2, 401},
		{"GET", "/_matrix/key/v2/query/matrix.org", 0, 200}, // of nobody but our own
	} {
		r := client.Request{Method: ask.method, Target: ask.target}
		if ask.body > 0 {
			r.Body = []byte("{" + strings.Repeat(" ", ask.body-2) + "}")
		}
		x := c.Do(t.Context(), to, r, nil)
		if x.Response == nil || x.Response.Status != ask.status {
			t.Errorf("%s %s: %+v %v", ask.method, ask.target, x.Response, x.Failure)
			continue
		}
		if strings.Contains(ask.target, "query") && string(x.Response.Body) != `{"server_keys":[]}` {
			t.Errorf("the notary answers %s", x.Response.Body)
		}
	}
	if got := ended(h); len(got) != 0 {
		t.Errorf("%d joins", len(got))
	}
}

// Connections that say nothing keep nobody else from joining.
func TestSilentCallers(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	calls := 0
	h := hosted(t, "same-server", host.Options{OnCall: func(string, client.InboundFailure) {
		mu.Lock()
		defer mu.Unlock()
		calls++
	}})
	for range 20 {
		c, err := net.Dial("tcp4", h.Servers()[0])
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
	}
	if got := joins(t, h, "@me:"+freeport.Address(t)).Outcome(); got != flow.Joined {
		t.Errorf("%s", got)
	}
}

// A joining server whose own key server hangs is refused, and others join meanwhile.
func TestHangingKeyServer(t *testing.T) {
	t.Parallel()
	h := hosted(t, "same-server", host.Options{})
	deaf, err := net.Listen("tcp4", "127.0.0.1:0") // takes connections, and says nothing
	if err != nil {
		t.Fatal(err)
	}
	defer deaf.Close()
	key, err := client.GenerateKey()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		c := client.Client{Identity: &client.Identity{ServerName: deaf.Addr().String(), Key: key},
			Roots: h.Federation.Authority.Pool(), AllowPrivate: true}
		to := h.Federation.Resolver().Resolve(ctx, h.Servers()[0]).Destinations[0]
		c.Do(ctx, to, client.Request{Endpoint: client.MakeJoin, Method: "GET",
			Target: "/_matrix/federation/v1/make_join/" + client.EscapePath(h.Federation.RoomID) + "/" +
				client.EscapePath("@x:"+deaf.Addr().String()) + "?ver=11"}, nil)
	}()
	began := time.Now()
	if got := joins(t, h, "@me:"+freeport.Address(t)).Outcome(); got != flow.Joined || time.Since(began) > 5*time.Second {
		t.Errorf("%s, after %s", got, time.Since(began))
	}
	cancel()
	<-done
}

// What cannot be hosted says why, in one line, before anything listens.
func TestRefusals(t *testing.T) {
	t.Parallel()
	busy, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer busy.Close()
	for _, c := range []struct {
		scenario string
		o        host.Options
		says     string
	}{
		{"public-v11", host.Options{Listen: busy.Addr().String()}, "the address is in use"},
		{"public-v11", host.Options{Listen: "0.0.0.0:0"}, "--public"},
		{"public-v11", host.Options{Listen: "0.0.0.0:0", Public: true}, "--name"},
		{"public-v11", host.Options{Listen: "matrix.example:8448"}, "--name"},
		{"public-v11", host.Options{Listen: "127.0.0.1:65535"}, "no port 65536"},
		{"public-v11", host.Options{Listen: "127.0.0.1:0", Name: "a:1"}, "without a port"},
		{"public-v11", host.Options{Listen: "127.0.0.1:0", CertFile: "x"}, "go together"},
		{"public-v11", host.Options{Listen: "127.0.0.1:0", User: "me"}, "user ID"},
		{"delegated", host.Options{Listen: "127.0.0.1:0"}, "names and addresses"},
		{"invite", host.Options{Listen: "127.0.0.1:0"}, "--user"},
		{"key-document-other-case", host.Options{Listen: "127.0.0.1:0"}, "--name"},
	} {
		s, _ := sandbox.Lookup(c.scenario)
		c.o.Scenario = s
		h, err := host.Start(t.Context(), c.o)
		if err == nil {
			h.Stop()
		}
		if err == nil || !strings.Contains(err.Error(), c.says) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s %+v: %v", c.scenario, c.o.Listen, err)
		}
	}
}

// A command is told what to join; how it ended is in the trace, and it is ended with all it has started.
func TestConduct(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("no groups of processes, and no signals, on Windows: what a command starts there may outlive it")
	}
	out := filepath.Join(t.TempDir(), "out")
	h := hosted(t, "public-v12", host.Options{})
	exited, err := h.Conduct(t.Context(), host.Command{Args: []string{"sh", "-c",
		`echo "$DOORSTEP_SCENARIO $DOORSTEP_TARGET $DOORSTEP_ROOM_VERSION $DOORSTEP_CA" > "` + out + `"; exit 3`}}, "/ca.pem",
		10*time.Millisecond)
	if err != nil || exited.Code != 3 || exited.Succeeded() {
		t.Fatalf("%+v, %v", exited, err)
	}
	said, _ := os.ReadFile(out)
	if want := fmt.Sprintf("public-v12 %s 12 /ca.pem\n", h.Federation.Alias); string(said) != want {
		t.Errorf("it was told %q, want %q", said, want)
	}
	began := time.Now()
	exited, err = host.Command{Args: []string{"sh", "-c", "sleep 60 & sleep 60"}, Timeout: 100 * time.Millisecond}.Run(
		t.Context(), nil)
	if err != nil || !exited.TimedOut || exited.Signal != "SIGKILL" || time.Since(began) > 10*time.Second {
		t.Errorf("%+v, %v, after %s", exited, err, time.Since(began))
	}
	if _, err := (host.Command{Args: []string{"/there/is/none"}}).Run(t.Context(), nil); err == nil {
		t.Error("there is no such program, and it was run")
	}
}

// The best join is the last in which somebody was let in.
func TestExpectations(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		expect host.Expectation
		result host.Result
		met    bool
	}{
		{host.ExpectJoined, host.Joined, true}, {host.ExpectJoined, host.Unknown, false},
		{host.ExpectJoined, host.Refused, false}, {host.ExpectJoined, host.Absent, false},
		{host.ExpectRefused, host.Refused, true}, {host.ExpectRefused, host.Failed, true},
		{host.ExpectRefused, host.Joined, false}, {host.ExpectRefused, host.Unknown, false},
		{host.ExpectRefused, host.Absent, false},
	} {
		if got := c.expect.Met(c.result); got != c.met {
			t.Errorf("%s of %s: %t", c.expect, c.result, got)
		}
	}
	if host.Best([]*watch.Join{}) != nil {
		t.Error("there is a best of none")
	}
}

// What is kept of measurements can be read.
func TestMeasured(t *testing.T) {
	t.Parallel()
	for _, m := range host.Measured() {
		for name := range m.Results {
			if s, ok := sandbox.Lookup(name); !ok || s.Unhosted() != "" {
				t.Errorf("%s: %s cannot be hosted", m.Software, name)
			}
		}
	}
}

// What was done one time or another is all told, once each, and only what disagrees with what is asked for is bold.
func TestDoneAtTimes(t *testing.T) {
	t.Parallel()
	did := host.Did{Result: host.Failed}
	did = did.Or(host.Did{Result: host.Joined, How: "asked 2 servers"}).Or(host.Did{Result: host.Failed})
	if got := did.Short(); got != "failed, or joined (asked 2 servers)" {
		t.Error(got)
	}
	if did.Has(host.Did{Result: host.Joined}) || !did.Has(host.Did{Result: host.Joined, How: "asked 2 servers"}) {
		t.Errorf("%+v", did)
	}
	table := host.Table([]host.Row{{Scenario: "x", Asks: sandbox.DutyJoin}},
		[]host.Measurement{{Software: "S", Results: map[string]host.Did{"x": did}}})
	if !strings.Contains(table, "| **failed**, or joined (asked 2 servers) |") {
		t.Error(table)
	}
}

var update = flag.Bool("update", false, "write .github/HOSTED.md")

// The page on what homeservers do is made of what was measured.
func TestDocument(t *testing.T) {
	t.Parallel()
	const file = "../../.github/HOSTED.md"
	want := host.Document(host.Measured())
	if *update {
		if err := os.WriteFile(file, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(file)
	if err != nil || string(got) != want {
		t.Errorf("%s is not what it is made of (%v): go test ./flow/host -run TestDocument -update", file, err)
	}
}
