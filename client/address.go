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
	n, err := ParseServerName(name)
	if err != nil {
		return bad(err)
	}
	name = strings.TrimSuffix(name, parts[1]) + strconv.Itoa(n.Port) // as it is looked up, without zeros before it
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
