package client

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"unicode/utf8"

	"doorstep/flow/wording"
)

// maxPort is the highest port there is.
const maxPort = 65535

// maxIDBytes bounds a user ID, room ID or alias, sigil and domain included.
const maxIDBytes = 255

// A ServerName is a server name taken apart. Names are compared byte for byte: Name is the name itself, as written.
// Spec: appendices, Server Name.
type ServerName struct {
	Name    string     // as written
	Host    string     // without port and brackets
	Port    int        // 0 when none is written; up to 99999, since the grammar asks for five digits and no more
	HasPort bool       // a port is written
	IP      netip.Addr // valid when the host is an IP literal
	Bracket bool       // the host is written in brackets, so it can be nothing but an IPv6 literal
}

// IsIP reports whether the host is an IP literal: neither well-known nor SRV is asked for one. A dotted quad with a
// part over 255 is a DNS name.
func (n ServerName) IsIP() bool { return n.IP.IsValid() || n.Bracket }

// SNI is what a TLS client asks for: the host, and nothing for an IP literal. Spec: RFC 6066, Server Name Indication.
func (n ServerName) SNI() string {
	if n.IsIP() {
		return ""
	}
	return n.Host
}

// ParseServerName takes a server name apart. The error quotes the name and says what is wrong with it.
// Spec: appendices, Server Name.
func ParseServerName(s string) (ServerName, error) {
	n := ServerName{Name: s}
	var port, wrong string
	switch {
	case s == "":
		wrong = "is empty"
	case strings.Contains(s, "://"):
		wrong = "is a URL; a server name has no scheme"
	case s[0] == '[':
		port, wrong = n.readBrackets(s)
	default:
		port, wrong = n.readHost(s)
	}
	if wrong == "" && n.HasPort && (len(port) < 1 || len(port) > 5 || strings.Trim(port, "0123456789") != "") {
		wrong = "has a port that is not one to five digits"
	}
	if wrong != "" {
		return ServerName{}, fmt.Errorf("server name %q: %s", clip(s), wrong)
	}
	n.Port, _ = strconv.Atoi(port) // 0 when there is none
	if ip, err := netip.ParseAddr(n.Host); err == nil && ip.Zone() == "" && ip.Is6() == n.Bracket {
		n.IP = ip
	}
	return n, nil
}

// readBrackets reads a name that begins with a bracket, and gives the port as written or what is wrong.
func (n *ServerName) readBrackets(s string) (port, wrong string) {
	end := strings.IndexByte(s, ']')
	if end < 0 {
		return "", "has no closing bracket"
	}
	n.Host, n.Bracket = s[1:end], true
	if len(n.Host) < 2 || len(n.Host) > 45 || !isIPv6Text(n.Host) {
		return "", "does not hold an IPv6 address between its brackets"
	}
	rest := s[end+1:]
	if rest != "" && rest[0] != ':' {
		return "", "goes on after the closing bracket with something other than a port"
	}
	n.HasPort = rest != ""
	return strings.TrimPrefix(rest, ":"), ""
}

// readHost reads a name without brackets, and gives the port as written or what is wrong.
func (n *ServerName) readHost(s string) (port, wrong string) {
	n.Host, port, n.HasPort = strings.Cut(s, ":")
	switch {
	case n.Host == "":
		return "", "has no host"
	case strings.Contains(port, ":"):
		return "", "has more than one colon; an IPv6 address stands in brackets"
	}
	for i := range len(n.Host) {
		if !isDNSByte(n.Host[i]) {
			r, _ := utf8.DecodeRuneInString(n.Host[i:])
			return "", fmt.Sprintf("holds %q; a host is made of letters, digits, '-' and '.'", r)
		}
	}
	if len(n.Host) > 255 {
		return "", "is too long: a host has at most 255 bytes"
	}
	return port, ""
}

func isIPv6Text(s string) bool {
	for i := range len(s) {
		if !isHex(s[i]) && s[i] != ':' && s[i] != '.' {
			return false
		}
	}
	return true
}

func isHex(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F'
}

func isDNSByte(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '.'
}

// sameName compares DNS names, which know no case.
func sameName(a, b string) bool {
	return strings.EqualFold(strings.TrimSuffix(a, "."), strings.TrimSuffix(b, "."))
}

// A UserID is a user ID taken apart. Spec: appendices, User Identifiers.
type UserID struct{ ID, Localpart, Domain string }

// An Alias is a room alias taken apart. Spec: appendices, Room Aliases.
type Alias struct{ ID, Localpart, Domain string }

// A RoomID is a room ID taken apart. Domain is empty for a room of version 12 and later, whose ID names no server.
// Spec: appendices, Room IDs.
type RoomID struct{ ID, Opaque, Domain string }

// ParseUserID takes a user ID apart. Localparts of any code points but ':' and NUL are accepted, also empty ones: such
// users exist. Spec: appendices, Historical User IDs.
func ParseUserID(s string) (UserID, error) {
	local, domain, _, err := parseID("user ID", '@', s)
	if err == nil {
		err = checkDomain("user ID", s, domain)
	}
	if err != nil {
		return UserID{}, err
	}
	return UserID{s, local, domain}, nil
}

// ParseAlias takes a room alias apart.
func ParseAlias(s string) (Alias, error) {
	local, domain, _, err := parseID("room alias", '#', s)
	if err == nil {
		err = checkDomain("room alias", s, domain)
	}
	if err != nil {
		return Alias{}, err
	}
	return Alias{s, local, domain}, nil
}

// ParseRoomID takes a room ID apart, of the form with a domain (room versions 1 to 11) or without (12).
func ParseRoomID(s string) (RoomID, error) {
	opaque, domain, hasDomain, err := parseID("room ID", '!', s)
	switch {
	case err != nil:
	case hasDomain:
		err = checkDomain("room ID", s, domain)
	case opaque == "":
		err = fmt.Errorf("room ID %q: is empty after the '!'", clip(s))
	}
	if err != nil {
		return RoomID{}, err
	}
	return RoomID{s, opaque, domain}, nil
}

// IsAlias reports whether s has the sigil of a room alias.
func IsAlias(s string) bool { return strings.HasPrefix(s, "#") }

// Domain returns everything after the first colon of a user ID, room ID, alias or version 1 event ID: a server name,
// maybe with a port, maybe an IPv6 literal with colons of its own. Empty when there is no colon.
func Domain(id string) string {
	_, domain, _ := strings.Cut(id, ":")
	return domain
}

func parseID(what string, sigil byte, s string) (local, domain string, hasDomain bool, err error) {
	switch {
	case s == "":
		err = fmt.Errorf("%s: is empty", what)
	case s[0] != sigil:
		err = fmt.Errorf("%s %q: does not start with %q", what, clip(s), rune(sigil))
	case len(s) > maxIDBytes:
		err = fmt.Errorf("%s %q: has %d bytes, at most %d are allowed", what, clip(s), len(s), maxIDBytes)
	case !utf8.ValidString(s):
		err = fmt.Errorf("%s %q: is not UTF-8", what, clip(s))
	case strings.IndexByte(s, 0) >= 0:
		err = fmt.Errorf("%s %q: holds a NUL", what, clip(s))
	}
	if err != nil {
		return "", "", false, err
	}
	local, domain, hasDomain = strings.Cut(s[1:], ":")
	return local, domain, hasDomain, nil
}

func checkDomain(what, s, domain string) error {
	if domain == "" {
		return fmt.Errorf("%s %q: names no server after a colon", what, clip(s))
	}
	if _, err := ParseServerName(domain); err != nil {
		return fmt.Errorf("%s %q: %w", what, clip(s), err)
	}
	return nil
}

// clip shortens text from elsewhere so that an error stays a line.
func clip(s string) string { return wording.ClipTo(s, 120) }
