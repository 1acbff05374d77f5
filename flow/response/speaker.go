package response

import (
	"bytes"
	"slices"
	"strings"

	"doorstep/client"
	"doorstep/flow/event"
)

// A Speaker says whose word an answer is. What stands in front of a homeserver answers in its name when it cannot reach
// it, limits requests, or has no rule for a path: such an answer says nothing about the room.
type Speaker int

// The speakers. The zero value is nobody: a success that holds nothing a homeserver would say.
const (
	Nobody     Speaker = iota // 2xx, and neither JSON of a homeserver's nor a page: empty, null, text
	Homeserver                // the homeserver itself
	WebServer                 // a web server, or an application of another kind: a page, or an error page
	Gateway                   // a reverse proxy, load balancer or API gateway
	CDN                       // a content delivery network
	Unknown                   // whoever it was: the answer was not seen, and a log does not say
)

// Who names the speaker in a sentence, with the server it stands for; it begins in lower case.
func (s Speaker) Who(server string) string {
	switch s {
	case Homeserver:
		return server
	case WebServer:
		return "a web server in place of " + server
	case Gateway:
		return "a gateway in front of " + server
	case CDN:
		return "a CDN in front of " + server
	case Unknown:
		return "something that answers as " + server
	}
	return "something in place of " + server
}

// SpeakerOf says whose word r is, by what homeservers never do and gateways always do. A homeserver's refusal is a JSON
// object with an errcode; Dendrite knows two shapes without one. A proxy passes those on with header fields of its own,
// so that a field which says who passed the answer on outweighs neither. Any other JSON is a gateway's where the
// status, a header field or the media type says so. What is no JSON is nobody's refusal but the web server's.
// Spec: client-server, Standard error response; RFC 9457: application/problem+json.
func SpeakerOf(r *client.Response) Speaker { return speakerOf(r, readRefusal(r)) }

func speakerOf(r *client.Response, f *Refusal) Speaker {
	ok := Succeeds(r)
	if r.Unseen && len(r.Body) == 0 {
		return speakerByLog(r, ok)
	}
	shape := shapeOf(r.Body)
	switch {
	case ok && shape == listShape, ok && shape == objectShape && !problemJSON(r):
		return Homeserver
	case ok && page(r):
		return WebServer
	case ok && shape != objectShape:
		return Nobody
	case shape == objectShape && f.Errcode != "":
		return Homeserver
	case ownWord(r):
		return Gateway
	case dendriteShape(r) && !problemJSON(r):
		return Homeserver
	case IsCDN(r) || r.Status >= 520 && r.Status <= 530:
		return CDN
	case gatewayStatus(r.Status) || problemJSON(r):
		return Gateway
	case shape != objectShape && r.Status >= 500, shape == objectShape && balancer(r):
		return Gateway
	case shape == objectShape:
		return Homeserver
	}
	return WebServer
}

// speakerByLog says whose word an answer is of which a log tells: whoever logged it took a success, or the error text
// that it found, for a homeserver's.
func speakerByLog(r *client.Response, ok bool) Speaker {
	switch {
	case ok || r.Said != "":
		return Homeserver
	case gatewayStatus(r.Status):
		return Gateway
	}
	return Unknown
}

// page reports whether a body is a web page, by its first character or by its media type.
func page(r *client.Response) bool {
	b := bytes.TrimSpace(r.Body)
	return bytes.HasPrefix(b, []byte("<")) || len(b) > 0 && !event.Valid(b) && html(r)
}

// Succeeds reports whether the status is a success, any of 200 to 299: homeservers take them all alike.
func Succeeds(r *client.Response) bool { return r.Status >= 200 && r.Status < 300 }

// A bodyShape is what a body is at first sight.
type bodyShape int

const (
	otherShape  bodyShape = iota // no JSON, or a JSON value that is neither object nor list
	objectShape                  // a JSON object
	listShape                    // a JSON list
)

func shapeOf(body []byte) bodyShape {
	b := bytes.TrimSpace(body)
	switch {
	case !bytes.HasPrefix(b, []byte("{")) && !bytes.HasPrefix(b, []byte("[")), !event.Valid(b):
		return otherShape
	case b[0] == '[':
		return listShape
	}
	return objectShape
}

// problemJSON reports whether an answer calls itself a problem document, which no homeserver does.
func problemJSON(r *client.Response) bool {
	return strings.HasPrefix(strings.ToLower(Header(r.Header, "Content-Type")), "application/problem+")
}

// gatewayStatus reports whether a status is one by which gateways speak for themselves; homeservers that use it add an
// errcode. nginx has some from 494 to 499, Amazon's load balancer from 460 to 463.
func gatewayStatus(status int) bool {
	return slices.Contains([]int{407, 408, 413, 414, 421, 425, 429, 431, 444, 460, 463, 494, 495, 496, 497, 499},
		status) ||
		status > 500 && status < 600
}

// ownWord reports whether a header field is there which gateways set on answers of their own, and on no others.
func ownWord(r *client.Response) bool {
	return Header(r.Header, "X-Amzn-ErrorType") != "" ||
		Says(Header(r.Header, "Server"), "kong/", "awselb", "google frontend", "bigip", "akamaighost", "doorstep-tap")
}

// balancer reports whether a header field names something that sits in front of servers and has error answers in JSON.
func balancer(r *client.Response) bool {
	return Says(Header(r.Header, "Server"), "envoy", "istio", "traefik", "kong", "apisix", "tyk", "haproxy", "varnish",
		"openresty", "bunnycdn", "caddy", "nginx", "apache")
}

// dendriteShape accepts the two shapes of errors without an errcode that Dendrite has: {"message": …} for what is wrong
// with the request, with status 400 or 401, or when it breaks down, and {"Err": …} with status 500.
func dendriteShape(r *client.Response) bool {
	members, err := event.Members(r.Body)
	if err != nil || len(members) != 1 {
		return false
	}
	switch members[0].Key {
	case "message":
		return r.Status == 400 || r.Status == 401 || r.Status == 500
	case "Err":
		return r.Status == 500
	}
	return false
}

// Header returns the value of a header field, whatever the case of its name; empty when there is none.
func Header(fields []client.Field, name string) string {
	for _, f := range fields {
		if strings.EqualFold(f.Name, name) {
			return f.Value
		}
	}
	return ""
}

// Says reports whether text holds one of the words, whatever its case.
func Says(text string, words ...string) bool {
	text = strings.ToLower(text)
	return slices.ContainsFunc(words, func(w string) bool { return strings.Contains(text, w) })
}

// html reports whether a body is a web page, or says that it is.
func html(r *client.Response) bool {
	return strings.HasPrefix(strings.ToLower(Header(r.Header, "Content-Type")),
		"text/html") || bytes.HasPrefix(bytes.TrimSpace(r.Body), []byte("<"))
}

// IsCDN reports whether a content delivery network signed the answer.
func IsCDN(r *client.Response) bool {
	return Header(r.Header, "CF-RAY") != "" || Header(r.Header, "X-Amz-Cf-Id") != "" ||
		Says(Header(r.Header, "Server"), "cloudflare", "cloudfront", "akamai", "fastly") ||
		Says(Header(r.Header, "X-Served-By"), "cache-")
}
