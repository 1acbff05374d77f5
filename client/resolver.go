package client

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/miekg/dns"
)

const (
	defaultPort     = 8448 // where nothing names a port
	maxSRVTargets   = 8    // SRV records whose targets are looked up
	maxDestinations = 32
)

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
// Spec: server-server, Resolving server names.
func NewResolver(config ResolverConfig) Resolver {
	client := Client{}
	if config.Client != nil {
		client = *config.Client
	}
	client.Limits = Limits{Deadline: wellKnownTime}
	return &resolver{config: config, client: &client, names: newNames(config.NameServers, config.HostsFile)}
}

type resolver struct {
	config ResolverConfig
	client *Client
	names  *names
}

func (r *resolver) Resolve(ctx context.Context, server string) Discovery {
	began := r.client.now()
	x := &resolution{resolver: r, ctx: ctx, d: Discovery{Server: server}, known: map[string]found{}}
	why := x.resolve(server)
	switch {
	case len(x.d.Destinations) > 0:
	case errors.Is(ended(ctx), context.Canceled):
		x.d.Failure = &Failure{Kind: FailedCancelled, Part: PartResolve, Message: "given up while resolving the name"}
	case ended(ctx) != nil:
		x.d.Failure = &Failure{Kind: FailedTimeout, Part: PartResolve, Message: "the deadline passed while resolving the name"}
	default:
		x.d.Failure = &Failure{Kind: FailedResolve, Part: PartResolve, Message: why}
	}
	x.d.Took = r.client.now().Sub(began)
	return x.d
}

// A resolution is one server name being resolved.
type resolution struct {
	*resolver
	ctx   context.Context
	d     Discovery
	known map[string]found // what has been looked up, by type and name: the same name is met twice on most ways
}

// lookup looks records up, once.
func (x *resolution) lookup(name string, qtype uint16) found {
	key := dns.TypeToString[qtype] + " " + name
	f, ok := x.known[key]
	if !ok {
		f = x.names.lookup(x.ctx, name, qtype)
		x.known[key] = f
	}
	return f
}

// resolve takes the steps of the specification's list. It says why there is no destination.
func (x *resolution) resolve(server string) (why string) {
	n, err := ParseServerName(server)
	if err != nil {
		return err.Error()
	}
	port := portOf(n)
	if port > 65535 {
		return fmt.Sprintf("server name %q: there is no port %d", clip(server), port)
	}
	switch addrs, err := pins(x.config.Pins).find(n.Host, port); {
	case err != nil:
		return "the pinned address " + err.Error()
	case addrs != nil:
		x.step(DiscoveryStep{Rule: "pinned", Action: "pin of " + n.Name, Result: joined(addrs), Used: true, Lookup: pinOf(n.Name, addrs)})
		x.add(n, addrs)
		return ""
	case n.IsIP():
		return x.literal("1", n)
	case n.HasPort:
		return x.named("2", n, port)
	}
	if d, ok := x.wellKnown(n.Host); ok {
		if x.config.Thorough {
			defer x.ignoredSRV("4", "5", n.Host)
		}
		return x.delegated(d)
	}
	return x.bySRV("4", "5", "6", n)
}

// delegated goes on from the m.server of a well-known document, for which no well-known document is asked again.
func (x *resolution) delegated(n ServerName) (why string) {
	switch port := portOf(n); {
	case port > 65535:
		return fmt.Sprintf("m.server %q: there is no port %d", clip(n.Name), port)
	case n.IsIP():
		return x.literal("3.1", n)
	case n.HasPort:
		return x.named("3.2", n, port)
	}
	return x.bySRV("3.3", "3.4", "3.5", n)
}

func (x *resolution) literal(rule Rule, n ServerName) (why string) {
	if !n.IP.IsValid() {
		return fmt.Sprintf("server name %q: the brackets hold no IPv6 address", clip(n.Name))
	}
	addr := netip.AddrPortFrom(n.IP, uint16(portOf(n)))
	x.step(DiscoveryStep{Rule: rule, Action: "read " + n.Name, Result: "an IP address" + notPublic(n.IP), Used: true,
		Lookup: Lookup{Kind: LookupLiteral, Name: n.Name, End: EndFound, Addresses: []string{n.IP.String()}}})
	x.add(n, []netip.AddrPort{addr})
	return ""
}

func (x *resolution) named(rule Rule, n ServerName, port int) (why string) {
	addrs, why := x.addresses(rule, n.Host, port, false)
	x.add(n, addrs)
	return why
}

// bySRV looks for SRV records under both service names, and takes the name itself when there are none.
func (x *resolution) bySRV(current, deprecated, plain Rule, n ServerName) (why string) {
	for _, s := range []struct {
		rule    Rule
		service string
	}{{current, "_matrix-fed._tcp."}, {deprecated, "_matrix._tcp."}} {
		srv, i := x.srv(s.rule, s.service+n.Host)
		if len(srv) == 0 {
			continue
		}
		x.d.Steps[i].Used = true
		if s.rule == current && x.config.Thorough {
			defer x.ignoredSRV("", deprecated, n.Host)
		}
		var faults []string
		for _, r := range srv {
			if r.Fault != "" {
				faults = append(faults, fmt.Sprintf("%s%s %s", s.service, n.Host, r.wrong()))
				continue
			}
			addrs, why := x.addresses(s.rule, r.Host, r.Port, true)
			x.add(n, addrs)
			if why != "" {
				faults = append(faults, why)
			}
		}
		return strings.Join(faults, "; ")
	}
	return x.named(plain, n, defaultPort)
}

// ignoredSRV looks SRV records up that decide nothing, for the reader to see.
func (x *resolution) ignoredSRV(current, deprecated Rule, host string) {
	if current != "" {
		x.srv(current, "_matrix-fed._tcp."+host)
	}
	x.srv(deprecated, "_matrix._tcp."+host)
}

// srv looks SRV records up and gives them in the order to try, and the step that was recorded.
func (x *resolution) srv(rule Rule, name string) ([]SRVTarget, int) {
	began := x.client.now()
	f := x.lookup(name, dns.TypeSRV)
	var words []string
	for _, alias := range f.aliases {
		words = append(words, "CNAME "+alias)
	}
	srv := f.srv[:min(len(f.srv), maxSRVTargets)]
	for _, r := range srv {
		words = append(words, fmt.Sprintf("%d %d %d %s.", r.Priority, r.Weight, r.Port, clip(r.Host)))
	}
	if more := len(f.srv) - len(srv); more > 0 {
		words = append(words, fmt.Sprintf("%d more, not followed", more))
	}
	switch {
	case f.end == EndNoName || f.end == EndNoRecord:
		words = append(words, f.why)
	case f.why != "":
		words = append(words, f.why+": not known whether there is a record")
	}
	return srv, x.step(DiscoveryStep{Rule: rule, Action: "SRV " + clip(name), Result: strings.Join(words, ", "),
		Took: x.client.now().Sub(began), Lookup: Lookup{Kind: LookupSRV, Name: name, End: f.end, Aliases: f.aliases, Targets: srv}})
}

// addresses looks the addresses of a host up: pinned ones, those of the hosts file, those of DNS. It says why there are
// none. An SRV target must not be an alias; where it is one, the step says so.
func (x *resolution) addresses(rule Rule, host string, port int, srvTarget bool) (addrs []netip.AddrPort, why string) {
	if addrs, err := pins(x.config.Pins).find(host, port); err != nil {
		return nil, "the pinned address " + err.Error()
	} else if addrs != nil {
		place := host + ":" + strconv.Itoa(port)
		x.step(DiscoveryStep{Rule: rule, Action: "pin of " + place, Result: joined(addrs), Used: true, Lookup: pinOf(place, addrs)})
		return addrs, ""
	}
	add := func(ips []netip.Addr) {
		for _, ip := range ips {
			addrs = append(addrs, netip.AddrPortFrom(ip, uint16(port)))
		}
	}
	if ips := x.names.hosts(host); ips != nil {
		add(ips)
		x.step(DiscoveryStep{Rule: rule, Action: "hosts file " + clip(host), Result: shown(ips), Used: true,
			Lookup: Lookup{Kind: LookupHosts, Name: host, End: EndFound, Addresses: texts(ips)}})
		return addrs, ""
	}
	var faults []string
	for _, qtype := range []uint16{dns.TypeA, dns.TypeAAAA} {
		began := x.client.now()
		f := x.lookup(host, qtype)
		var words []string
		for _, alias := range f.aliases {
			words = append(words, "CNAME "+clip(alias))
		}
		if srvTarget && f.aliases != nil {
			words[len(words)-1] += " (an SRV target must not be an alias)"
		}
		if f.why != "" {
			words = append(words, f.why)
			faults = append(faults, dns.TypeToString[qtype]+": "+f.why)
		} else {
			words = append(words, shown(f.addrs))
		}
		add(f.addrs)
		x.step(DiscoveryStep{Rule: rule, Action: dns.TypeToString[qtype] + " " + clip(host), Result: strings.Join(words, ", "),
			Used: len(f.addrs) > 0, Took: x.client.now().Sub(began),
			Lookup: Lookup{Kind: LookupKind(dns.TypeToString[qtype]), Name: host, End: f.end, Addresses: texts(f.addrs), Aliases: f.aliases}})
	}
	if len(addrs) == 0 {
		why = fmt.Sprintf("%s has no address (%s)", clip(host), strings.Join(faults, ", "))
	}
	return addrs, why
}

// add makes destinations of addresses. Host, SNI and the name on the certificate come from n, the server name or what it
// is delegated to, whatever the name was that led to the addresses.
func (x *resolution) add(n ServerName, addrs []netip.AddrPort) {
	for _, a := range addrs {
		d := Destination{Server: x.d.Server, Address: a.String(), Host: n.Name, SNI: n.Host, VerifyName: n.Host}
		if n.IsIP() {
			d.SNI = ""
		}
		if len(x.d.Destinations) < maxDestinations && !slices.Contains(x.d.Destinations, d) {
			x.d.Destinations = append(x.d.Destinations, d)
		}
	}
}

// step records a step and gives its place.
func (x *resolution) step(s DiscoveryStep) int {
	x.d.Steps = append(x.d.Steps, s)
	return len(x.d.Steps) - 1
}

func portOf(n ServerName) int {
	if n.HasPort {
		return n.Port
	}
	return defaultPort
}

// pinOf is what a pin says.
func pinOf(name string, addrs []netip.AddrPort) Lookup {
	return Lookup{Kind: LookupPin, Name: name, End: EndFound, Addresses: texts(addrs)}
}

// texts spells addresses out.
func texts[T fmt.Stringer](list []T) []string {
	var out []string
	for _, a := range list {
		out = append(out, a.String())
	}
	return out
}

func shown(ips []netip.Addr) string {
	var words []string
	for _, ip := range ips {
		words = append(words, ip.String()+notPublic(ip))
	}
	return strings.Join(words, ", ")
}

func joined(addrs []netip.AddrPort) string {
	var words []string
	for _, a := range addrs {
		words = append(words, a.String()+notPublic(a.Addr()))
	}
	return strings.Join(words, ", ")
}

func notPublic(ip netip.Addr) string {
	if Public(ip) {
		return ""
	}
	return " (not public)"
}
