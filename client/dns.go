package client

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/miekg/dns"
)

const (
	dnsTimeout   = 3 * time.Second // for one question to one name server
	dnsAttempts  = 2               // rounds over the name servers
	dnsUDPSize   = 1232            // bytes that pass unfragmented nearly everywhere
	maxAliases   = 16              // CNAMEs followed within one reply
	maxAddresses = 32              // addresses taken from one reply
)

// recordTypes are the types of records that are looked up.
var recordTypes = map[LookupKind]uint16{LookupA: dns.TypeA, LookupAAAA: dns.TypeAAAA, LookupSRV: dns.TypeSRV}

// srvTarget makes a target of what a record says.
func srvTarget(target string, port, priority, weight uint16) SRVTarget {
	t := SRVTarget{Host: strings.TrimSuffix(target, "."), Port: int(port), Priority: priority, Weight: weight}
	switch {
	case t.Host == "":
		t.Fault = TargetNone
	case isAddress(t.Host):
		t.Fault = TargetAddress
	case strings.ContainsFunc(t.Host, notInHosts):
		t.Fault = TargetName
	case t.Port == 0:
		t.Fault = TargetPort
	}
	return t
}

// notInHosts accepts what stands in no host's name. Some do have an underscore.
func notInHosts(r rune) bool { return r > 0x7f || !isDNSByte(byte(r)) && r != '_' }

func isAddress(s string) bool {
	_, err := netip.ParseAddr(strings.TrimSuffix(strings.TrimPrefix(s, "["), "]"))
	return err == nil
}

// nameServers are asked in their order. Without any, the system is asked in its own way.
type nameServers struct {
	addresses []string      // IP:port
	timeout   time.Duration // for one question to one of them
}

// newNameServers takes those of resolv.conf when addresses is nil.
func newNameServers(addresses []string) *nameServers {
	if addresses == nil {
		if conf, err := dns.ClientConfigFromFile("/etc/resolv.conf"); err == nil {
			for _, s := range conf.Servers {
				addresses = append(addresses, net.JoinHostPort(s, conf.Port))
			}
		}
	}
	return &nameServers{addresses: addresses, timeout: dnsTimeout}
}

// lookup asks for the records of one kind: LookupA, LookupAAAA or LookupSRV. The name is taken as absolute. A name that
// does not exist is told from one without such a record, and both from name servers that fail or keep silent.
func (n *nameServers) lookup(ctx context.Context, kind LookupKind, name string) Lookup {
	if len(n.addresses) == 0 {
		return systemLookup(ctx, kind, name)
	}
	last := Lookup{Kind: kind, Name: name, End: EndTimeout}
	q := new(dns.Msg).SetQuestion(dns.Fqdn(name), recordTypes[kind])
	if _, ok := dns.IsDomainName(name); !ok {
		last.End = EndInvalid
		return last
	}
	for range dnsAttempts {
		for _, server := range n.addresses {
			if ended(ctx) != nil {
				return last
			}
			reply, err := n.ask(ctx, server, q)
			switch {
			case err != nil:
				last.End, last.Trouble = dnsFault(server, err)
			case reply.Rcode == dns.RcodeSuccess || reply.Rcode == dns.RcodeNameError:
				return readRecords(reply, kind, name)
			default:
				last.End = EndUnknown
				last.Trouble = cmp.Or(dns.RcodeToString[reply.Rcode], fmt.Sprintf("code %d", reply.Rcode))
			}
		}
	}
	return last
}

// ask puts one question to one server: by UDP, by TCP when the reply does not fit.
func (n *nameServers) ask(ctx context.Context, server string, q *dns.Msg) (*dns.Msg, error) {
	ctx, cancel := context.WithTimeout(ctx, n.timeout)
	defer cancel()
	q = q.Copy()
	q.Id = dns.Id()
	q.SetEdns0(dnsUDPSize, false)
	udp := dns.Client{Timeout: n.timeout}
	reply, _, err := udp.ExchangeContext(ctx, q, server)
	if err == nil && reply.Rcode == dns.RcodeFormatError { // a server that has not heard of EDNS
		q.Extra = nil
		reply, _, err = udp.ExchangeContext(ctx, q, server)
	}
	if reply != nil && reply.Truncated {
		tcp := dns.Client{Net: "tcp", Timeout: n.timeout}
		reply, _, err = tcp.ExchangeContext(ctx, q, server)
	}
	if err != nil {
		return nil, err
	}
	if !reply.Response || len(reply.Question) != 1 || reply.Question[0].Qtype != q.Question[0].Qtype ||
		!sameName(reply.Question[0].Name, q.Question[0].Name) {
		return nil, errors.New("the reply is to another question")
	}
	return reply, nil
}

func dnsFault(server string, err error) (end LookupEnd, trouble string) {
	var timeout net.Error
	if errors.Is(err, context.DeadlineExceeded) || errors.As(err, &timeout) && timeout.Timeout() {
		return EndTimeout, ""
	}
	return EndUnknown, fmt.Sprintf("name server %s: %s", server, plainly(err))
}

// readRecords takes the records out of a reply, following its CNAMEs.
func readRecords(reply *dns.Msg, kind LookupKind, name string) Lookup {
	l := Lookup{Kind: kind, Name: name}
	owner := dns.Fqdn(name)
	for range maxAliases {
		i := slices.IndexFunc(reply.Answer, func(r dns.RR) bool {
			return r.Header().Rrtype == dns.TypeCNAME && sameName(r.Header().Name, owner)
		})
		if i < 0 {
			break
		}
		owner = reply.Answer[i].(*dns.CNAME).Target
		l.Aliases = append(l.Aliases, strings.TrimSuffix(owner, "."))
	}
	for _, r := range reply.Answer {
		if !sameName(r.Header().Name, owner) || r.Header().Rrtype != recordTypes[kind] {
			continue
		}
		switch r := r.(type) {
		case *dns.A:
			l.addAddress(r.A)
		case *dns.AAAA:
			l.addAddress(r.AAAA)
		case *dns.SRV:
			l.Targets = append(l.Targets, srvTarget(r.Target, r.Port, r.Priority, r.Weight))
		}
	}
	sortSRV(l.Targets)
	switch {
	case len(l.Addresses)+len(l.Targets) > 0:
		l.End = EndFound
	case reply.Rcode == dns.RcodeNameError:
		l.End = EndNoName
	default:
		l.End = EndNoRecord
	}
	return l
}

func (l *Lookup) addAddress(ip net.IP) {
	a, ok := netip.AddrFromSlice(ip)
	if text := a.Unmap().String(); ok && len(l.Addresses) < maxAddresses && !slices.Contains(l.Addresses, text) {
		l.Addresses = append(l.Addresses, text)
	}
}

// sortSRV orders records by priority. Within one priority RFC 2782 has a client draw lots by weight; here the heaviest
// comes first, so that two runs try servers in the same order.
func sortSRV(srv []SRVTarget) {
	slices.SortFunc(srv, func(a, b SRVTarget) int {
		return cmp.Or(cmp.Compare(a.Priority, b.Priority), cmp.Compare(b.Weight, a.Weight),
			cmp.Compare(a.Host, b.Host), cmp.Compare(a.Port, b.Port))
	})
}

// systemLookup asks the operating system, which does not tell an absent name from an absent record.
func systemLookup(ctx context.Context, kind LookupKind, name string) Lookup {
	l := Lookup{Kind: kind, Name: name, System: true}
	var ips []netip.Addr
	var srv []*net.SRV
	var err error
	switch kind {
	case LookupA:
		ips, err = net.DefaultResolver.LookupNetIP(ctx, "ip4", name)
	case LookupAAAA:
		ips, err = net.DefaultResolver.LookupNetIP(ctx, "ip6", name)
	case LookupSRV:
		_, srv, err = net.DefaultResolver.LookupSRV(ctx, "", "", name)
	}
	for _, ip := range ips {
		l.addAddress(ip.AsSlice())
	}
	for _, r := range srv {
		l.Targets = append(l.Targets, srvTarget(r.Target, r.Port, r.Priority, r.Weight))
	}
	sortSRV(l.Targets)
	var fault *net.DNSError
	switch {
	case len(l.Addresses)+len(l.Targets) > 0:
		l.End = EndFound
	case err == nil, errors.As(err, &fault) && fault.IsNotFound:
		l.End = EndNoRecord
	case errors.As(err, &fault) && fault.IsTimeout || errors.Is(err, context.DeadlineExceeded):
		l.End = EndTimeout
	case fault != nil:
		l.End, l.Trouble = EndUnknown, clip(fault.Err)
	default:
		l.End, l.Trouble = EndUnknown, plainly(err)
	}
	return l
}
