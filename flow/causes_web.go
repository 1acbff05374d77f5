package flow

import "doorstep/client"

// webCauses are about what stands in front of a homeserver, or in its place, and answers.
var webCauses = []Cause{{
	ID:     "redirect",
	Title:  "The answer is a redirect, and those are not followed",
	Cause:  "A web server sends the caller elsewhere, to another host or to a path with or without a slash. In the federation only the well-known document may be redirected; a signed request is good for one server and one path.",
	Advice: "The server's administrator has to have the proxy pass /_matrix on, not redirect it.",
	Apart:  "The Location field of the answer says where to.",
	Source: "server-server: Server discovery; element-hq/element-web#3201",
	Sight:  Detected,
	beside: true,
	seen: func(v *view) []int {
		return v.at(func(e *Entry) bool { return e.Response != nil && e.Response.Status >= 300 && e.Response.Status < 400 }, arrows...)
	},
}, {
	ID:     "misdirected",
	Title:  "The web server knows nobody by the name we used",
	Cause:  "It chooses by SNI or Host whom a request is for, and the name that the resolution prescribes is not in its list. A proxy set up for the target of the SRV record, or for the delegated name alone, does that.",
	Advice: "The server's administrator has to have the proxy accept the server name, or with a well-known document the name that the document gives, as SNI and as Host.",
	Apart:  "The exchange shows both names as sent. The command below sends the same two; with another host in its URL it sends others.",
	Source: "server-server: Resolving server names; RFC 9110: 421 Misdirected Request",
	Sight:  Detected,
	beside: true,
	seen: func(v *view) []int {
		return v.at(func(e *Entry) bool {
			if e.Failure != nil {
				return whyOf(*e.Failure).Alert == client.AlertUnrecognizedName
			}
			return e.Response != nil && e.Response.Status == 421
		}, arrows...)
	},
}, {
	ID:     "cdn-timeout",
	Title:  "A content delivery network answers in place of the server",
	Cause:  "A network such as Cloudflare's stands in front of the homeserver, and could not get the answer from it, or cut it off: it waits for 100 seconds at the most, which the answer to send_join of a large room takes easily, and it has its own ideas of TLS and of HTTP/2 towards the server.",
	Advice: "The server's administrator has to lead federation past the network, with a well-known document that names a host outside of it. Meanwhile ask another resident server.",
	Apart:  "Statuses from 520 to 530 are Cloudflare's own, with the reason in the last digit: 521 refused, 522 and 524 timed out, 525 and 526 TLS. The time the exchange took tells a cut from a failure.",
	Source: "matrix-org/synapse#17035",
	Sight:  Detected,
	beside: true,
	seen: func(v *view) []int {
		return v.at(func(e *Entry) bool {
			if e.Response == nil {
				return false
			}
			own := e.Response.Status >= 520 && e.Response.Status <= 530
			relayed := e.Response.Status >= 502 && e.Response.Status <= 504 && !homeserverSays(e.Response)
			cut := e.Failure != nil && (e.Failure.Kind == client.FailedClosed || e.Failure.Kind == client.FailedTimeout)
			return own || cdn(e.Response) && (relayed || cut)
		}, arrows...)
	},
}, {
	ID:     "wrong-vhost",
	Title:  "A web server answers, but no homeserver",
	Cause:  "The request reached a default site, or a proxy that has no rule for /_matrix: the refusal is not the JSON that a homeserver would give.",
	Advice: "The server's administrator has to have the web server pass /_matrix on to the homeserver, on the federation port, too; or delegate to a port where it does.",
	Apart:  "Asked for its version, a homeserver returns JSON. A page that speaks of robots or browsers comes from a bot protection, which has to let /_matrix pass.",
	Source: "server-server: API standards, Unsupported endpoints; matrix-org/synapse#6927, element-hq/element-meta#1278",
	Sight:  Detected,
	beside: true,
	seen: func(v *view) []int {
		return v.at(func(e *Entry) bool {
			if e.Response == nil || e.Failure != nil {
				return false
			}
			switch e.Response.Status {
			case 400, 401, 403, 404, 405, 410:
				return !homeserverSays(e.Response)
			}
			return false
		}, arrows...)
	},
}, {
	ID:     "html-answer",
	Title:  "A web page came in place of the answer",
	Cause:  "Status 200 and HTML: a default site, a welcome page, or a web application that answers every path with itself. No homeserver has seen the request.",
	Advice: "The server's administrator has to have the web server pass /_matrix on to the homeserver.",
	Apart:  "Asked for its version, a homeserver returns JSON.",
	Source: "server-server: API standards; matrix-org/synapse#6927",
	Sight:  Detected,
	beside: true,
	seen: func(v *view) []int {
		return v.at(func(e *Entry) bool {
			return e.Response != nil && e.Response.Status == 200 && html(e.Response) && !homeserverSays(e.Response)
		}, arrows...)
	},
}}
