package client

import "strings"

const upperHex = "0123456789ABCDEF"

// EscapePath percent-encodes every byte of s but the unreserved ones (letters, digits, '-', '.', '_', '~'), so that an
// ID is one path segment that no proxy has a reason to rewrite. The same form serves as a query value: a space becomes
// %20 and '+' becomes %2B. Spec: RFC 3986, section 2.3.
func EscapePath(s string) string {
	var b strings.Builder
	b.Grow(len(s) + 16)
	for i := range len(s) {
		c := s[i]
		if isDNSByte(c) || c == '_' || c == '~' {
			b.WriteByte(c)
			continue
		}
		b.WriteByte('%')
		b.WriteByte(upperHex[c>>4])
		b.WriteByte(upperHex[c&15])
	}
	return b.String()
}

// query joins pairs of name and value to a query with its '?'; empty when there are none.
func query(pairs ...string) string {
	var b strings.Builder
	for i := 0; i+1 < len(pairs); i += 2 {
		b.WriteByte("?&"[min(i, 1)])
		b.WriteString(EscapePath(pairs[i]) + "=" + EscapePath(pairs[i+1]))
	}
	return b.String()
}
