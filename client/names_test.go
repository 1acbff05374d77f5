package client

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestParseServerName(t *testing.T) {
	for _, tt := range []struct {
		in   string
		host string
		port int
		ip   bool
		err  string // a part of the error; empty when the name is good
	}{
		{in: "matrix.org", host: "matrix.org"},
		{in: "matrix.org:8448", host: "matrix.org", port: 8448},
		{in: "Matrix.ORG:1", host: "Matrix.ORG", port: 1},
		{in: "localhost", host: "localhost"},
		{in: "1.2.3.4", host: "1.2.3.4", ip: true},
		{in: "1.2.3.4:1234", host: "1.2.3.4", port: 1234, ip: true},
		{in: "256.2.3.4", host: "256.2.3.4"}, // fits dns-name
		{in: "01.2.3.4", host: "01.2.3.4"},   // no IP that anybody would agree on
		{in: "1.2.3", host: "1.2.3"},         //
		{in: "1.2.3.4.5:8", host: "1.2.3.4.5", port: 8},
		{in: "[::1]", host: "::1", ip: true},
		{in: "[1234:5678::abcd]:5678", host: "1234:5678::abcd", port: 5678, ip: true},
		{in: "[::ffff:1.2.3.4]", host: "::ffff:1.2.3.4", ip: true},
		{in: "[1.2.3.4]", host: "1.2.3.4", ip: true}, // the grammar lets it pass; no address comes of it
		{in: "a-b.c", host: "a-b.c"},
		{in: "-", host: "-"},
		{in: "a..b", host: "a..b"},
		{in: "a:0", host: "a"},
		{in: "a:99999", host: "a", port: 99999},
		{in: strings.Repeat("a", 255), host: strings.Repeat("a", 255)},

		{in: "", err: "is empty"},
		{in: strings.Repeat("a", 256), err: "at most 255"},
		{in: "https://matrix.org", err: "is a URL"},
		{in: ":8448", err: "has no host"},
		{in: "a:", err: "one to five digits"},
		{in: "a:123456", err: "one to five digits"},
		{in: "a:+80", err: "one to five digits"},
		{in: "a:80:80", err: "more than one colon"},
		{in: "::1", err: "has no host"},
		{in: "fe80::1", err: "more than one colon"},
		{in: "[::1", err: "no closing bracket"},
		{in: "[]", err: "does not hold an IPv6 address"},
		{in: "[:]", err: "does not hold an IPv6 address"},
		{in: "[fe80::1%eth0]", err: "does not hold an IPv6 address"},
		{in: "[::1]8448", err: "other than a port"},
		{in: "[::1]:", err: "one to five digits"},
		{in: "[" + strings.Repeat(":", 46) + "]", err: "does not hold an IPv6 address"},
		{in: "a_b.example", err: `holds '_'`},
		{in: "münchen.de", err: `holds 'ü'`},
		{in: "a b", err: `holds ' '`},
		{in: "a/b", err: `holds '/'`},
		{in: "a\n", err: `"a\n"`},
		{in: "a\x1b[2J", err: `"a\x1b[2J"`},
		{in: "@a:b", err: `holds '@'`},
	} {
		n, err := ParseServerName(tt.in)
		if tt.err != "" {
			if err == nil || !strings.Contains(err.Error(), tt.err) || strings.ContainsAny(err.Error(), "\n\x1b") {
				t.Errorf("ParseServerName(%q): error %v, want one with %q", tt.in, err, tt.err)
			}
			continue
		}
		if err != nil || n.Name != tt.in || n.Host != tt.host || n.Port != tt.port || n.IsIP() != tt.ip {
			t.Errorf("ParseServerName(%q) = %+v, %v", tt.in, n, err)
		}
		if n.HasPort != strings.Contains(strings.TrimPrefix(tt.in, "["+tt.host+"]"), ":") {
			t.Errorf("ParseServerName(%q).HasPort = %v", tt.in, n.HasPort)
		}
	}
}

func FuzzParseServerName(f *testing.F) {
	for _, s := range []string{"a", "1.2.3.4:80", "[::1]:8448", "a:b", "[", "]:", "ü"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		n, err := ParseServerName(s)
		if err != nil {
			if len(err.Error()) > 900 || strings.Contains(err.Error(), "\n") {
				t.Errorf("error is no short line: %v", err)
			}
			return
		}
		whole := n.Host
		if n.Bracket {
			whole = "[" + whole + "]"
		}
		if !strings.HasPrefix(s, whole) || (len(s) > len(whole)) != n.HasPort {
			t.Errorf("%q taken apart as %+v", s, n)
		}
		if EscapePath(n.Host) != n.Host && !n.Bracket {
			t.Errorf("%q accepted with a host that needs escaping", s)
		}
	})
}

func TestParseIDs(t *testing.T) {
	user := func(s string) (string, string, error) { u, err := ParseUserID(s); return u.Localpart, u.Domain, err }
	alias := func(s string) (string, string, error) { a, err := ParseAlias(s); return a.Localpart, a.Domain, err }
	room := func(s string) (string, string, error) { r, err := ParseRoomID(s); return r.Opaque, r.Domain, err }
	for _, tt := range []struct {
		parse             func(string) (string, string, error)
		in, local, domain string
		err               string
	}{
		{parse: user, in: "@alice:matrix.org", local: "alice", domain: "matrix.org"},
		{parse: user, in: "@:matrix.org", domain: "matrix.org"},
		{parse: user, in: "@Ünï @/:h:80", local: "Ünï @/", domain: "h:80"},
		{parse: user, in: "@a:[::1]:8448", local: "a", domain: "[::1]:8448"},
		{parse: user, in: "@" + strings.Repeat("a", 252) + ":h", local: strings.Repeat("a", 252), domain: "h"},
		{parse: user, in: "@" + strings.Repeat("a", 253) + ":h", err: "256 bytes"},
		{parse: user, in: "alice:matrix.org", err: "does not start with '@'"},
		{parse: user, in: "@alice", err: "names no server"},
		{parse: user, in: "@alice:", err: "names no server"},
		{parse: user, in: "@al\x00ice:h", err: "NUL"},
		{parse: user, in: "@\xff:h", err: "not UTF-8"},
		{parse: user, in: "@a:b_c", err: `server name "b_c"`},
		{parse: user, in: "", err: "is empty"},
		{parse: alias, in: "#room:matrix.org", local: "room", domain: "matrix.org"},
		{parse: alias, in: "##a b:h:1", local: "#a b", domain: "h:1"},
		{parse: alias, in: "!room:matrix.org", err: "does not start with '#'"},
		{parse: alias, in: "#room", err: "names no server"},
		{parse: room, in: "!abc:matrix.org", local: "abc", domain: "matrix.org"},
		{parse: room, in: "!abc:[::1]", local: "abc", domain: "[::1]"},
		{parse: room, in: "!31hneApxJ_1o-63DmFrpeqnkFfWppnzWso1JvH3ogLM",
			local: "31hneApxJ_1o-63DmFrpeqnkFfWppnzWso1JvH3ogLM"},
		{parse: room, in: "!", err: "is empty after"},
		{parse: room, in: "!a:", err: "names no server"},
		{parse: room, in: "#a:h", err: "does not start with '!'"},
	} {
		local, domain, err := tt.parse(tt.in)
		if tt.err != "" {
			if err == nil || !strings.Contains(err.Error(), tt.err) {
				t.Errorf("%q: error %v, want one with %q", tt.in, err, tt.err)
			}
			continue
		}
		if err != nil || local != tt.local || domain != tt.domain {
			t.Errorf("%q: %q, %q, %v", tt.in, local, domain, err)
		}
		if Domain(tt.in) != tt.domain {
			t.Errorf("Domain(%q) = %q", tt.in, Domain(tt.in))
		}
	}
}

func TestClip(t *testing.T) {
	if got := clip(strings.Repeat("é", 100)); !utf8.ValidString(got) || len(got) > 130 {
		t.Errorf("clip gave %q", got)
	}
	if clip("short") != "short" {
		t.Error("clip changed a short text")
	}
}

func TestPublic(t *testing.T) {
	for in, want := range map[string]bool{
		"8.8.8.8": true, "2606:4700::1111": true, "64:ff9b::808:808": true, "2002:808:808::1": true,
		"127.0.0.1": false, "10.1.2.3": false, "100.64.0.1": false, "169.254.169.254": false, "0.0.0.0": false,
		"255.255.255.255": false, "224.0.0.1": false, "::1": false, "::": false, "fe80::1": false, "fe80::1%eth0": false,
		"fd00::1": false, "::ffff:10.0.0.1": false, "::ffff:8.8.8.8": true, "64:ff9b::a00:1": false,
		"2002:7f00:1::": false, "::127.0.0.1": false, "2001:db8::1": false,
	} {
		if got := Public(mustAddr(t, in)); got != want {
			t.Errorf("Public(%s) = %v", in, got)
		}
	}
}
