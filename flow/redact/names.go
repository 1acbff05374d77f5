package redact

import (
	"encoding/base64"
	"fmt"
	"net/netip"
	"strings"

	"doorstep/flow"
	"doorstep/flow/event"
)

// names are the pseudonyms given so far, by what they are the pseudonyms of. Each kind is numbered by itself, in the
// order of first appearance, so that a trace has the same pseudonyms each time, and keeps those it has.
type names map[flow.RemovedKind]map[string]string

// mostNames is how many names of a kind have pseudonyms of their own. A room of a quarter of a million events has
// fewer; those after them share one, so that a body takes no more memory than a few times its size.
const mostNames = 1 << 20

// named returns the pseudonym of a name, which is made by its number if it has none yet.
func (ns names) named(kind flow.RemovedKind, name string, pseudonym func(n int) string) string {
	if p, ok := ns[kind][name]; ok {
		return p
	}
	if ns[kind] == nil {
		ns[kind] = map[string]string{}
	}
	p := pseudonym(len(ns[kind]) + 1)
	if len(ns[kind]) < mostNames {
		ns[kind][name] = p
	}
	return p
}

// server returns the pseudonym of a server name, or of a host with or without a port: the port stays.
func (ns names) server(name string) string {
	if name == "" {
		return ""
	}
	host, port := name, ""
	if at := strings.LastIndexByte(name, ':'); at >= 0 && !strings.HasSuffix(name, "]") && !isIP(name) {
		host, port = name[:at], ":"+name[at+1:]
	}
	if strings.Trim(port, ":0123456789") != "" || len(port) > 11 {
		port = ":port"
	}
	if inside, ok := strings.CutPrefix(host, "["); ok {
		inside = strings.TrimSuffix(inside, "]")
		if !isIP(inside) {
			return "[" + ns.host(inside) + "]" + port // what it was: no address, and so no server name
		}
		return "[" + ns.address(inside) + "]" + port
	}
	return ns.host(host) + port
}

// services are the labels before the name in the records of SRV, and that of a wildcard.
var services = lazily(`^(?:\*|_matrix|_matrix-fed|_tcp)\.`)

const longestHost = 8 // labels of a host whose parents have pseudonyms of their own

// host returns the pseudonym of a host. The pseudonym of a host in a domain is in that domain's: a certificate for one
// of them, or for any host of the domain, is for the same ones as before.
func (ns names) host(host string) string {
	if host == "" || isIP(host) {
		return ns.address(host)
	}
	bare := withoutServices(host)
	rest := strings.TrimRight(bare, ".")
	if rest == "" && bare != "" {
		rest = "." // which is no name, and stands for one
	}
	if rest != host {
		return host[:len(host)-len(bare)] + ns.host(rest) + bare[len(rest):]
	}
	lower := strings.ToLower(host)
	if !event.ValidServerName(host) {
		return ns.named(flow.RemovedServers, lower, func(n int) string { return fmt.Sprintf("server_%d.example", n) })
	}
	p := ns.domain(lower)
	if lower != host {
		p = strings.ToUpper(p[:1]) + p[1:] // names are compared byte for byte, and this one would differ
	}
	return p
}

func (ns names) domain(host string) string {
	if p, ok := ns[flow.RemovedServers][host]; ok {
		return p
	}
	_, parent, _ := strings.Cut(host, ".")
	if labels := strings.Count(host, ".") + 1; labels < 3 || labels > longestHost {
		return ns.named(flow.RemovedServers, host, func(n int) string { return fmt.Sprintf("server%d.example", n) })
	}
	parent = ns.host(parent)
	return ns.named(flow.RemovedServers, host, func(n int) string { return fmt.Sprintf("host%d.%s", n, parent) })
}

// isHost reports whether a host has a pseudonym, so that it is one, wherever it stands.
func (ns names) isHost(host string) bool {
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	_, ok := ns[flow.RemovedServers][host]
	return ok && host != ""
}

func isIP(s string) bool {
	if s == "" || !strings.ContainsRune("0123456789abcdefABCDEF:", rune(s[0])) {
		return false // without the error that ParseAddr makes: most texts are none
	}
	_, err := netip.ParseAddr(s)
	return err == nil
}

// address returns the pseudonym of an IP address: one of those for documentation. Spec: RFC 5737, RFC 3849, RFC 2544.
func (ns names) address(text string) string {
	a, err := netip.ParseAddr(text)
	if err != nil {
		return ""
	}
	a = a.WithZone("")
	if a.Is4In6() {
		return netip.AddrFrom16(netip.MustParseAddr(ns.address(a.Unmap().String())).As16()).String()
	}
	kind := fourth
	if !a.Is4() {
		kind = sixth
	}
	return ns.named(kind, a.String(), func(n int) string { return documentation(n, a.Is4()) })
}

// The two families of addresses, which are numbered each by itself.
const (
	fourth flow.RemovedKind = "IPv4"
	sixth  flow.RemovedKind = "IPv6"
)

// documentation returns the n-th address for documentation, from 1.
func documentation(n int, four bool) string {
	const perNet = 254
	nets := []string{"192.0.2.", "198.51.100.", "203.0.113.", "233.252.0."}
	switch net := (n - 1) / perNet; {
	case !four:
		return netip.AddrFrom16([16]byte{0x20, 0x01, 0x0d, 0xb8, 12: byte(n >> 24), byte(n >> 16), byte(n >> 8),
			byte(n)}).String()
	case net < len(nets):
		return nets[net] + fmt.Sprint((n-1)%perNet+1)
	}
	n = (n - len(nets)*perNet) % (1 << 17)
	return netip.AddrFrom4([4]byte{198, 18 + byte(n>>16), byte(n >> 8), byte(n)}).String()
}

// endpoint returns the pseudonym of an IP and port, or of whatever stands in their place.
func (ns names) endpoint(s string) string {
	if a, err := netip.ParseAddrPort(s); err == nil {
		return netip.AddrPortFrom(netip.MustParseAddr(ns.address(a.Addr().String())), a.Port()).String()
	}
	return ns.server(s)
}

// keyID returns the pseudonym of the ID of a signing key: the algorithm stays.
func (ns names) keyID(id string) string {
	algorithm, _, ok := strings.Cut(id, ":")
	if id == "" {
		return ""
	}
	if !ok || algorithm != "ed25519" {
		return ns.named(flow.RemovedKeyIDs, id, func(n int) string { return fmt.Sprintf("other:k%d", n) })
	}
	return ns.named(flow.RemovedKeyIDs, id, func(n int) string { return fmt.Sprintf("ed25519:k%d", n) })
}

// sized are the texts that stand in the place of keys, signatures and hashes.
var sized = map[flow.RemovedKind]string{flow.RemovedKeys: "doorstep redacted key ",
	flow.RemovedSignatures: "doorstep redacted signature ", flow.RemovedHashes: "doorstep redacted hash ",
	flow.RemovedEvents: "doorstep redacted event ", flow.RemovedCertificates: "doorstep redacted cert "}

// sizedText is the n-th text of a kind, of so many bytes.
func sizedText(kind flow.RemovedKind, n, size int) []byte {
	text := sized[kind]
	const digits = 4 // at least
	if size < len(text)+digits {
		text = text[:max(0, size-digits)]
	}
	number := fmt.Sprintf("%0*d", size-len(text), n)
	return []byte((text + number)[:size])
}

// base64 returns a pseudonym of bytes in base64: of as many bytes, in the same alphabet, with or without padding.
func (ns names) base64(kind flow.RemovedKind, text string) string {
	if text == "" {
		return ""
	}
	return ns.named(kind, text, func(n int) string {
		for _, e := range encodings {
			if b, err := e.DecodeString(text); err == nil {
				return e.EncodeToString(sizedText(kind, n, len(b)))
			}
		}
		return fmt.Sprintf("(no base64, redacted %d)", n)
	})
}

var encodings = []*base64.Encoding{base64.RawStdEncoding, base64.StdEncoding, base64.RawURLEncoding, base64.URLEncoding}

// pseudonym is the form of those that word gives; they are given once.
var pseudonym = lazily(`^redacted_[a-z_]{1,12}[0-9]{1,9}$`)

// word returns a pseudonym for a name of any other sort, which begins with what it is.
func (ns names) word(what, name string) string {
	if pseudonym().MatchString(name) {
		return name
	}
	return ns.named(flow.RemovedNames, what+" "+name, func(n int) string { return fmt.Sprintf("redacted_%s%d", what, n) })
}

// withoutServices returns the host that labels for services, or a wildcard, stand before.
func withoutServices(host string) string {
	for label := services().FindString(host); label != ""; label = services().FindString(host) {
		host = host[len(label):]
	}
	return host
}
