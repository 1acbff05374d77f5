package diagnose

import (
	"slices"

	"doorstep/client"
	"doorstep/flow"
	"doorstep/flow/response"
	"doorstep/flow/verify"
)

// rewritten returns the refusals of signatures by servers that have taken a signed request of ours whose path needed no
// escapes, and the answers by which they did. Where the two spellings of a path were compared, that decides.
func (v *view) rewritten() (taken, wrong []int) {
	refusals := v.at(func(e *flow.Entry) bool {
		return unauthenticated(slices.Concat(response.SaysSignatureWrong, response.SaysKeyOrSignature)...)(e) ||
			notTaken(e) && v.probed(ProbePath, e.Server).Result == PathRewritten // whatever the words
	}, flow.A5)
	for _, seq := range refusals {
		server := v.trace.Entry(seq).Server
		plain := v.at(func(e *flow.Entry) bool {
			return e.Server == server && e.Response != nil && response.Succeeds(e.Response)
		}, flow.A3)
		switch r := v.probed(ProbePath, server); r.Result {
		case PathRewritten:
			plain = append(plain, r.Evidence...)
		case PathUnchanged, PathRefused, PathEscaped:
			plain = nil
		}
		if len(plain) > 0 {
			taken, wrong = append(taken, plain...), append(wrong, seq)
		}
	}
	return taken, wrong
}

// listens reports whether the trace holds what reached our listener.
func (v *view) listens() bool { return v.Header.Source == "sandbox" || v.Header.Source == "join" }

// ownFetch returns what we found where our own name leads, in place of what others look for there; nil where we did not look.
func (v *view) ownFetch() *flow.Entry {
	return v.exchange(v.Header.Joining, func(asked *client.Request, e *flow.Entry) bool {
		return asked.Endpoint == client.ServerKeys && e.Connection != nil
	})
}

// servesOurKeys reports whether an answer is a key document of ours, whatever keys it lists.
func (v *view) servesOurKeys(e *flow.Entry) bool {
	return good(e) && verify.DocumentServer(e.Response.Body) == v.Header.Joining
}

// heardFrom reports whether something came to our listener from a server, or from somebody who may have been that one.
func (v *view) heardFrom(server string) bool {
	from := func(e *flow.Entry) bool { return e.Server == server || e.Server == "" }
	return slices.ContainsFunc(v.inbound, from) || len(v.callsFailed(from)) > 0
}

// callsFailed returns the connections to our listener that ended without a request and that ok accepts, by Seq.
func (v *view) callsFailed(ok func(*flow.Entry) bool) []int {
	var out []int
	for i := range v.trace.Entries {
		if e := &v.trace.Entries[i]; e.FailedCall() && ok(e) {
			out = append(out, e.Seq)
		}
	}
	if len(out) > 0 && len(v.ourCertificates()) > 0 {
		return nil // it was we who called ourselves, under another server's name
	}
	return out
}
