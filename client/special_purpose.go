package client

import "net/netip"

// A reach says whether packets to an address find their way across the open Internet.
type reach int

const (
	reachNo   reach = iota // "globally reachable" is false
	reachYes               // it is true
	reachNA                // it is N/A: that depends, so such an address is not taken for public
	reachIPv4              // the IPv4 address within decides
)

// A block is addresses with a purpose in common.
type block struct {
	prefix netip.Prefix
	reach  reach
	ipv4   int // with reachIPv4: the byte of the IPv6 address at which the IPv4 address begins
	name   string
}

// blocks are the addresses there are by what they are for. Of several that hold an address the narrowest counts.
// Spec: IANA IPv4 and IPv6 Special-Purpose Address Registries of 2025-10-09, column "Globally Reachable", in their
// order; then what other registries have: multicast, what is reserved or not assigned, and what is neither.
var blocks = []block{
	purpose("0.0.0.0/8", reachNo, "this network"),
	purpose("0.0.0.0/32", reachNo, "this host on this network"),
	purpose("10.0.0.0/8", reachNo, "private use"),
	purpose("100.64.0.0/10", reachNo, "shared address space"),
	purpose("127.0.0.0/8", reachNo, "loopback"),
	purpose("169.254.0.0/16", reachNo, "link local"),
	purpose("172.16.0.0/12", reachNo, "private use"),
	purpose("192.0.0.0/24", reachNo, "IETF protocol assignments"),
	purpose("192.0.0.0/29", reachNo, "IPv4 service continuity"),
	purpose("192.0.0.8/32", reachNo, "IPv4 dummy address"),
	purpose("192.0.0.9/32", reachYes, "Port Control Protocol anycast"),
	purpose("192.0.0.10/32", reachYes, "TURN anycast"),
	purpose("192.0.0.170/32", reachNo, "NAT64/DNS64 discovery"),
	purpose("192.0.0.171/32", reachNo, "NAT64/DNS64 discovery"),
	purpose("192.0.2.0/24", reachNo, "documentation (TEST-NET-1)"),
	purpose("192.31.196.0/24", reachYes, "AS112-v4"),
	purpose("192.52.193.0/24", reachYes, "AMT"),
	purpose("192.88.99.0/24", reachNA, "deprecated (6to4 relay anycast)"),
	purpose("192.88.99.2/32", reachNo, "6a44 relay anycast"),
	purpose("192.168.0.0/16", reachNo, "private use"),
	purpose("192.175.48.0/24", reachYes, "direct delegation AS112 service"),
	purpose("198.18.0.0/15", reachNo, "benchmarking"),
	purpose("198.51.100.0/24", reachNo, "documentation (TEST-NET-2)"),
	purpose("203.0.113.0/24", reachNo, "documentation (TEST-NET-3)"),
	purpose("240.0.0.0/4", reachNo, "reserved"),
	purpose("255.255.255.255/32", reachNo, "limited broadcast"),

	purpose("::1/128", reachNo, "loopback"),
	purpose("::/128", reachNo, "unspecified"),
	// ::ffff:0:0/96, IPv4-mapped, is no row: a socket that is given such an address dials the IPv4 address, so that is
	// what is looked up.
	purpose("64:ff9b::/96", reachIPv4, "IPv4-IPv6 translation").at(12),
	purpose("64:ff9b:1::/48", reachNo, "IPv4-IPv6 translation, of one network's own"),
	purpose("100::/64", reachNo, "discard only"),
	purpose("100:0:0:1::/64", reachNo, "IPv6 dummy prefix"),
	purpose("2001::/23", reachNo, "IETF protocol assignments"),
	purpose("2001::/32", reachNA, "Teredo"),
	purpose("2001:1::1/128", reachYes, "Port Control Protocol anycast"),
	purpose("2001:1::2/128", reachYes, "TURN anycast"),
	purpose("2001:1::3/128", reachYes, "DNS-SD Service Registration Protocol anycast"),
	purpose("2001:2::/48", reachNo, "benchmarking"),
	purpose("2001:3::/32", reachYes, "AMT"),
	purpose("2001:4:112::/48", reachYes, "AS112-v6"),
	purpose("2001:10::/28", reachNA, "deprecated (ORCHID)"),
	purpose("2001:20::/28", reachYes, "ORCHIDv2"),
	purpose("2001:30::/28", reachYes, "drone remote ID"),
	purpose("2001:db8::/32", reachNo, "documentation"),
	purpose("2002::/16", reachIPv4, "6to4").at(2), // N/A in the registry: it is as reachable as the address in it
	purpose("2620:4f:8000::/48", reachYes, "direct delegation AS112 service"),
	purpose("3fff::/20", reachNo, "documentation"),
	purpose("5f00::/16", reachNo, "segment routing (SRv6) SIDs"),
	purpose("fc00::/7", reachNo, "unique local"),
	purpose("fe80::/10", reachNo, "link local"),

	purpose("224.0.0.0/4", reachNo, "multicast"),
	purpose("0.0.0.0/0", reachYes, "global unicast"),
	purpose("::/96", reachNo, "IPv4-compatible, deprecated"),
	purpose("fec0::/10", reachNo, "site local, deprecated"),
	purpose("ff00::/8", reachNo, "multicast"),
	purpose("2000::/3", reachYes, "global unicast"),
	purpose("::/0", reachNo, "reserved"), // no network of the Internet has been given an address in it
}

func purpose(prefix string, r reach, name string) block {
	return block{prefix: netip.MustParsePrefix(prefix), reach: r, name: name}
}

// at says where in an IPv6 address the IPv4 address begins.
func (b block) at(i int) block { b.ipv4 = i; return b }

// blockOf returns the narrowest block that holds ip, which is valid and not mapped.
func blockOf(ip netip.Addr) block {
	var found block
	for _, b := range blocks {
		if b.prefix.Contains(ip) && (!found.prefix.IsValid() || b.prefix.Bits() > found.prefix.Bits()) {
			found = b
		}
	}
	return found
}

// Public reports whether ip is an address of the open Internet. An IPv6 address that carries an IPv4 address to which
// packets are handed on is judged by that one; one with a zone means something on this machine alone.
func Public(ip netip.Addr) bool {
	public, _ := judge(ip)
	return public
}

// judge is Public, with the name of what the address is for.
func judge(ip netip.Addr) (public bool, purpose string) {
	switch {
	case !ip.IsValid():
		return false, "no address"
	case ip.Zone() != "":
		return false, "in a zone of this machine"
	}
	ip = ip.Unmap()
	b := blockOf(ip)
	if b.reach != reachIPv4 {
		return b.reach == reachYes, b.name
	}
	bytes := ip.As16()
	carried := netip.AddrFrom4([4]byte(bytes[b.ipv4:]))
	public, purpose = judge(carried)
	return public, b.name + " to " + carried.String() + ", " + purpose
}
