package client

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/miekg/dns"
)

const (
	dnsTimeout   = 3 * time.Second // for one question to one name server
	dnsAttempts  = 2               // rounds over the name servers
	dnsUDPSize   = 1232            // bytes that pass unfragmented nearly everywhere
	maxAliases   = 16              // CNAMEs followed within one answer
	maxAddresses = 32              // addresses taken from one answer
	maxHosts     = 1 << 20         // bytes of a hosts file
)

// A found is what a look-up found out. Why says what stands in the way when there are no records: that there is no such
// name is told from there being no such record, and both from name servers that fail or do not answer.
type found struct {
	addrs   []netip.Addr
	srv     []SRVTarget
	aliases []string  // CNAME targets on the way
	end     LookupEnd // no such name, or no such record, is an answer; everything else but EndFound is a fault
	why     string    // NXDOMAIN, "no A record", SERVFAIL, timeout, … ; empty when there are records
}

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

// wrong says what is wrong with a target.
func (t SRVTarget) wrong() string {
	switch t.Fault {
	case TargetNone:
		return "says that there is no such service"
	case TargetAddress:
		return fmt.Sprintf("has the target %s, which is an IP address, where the name of a host has to stand", clip(t.Host))
	case TargetPort:
		return fmt.Sprintf("leads to port 0 of %s", clip(t.Host))
	}
	return fmt.Sprintf("has the target %q, which no host can be called", clip(t.Host))
}

// names looks names up: in the hosts file, then with the name servers of resolv.conf, or the system's way where there
// are none.
type names struct {
	servers   []string // IP:port
	hostsFile string
	timeout   time.Duration // for one question to one name server
}

func newNames(servers []string, hostsFile string) *names {
	n := &names{servers: servers, hostsFile: hostsFile, timeout: dnsTimeout}
	if n.hostsFile == "" {
		n.hostsFile = systemHostsFile()
	}
	if n.servers == nil {
		if conf, err := dns.ClientConfigFromFile("/etc/resolv.conf"); err == nil {
			for _, s := range conf.Servers {
				n.servers = append(n.servers, net.JoinHostPort(s, conf.Port))
			}
		}
	}
	return n
}

func systemHostsFile() string {
	if runtime.GOOS == "windows" {
		return filepath.Join(os.Getenv("SystemRoot"), "System32", "drivers", "etc", "hosts")
	}
	return "/etc/hosts"
}

// hosts gives the addresses the hosts file has for name, in its order.
func (n *names) hosts(name string) []netip.Addr {
	f, err := os.Open(n.hostsFile)
	if err != nil {
		return nil
	}
	defer f.Close()
	var addrs []netip.Addr
	lines := bufio.NewScanner(io.LimitReader(f, maxHosts))
	for lines.Scan() {
		line, _, _ := strings.Cut(lines.Text(), "#")
		fields := strings.Fields(line)
		if len(fields) < 2 || !slices.ContainsFunc(fields[1:], func(s string) bool { return sameName(s, name) }) {
			continue
		}
		if ip, err := netip.ParseAddr(fields[0]); err == nil && ip.Zone() == "" && !slices.Contains(addrs, ip) {
			addrs = append(addrs, ip)
		}
	}
	return addrs
}

// sameName compares DNS names, which know no case.
func sameName(a, b string) bool {
	return strings.EqualFold(strings.TrimSuffix(a, "."), strings.TrimSuffix(b, "."))
}

// lookup asks for the records of one type, dns.TypeA, TypeAAAA or TypeSRV. The name is taken as absolute.
func (n *names) lookup(ctx context.Context, name string, qtype uint16) found {
	if len(n.servers) == 0 {
		return n.systemLookup(ctx, name, qtype)
	}
	q := new(dns.Msg).SetQuestion(dns.Fqdn(name), qtype)
	if _, ok := dns.IsDomainName(name); !ok {
		return found{end: EndInvalid, why: "not a name that DNS can hold"}
	}
	var last found
	for range dnsAttempts {
		for _, server := range n.servers {
			if ended(ctx) != nil {
				return found{end: cmp.Or(last.end, EndTimeout), why: cmp.Or(last.why, "timeout")}
			}
			answer, err := n.ask(ctx, server, q)
			if err != nil {
				last = dnsFault(server, err)
				continue
			}
			switch answer.Rcode {
			case dns.RcodeSuccess, dns.RcodeNameError:
				return read(answer, q)
			}
			last = found{end: EndUnknown, why: cmp.Or(dns.RcodeToString[answer.Rcode], fmt.Sprintf("code %d", answer.Rcode))}
		}
	}
	return last
}

// ask puts one question to one server: by UDP, by TCP when the answer does not fit.
func (n *names) ask(ctx context.Context, server string, q *dns.Msg) (*dns.Msg, error) {
	ctx, cancel := context.WithTimeout(ctx, n.timeout)
	defer cancel()
	q = q.Copy()
	q.Id = dns.Id()
	q.SetEdns0(dnsUDPSize, false)
	udp := dns.Client{Timeout: n.timeout}
	answer, _, err := udp.ExchangeContext(ctx, q, server)
	if err == nil && answer.Rcode == dns.RcodeFormatError { // a server that has not heard of EDNS
		q.Extra = nil
		answer, _, err = udp.ExchangeContext(ctx, q, server)
	}
	if answer != nil && answer.Truncated {
		tcp := dns.Client{Net: "tcp", Timeout: n.timeout}
		answer, _, err = tcp.ExchangeContext(ctx, q, server)
	}
	if err != nil {
		return nil, err
	}
	if !answer.Response || len(answer.Question) != 1 || answer.Question[0].Qtype != q.Question[0].Qtype ||
		!sameName(answer.Question[0].Name, q.Question[0].Name) {
		return nil, errors.New("the answer is to another question")
	}
	return answer, nil
}

func dnsFault(server string, err error) found {
	var timeout net.Error
	if errors.Is(err, context.DeadlineExceeded) || errors.As(err, &timeout) && timeout.Timeout() {
		return found{end: EndTimeout, why: "timeout"}
	}
	return found{end: EndUnknown, why: fmt.Sprintf("name server %s: %s", server, plainly(err))}
}

// read takes the records out of an answer, following its CNAMEs.
func read(answer, q *dns.Msg) found {
	f := found{end: EndFound}
	owner, qtype := q.Question[0].Name, q.Question[0].Qtype
	for range maxAliases {
		i := slices.IndexFunc(answer.Answer, func(r dns.RR) bool {
			return r.Header().Rrtype == dns.TypeCNAME && sameName(r.Header().Name, owner)
		})
		if i < 0 {
			break
		}
		owner = answer.Answer[i].(*dns.CNAME).Target
		f.aliases = append(f.aliases, strings.TrimSuffix(owner, "."))
	}
	for _, r := range answer.Answer {
		if !sameName(r.Header().Name, owner) || r.Header().Rrtype != qtype {
			continue
		}
		switch r := r.(type) {
		case *dns.A:
			f.addAddr(r.A)
		case *dns.AAAA:
			f.addAddr(r.AAAA)
		case *dns.SRV:
			f.srv = append(f.srv, srvTarget(r.Target, r.Port, r.Priority, r.Weight))
		}
	}
	if len(f.addrs)+len(f.srv) == 0 {
		f.end, f.why = EndNoRecord, "no "+dns.TypeToString[qtype]+" record"
		if answer.Rcode == dns.RcodeNameError {
			f.end, f.why = EndNoName, "NXDOMAIN"
		}
	}
	sortSRV(f.srv)
	return f
}

func (f *found) addAddr(ip net.IP) {
	if a, ok := netip.AddrFromSlice(ip); ok && len(f.addrs) < maxAddresses && !slices.Contains(f.addrs, a.Unmap()) {
		f.addrs = append(f.addrs, a.Unmap())
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
func (n *names) systemLookup(ctx context.Context, name string, qtype uint16) found {
	var f found
	var err error
	switch resolver := net.DefaultResolver; qtype {
	case dns.TypeA:
		f.addrs, err = resolver.LookupNetIP(ctx, "ip4", name)
	case dns.TypeAAAA:
		f.addrs, err = resolver.LookupNetIP(ctx, "ip6", name)
	case dns.TypeSRV:
		var srv []*net.SRV
		_, srv, err = resolver.LookupSRV(ctx, "", "", name)
		for _, r := range srv {
			f.srv = append(f.srv, srvTarget(r.Target, r.Port, r.Priority, r.Weight))
		}
		sortSRV(f.srv)
	}
	for i, a := range f.addrs {
		f.addrs[i] = a.Unmap()
	}
	var fault *net.DNSError
	switch {
	case len(f.addrs)+len(f.srv) > 0:
		f.end = EndFound
	case errors.As(err, &fault) && fault.IsNotFound:
		f.end, f.why = EndNoRecord, "no such name or no such record"
	case errors.As(err, &fault) && fault.IsTimeout || errors.Is(err, context.DeadlineExceeded):
		f.end, f.why = EndTimeout, "timeout"
	case errors.As(err, &fault):
		f.end, f.why = EndUnknown, clip(fault.Err)
	case err != nil:
		f.end, f.why = EndUnknown, plainly(err)
	default:
		f.end, f.why = EndNoRecord, "no record"
	}
	return f
}
