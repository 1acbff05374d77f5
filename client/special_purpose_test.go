package client

import (
	"context"
	"maps"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
)

// registries are the rows of the IANA IPv4 and IPv6 Special-Purpose Address Registries of 2025-10-09, each with its
// column "Globally Reachable".
const registries = `
0.0.0.0/8           False
0.0.0.0/32          False
10.0.0.0/8          False
100.64.0.0/10       False
127.0.0.0/8         False
169.254.0.0/16      False
172.16.0.0/12       False
192.0.0.0/24        False
192.0.0.0/29        False
192.0.0.8/32        False
192.0.0.9/32        True
192.0.0.10/32       True
192.0.0.170/32      False
192.0.0.171/32      False
192.0.2.0/24        False
192.31.196.0/24     True
192.52.193.0/24     True
192.88.99.0/24      N/A
192.88.99.2/32      False
192.168.0.0/16      False
192.175.48.0/24     True
198.18.0.0/15       False
198.51.100.0/24     False
203.0.113.0/24      False
240.0.0.0/4         False
255.255.255.255/32  False
::1/128             False
::/128              False
::ffff:0:0/96       False
64:ff9b::/96        True
64:ff9b:1::/48      False
100::/64            False
100:0:0:1::/64      False
2001::/23           False
2001::/32           N/A
2001:1::1/128       True
2001:1::2/128       True
2001:1::3/128       True
2001:2::/48         False
2001:3::/32         True
2001:4:112::/48     True
2001:10::/28        N/A
2001:20::/28        True
2001:30::/28        True
2001:db8::/32       False
2002::/16           N/A
2620:4f:8000::/48   True
3fff::/20           False
5f00::/16           False
fc00::/7            False
fe80::/10           False`

// registered are the rows, with the column.
func registered() map[netip.Prefix]string {
	rows := map[netip.Prefix]string{}
	for line := range strings.Lines(strings.TrimSpace(registries)) {
		f := strings.Fields(line)
		rows[netip.MustParsePrefix(f[0])] = f[1]
	}
	return rows
}

// bearers are the rows whose addresses carry an IPv4 address that decides, with the byte at which it begins.
var bearers = map[string]int{"::ffff:0.0.0.0/96": 12, "64:ff9b::/96": 12, "2002::/16": 2}

// last is the last address of a block.
func last(p netip.Prefix) netip.Addr {
	b := p.Addr().AsSlice()
	for bit := p.Bits(); bit < len(b)*8; bit++ {
		b[bit/8] |= 1 << (7 - bit%8)
	}
	a, _ := netip.AddrFromSlice(b)
	return a
}

// narrower reports whether a row that is another one, and narrower, holds a.
func narrower(rows map[netip.Prefix]string, p netip.Prefix, a netip.Addr) bool {
	for other := range rows {
		if other.Bits() > p.Bits() && other.Contains(a) {
			return true
		}
	}
	return false
}

// The first and the last address of each row of the registries is public where the row says that it is reachable, and
// the addresses to either side of a row are not judged by it.
func TestHostileAddresses(t *testing.T) {
	rows := registered()
	judged := 0
	for p, column := range rows {
		if _, bears := bearers[p.String()]; bears {
			continue
		}
		if !slices.ContainsFunc(blocks, func(b block) bool { return b.prefix == p }) {
			t.Errorf("%s is not in the table", p)
		}
		for _, a := range []netip.Addr{p.Addr(), last(p)} {
			if narrower(rows, p, a) {
				continue
			}
			judged++
			if got := Public(a); got != (column == "True") {
				t.Errorf("%s of %s, %s: public %t", a, p, column, got)
			}
			if a.Is4() {
				mapped := netip.AddrFrom16(a.As16())
				if got := Public(mapped); got != (column == "True") {
					t.Errorf("%s of %s, %s: public %t", mapped, p, column, got)
				}
			}
		}
		for _, a := range []netip.Addr{p.Addr().Prev(), last(p).Next()} {
			if a.IsValid() && blockOf(a).prefix == p {
				t.Errorf("%s is taken for one of %s", a, p)
			}
		}
	}
	t.Logf("%d rows of the registries, %d addresses", len(rows), judged)
}

// An address that carries an IPv4 address is as public as that one is; nothing else about it is taken for an address.
func TestHostileAddressesWithin(t *testing.T) {
	within := 0
	for _, b := range blocks {
		if !b.prefix.Addr().Is4() {
			continue
		}
		for _, v4 := range []netip.Addr{b.prefix.Addr(), last(b.prefix)} {
			for row, at := range bearers {
				bytes := netip.MustParsePrefix(row).Addr().As16()
				copy(bytes[at:], v4.AsSlice())
				within++
				if a := netip.AddrFrom16(bytes); Public(a) != Public(v4) {
					t.Errorf("%s, which carries %s: public %t", a, v4, Public(a))
				}
			}
			for _, row := range []string{"::/96", "64:ff9b:1::/96", "::ffff:0:0:0/96", "2001:db8::/96", "fe80::5efe:0:0/96"} {
				bytes := netip.MustParsePrefix(row).Addr().As16()
				copy(bytes[12:], v4.AsSlice())
				within++
				if a := netip.AddrFrom16(bytes); Public(a) {
					t.Errorf("%s is taken for public", a)
				}
			}
		}
	}
	for in, want := range map[string]bool{
		"8.8.8.8": true, "1.1.1.1": true, "2606:4700::1111": true, "::ffff:8.8.8.8": true, "64:ff9b::808:808": true,
		"2002:808:808::1":   true,
		"2606:4700::1%eth0": false, "fe80::1%eth0": false, "::1%lo": false, "ff02::1%2": false,
		"224.0.0.1": false, "239.255.255.255": false, "ff0e::1": false, "fec0::1": false,
		"200::1": false, "4000::1": false, "3ffe::1": true, "2001:200::1": true, "1fff:ffff::1": false,
		"64:ff9b:0:0:0:1::": false, "64:ff9b::7f00:1": false, "64:ff9b::a9fe:a9fe": false, "2002:a9fe:a9fe::": false,
		"2001:0:808:808::f7f7:f7f7": false,
	} {
		within++
		if got := Public(netip.MustParseAddr(in)); got != want {
			t.Errorf("%s: public %t", in, got)
		}
	}
	if Public(netip.Addr{}) {
		t.Error("no address is taken for public")
	}
	t.Logf("%d addresses", within)
}

// notPublicAddresses is one of every row that is not reachable, and some of none.
func notPublicAddresses() []netip.Addr {
	out := []netip.Addr{netip.MustParseAddr("::ffff:10.0.0.1"), netip.MustParseAddr("64:ff9b::a00:1"),
		netip.MustParseAddr("2002:a00:1::1"), netip.MustParseAddr("224.0.0.1"), netip.MustParseAddr("ff0e::1")}
	for p, column := range registered() {
		if column != "True" && bearers[p.String()] == 0 {
			out = append(out, p.Addr())
		}
	}
	return out
}

// A dialled is what a client was about to connect to.
type dialled struct {
	mu sync.Mutex
	to []string
}

// over is a dialler that keeps what it is to dial before another one dials it.
func (d *dialled) over(dial func(context.Context, string, string) (net.Conn, error)) func(context.Context, string,
	string) (net.Conn, error) {
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		d.mu.Lock()
		d.to = append(d.to, address)
		d.mu.Unlock()
		return dial(ctx, network, address)
	}
}

// Wherever an address comes from, from an answer of DNS, the hosts of redirects, targets of SRV records, a name that
// is an address, or a pin, nothing is dialled that is not public, and the step or the failure says so.
func TestHostileAddressesAreNotDialled(t *testing.T) {
	const web = "8.8.8.8"
	ways := map[string]func(a netip.Addr) (server string, z zone, document func(net.Conn)){
		"addresses of the name": func(a netip.Addr) (string, zone, func(net.Conn)) {
			return "s.example:8448", zone{kind(a) + " s.example.": {a.String()}}, nil
		},
		"an address for a name": func(a netip.Addr) (string, zone, func(net.Conn)) { return literal(a), nil, nil },
		"the host of the document": func(a netip.Addr) (string, zone, func(net.Conn)) {
			return "s.example", zone{kind(a) + " s.example.": {a.String()}}, nil
		},
		"a redirect to an address": func(a netip.Addr) (string, zone, func(net.Conn)) {
			return "s.example", zone{"A s.example.": {web}}, redirect("https://" + literal(a) + "/x")
		},
		"a redirect to a name": func(a netip.Addr) (string, zone, func(net.Conn)) {
			return "s.example", zone{"A s.example.": {web}, kind(a) + " r.example.": {a.String()}},
				redirect("https://r.example/x")
		},
		"a document with an address": func(a netip.Addr) (string, zone, func(net.Conn)) {
			return "s.example", zone{"A s.example.": {web}}, document(literal(a) + ":8448")
		},
		"a document with a name": func(a netip.Addr) (string, zone, func(net.Conn)) {
			return "s.example", zone{"A s.example.": {web}, kind(a) + " d.example.": {a.String()}}, document("d.example:1")
		},
		"a target of SRV": func(a netip.Addr) (string, zone, func(net.Conn)) {
			return "s.example", zone{"SRV _matrix-fed._tcp.s.example.": {"0 0 9 t.example."},
				kind(a) + " t.example.": {a.String()}}, nil
		},
		"a target of the old SRV": func(a netip.Addr) (string, zone, func(net.Conn)) {
			return "s.example", zone{"SRV _matrix._tcp.s.example.": {"0 0 9 t.example."},
				kind(a) + " t.example.": {a.String()}}, nil
		},
	}
	all := notPublicAddresses()
	tried := 0
	for _, way := range slices.Sorted(maps.Keys(ways)) {
		t.Run(way, func(t *testing.T) {
			for _, a := range all {
				server, z, serve := ways[way](a)
				h := hosts{}
				if serve != nil {
					h[web+":443"] = serve
				}
				var d dialled
				r := testResolver(t, z, h, func(c *ResolverConfig) {
					c.Client.AllowPrivate = false
					c.Client.Dial = d.over(c.Client.Dial)
				})
				found := r.Resolve(t.Context(), server)
				asker := *r.client
				for _, to := range found.Destinations {
					if ex := asker.Do(t.Context(), to, KeysRequest(), nil); !strings.HasPrefix(to.Address, web) &&
						(ex.Failure == nil || ex.Failure.Reason != ReasonPrivate) {
						t.Errorf("%s: %+v", to.Address, ex.Failure)
					}
				}
				tried++
				for _, to := range d.to {
					if to != web+":443" && to != web+":8448" {
						t.Errorf("%s: %s was dialled", a, to)
					}
				}
				if serve != nil && len(d.to) == 0 {
					t.Errorf("%s: the document was not asked for", a)
				}
				if said := steps(found); !strings.Contains(said, "not public") && !strings.Contains(said, "not a public address") {
					t.Errorf("%s: nothing says that it is not public:\n%s", a, steps(found))
				}
			}
		})
	}
	t.Logf("%d ways, %d addresses, %d resolutions", len(ways), len(all), tried)
}

// kind is the type of record that has an address.
func kind(a netip.Addr) string {
	if a.Unmap().Is4() && !a.Is4In6() {
		return "A"
	}
	return "AAAA"
}

// literal is an address as a server name.
func literal(a netip.Addr) string {
	if a.Is4() {
		return a.String()
	}
	return "[" + a.String() + "]"
}
