package client

import (
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/miekg/dns"

	"doorstep/client/freeport"
)

// A zone is what a name server in a test knows: "TYPE name." to the data of its records, or to one of !NXDOMAIN,
// !SERVFAIL, !REFUSED, !silence, !otherquestion; !noedns, last, refuses questions with EDNS. Data beginning with "CNAME
// " stands for the alias and the records of its target. What is not in it and has no other type either is NXDOMAIN.
type zone map[string][]string

// serveDNS answers from z on loopback, by UDP and TCP, and gives the address.
func serveDNS(t *testing.T, z zone, asked *atomic.Int64) string {
	t.Helper()
	var packets net.PacketConn
	var streams net.Listener
	for range 20 { // one port must be free for both
		var err error
		if packets, err = net.ListenPacket("udp", "127.0.0.1:0"); err != nil {
			t.Fatal(err)
		}
		if streams, err = net.Listen("tcp", packets.LocalAddr().String()); err == nil {
			break
		}
		packets.Close()
	}
	if streams == nil {
		t.Fatal("no port is free for UDP and TCP")
	}
	handle := dns.HandlerFunc(func(w dns.ResponseWriter, q *dns.Msg) {
		if asked != nil {
			asked.Add(1)
		}
		m := new(dns.Msg).SetReply(q)
		name, qtype := q.Question[0].Name, dns.TypeToString[q.Question[0].Qtype]
		data, ok := z[qtype+" "+name]
		if !ok {
			m.Rcode = dns.RcodeNameError
			for key := range z {
				if strings.HasSuffix(key, " "+name) {
					m.Rcode = dns.RcodeSuccess
				}
			}
		}
		for _, d := range data {
			switch {
			case d == "!silence":
				return
			case d == "!noedns":
				if q.IsEdns0() != nil {
					m.Rcode, m.Answer = dns.RcodeFormatError, nil
				}
				continue
			case d == "!otherquestion":
				m.Question[0].Name = "other."
				continue
			case strings.HasPrefix(d, "!"):
				m.Rcode = dns.StringToRcode[d[1:]]
				continue
			case strings.HasPrefix(d, "CNAME "):
				target := d[len("CNAME "):]
				m.Answer = append(m.Answer, record(t, name, d))
				for _, d := range z[qtype+" "+target] {
					m.Answer = append(m.Answer, record(t, target, qtype+" "+d))
				}
				continue
			}
			m.Answer = append(m.Answer, record(t, name, qtype+" "+d))
		}
		if _, udp := w.RemoteAddr().(*net.UDPAddr); udp {
			m.Truncate(dns.MinMsgSize)
		}
		w.WriteMsg(m)
	})
	for _, s := range []*dns.Server{{PacketConn: packets, Handler: handle}, {Listener: streams, Handler: handle}} {
		started := make(chan struct{})
		s.NotifyStartedFunc = func() { close(started) }
		go s.ActivateAndServe()
		<-started
		t.Cleanup(func() { s.Shutdown() })
	}
	return packets.LocalAddr().String()
}

func record(t *testing.T, name, data string) dns.RR {
	rr, err := dns.NewRR(name + " 60 IN " + data)
	if err != nil {
		t.Errorf("%s %s: %v", name, data, err)
	}
	return rr
}

// A well-known host in a test: what its addresses answer, by address and port.
type hosts map[string]func(net.Conn)

// testResolver resolves from z, and fetches well-known documents from h, whose certificates are good for every name in
// example and for 192.0.2.9.
func testResolver(t *testing.T, z zone, h hosts, change func(*ResolverConfig)) *resolver {
	t.Helper()
	a := testAuthority(t)
	cert := testCertificate(t, a, Leaf{Names: []string{"example", "*.example", "192.0.2.9"}})
	real := map[string]string{}
	for addr, serve := range h {
		real[addr] = serveTLS(t, cert, serve)
	}
	config := ResolverConfig{
		Client: &Client{Roots: a.Pool(), Now: testClock, AllowPrivate: true,
			Dial: func(ctx context.Context, network, addr string) (net.Conn, error) {
				if real[addr] == "" {
					return nil, fmt.Errorf("no host at %s", addr)
				}
				return new(net.Dialer).DialContext(ctx, network, real[addr])
			}},
		NameServers: []string{serveDNS(t, z, nil)}, HostsFile: filepath.Join(t.TempDir(), "hosts"),
	}
	if change != nil {
		change(&config)
	}
	r := NewResolver(config).(*resolver)
	r.dns.timeout = 10 * time.Second
	for _, data := range z {
		if slices.Contains(data, "!silence") {
			r.dns.timeout = 200 * time.Millisecond
		}
	}
	return r
}

// document answers with a well-known document, and header lines before it.
func document(server string, lines ...string) func(net.Conn) {
	head := "HTTP/1.1 200 OK\r\n"
	for _, l := range lines {
		head += l + "\r\n"
	}
	return says(head + "\r\n" + `{"m.server":"` + server + `"}`)
}

func redirect(to string) func(net.Conn) {
	return says("HTTP/1.1 302 Found\r\nLocation: " + to + "\r\nContent-Length: 0\r\n\r\n")
}

// steps gives a discovery as lines: rule, "+" when used, action, result.
func steps(d Discovery) string {
	var b strings.Builder
	for _, s := range d.Steps {
		used := " "
		if s.Used {
			used = "+"
		}
		fmt.Fprintf(&b, "%s %s %s = %s\n", s.Rule, used, s.Action, s.Result)
	}
	return b.String()
}

// destinations gives the destinations of a discovery as lines: address, Host, SNI, name on the certificate.
func destinations(d Discovery) string {
	var b strings.Builder
	for _, to := range d.Destinations {
		fmt.Fprintf(&b, "%s %s %s %s\n", to.Address, to.Host, cmpEmpty(to.SNI), to.VerifyName)
	}
	return b.String()
}

func cmpEmpty(s string) string {
	if s == "" {
		return "-"
	}
	return s
}

// Every row of the specification's table, and the ways off it.
func TestResolve(t *testing.T) {
	const get = "GET https://s.example/.well-known/matrix/server from 192.0.2.1:443"
	const noFed = "SRV _matrix-fed._tcp.s.example = NXDOMAIN"
	web := []string{"192.0.2.1"}
	for _, tt := range []struct {
		name   string
		server string
		zone   zone
		hosts  hosts
		change func(*ResolverConfig)
		want   string // destinations
		steps  string
		why    string
	}{
		{name: "1, IPv4", server: "192.0.2.7", want: "192.0.2.7:8448 192.0.2.7 - 192.0.2.7\n",
			steps: "1 + read 192.0.2.7 = an IP address (not public)\n"},
		{name: "1, IPv4 and a port", server: "8.8.8.8:80", want: "8.8.8.8:80 8.8.8.8:80 - 8.8.8.8\n",
			steps: "1 + read 8.8.8.8:80 = an IP address\n"},
		{name: "1, IPv6", server: "[2606:4700::1]", want: "[2606:4700::1]:8448 [2606:4700::1] - 2606:4700::1\n"},
		{name: "1, IPv6 and a port", server: "[::1]:1", want: "[::1]:1 [::1]:1 - ::1\n"},
		{name: "1, brackets around nonsense", server: "[::1::]", why: "the brackets hold no IPv6 address"},

		{name: "2", server: "s.example:443", zone: zone{"A s.example.": {"192.0.2.1", "192.0.2.2"},
			"AAAA s.example.": {"2001:db8::1"}},
			want: "192.0.2.1:443 s.example:443 s.example s.example\n192.0.2.2:443 s.example:443 s.example s.example\n" +
				"[2001:db8::1]:443 s.example:443 s.example s.example\n",
			steps: "2 + A s.example = 192.0.2.1 (not public), 192.0.2.2 (not public)\n" +
				"2 + AAAA s.example = 2001:db8::1 (not public)\n"},
		{name: "2, through an alias", server: "s.example:1", zone: zone{"A s.example.": {"CNAME w.example."},
			"A w.example.": web},
			want: "192.0.2.1:1 s.example:1 s.example s.example\n",
			steps: "2 + A s.example = CNAME w.example, 192.0.2.1 (not public)\n" +
				"2   AAAA s.example = no AAAA record\n"},
		{name: "2, no such name", server: "s.example:443", why: "s.example has no address (A: NXDOMAIN, AAAA: NXDOMAIN)",
			steps: "2   A s.example = NXDOMAIN\n2   AAAA s.example = NXDOMAIN\n"},
		{name: "2, name without addresses", server: "s.example:443", zone: zone{"TXT s.example.": {"x"}},
			why: "s.example has no address (A: no A record, AAAA: no AAAA record)"},
		{name: "2, broken name servers", server: "s.example:443", zone: zone{"A s.example.": {"!SERVFAIL"},
			"AAAA s.example.": {"!REFUSED"}},
			why: "s.example has no address (A: SERVFAIL, AAAA: REFUSED)"},
		{name: "2, silent name server", server: "s.example:443", zone: zone{"A s.example.": {"!silence"},
			"AAAA s.example.": {"!otherquestion"}},
			why: "s.example has no address (A: timeout, AAAA: name server "},
		{name: "2, more than UDP holds", server: "s.example:1", zone: zone{"A s.example.": manyAddresses()},
			want: manyDestinations()},
		{name: "2, port out of range", server: "s.example:70000", why: "there is no port 70000"},
		{name: "2, name that DNS cannot hold", server: strings.Repeat("a", 64) + ".example:1",
			why: "not a name that DNS can hold"},
		{name: "no server name", server: "s_example", why: `server name "s_example"`},

		{name: "3.1", server: "s.example", zone: zone{"A s.example.": web},
			hosts: hosts{"192.0.2.1:443": document("192.0.2.9")},
			want:  "192.0.2.9:8448 192.0.2.9 - 192.0.2.9\n",
			steps: "3 + A s.example = 192.0.2.1 (not public)\n" +
				"3   AAAA s.example = no AAAA record\n" +
				"3 + " + get + ` = 200, m.server "192.0.2.9", good for 24 h (the default)` + "\n" +
				"3.1 + read 192.0.2.9 = an IP address (not public)\n"},
		{name: "3.1 with a port", server: "s.example", zone: zone{"A s.example.": web},
			hosts: hosts{"192.0.2.1:443": document("[2001:db8::9]:5")},
			want:  "[2001:db8::9]:5 [2001:db8::9]:5 - 2001:db8::9\n"},
		{name: "3.2", server: "s.example", zone: zone{"A s.example.": web, "A d.example.": {"192.0.2.4"}},
			hosts: hosts{"192.0.2.1:443": document("d.example:443", "Cache-Control: public, max-age=600",
				"Content-Type: text/plain")},
			want: "192.0.2.4:443 d.example:443 d.example d.example\n",
			steps: "3 + A s.example = 192.0.2.1 (not public)\n" +
				"3   AAAA s.example = no AAAA record\n" +
				"3 + " + get + ` = 200, m.server "d.example:443", good for 10 min (max-age)` + "\n" +
				"3.2 + A d.example = 192.0.2.4 (not public)\n" +
				"3.2   AAAA d.example = no AAAA record\n"},
		{name: "3.3", server: "s.example",
			zone: zone{"A s.example.": web, "SRV _matrix-fed._tcp.d.example.": {"10 5 8001 b.example.",
				"10 50 8000 a.example.", "1 0 8002 c.example."},
				"A a.example.": {"192.0.2.11"}, "A b.example.": {"192.0.2.12"}, "AAAA c.example.": {"2001:db8::13"}},
			hosts: hosts{"192.0.2.1:443": document("d.example")},
			want: "[2001:db8::13]:8002 d.example d.example d.example\n192.0.2.11:8000 d.example d.example d.example\n" +
				"192.0.2.12:8001 d.example d.example d.example\n",
			steps: "3 + A s.example = 192.0.2.1 (not public)\n" +
				"3   AAAA s.example = no AAAA record\n" +
				"3 + " + get + ` = 200, m.server "d.example", good for 24 h (the default)` + "\n" +
				"3.3 + SRV _matrix-fed._tcp.d.example = 1 0 8002 c.example., 10 50 8000 a.example., 10 5 8001 b.example.\n" +
				"3.3   A c.example = no A record\n" +
				"3.3 + AAAA c.example = 2001:db8::13 (not public)\n" +
				"3.3 + A a.example = 192.0.2.11 (not public)\n" +
				"3.3   AAAA a.example = no AAAA record\n" +
				"3.3 + A b.example = 192.0.2.12 (not public)\n" +
				"3.3   AAAA b.example = no AAAA record\n"},
		{name: "3.4", server: "s.example", zone: zone{"A s.example.": web,
			"SRV _matrix._tcp.d.example.": {"0 0 7 t.example."}, "A t.example.": {"192.0.2.12"}},
			hosts: hosts{"192.0.2.1:443": document("d.example")}, want: "192.0.2.12:7 d.example d.example d.example\n"},
		{name: "3.5, and never a second well-known", server: "s.example",
			zone:  zone{"A s.example.": web, "A d.example.": {"192.0.2.4"}},
			hosts: hosts{"192.0.2.1:443": document("d.example"), "192.0.2.4:443": document("trap.example:1")},
			want:  "192.0.2.4:8448 d.example d.example d.example\n"},
		{name: "3, port out of range", server: "s.example", zone: zone{"A s.example.": web},
			hosts: hosts{"192.0.2.1:443": document("d.example:70000")},
			why:   `m.server "d.example:70000": there is no port 70000`},

		{name: "4", server: "s.example", zone: zone{"SRV _matrix-fed._tcp.s.example.": {"0 0 9 t.example."},
			"SRV _matrix._tcp.s.example.": {"0 0 1 trap.example."}, "A t.example.": {"192.0.2.12"}},
			want: "192.0.2.12:9 s.example s.example s.example\n",
			steps: "3   A s.example = NXDOMAIN\n3   AAAA s.example = NXDOMAIN\n" +
				"3   GET https://s.example/.well-known/matrix/server = s.example has no address (A: NXDOMAIN, AAAA: " +
				"NXDOMAIN): no delegation\n" +
				"4 + SRV _matrix-fed._tcp.s.example = 0 0 9 t.example.\n" +
				"4 + A t.example = 192.0.2.12 (not public)\n4   AAAA t.example = no AAAA record\n"},
		{name: "5, after a failing name server", server: "s.example",
			zone: zone{"SRV _matrix-fed._tcp.s.example.": {"!SERVFAIL"}, "SRV _matrix._tcp.s.example.": {"0 0 9 t.example."},
				"A t.example.": {"192.0.2.12"}},
			want: "192.0.2.12:9 s.example s.example s.example\n",
			steps: "3   A s.example = NXDOMAIN\n3   AAAA s.example = NXDOMAIN\n" +
				"3   GET https://s.example/.well-known/matrix/server = s.example has no address (A: NXDOMAIN, AAAA: " +
				"NXDOMAIN): no delegation\n" +
				"4   SRV _matrix-fed._tcp.s.example = SERVFAIL: not known whether there is a record\n" +
				"5 + SRV _matrix._tcp.s.example = 0 0 9 t.example.\n" +
				"5 + A t.example = 192.0.2.12 (not public)\n5   AAAA t.example = no AAAA record\n"},
		{name: "6", server: "s.example", zone: zone{"A s.example.": web},
			want: "192.0.2.1:8448 s.example s.example s.example\n",
			steps: "3   A s.example = 192.0.2.1 (not public)\n3   AAAA s.example = no AAAA record\n" +
				"3   " + get + " = no host at 192.0.2.1:443 while connecting: no delegation\n" +
				"4   " + noFed + "\n5   SRV _matrix._tcp.s.example = NXDOMAIN\n" +
				"6 + A s.example = 192.0.2.1 (not public)\n6   AAAA s.example = no AAAA record\n"},
		{name: "4, target is an alias", server: "s.example",
			zone: zone{"SRV _matrix-fed._tcp.s.example.": {"0 0 9 t.example."}, "A t.example.": {"CNAME w.example."},
				"A w.example.": web},
			want:  "192.0.2.1:9 s.example s.example s.example\n",
			steps: "A t.example = CNAME w.example (an SRV target must not be an alias), 192.0.2.1 (not public)\n"},
		{name: "4, records behind an alias", server: "s.example",
			zone: zone{"SRV _matrix-fed._tcp.s.example.": {"CNAME x.example."}, "SRV x.example.": {"0 0 9 t.example."},
				"A t.example.": web},
			want: "192.0.2.1:9 s.example s.example s.example\n", steps: "CNAME x.example, 0 0 9 t.example.\n"},
		{name: "4, no such service", server: "s.example", zone: zone{"SRV _matrix-fed._tcp.s.example.": {"0 0 0 ."},
			"A s.example.": web},
			why: "_matrix-fed._tcp.s.example says that there is no such service"},
		{name: "4, target without address", server: "s.example",
			zone: zone{"SRV _matrix-fed._tcp.s.example.": {"0 0 9 t.example."}, "A s.example.": web},
			why:  "t.example has no address (A: NXDOMAIN, AAAA: NXDOMAIN)"},
		{name: "4, many targets", server: "s.example", zone: zone{"SRV _matrix-fed._tcp.s.example.": manyTargets(),
			"A t.example.": web},
			want: "192.0.2.1:1 s.example s.example s.example\n192.0.2.1:2 s.example s.example s.example\n" +
				"192.0.2.1:3 s.example s.example s.example\n192.0.2.1:4 s.example s.example s.example\n" +
				"192.0.2.1:5 s.example s.example s.example\n192.0.2.1:6 s.example s.example s.example\n" +
				"192.0.2.1:7 s.example s.example s.example\n192.0.2.1:8 s.example s.example s.example\n",
			steps: ", 12 more, not followed\n"},

		{name: "hosts file", server: "s.example:1", zone: zone{"A s.example.": {"192.0.2.99"}},
			change: func(c *ResolverConfig) {
				os.WriteFile(c.HostsFile, []byte("# hosts\n127.0.0.1 localhost\n192.0.2.50\tother S.Example # here\n"+
					"::1 s.example\nnonsense s.example\n"), 0o600)
			},
			want:  "192.0.2.50:1 s.example:1 s.example s.example\n[::1]:1 s.example:1 s.example s.example\n",
			steps: "2 + hosts file s.example = 192.0.2.50 (not public), ::1 (not public)\n"},
		{name: "pinned name", server: "s.example", zone: zone{"A s.example.": web},
			hosts:  hosts{"192.0.2.1:443": document("trap.example:1")},
			change: func(c *ResolverConfig) { c.Pins = map[string]string{"s.example": "127.0.0.1:4000"} },
			want:   "127.0.0.1:4000 s.example s.example s.example\n", steps: "pinned + pin of s.example = " +
				"127.0.0.1:4000 (not public)\n"},
		{name: "pinned at the default port", server: "s.example",
			change: func(c *ResolverConfig) { c.Pins = map[string]string{"s.example:8448": "127.0.0.1,[::1]"} },
			want:   "127.0.0.1:8448 s.example s.example s.example\n[::1]:8448 s.example s.example s.example\n"},
		{name: "pinned with its port", server: "s.example:80",
			change: func(c *ResolverConfig) {
				c.Pins = map[string]string{"s.example:80": "127.0.0.1", "s.example": "127.0.0.2"}
			},
			want: "127.0.0.1:80 s.example:80 s.example s.example\n"},
		{name: "pins of other names serve look-ups", server: "s.example",
			hosts: hosts{"192.0.2.60:443": document("d.example:444")},
			change: func(c *ResolverConfig) {
				c.Pins = map[string]string{"s.example:443": "192.0.2.60", "d.example:444": "192.0.2.61"}
			},
			want: "192.0.2.61:444 d.example:444 d.example d.example\n",
			steps: "3 + pin of s.example:443 = 192.0.2.60:443 (not public)\n" +
				`3 + GET https://s.example/.well-known/matrix/server from 192.0.2.60:443 = 200, m.server "d.example:444",` +
				` good for 24 h (the default)` + "\n" +
				"3.2 + pin of d.example:444 = 192.0.2.61:444 (not public)\n"},
		{name: "pin that is none", server: "s.example", why: `"elsewhere" is not an IP address`,
			change: func(c *ResolverConfig) { c.Pins = map[string]string{"s.example": "elsewhere"} }},

		{name: "thorough: what is ignored", server: "s.example",
			zone:   zone{"A s.example.": {"192.0.2.1", "192.0.2.2"}, "SRV _matrix-fed._tcp.s.example.": {"0 0 1 trap.example."}},
			hosts:  hosts{"192.0.2.1:443": document("192.0.2.9"), "192.0.2.2:443": document("192.0.2.10")},
			change: func(c *ResolverConfig) { c.Thorough = true },
			want:   "192.0.2.9:8448 192.0.2.9 - 192.0.2.9\n",
			steps: "3 + A s.example = 192.0.2.1 (not public), 192.0.2.2 (not public)\n" +
				"3   AAAA s.example = no AAAA record\n" +
				"3 + " + get + ` = 200, m.server "192.0.2.9", good for 24 h (the default)` + "\n" +
				"3   GET https://s.example/.well-known/matrix/server from 192.0.2.2:443" + ` = 200, m.server "192.0.2.10",` +
				` good for 24 h (the default) (differs from the address before)` + "\n" +
				"3.1 + read 192.0.2.9 = an IP address (not public)\n" +
				"4   SRV _matrix-fed._tcp.s.example = 0 0 1 trap.example.\n" +
				"5   SRV _matrix._tcp.s.example = NXDOMAIN\n"},
		{name: "thorough: the deprecated record behind the current one", server: "s.example",
			zone: zone{"SRV _matrix-fed._tcp.s.example.": {"0 0 9 t.example."},
				"SRV _matrix._tcp.s.example.": {"0 0 1 trap.example."}, "A t.example.": web},
			change: func(c *ResolverConfig) { c.Thorough = true },
			want:   "192.0.2.1:9 s.example s.example s.example\n",
			steps:  "5   SRV _matrix._tcp.s.example = 0 0 1 trap.example.\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			d := testResolver(t, tt.zone, tt.hosts, tt.change).Resolve(t.Context(), tt.server)
			if diff := cmp.Diff(tt.want, destinations(d)); diff != "" {
				t.Errorf("destinations (-want +got)\n%s", diff)
			}
			got := steps(d)
			if ok := got == tt.steps || strings.HasSuffix(got, tt.steps) || strings.Count(tt.steps, "\n") == 1 &&
				strings.Contains(got, tt.steps); !ok {
				t.Errorf("steps (-want +got)\n%s", cmp.Diff(tt.steps, got))
			}
			checkFailure(t, d.Failure, map[bool]FailureKind{true: FailedResolve}[tt.why != ""], tt.why)
			for _, to := range d.Destinations {
				if to.Server != tt.server {
					t.Errorf("destination of %q", to.Server)
				}
			}
		})
	}
}

func manyAddresses() (data []string) {
	for i := range 60 {
		data = append(data, fmt.Sprintf("192.0.2.%d", i+1))
	}
	return data
}

func manyDestinations() string {
	var b strings.Builder
	for i := range maxDestinations {
		fmt.Fprintf(&b, "192.0.2.%d:1 s.example:1 s.example s.example\n", i+1)
	}
	return b.String()
}

func manyTargets() (data []string) {
	for i := range 20 {
		data = append(data, fmt.Sprintf("%d 0 %d t.example.", i, i+1))
	}
	return data
}

// Whatever is wrong with a well-known document, the response is step 6.
func TestWellKnown(t *testing.T) {
	for _, tt := range []struct {
		name  string
		serve func(net.Conn)
		more  hosts
		want  string // part of a step's result
		ok    bool   // the document delegates to d.example:1
	}{
		{name: "redirect", serve: redirect("https://w.example/m?x=1#frag"),
			more: hosts{"192.0.2.2:443": document("d.example:1")}, ok: true, want: "= 302 to https://w.example/m?x=1"},
		{name: "redirect to a port", serve: redirect("https://w.example:444/m"),
			more: hosts{"192.0.2.2:444": document("d.example:1")}, ok: true},
		{name: "redirect to an IP", serve: redirect("https://192.0.2.9/m"),
			more: hosts{"192.0.2.9:443": document("d.example:1")}, ok: true},
		{name: "relative redirect", serve: redirect("/.well-known/matrix/server/"),
			want: "= 302 to https://s.example/.well-known/matrix/server/, which is a loop"},
		{name: "loop", serve: redirect("https://s.example/.well-known/matrix/server#again"),
			want: "which is a loop: no delegation"},
		{name: "loop of two", serve: redirect("https://w.example/"),
			more: hosts{"192.0.2.2:443": redirect("https://s.example/.well-known/matrix/server")}, want: "which is a loop"},
		{name: "endless chain", serve: redirect("https://w.example/"), more: hosts{"192.0.2.2:443": redirectsOn()},
			want: "after 10 redirects: no delegation"},
		{name: "plain http", serve: redirect("http://w.example/"), want: "which is not plain https: no delegation"},
		{name: "redirect with a password", serve: redirect("https://u:secret@w.example/"),
			want: "https://u:xxxxx@w.example/, which is not"},
		{name: "redirect to nowhere", serve: says("HTTP/1.1 301 Moved\r\nContent-Length: 0\r\n\r\n"),
			want: "301 to nowhere: no delegation"},
		{name: "redirect to nonsense", serve: redirect("https://a_b/"), want: `server name "a_b"`},
		{name: "redirect to a port out of range", serve: redirect("https://w.example:70000/"),
			want: "no such port: no delegation"},
		{name: "not found", serve: says("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"),
			want: "= 404 Not Found: no delegation"},
		{name: "server error with a document", serve: says("HTTP/1.1 500 Oops\r\n\r\n{\"m.server\":\"d.example:1\"}"),
			want: "= 500 Oops: no delegation"},
		{name: "HTML", serve: says("HTTP/1.1 200 OK\r\n\r\n<html>"), want: "200, not a JSON object: no delegation"},
		{name: "array", serve: says("HTTP/1.1 200 OK\r\n\r\n[]"), want: "200, not a JSON object"},
		{name: "null", serve: says("HTTP/1.1 200 OK\r\n\r\nnull"), want: "200, without m.server"},
		{name: "empty object", serve: says("HTTP/1.1 200 OK\r\n\r\n{}"), want: "200, without m.server"},
		{name: "key in capitals", serve: says("HTTP/1.1 200 OK\r\n\r\n{\"M.Server\":\"d.example:1\"}"),
			want: "200, without m.server"},
		{name: "number", serve: says("HTTP/1.1 200 OK\r\n\r\n{\"m.server\":1}"), want: "200, m.server is not a string"},
		{name: "null server", serve: says("HTTP/1.1 200 OK\r\n\r\n{\"m.server\":null}"),
			want: "200, m.server is not a string"},
		{name: "URL", serve: document("https://d.example"),
			want: "200, m.server: server name \"https://d.example\": is a URL"},
		{name: "trailing commas", serve: says("HTTP/1.1 200 OK\r\n\r\n{\"m.server\":\"d.example:1\",}"),
			want: "not a JSON object"},
		{name: "too large", serve: saysEndlessly("HTTP/1.1 200 OK\r\n\r\n", " "),
			want: "over the limit of 51200 bytes: no delegation"},
		{name: "cut off", serve: says("HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{\"m.server\":\"d.example:1\"}"),
			want: "closed while reading the response: no delegation"},
		{name: "not HTTP", serve: says("nonsense"), want: "is not HTTP"},
		{name: "second address answers", serve: says(""), more: hosts{"192.0.2.3:443": document("d.example:1")}, ok: true,
			want: "closed while waiting"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			h := hosts{"192.0.2.1:443": tt.serve}
			for addr, serve := range tt.more {
				h[addr] = serve
			}
			z := zone{"A s.example.": {"192.0.2.1"}, "A w.example.": {"192.0.2.2"}, "A d.example.": {"192.0.2.4"}}
			if _, ok := h["192.0.2.3:443"]; ok {
				z["A s.example."] = []string{"192.0.2.1", "192.0.2.3"}
			}
			d := testResolver(t, z, h, nil).Resolve(t.Context(), "s.example")
			want := "192.0.2.1:8448 s.example s.example s.example\n"
			if tt.ok {
				want = "192.0.2.4:1 d.example:1 d.example d.example\n"
			}
			if got := destinations(d); !strings.HasPrefix(got, want) {
				t.Errorf("leads to %s, want %s", got, want)
			}
			if got := steps(d); !strings.Contains(got, tt.want) || tt.ok != strings.Contains(got, "3 + GET") {
				t.Errorf("steps without %q:\n%s", tt.want, got)
			}
		})
	}
}

// redirectsOn redirects to another page each time.
func redirectsOn() func(net.Conn) {
	var n atomic.Int64
	return func(c net.Conn) { redirect(fmt.Sprintf("https://w.example/%d", n.Add(1)))(c) }
}

func TestWellKnownLifetime(t *testing.T) {
	for _, tt := range []struct {
		fields []Field
		want   string
	}{
		{nil, "24 h (the default)"},
		{[]Field{{"Cache-Control", "max-age=3600"}}, "1 h (max-age)"},
		{[]Field{{"cache-control", `Public, Max-Age="90"`}}, "90 s (max-age)"},
		{[]Field{{"Cache-Control", "max-age=31536000"}}, "48 h (the most there is, not max-age)"},
		{[]Field{{"Cache-Control", "max-age=99999999999999999999"}}, "24 h (the default)"},
		{[]Field{{"Cache-Control", "max-age=-1"}}, "24 h (the default)"},
		{[]Field{{"Cache-Control", "no-store, max-age=60"}}, "0 s (no-store)"},
		{[]Field{{"Expires", "Wed, 04 Mar 2026 05:36:07 GMT"}}, "30 min (Expires)"},
		{[]Field{{"Expires", "Wed, 04 Mar 2020 05:36:07 GMT"}}, "0 s (Expires)"},
		{[]Field{{"Expires", "0"}}, "24 h (the default)"},
		{[]Field{{"Expires", "Wed, 04 Mar 2026 05:36:07 GMT"}, {"Cache-Control", "private"},
			{"Cache-Control", "max-age=60"}}, "1 min (max-age)"},
	} {
		l := Lookup{End: EndFound, Delegate: "d.example"}
		l.Life, l.LifeSource, l.LifeCut = lifetime(tt.fields, testNow)
		if got, want := l.documentWords(), `200, m.server "d.example", good for `+tt.want; got != want {
			t.Errorf("%v: %s, want %s", tt.fields, got, want)
		}
	}
}

// A resolution ends with its context, and says how.
func TestResolveEnds(t *testing.T) {
	r := testResolver(t, zone{"A s.example.": {"!silence"}, "AAAA s.example.": {"!silence"}}, nil, nil)
	r.dns.timeout = 10 * time.Second
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	checkFailure(t, r.Resolve(ctx, "s.example").Failure, FailedTimeout, "the deadline passed")
	ctx, cancel = context.WithCancel(t.Context())
	cancel()
	checkFailure(t, r.Resolve(ctx, "s.example").Failure, FailedCancelled, "given up")
}

// A server that fails is passed over for the next; a name is looked up once on its way.
func TestNameServers(t *testing.T) {
	var asked atomic.Int64
	dead := freeport.Address(t)
	broken := serveDNS(t, zone{"A s.example.": {"!SERVFAIL"}, "A old.example.": {"!SERVFAIL"}}, nil)
	good := serveDNS(t, zone{"A s.example.": {"192.0.2.1"}, "A old.example.": {"192.0.2.2", "!noedns"}}, &asked)
	n := newNameServers([]string{dead, broken, good})
	n.timeout = 10 * time.Second
	if l := n.lookup(t.Context(), LookupA, "s.example"); len(l.Addresses) != 1 || l.End != EndFound {
		t.Errorf("found %+v", l)
	}
	if asked.Load() != 1 {
		t.Errorf("the good server was asked %d times", asked.Load())
	}
	if l := n.lookup(t.Context(), LookupA, "old.example"); len(l.Addresses) != 1 || l.End != EndFound {
		t.Errorf("found %+v", l)
	}

	asked.Store(0)
	r := testResolver(t, nil, nil, func(c *ResolverConfig) { c.NameServers = []string{good} })
	if d := r.Resolve(t.Context(), "s.example"); len(d.Destinations) != 1 || asked.Load() != 4 {
		t.Errorf("%d questions, %+v", asked.Load(), d)
	}
}

// Without name servers the system is asked, which knows localhost from its own hosts file at least.
func TestSystemLookup(t *testing.T) {
	n := newNameServers([]string{})
	l := n.lookup(t.Context(), LookupA, "localhost")
	if len(l.Addresses) == 0 || !strings.HasPrefix(l.Addresses[0], "127.") || !l.System {
		t.Errorf("localhost: %+v", l)
	}
	if l := n.lookup(t.Context(), LookupSRV, "_matrix._tcp.name.invalid"); len(l.Targets) != 0 || l.absence() == "" {
		t.Errorf("name.invalid: %+v", l)
	}
}

func TestParsePin(t *testing.T) {
	for in, want := range map[string]string{
		"matrix.example:8448:192.0.2.1":       "matrix.example:8448=192.0.2.1",
		"matrix.example:8448:192.0.2.1,[::1]": "matrix.example:8448=192.0.2.1,[::1]",
		"matrix.example:443:192.0.2.1:4000":   "matrix.example:443=192.0.2.1:4000",
		"matrix.example:443:2001:db8::1":      "matrix.example:443=2001:db8::1",
		"[2001:db8::1]:8448:[::1]:9":          "[2001:db8::1]:8448=[::1]:9",
		"matrix.example:8448":                 "",
		"matrix.example:192.0.2.1":            "",
		"matrix.example:08448:192.0.2.1":      "matrix.example:8448=192.0.2.1",
		"matrix.example:8448:":                "",
		"matrix.example:8448:localhost":       "",
		"matrix.example:x:192.0.2.1":          "",
		"a_b:8448:192.0.2.1":                  "",
		"[::1:8448:192.0.2.1":                 "",
		"matrix.example:8448:fe80::1%eth0":    "",
		"":                                    "",
	} {
		name, addr, err := ParsePin(in)
		if got := strings.Trim(name+"="+addr, "="); got != want || (err != nil) != (want == "") {
			t.Errorf("ParsePin(%q) = %q, %v", in, got, err)
		}
	}
}

func FuzzReadWellKnown(f *testing.F) {
	f.Add(200, `{"m.server":"a.example:443"}`, "max-age=1")
	f.Add(404, `<`, "")
	f.Fuzz(func(t *testing.T, status int, body, cache string) {
		res := &Response{Status: status, Body: []byte(body), Header: []Field{{"Cache-Control", cache}}}
		l := readWellKnown(res, testNow)
		if words := l.documentWords(); words == "" || len(words) > 1000 {
			t.Errorf("result %q", words)
		}
		if _, err := ParseServerName(l.Delegate); (l.End == EndFound) != (err == nil) || err == nil && status != 200 {
			t.Errorf("delegates to %q: %v", l.Delegate, err)
		}
		if l.Life < 0 || l.Life > maxWellKnownLife {
			t.Errorf("%q: good for %v", cache, l.Life)
		}
	})
}
