package diagnose

import (
	"fmt"
	"slices"
	"strings"

	"doorstep/client"
	"doorstep/flow"
	"doorstep/flow/response"
	"doorstep/flow/verify"
)

// webCauses are about what stands in front of a homeserver, or in its place, and answers.
var webCauses = []Cause{{
	ID:         "redirect",
	Sight:      Detected,
	commands:   []command{askVersion},
	incidental: true,
	evidence: func(v *view) []int {
		return v.at(func(e *flow.Entry) bool {
			return e.Response != nil && e.Response.Status >= 300 && e.Response.Status < 400
		}, arrows...)
	},
}, {
	ID:         "misdirected",
	Sight:      Detected,
	rank:       1,
	commands:   []command{askVersion},
	incidental: true,
	evidence: func(v *view) []int {
		return v.at(func(e *flow.Entry) bool {
			if e.Failure != nil {
				return e.Failure.Alert == client.AlertUnrecognizedName
			}
			return e.Response != nil && e.Response.Status == 421
		}, arrows...)
	},
}, {
	ID:         "cdn-timeout",
	Sight:      Detected,
	rank:       2,
	commands:   []command{askVersion},
	incidental: true,
	evidence: func(v *view) []int {
		return append(v.keysFrom(cdnFails), v.at(func(e *flow.Entry) bool {
			cut := e.Response != nil && failed(client.FailedClosed, client.FailedTimeout)(e) && response.IsCDN(e.Response)
			return cut || cdnFails(e)
		}, withLeave...)...)
	},
}, {
	ID:         "escaped-path-refused",
	Sight:      Detected,
	rank:       3,
	incidental: true,
	reword:     escapeWords,
	evidence: func(v *view) []int {
		return v.at(v.refusesEscapes, withLeave...)
	},
}, {
	ID:         "wrong-vhost",
	Sight:      Detected,
	rank:       4,
	commands:   []command{askVersion},
	incidental: true,
	reword:     vhostWords,
	evidence: func(v *view) []int {
		return v.at(func(e *flow.Entry) bool {
			return spokenBy(response.WebServer)(e) && e.Response.Status >= 400 && e.Response.Status != 421 &&
				!v.refusesEscapes(e)
		}, withLeave...)
	},
}, {
	ID:         "html-answer",
	Sight:      Detected,
	rank:       5,
	commands:   []command{askVersion},
	incidental: true,
	reword: func(v *view, f *Finding) {
		if v.Fate() == flow.FateUnknown && v.Reply != nil && slices.Contains(f.Evidence, v.Reply.Seq) {
			f.Cause += " The homeserver may have accepted the join all the same."
		}
	},
	evidence: func(v *view) []int {
		out := v.at(func(e *flow.Entry) bool {
			return e.Response != nil && e.Failure == nil && response.Succeeds(e.Response) &&
				e.Speaker() == response.WebServer
		}, withLeave...)
		if v.Reply != nil && slices.Contains(out, v.Reply.Seq) { // it is why the answer cannot be used
			out = append(out, v.failing(verify.KindAnswerShape)...)
		}
		return out
	},
}}

// escapesIn returns the percent-encoded bytes of a request's path, each once, in capitals and in the order of the path.
func escapesIn(target string) []string {
	path, _, _ := strings.Cut(target, "?")
	var out []string
	for i := 0; i+2 < len(path); i++ {
		if escape := strings.ToUpper(path[i:min(i+3, len(path))]); path[i] == '%' && !slices.Contains(out, escape) {
			out = append(out, escape)
		}
	}
	return out
}

// newEscapes returns the escapes in the path of the request that e answers which no path had that the same server's
// homeserver answered; nil where no such request was answered.
func (v *view) newEscapes(e *flow.Entry) []string {
	asked := v.request(e)
	if asked == nil || asked.Request == nil {
		return nil
	}
	spoke, known := false, []string{}
	for _, a := range v.byServer[e.Server] {
		request := v.request(a)
		if a.Failure != nil || a.Speaker() != response.Homeserver ||
			request == nil || request.Request == nil {
			continue
		}
		spoke, known = true, append(known, escapesIn(request.Request.Target)...)
	}
	if !spoke {
		return nil
	}
	return slices.DeleteFunc(escapesIn(asked.Request.Target), func(escape string) bool {
		return slices.Contains(known, escape)
	})
}

// refusesEscapes accepts refusals that no homeserver gave of a request whose path has an escape that the same server's
// homeserver did not see in those it answered.
func (v *view) refusesEscapes(e *flow.Entry) bool {
	if !spokenBy(response.WebServer, response.Gateway, response.CDN)(e) {
		return false
	}
	escapes := v.newEscapes(e)
	switch e.Response.Status {
	case 400, 403, 406:
		return slices.ContainsFunc(escapes, slashEscape) || len(escapes) > 0 && spokenBy(response.WebServer)(e)
	case 404: // what Apache says to an encoded slash; otherwise a path that nobody serves
		return slices.ContainsFunc(escapes, slashEscape)
	}
	return false
}

// slashEscape reports whether an escape is of a slash or a backslash: those are what web servers refuse.
func slashEscape(escape string) bool { return escape == "%2F" || escape == "%5C" }

// spokeWithoutEscape returns the first answer of the homeserver behind e's server, by Seq.
func (v *view) spokeWithoutEscape(e *flow.Entry) int {
	for _, a := range v.byServer[e.Server] {
		if a.Failure == nil && a.Speaker() == response.Homeserver {
			return a.Seq
		}
	}
	return e.Seq
}

// escapeWords names the escapes and the two requests.
func escapeWords(v *view, f *Finding) {
	for _, seq := range f.Evidence {
		if e := v.trace.Entry(seq); e != nil && v.refusesEscapes(e) {
			f.Cause = fmt.Sprintf("%s answered as a homeserver a moment before (entry %d), and something in front of it "+
				"turns %s away with %d: its path has %s encoded, which the other had not. Room, user and event IDs are always "+
				"percent-encoded; Apache refuses an encoded slash unless told otherwise, firewalls refuse others.",
				e.Server, v.spokeWithoutEscape(e), v.request(e).Request.Endpoint, e.Response.Status, strings.Join(v.newEscapes(e),
					", "))
			if !slices.ContainsFunc(v.newEscapes(e), slashEscape) && v.request(e).Request.Method == "PUT" {
				f.Cause += " Here it may also be the method, PUT, that it does not let through."
			}
			return
		}
	}
}

// vhostWords does not say that no homeserver is there where one answered another path.
func vhostWords(v *view, f *Finding) {
	e := v.trace.Entry(f.Evidence[0])
	if e == nil || v.spokeWithoutEscape(e) == e.Seq {
		return
	}
	f.Title = "A web server answers one path itself, and the homeserver others"
	f.Cause = fmt.Sprintf("%s is a homeserver: it answered entry %d. This path ended at the web server in front of it, "+
		"which passes on some of /_matrix and not all: the refusal is not the JSON that a homeserver would give.",
		e.Server, v.spokeWithoutEscape(e))
	f.Advice = "The server's administrator has to have the web server pass on everything below /_matrix, v1 and v2, " +
		"whatever the method."
}

// gatewayWords says which of the things that gateways do this one did.
func gatewayWords(v *view, f *Finding) {
	e := v.trace.Entry(f.Evidence[0])
	if e == nil || e.Response == nil {
		return
	}
	server := e.Server
	if e.Step == flow.A8 {
		server = v.Header.Joining
	}
	who := e.Speaker().Who(server)
	switch status := e.Response.Status; {
	case e.Step == flow.R:
		f.Cause = fmt.Sprintf("%s answered the request for the key document of %s with %d itself, so that its signatures "+
			"cannot be checked.", sentence(who), server, status)
	case status == 429:
		f.Cause = fmt.Sprintf("%s limits requests: this 429 is no homeserver's, which would be JSON with "+
			"M_LIMIT_EXCEEDED. It is the proxy that has had enough, not the room.", sentence(who))
		f.Advice = "Wait for as long as Retry-After says, if it does, or ask another resident server now. The server's " +
			"administrator has to let more of the federation through: rate limits for browsers are too low for it."
	case status == 502 || status == 503 || status == 504:
		f.Cause = fmt.Sprintf("%s gave this %d itself: the homeserver behind it is down, restarting, or takes longer than "+
			"the gateway waits. The room has said nothing.", sentence(who), status)
	default:
		f.Cause = fmt.Sprintf("%s gave this %d itself and did not hand on a homeserver's answer: no homeserver answers "+
			"so. The room has said nothing.", sentence(who), status)
	}
	if v.Fate() == flow.FateUnknown && e.Step == flow.A7 {
		f.Cause += " The homeserver may have accepted the join all the same."
	}
}

// sentence gives words a capital at the beginning.
func sentence(words string) string { return strings.ToUpper(words[:1]) + words[1:] }
