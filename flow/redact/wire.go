package redact

import (
	"bytes"
	"net/textproto"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"doorstep/client"
	"doorstep/flow"
	"doorstep/flow/event"
)

// body returns a body without what must not be shared: JSON stays JSON, of a text the words stay, and of anything else
// the length.
func (r *redactor) body(b []byte) []byte {
	if len(b) == 0 {
		return b
	}
	trimmed := bytes.TrimSpace(b)
	at := extent{&b[0], len(b)}
	size, isJSON := r.sizes[at]
	switch {
	case isJSON && !r.trial:
		return r.json(make([]byte, 0, size+size/32), trimmed, place{}) // a name may be longer than in the trial
	case len(trimmed) > 0 && event.Valid(trimmed):
		if !r.trial {
			return r.json(make([]byte, 0, len(b)), trimmed, place{})
		}
		r.left = 0
		r.room = r.json(r.room[:0], trimmed, place{})
		r.sizes[at] = r.left + len(r.room)
		return r.room
	case utf8.Valid(b):
		out := []byte(r.text(string(b)))
		if event.Valid(bytes.TrimSpace(out)) && len(bytes.TrimSpace(out)) > 0 {
			out = append(out, gone...) // it was no JSON, and is none
		}
		if !bytes.Equal(out, b) {
			r.count(flow.RemovedBodies)
		}
		return out
	}
	return r.blank(b)
}

// blank returns as many bytes that are no text. What packs bodies begins with two bytes that stay.
func (r *redactor) blank(b []byte) []byte {
	out := bytes.Repeat([]byte{0xff}, len(b))
	if bytes.HasPrefix(b, []byte{0x1f, 0x8b}) {
		copy(out, b[:2])
	}
	if !bytes.Equal(out, b) {
		r.count(flow.RemovedBodies)
	}
	return out
}

// plain are the header fields whose values stay as far as words go: they say how a message is to be read.
var plain = []string{"Content-Type", "Content-Length", "Content-Encoding", "Transfer-Encoding", "Connection", "Date",
	"Cache-Control", "Accept", "Accept-Encoding", "Access-Control-Allow-Headers", "Access-Control-Allow-Methods",
	"Access-Control-Allow-Origin", "Access-Control-Expose-Headers", "Retry-After", "Age", "Vary", "Allow", "Expires",
	"Keep-Alive", "Upgrade", "Pragma", "X-Amzn-Errortype", "X-Served-By", "X-Cache", "X-Ratelimit-Limit",
	"X-Ratelimit-Remaining", "X-Ratelimit-Reset", "Last-Modified", "Accept-Ranges"}

// header returns header fields with their values redacted. grown is by how many bytes the body has become longer.
func (r *redactor) header(fields []client.Field, grown int) []client.Field {
	if len(fields) == 0 {
		return fields
	}
	out := make([]client.Field, len(fields))
	for i, f := range fields {
		out[i] = client.Field{Name: r.fieldName(f.Name), Value: r.field(f, grown)}
		if out[i].Value != f.Value {
			r.count(flow.RemovedHeaders)
		}
	}
	return out
}

// fieldName is the name of a header field: made of letters it stays, unless it is a name of the trace.
func (r *redactor) fieldName(name string) string {
	canonical := textproto.CanonicalMIMEHeaderKey(name)
	usual := []string{"Host", "User-Agent", "Server", "Authorization", "Location", "Cf-Ray", "X-Amz-Cf-Id", "Via", "Etag",
		"Set-Cookie", "Strict-Transport-Security", "X-Frame-Options", "Content-Security-Policy", "Referrer-Policy",
		"Alt-Svc", "Cf-Cache-Status", "Report-To", "Nel", "X-Content-Type-Options", "X-Xss-Protection", "X-Request-Id",
		"X-Powered-By", "Www-Authenticate", "X-Forwarded-For", "X-Forwarded-Proto"}
	if slices.Contains(usual, canonical) || slices.Contains(plain, canonical) || known(name) && !r.names.isHost(name) {
		return name
	}
	return r.names.word("field", name)
}

// field returns the value of a header field.
func (r *redactor) field(f client.Field, grown int) string {
	switch name := textproto.CanonicalMIMEHeaderKey(f.Name); {
	case name == "Host":
		return r.server(f.Value)
	case name == "Authorization":
		return r.authorization(f.Value)
	case name == "Server", name == "User-Agent", name == "Via":
		return r.products(f.Value)
	case name == "Location":
		return r.location(f.Value)
	case name == "Content-Length":
		n, err := strconv.ParseInt(f.Value, 10, 62)
		if err != nil {
			return r.text(f.Value)
		}
		return strconv.FormatInt(max(0, n+int64(grown)), 10)
	case slices.Contains(plain, name):
		return r.text(f.Value)
	case f.Value == "":
		return ""
	}
	return gone
}

// products returns the programs that a field names. Comments, which say more of the machine, go.
func (r *redactor) products(value string) string {
	var out []string
	for {
		before, rest, ok := strings.Cut(value, "(")
		out = append(out, strings.Fields(before)...)
		if !ok {
			break
		}
		_, value, _ = strings.Cut(rest, ")")
	}
	for i, p := range out {
		if out[i] = r.token(p); out[i] == gone && i > 0 {
			out[i] = ""
		}
	}
	return strings.Join(slices.DeleteFunc(out, func(s string) bool { return s == "" }), " ")
}

// authorization returns the value of an Authorization field: who says it is whom it is for, and no proof of it.
func (r *redactor) authorization(value string) string {
	scheme, rest, _ := strings.Cut(strings.TrimSpace(value), " ")
	if !known(scheme) && !strings.EqualFold(scheme, "X-Matrix") {
		return gone
	}
	if !strings.EqualFold(scheme, "X-Matrix") {
		return strings.TrimSpace(scheme + " " + gone)
	}
	var out []string
	for part := range strings.SplitSeq(rest, ",") {
		name, quoted, _ := strings.Cut(part, "=")
		bare := strings.Trim(quoted, `"`)
		quote := strings.Repeat(`"`, min(1, len(quoted)-len(bare)))
		switch strings.ToLower(strings.TrimSpace(name)) {
		case "origin", "destination":
			out = append(out, name+"="+quote+r.server(bare)+quote)
		case "key":
			out = append(out, name+"="+quote+r.names.keyID(bare)+quote)
		case "sig":
			out = append(out, name+"="+quote+gone+quote)
		default:
			out = append(out, gone)
		}
	}
	return scheme + " " + strings.Join(out, ",")
}
