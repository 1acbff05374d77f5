package event

import "strings"

// maxID is the longest a type, state key, room ID, user ID or event ID may be, in bytes. Spec: client-server, size
// limits.
const maxID = 255

// ServerName returns the server name in a user ID, room ID, alias or event ID: what follows the first colon; false when
// there is no colon. Spec: appendices, common identifier format.
func ServerName(id string) (string, bool) {
	_, name, ok := strings.Cut(id, ":")
	return name, ok
}

// ValidServerName reports whether name has the form of a server name: a host (DNS name, IPv4, or IPv6 in brackets) and
// perhaps a port. Spec: appendices, server name.
func ValidServerName(name string) bool {
	host, port, hasPort := name, "", false
	if strings.HasPrefix(name, "[") {
		end := strings.IndexByte(name, ']')
		if end < 0 {
			return false
		}
		if host = name[1:end]; len(host) < 2 || len(host) > 45 || strings.Trim(host, "0123456789abcdefABCDEF:.") != "" {
			return false
		}
		if rest := name[end+1:]; rest != "" {
			if rest[0] != ':' {
				return false
			}
			port, hasPort = rest[1:], true
		}
	} else {
		host, port, hasPort = strings.Cut(name, ":")
		if len(host) < 1 || len(host) > 255 || strings.ContainsFunc(host, notInName) {
			return false
		}
	}
	return !hasPort || len(port) >= 1 && len(port) <= 5 && strings.Trim(port, "0123456789") == ""
}

func notInName(r rune) bool {
	return r >= 0x80 || !alphanumeric(byte(r)) && r != '-' && r != '.'
}

// ValidUserID reports whether id has the form of a user ID, in the tolerant reading that servers owe each other: any
// localpart, even none, without colon or NUL. Spec: appendices, historical user IDs.
func ValidUserID(id string) bool { return whyNotID(id, '@') == "" }

// whyNotID says why id is not sigil, localpart, colon and server name within maxID bytes; "" when it is.
func whyNotID(id string, sigil byte) string {
	if why := tooLong(id); why != "" {
		return why
	}
	if id == "" || id[0] != sigil {
		return "does not begin with " + string(rune(sigil))
	}
	name, ok := ServerName(id)
	switch {
	case !ok:
		return "has no server name"
	case strings.IndexByte(id, 0) >= 0:
		return "contains NUL"
	case !ValidServerName(name):
		return "has a server name of the wrong form"
	}
	return ""
}

// whyNotHashID says why id is not sigil and a reference hash in the version's base64; "" when it is.
func (v *Version) whyNotHashID(id string, sigil byte) string {
	if id == "" || id[0] != sigil {
		return "does not begin with " + string(rune(sigil))
	}
	more, name := "-_", "URL-safe base64"
	if v.IDs == IDStdBase64 {
		more, name = "+/", "base64"
	}
	digits := 0
	for digits = 1; digits < len(id) && (alphanumeric(id[digits]) || strings.IndexByte(more, id[digits]) >= 0); {
		digits++
	}
	if digits != len(id) || len(id) != 1+43 {
		return "is not " + string(rune(sigil)) + " and a hash in 43 digits of " + name
	}
	return ""
}

func alphanumeric(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}
