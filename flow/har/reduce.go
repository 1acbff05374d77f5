package har

import (
	"strings"
	"unicode/utf8"

	"doorstep/client"
	"doorstep/flow"
)

// WithoutRequest returns a request as its line stands in an archive, without what the fields of the archive hold:
// method, header fields and body, as far as they are text, and the target where the URL ends in it.
func WithoutRequest(e flow.Entry, url string) flow.Entry {
	r := *e.Request
	if utf8.ValidString(r.Method) {
		r.Method = ""
	}
	if targetOf(url) == r.Target {
		r.Target = ""
	}
	if plain(r.Header) {
		r.Header = nil
	}
	if utf8.Valid(r.Body) {
		r.Body = nil
	}
	e.Request = &r
	return e
}

// WithoutAnswer returns an answer as its line stands in an archive. Whether a response came at all shows in the status,
// which stays; one without a status is none to whoever reads an archive, and keeps what it has.
func WithoutAnswer(e flow.Entry) flow.Entry {
	if e.Response == nil || !IsStatus(e.Response.Status) {
		return e
	}
	r := *e.Response
	r.Body = nil
	if utf8.ValidString(r.Reason) {
		r.Reason = ""
	}
	if plain(r.Header) {
		r.Header = nil
	}
	e.Response = &r
	return e
}

// IsStatus reports whether a number is a status as archives have them; an answer without one is none there.
func IsStatus(n int) bool { return n >= 100 && n <= 999 }

// plain reports whether all names and values are text.
func plain(fields []client.Field) bool {
	for _, f := range fields {
		if !utf8.ValidString(f.Name) || !utf8.ValidString(f.Value) {
			return false
		}
	}
	return true
}

// targetOf is the request target in a URL, as it is written there; empty where the URL ends with the host.
func targetOf(url string) string {
	_, rest, ok := strings.Cut(url, "://")
	if !ok {
		return ""
	}
	at := strings.IndexAny(rest, "/?#")
	if at < 0 {
		return ""
	}
	target, _, _ := strings.Cut(rest[at:], "#")
	if !strings.HasPrefix(target, "/") {
		return "/" + target
	}
	return target
}

// authorityOf is the host in a URL, with its port where one is written.
func authorityOf(url string) string {
	_, rest, _ := strings.Cut(url, "://")
	if at := strings.IndexAny(rest, "/?#"); at >= 0 {
		rest = rest[:at]
	}
	return rest[strings.LastIndexByte(rest, '@')+1:]
}
