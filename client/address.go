package client

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
)

// nonPublic are the networks that no server name of the open federation leads to.
// Spec: IANA special-purpose address registries.
var nonPublic = prefixes(
	"0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
	"192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24",
	"224.0.0.0/4", "240.0.0.0/4",
	"::/128", "::1/128", "100::/64", "2001:db8::/32", "3fff::/20", "fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8",
)

func prefixes(list ...string) []netip.Prefix {
	var p []netip.Prefix
	for _, s := range list {
		p = append(p, netip.MustParsePrefix(s))
	}
	return p
}

var (
	nat64   = netip.MustParsePrefix("64:ff9b::/96")
	sixTo4  = netip.MustParsePrefix("2002::/16")
	ipv4Net = netip.MustParsePrefix("::/96") // IPv4-compatible, long deprecated
)

// Public reports whether ip is an address of the open Internet. An IPv6 address that carries an IPv4 address is judged
// by that one.
func Public(ip netip.Addr) bool {
	ip = ip.Unmap()
	if !ip.IsValid() || ip.Zone() != "" {
		return false
	}
	for _, p := range nonPublic {
		if p.Contains(ip) {
			return false
		}
	}
	if b := ip.As16(); ip.Is6() {
		switch {
		case nat64.Contains(ip), ipv4Net.Contains(ip):
			return Public(netip.AddrFrom4([4]byte(b[12:])))
		case sixTo4.Contains(ip):
			return Public(netip.AddrFrom4([4]byte(b[2:6])))
		}
	}
	return true
}

// pins say where names lead, by name and port ("matrix.example:8448") or by name alone; the value is one address or
// several with commas between them, each an IP or IP:port.
type pins map[string]string

// ParsePin reads NAME:PORT:ADDRESS[,ADDRESS]…, as curl takes it, into a key and a value of ResolverConfig.Pins.
func ParsePin(s string) (name, addresses string, err error) {
	bad := func(err error) (string, string, error) {
		return "", "", fmt.Errorf("pin %q: %w", clip(s), err)
	}
	from := 0
	if strings.HasPrefix(s, "[") {
		from = max(0, strings.Index(s, "]"))
	}
	parts := strings.SplitN(s[from:], ":", 3)
	if len(parts) != 3 {
		return bad(errors.New("is not of the form NAME:PORT:ADDRESS"))
	}
	name = s[:from] + parts[0] + ":" + parts[1]
	if _, err := ParseServerName(name); err != nil {
		return bad(err)
	}
	if _, err := pinned(parts[2], 1); err != nil {
		return bad(err)
	}
	return name, parts[2], nil
}

// find gives the addresses pinned for a host and port; none without an error when there is no pin.
func (p pins) find(host string, port int) ([]netip.AddrPort, error) {
	for _, key := range []string{net.JoinHostPort(host, strconv.Itoa(port)), host} {
		if value, ok := p[key]; ok {
			return pinned(value, port)
		}
	}
	return nil, nil
}

func pinned(value string, port int) ([]netip.AddrPort, error) {
	var addrs []netip.AddrPort
	for s := range strings.SplitSeq(value, ",") {
		addr, err := netip.ParseAddrPort(s)
		if err != nil {
			ip, err := netip.ParseAddr(strings.TrimSuffix(strings.TrimPrefix(s, "["), "]"))
			if err != nil || ip.Zone() != "" {
				return nil, fmt.Errorf("%q is not an IP address", clip(s))
			}
			addr = netip.AddrPortFrom(ip, uint16(port))
		}
		addrs = append(addrs, addr)
	}
	return addrs, nil
}

// maxHosts bounds a hosts file, in bytes.
const maxHosts = 1 << 20

func systemHostsFile() string {
	if runtime.GOOS == "windows" {
		return filepath.Join(os.Getenv("SystemRoot"), "System32", "drivers", "etc", "hosts")
	}
	return "/etc/hosts"
}

// hostsFileAddresses gives the addresses that a hosts file has for name, in its order.
func hostsFileAddresses(path, name string) []netip.Addr {
	f, err := os.Open(path)
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
