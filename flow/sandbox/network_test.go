package sandbox

import (
	"bytes"
	"context"
	"errors"
	"net"
	"net/netip"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/miekg/dns"

	"doorstep/client"
	"doorstep/flow"
	"doorstep/flow/diagnose"
	"doorstep/flow/recording"
	"doorstep/flow/sandbox/engine"
)

// withNetwork are the scenarios that have a network.
func withNetwork(t *testing.T) []engine.Scenario {
	t.Helper()
	out := slices.DeleteFunc(Scenarios(), func(s engine.Scenario) bool { return s.Network == nil })
	if len(out) == 0 {
		t.Fatal("no scenario has a network")
	}
	return out
}

// finish runs a scenario to its end.
func finish(t *testing.T, s engine.Scenario, o engine.JoinOptions) flow.Trace {
	t.Helper()
	run, stop, err := Join(t.Context(), s, o)
	if err != nil {
		t.Fatal(err)
	}
	defer stop()
	run.Finish(t.Context())
	return run.Trace()
}

// How the scenarios end in which the join does not stand, and where: the last arrow that came to anything.
var networkEnds = map[string]string{
	"well-known-over-srv-dead": "unreachable A5", "well-known-broken": "unreachable A5", "srv-servfail": "unreachable A5",
	"srv-target": "unreachable R", "well-known-refused": "unreachable A5",
	"srv-wildcard": "unreachable R", "name-not-found": "unreachable R", "dns-failure": "unreachable R",
	"private-address": "unreachable A5", "leads-to-ourselves": "unreachable A5",
	"own-name": "refused A3", "inviter-unreachable": "unreachable A3",
	"dead-addresses": "unreachable A5", "ipv6-only": "unreachable A5", "port-closed": "unreachable A5",
	"certificate-expired": "unreachable A5", "delegated-certificate": "unreachable A5",
	"untrusted-authority": "unreachable A5",
	"own-trust-store":     "unreachable A5", "no-tls": "unreachable A5", "tls-handshake-failed": "unreachable A5",
	"redirect": "failed A5", "wrong-vhost": "failed A5", "misdirected": "failed A5", "cdn-timeout": "failed A7",
}

// Each scenario leads to its finding, and to it first; where nothing is wrong, to none. What the finding says follows
// from the recording alone, and where the join stands nothing is an error.
func TestNetworkScenarios(t *testing.T) {
	for _, s := range withNetwork(t) {
		t.Run(s.Name, func(t *testing.T) {
			t.Parallel()
			trace := finish(t, s, engine.JoinOptions{})
			state := flow.Fold(trace)
			end := ""
			if state.Stopped != nil {
				end = string(state.Outcome()) + " " + string(state.Stopped.Step)
			}
			if end != networkEnds[s.Name] || end == "" && state.Outcome() != flow.Joined {
				t.Errorf("ended with %q (%s), want %q", end, state.Outcome(), networkEnds[s.Name])
			}
			found := diagnose.Findings(trace, flow.Fold(trace))
			first := diagnose.Finding{}
			if len(found) > 0 {
				first = found[0]
			}
			if first.ID != s.Finding {
				t.Errorf("the first finding is %q, want %q; all: %+v", first.ID, s.Finding, found)
			}
			for _, f := range found {
				if (f.Severity == "error") != (end != "") {
					t.Errorf("%s: severity %s, the join ended with %q", f.ID, f.Severity, end)
				}
			}
			var recorded bytes.Buffer
			if err := recording.Write(&recorded, trace); err != nil {
				t.Fatal(err)
			}
			again, err := recording.Read(&recorded)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(found, diagnose.Findings(again, flow.Fold(again))); diff != "" {
				t.Errorf("findings of the recording (-live +recording):\n%s", diff)
			}
		})
	}
	for name := range networkEnds {
		if s, ok := Lookup(name); !ok || s.Network == nil {
			t.Errorf("no scenario with a network is called %q", name)
		}
	}
}

// A clock that a test has set is everybody's clock: no certificate is out of date, and no clock is off.
func TestNetworkOnAnotherDay(t *testing.T) {
	s := scenario(t, "delegated")
	trace := finish(t, s, engine.JoinOptions{Now: func() time.Time { return testNow }})
	if found := diagnose.Findings(trace, flow.Fold(trace)); len(found) > 0 || flow.Fold(trace).Outcome() != flow.Joined {
		t.Errorf("%s: %+v", flow.Fold(trace).Outcome(), found)
	}
}

// With a network nothing is looked up elsewhere: every address is one of the sandbox's, and every step was taken on it.
func TestNetworkStaysInside(t *testing.T) {
	for _, s := range withNetwork(t) {
		for at, place := range s.Network.Places {
			if a, err := netip.ParseAddrPort(at); err != nil || !a.Addr().IsLoopback() {
				t.Errorf("%s: a place at %q", s.Name, at)
			}
			if place.Server != "" && place.Web != nil {
				t.Errorf("%s: two servers at %s", s.Name, at)
			}
		}
		for key, data := range s.Network.Zone {
			qtype, name, ok := strings.Cut(key, " ")
			if dns.StringToType[qtype] == 0 || !ok || name != strings.ToLower(name) {
				t.Errorf("%s: the zone has %q", s.Name, key)
			}
			for _, d := range data {
				if _, err := dns.NewRR(name + ". 60 IN " + qtype + " " + d); err != nil && d != engine.Servfail &&
					d != engine.Silence {
					t.Errorf("%s: %s: %v", s.Name, key, err)
				}
				if ip, err := netip.ParseAddr(d); err == nil && client.Public(ip) {
					t.Errorf("%s: %s leads to %s", s.Name, key, d)
				}
			}
		}
	}
}

func TestZone(t *testing.T) {
	zone := engine.Zone{
		"A a.example": {"127.1.0.1", "127.1.0.2"}, "AAAA six.example": {"fd00::1"},
		"SRV *.wild.example": {"0 0 80 parked.wild.example."}, "A here.wild.example": {"127.1.0.3"},
		"CNAME alias.example": {"a.example."}, "CNAME *.far.example": {"nowhere.example."},
		"CNAME loop.example": {"loop.example."},
		"A broken.example":   {engine.Servfail}, "A quiet.example": {engine.Silence},
	}
	for _, c := range []struct{ ask, want string }{
		{"A a.example.", "NOERROR A 127.1.0.1, A 127.1.0.2"},
		{"A A.Example.", "NOERROR A 127.1.0.1, A 127.1.0.2"},
		{"AAAA six.example.", "NOERROR AAAA fd00::1"},
		{"A six.example.", "NOERROR"},
		{"A b.example.", "NXDOMAIN"},
		{"A example.", "NXDOMAIN"},
		{"A .", "NXDOMAIN"},
		{"SRV _matrix._tcp.wild.example.", "NOERROR SRV 0 0 80 parked.wild.example."},
		{"A parked.wild.example.", "NOERROR"},
		{"SRV here.wild.example.", "NOERROR"},
		{"SRV wild.example.", "NXDOMAIN"},
		{"A alias.example.", "NOERROR CNAME a.example., A 127.1.0.1, A 127.1.0.2"},
		{"AAAA alias.example.", "NOERROR CNAME a.example."},
		{"SRV _matrix._tcp.far.example.", "NXDOMAIN CNAME nowhere.example."},
		{"A broken.example.", "SERVFAIL"},
		{"A quiet.example.", "silence"},
	} {
		qtype, name, _ := strings.Cut(c.ask, " ")
		if got := inShort(zone.Answer(new(dns.Msg).SetQuestion(name, dns.StringToType[qtype]))); got != c.want {
			t.Errorf("%s: %q, want %q", c.ask, got, c.want)
		}
	}
	if m := zone.Answer(new(dns.Msg).SetQuestion("loop.example.", dns.TypeA)); len(m.Answer) != engine.ZoneAliases {
		t.Errorf("an alias of itself is followed %d times", len(m.Answer))
	}
	if got := inShort(zone.Answer(new(dns.Msg))); got != "FORMERR" {
		t.Errorf("no question: %q", got)
	}
}

// inShort gives an answer in a line.
func inShort(m *dns.Msg) string {
	if m == nil {
		return "silence"
	}
	var records []string
	for _, r := range m.Answer {
		records = append(records, dns.TypeToString[r.Header().Rrtype]+" "+strings.TrimPrefix(r.String(), r.Header().String()))
	}
	return strings.TrimSpace(dns.RcodeToString[m.Rcode] + " " + strings.Join(records, ", "))
}

func TestNameServer(t *testing.T) {
	n, err := engine.NewNameServer(engine.Zone{"A a.example": {"127.1.0.1"}, "A quiet.example": {engine.Silence}})
	if err != nil {
		t.Fatal(err)
	}
	asks := dns.Client{Timeout: 10 * time.Second}
	m, _, err := asks.Exchange(new(dns.Msg).SetQuestion("a.example.", dns.TypeA), n.Addr)
	if err != nil || inShort(m) != "NOERROR A 127.1.0.1" {
		t.Errorf("%v: %s", err, inShort(m))
	}
	hasty := dns.Client{Timeout: 20 * time.Millisecond}
	var timeout net.Error
	if m, _, err := hasty.Exchange(new(dns.Msg).SetQuestion("quiet.example.", dns.TypeA), n.Addr); !errors.As(err,
		&timeout) || !timeout.Timeout() {
		t.Errorf("silence: %v, %v", m, err)
	}
	if err := n.Close(); err != nil {
		t.Error(err)
	}
	if m, _, err := hasty.Exchange(new(dns.Msg).SetQuestion("a.example.", dns.TypeA), n.Addr); err == nil {
		t.Errorf("closed, it answers %s", inShort(m))
	}
}

// What is at an address is what the table of places says.
func TestDial(t *testing.T) {
	s := scenario(t, "public-v11")
	s.Network = &engine.Network{Places: map[string]engine.Place{
		engine.ResidentIP + ":8448": {Server: engine.ResidentName, Takes: 2}, engine.OtherIP + ":8448": {Silent: true},
		webIP + ":443": {Web: &engine.Site{Plain: true}},
	}}
	f, err := engine.Start(t.Context(), s, engine.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(f.Stop)
	for _, c := range []struct {
		addr string
		want error
	}{
		{engine.ResidentIP + ":8448", nil},
		{engine.ResidentIP + ":8448", nil},
		{engine.ResidentIP + ":8448", syscall.ECONNREFUSED},
		{engine.ResidentIP + ":443", syscall.ECONNREFUSED},
		{engine.DirectoryIP + ":8448", nil},
		{webIP + ":443", nil},
		{engine.OtherIP + ":8448", syscall.ETIMEDOUT},
		{deadIP + ":8448", syscall.EHOSTUNREACH},
		{"[" + deadIPv6 + "]:8448", syscall.ENETUNREACH},
		{engine.JoiningIP + ":8448", syscall.ECONNREFUSED}, // nobody has said yet where it is
		{engine.GoneIP + ":8448", syscall.ECONNREFUSED},    // it does not run
	} {
		conn, err := f.Network.Dial(t.Context(), "tcp", c.addr)
		if err == nil {
			conn.Close()
		}
		if !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", c.addr, err, c.want)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := f.Network.Dial(ctx, "tcp", engine.OtherIP+":8448"); !errors.Is(err, context.Canceled) {
		t.Errorf("given up: %v", err)
	}
}
