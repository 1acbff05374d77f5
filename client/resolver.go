package client

import (
	"context"
	"errors"
	"net/netip"
	"slices"
	"strings"
)

const maxDestinations = 32

// ResolverConfig says how names are resolved. The zero value does it as any homeserver does.
type ResolverConfig struct {
	// Client fetches well-known documents; of its fields those about connections, certificates and the clock count. Its
	// AllowPrivate does not keep private addresses out of a discovery: they are in it, and Client.Do refuses them.
	Client *Client
	// Pins override everything for the server names they are for, and look-ups for the other names they are for. See
	// ParsePin for the form of keys and values; a key may also be a name without a port.
	Pins        map[string]string
	NameServers []string // IP:port; nil: those of the system
	HostsFile   string   // empty: the system's
	// Thorough also asks for what does not decide: SRV records behind a well-known document, and the document from every
	// address of its host, in case they differ.
	Thorough bool
}

// NewResolver returns a resolver that finds servers as the specification has it, keeping every step. It caches nothing.
// IPv4 addresses come before IPv6 addresses. Safe for concurrent use.
// Spec: server-server, Server discovery.
func NewResolver(config ResolverConfig) Resolver {
	client := Client{}
	if config.Client != nil {
		client = *config.Client
	}
	client.Limits = Limits{Deadline: wellKnownTime}
	if config.HostsFile == "" {
		config.HostsFile = systemHostsFile()
	}
	return &resolver{config: config, client: &client, dns: newNameServers(config.NameServers)}
}

type resolver struct {
	config ResolverConfig
	client *Client
	dns    *nameServers
}

func (r *resolver) Resolve(ctx context.Context, server string) Discovery {
	began := r.client.now()
	x := &resolution{thorough: r.config.Thorough, client: r.client, server: server, trail: &trail{
		ctx: ctx, now: r.client.now, pins: r.config.Pins, hostsFile: r.config.HostsFile, dns: r.dns,
		known: map[string]Lookup{},
	}}
	x.resolve(server)
	Describe(x.steps)
	return Discovery{
		Server: server, Steps: x.steps, Destinations: x.to, Failure: x.failure(), Took: r.client.now().Sub(began),
	}
}

// A resolution is one server name being resolved.
type resolution struct {
	*trail
	thorough bool
	client   *Client
	server   string
	to       []Destination
	failures []*Failure // why there are no destinations, or not more of them
}

// resolve takes the steps of the specification's list, whose numbers stand next to the code.
// Spec: server-server, Server discovery.
func (x *resolution) resolve(server string) {
	n, err := ParseServerName(server)
	switch {
	case err != nil:
		x.fail(unresolved(ReasonName, err.Error()))
		return
	case portOf(n) > maxPort:
		x.fail(unresolved(ReasonPort, noPort("server name", n)))
		return
	case x.pin(n):
		return
	case n.IsIP():
		x.literal(RuleLiteral, n) // 1
		return
	case n.HasPort:
		x.name(RulePort, n) // 2
		return
	}
	if to, ok := (documents{x.trail, x.client, x.thorough}).delegate(n.Host); ok { // 3
		x.delegated(to)
		x.ignored(RuleSRV, n)
		x.ignored(RuleOldSRV, n)
		return
	}
	switch {
	case x.srv(RuleSRV, n): // 4
		x.ignored(RuleOldSRV, n)
	case x.srv(RuleOldSRV, n): // 5
	default:
		x.name(RuleName, n) // 6
	}
}

// delegated goes on from the m.server of a well-known document. No well-known document is asked for it again.
func (x *resolution) delegated(n ServerName) {
	switch {
	case portOf(n) > maxPort:
		x.fail(unresolved(ReasonPort, noPort("m.server", n)))
	case n.IsIP():
		x.literal(RuleDelegateLiteral, n) // 3.1
	case n.HasPort:
		x.name(RuleDelegatePort, n) // 3.2
	case x.srv(RuleDelegateSRV, n): // 3.3
		x.ignored(RuleDelegateOldSRV, n)
	case x.srv(RuleDelegateOldSRV, n): // 3.4
	default:
		x.name(RuleDelegateName, n) // 3.5
	}
}

// pin takes the pinned addresses, before any step of the list. It reports whether something is pinned, good or not.
func (x *resolution) pin(n ServerName) bool {
	addrs, failure := x.pinned(RulePinned, n.Name, n.Host, portOf(n))
	x.fail(failure)
	x.add(n, addrs)
	return addrs != nil || failure != nil
}

// literal takes the address that n is.
func (x *resolution) literal(rule Rule, n ServerName) {
	if !n.IP.IsValid() {
		x.fail(unresolved(ReasonName, noIPv6(n)))
		return
	}
	x.step(rule, true, Lookup{Kind: LookupLiteral, Name: n.Name, End: EndFound, Addresses: []string{n.IP.String()}})
	x.add(n, []netip.AddrPort{netip.AddrPortFrom(n.IP, uint16(portOf(n)))})
}

// name takes the addresses of n itself.
func (x *resolution) name(rule Rule, n ServerName) {
	addrs, failure := x.addresses(rule, n.Host, portOf(n))
	x.fail(failure)
	x.add(n, addrs)
}

// srv takes the targets of n's SRV records, and reports whether there are any records. They decide even when none of
// them leads anywhere.
func (x *resolution) srv(rule Rule, n ServerName) bool {
	service := rule.service() + n.Host
	l, i := x.records(rule, LookupSRV, service)
	x.steps[i].Used = len(l.Targets) > 0
	for _, t := range l.Targets {
		if t.Fault != "" {
			x.fail(unresolved(ReasonTarget, t.words(service)))
			continue
		}
		addrs, failure := x.addresses(rule, t.Host, t.Port)
		x.fail(failure)
		x.add(n, addrs)
	}
	return len(l.Targets) > 0
}

// ignored looks SRV records up that decide nothing, for the reader to see.
func (x *resolution) ignored(rule Rule, n ServerName) {
	if x.thorough {
		x.records(rule, LookupSRV, rule.service()+n.Host)
	}
}

// add makes destinations of addresses. Host, SNI and the name on the certificate come from n, the server name or the
// one it delegates to, whatever name led to the addresses.
func (x *resolution) add(n ServerName, addrs []netip.AddrPort) {
	for _, a := range addrs {
		d := Destination{Server: x.server, Address: a.String(), Host: n.Name, SNI: n.SNI(), VerifyName: n.Host}
		if len(x.to) < maxDestinations && !slices.Contains(x.to, d) {
			x.to = append(x.to, d)
		}
	}
}

func (x *resolution) fail(f *Failure) {
	if f != nil {
		x.failures = append(x.failures, f)
	}
}

// failure says why there is no destination; nil when there is one.
func (x *resolution) failure() *Failure {
	switch {
	case len(x.to) > 0:
		return nil
	case errors.Is(ended(x.ctx), context.Canceled):
		return &Failure{Kind: FailedCancelled, Part: PartResolve, Message: "given up while " + doing[PartResolve]}
	case ended(x.ctx) != nil:
		return &Failure{Kind: FailedTimeout, Part: PartResolve, Message: "the deadline passed while " + doing[PartResolve]}
	}
	var words []string
	for _, f := range x.failures {
		words = append(words, f.Message)
	}
	return unresolved(x.failures[0].Reason, strings.Join(words, "; "))
}

func portOf(n ServerName) int {
	if n.HasPort {
		return n.Port
	}
	return defaultPort
}
