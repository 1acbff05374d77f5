package client

import (
	"context"
	"fmt"
	"net/netip"
	"strconv"
	"time"
)

const (
	defaultPort   = 8448 // where nothing names a port
	maxSRVTargets = 8    // SRV records whose targets are looked up
)

// A trail is one server name being resolved: it looks things up and keeps every look-up as a step.
type trail struct {
	ctx       context.Context
	now       func() time.Time
	pins      pins
	hostsFile string
	dns       *nameServers

	steps []DiscoveryStep
	known map[string]Lookup // by kind and name: the same name is met twice on most ways
}

// step records a look-up that took no time, and gives its place.
func (t *trail) step(rule Rule, used bool, l Lookup) int {
	t.steps = append(t.steps, DiscoveryStep{Rule: rule, Used: used, Lookup: l})
	return len(t.steps) - 1
}

// records asks DNS, once for each name and kind. It gives the look-up and its step.
func (t *trail) records(rule Rule, kind LookupKind, name string) (Lookup, int) {
	began := t.now()
	key := string(kind) + " " + name
	l, ok := t.known[key]
	if !ok {
		l = t.dns.lookup(t.ctx, kind, name)
		l.More = max(0, len(l.Targets)-maxSRVTargets)
		l.Targets = l.Targets[:len(l.Targets)-l.More]
		t.known[key] = l
	}
	i := t.step(rule, len(l.Addresses) > 0, l)
	t.steps[i].Took = t.now().Sub(began)
	return l, i
}

// addresses looks up the addresses of a host: pinned ones, or those of the hosts file, or those of DNS, IPv4 before
// IPv6. The failure says why there are none.
func (t *trail) addresses(rule Rule, host string, port int) ([]netip.AddrPort, *Failure) {
	addrs, failure := t.pinned(rule, host+":"+strconv.Itoa(port), host, port)
	if addrs != nil || failure != nil {
		return addrs, failure
	}
	if ips := hostsFileAddresses(t.hostsFile, host); ips != nil {
		t.step(rule, true, Lookup{Kind: LookupHosts, Name: host, End: EndFound, Addresses: texts(ips)})
		return withPort(texts(ips), port), nil
	}
	ipv4, _ := t.records(rule, LookupA, host)
	ipv6, _ := t.records(rule, LookupAAAA, host)
	addrs = append(withPort(ipv4.Addresses, port), withPort(ipv6.Addresses, port)...)
	if addrs == nil {
		return nil, unresolved(ReasonNoAddress, noAddress(host, ipv4, ipv6))
	}
	return addrs, nil
}

// pinned gives the addresses pinned for a host and port, neither them nor a failure when there is no pin. name is what
// the step says is pinned.
func (t *trail) pinned(rule Rule, name, host string, port int) ([]netip.AddrPort, *Failure) {
	addrs, err := t.pins.find(host, port)
	switch {
	case err != nil:
		return nil, unresolved(ReasonPin, "the pinned address "+err.Error())
	case addrs != nil:
		t.step(rule, true, Lookup{Kind: LookupPin, Name: name, End: EndFound, Addresses: texts(addrs)})
	}
	return addrs, nil
}

func unresolved(why Reason, message string) *Failure {
	return &Failure{Kind: FailedResolve, Part: PartResolve, Reason: why, Message: message}
}

func texts[T fmt.Stringer](list []T) []string {
	var out []string
	for _, a := range list {
		out = append(out, a.String())
	}
	return out
}

// withPort makes addresses to dial of IPs.
func withPort(ips []string, port int) []netip.AddrPort {
	var addrs []netip.AddrPort
	for _, ip := range ips {
		addrs = append(addrs, netip.AddrPortFrom(netip.MustParseAddr(ip), uint16(port)))
	}
	return addrs
}
