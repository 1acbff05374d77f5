package redact

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"
)

// location returns where a redirect leads.
func (r *redactor) location(value string) string {
	if strings.HasPrefix(value, "/") && !strings.HasPrefix(value, "//") {
		return r.target(value)
	}
	if out := r.url(value); out != gone || value == "" {
		return out
	}
	return gone
}

// target returns a request target: path and query, with the names in them replaced and escaped as they were.
func (r *redactor) target(target string) string {
	path, query, has := strings.Cut(target, "?")
	parts := strings.Split(path, "/")
	for i, p := range parts {
		parts[i] = r.segment(p, url.PathUnescape)
	}
	out := strings.Join(parts, "/")
	if !has {
		return out
	}
	pairs := strings.Split(query, "&")
	for i, pair := range pairs {
		key, value, is := strings.Cut(pair, "=")
		pairs[i] = r.segment(key, url.QueryUnescape)
		if is {
			pairs[i] += "=" + r.segment(value, url.QueryUnescape)
		}
	}
	return out + "?" + strings.Join(pairs, "&")
}

// segment returns a part of a target: an ID, a server name, a word, or something that says that it was redacted.
func (r *redactor) segment(raw string, unescape func(string) (string, error)) string {
	s, err := unescape(raw)
	if err != nil {
		return "redacted"
	}
	if s == "" {
		return raw
	}
	return escape(r.name(s, "part"), raw)
}

// escape escapes in s what is escaped in like, and what cannot stand as it is.
func escape(s, like string) string {
	escaped := map[byte]bool{}
	for i := 0; i+2 < len(like); i++ {
		if like[i] == '%' {
			if n, err := strconv.ParseUint(like[i+1:i+3], 16, 8); err == nil {
				escaped[byte(n)] = true
			}
		}
	}
	var raw [256]bool // the characters of like
	for i := range len(like) {
		raw[like[i]] = true
	}
	var b strings.Builder
	for i := range len(s) {
		c := s[i]
		unsafe := c <= ' ' || c >= 0x7f || strings.IndexByte(`%?#&=+/"<>\^`+"`{|}", c) >= 0 && !raw[c]
		if c == '%' || unsafe || escaped[c] && !alphanumeric(c) {
			fmt.Fprintf(&b, "%%%02X", c)
		} else {
			b.WriteByte(c)
		}
	}
	return b.String()
}

func alphanumeric(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}

// url returns a URL with its host replaced, and of its path what can stay.
func (r *redactor) url(s string) string {
	if s == "" {
		return ""
	}
	u, err := url.Parse(s)
	if err != nil || u.Host == "" {
		return gone
	}
	out := u.Scheme + "://" + r.server(u.Host)
	if path := u.EscapedPath(); path != "" {
		out += r.target(path)
	}
	if u.RawQuery != "" {
		out += "?" + gone
	}
	return out
}
