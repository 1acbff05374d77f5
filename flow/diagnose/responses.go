package diagnose

import (
	"slices"

	"doorstep/client"
	"doorstep/flow"
	"doorstep/flow/response"
)

// refused accepts answers with that status (0: any from 300 on), one of the errcodes (none: any) and one of the words
// in the error text (none: any). Words are in lower case.
func refused(status int, errcodes []string, words ...string) func(*flow.Entry) bool {
	return func(e *flow.Entry) bool {
		if e.Response == nil {
			return false
		}
		answer := response.Unlisted(e.Response)
		if answer.Status < 300 || status != 0 && answer.Status != status {
			return false
		}
		f := response.RefusalOf(answer)
		if len(errcodes) > 0 && !slices.Contains(errcodes, f.Errcode) {
			return false
		}
		return len(words) == 0 || response.Says(f.Message, words...)
	}
}

// failed accepts exchanges that ended in one of those ways without a whole answer.
func failed(kinds ...client.FailureKind) func(*flow.Entry) bool {
	return func(e *flow.Entry) bool { return e.Failure != nil && slices.Contains(kinds, e.Failure.Kind) }
}

// noAnswer accepts exchanges without a whole answer, whatever the reason.
func noAnswer(e *flow.Entry) bool { return e.Failure != nil }

// spokenBy accepts whole answers that are no success and that one of those gave.
func spokenBy(who ...response.Speaker) func(*flow.Entry) bool {
	return func(e *flow.Entry) bool {
		if e.Response == nil || e.Failure != nil {
			return false
		}
		answer := response.Unlisted(e.Response)
		return !response.Succeeds(answer) && slices.Contains(who, response.SpeakerOf(answer))
	}
}

// deniesIdentity accepts refusals of who we are.
func deniesIdentity(e *flow.Entry) bool { return response.DeniesIdentity(e.Response) }

func good(e *flow.Entry) bool {
	return e.Response != nil && e.Failure == nil && response.Succeeds(e.Response)
}

// unauthenticated accepts refusals of who we are, in one of those words. tuwunel and its relatives give 403 for them.
func unauthenticated(words ...string) func(*flow.Entry) bool {
	return func(e *flow.Entry) bool {
		return refused(401, nil, words...)(e) || refused(400, nil, words...)(e) || refused(403, nil, words...)(e)
	}
}

// incompatible accepts refusals for the room's version.
func incompatible(e *flow.Entry) bool {
	return refused(0, []string{"M_INCOMPATIBLE_ROOM_VERSION", "M_UNSUPPORTED_ROOM_VERSION"})(e)
}

// cdnFails accepts what a content delivery network says of a server that it cannot reach.
func cdnFails(e *flow.Entry) bool { return spokenBy(response.CDN)(e) && e.Response.Status >= 500 }

// gatewaySpeaks accepts answers of gateways that have no finding of their own: a redirect has, a wrong name, a body
// that is too large, and what content delivery networks do with a server that they cannot reach.
func gatewaySpeaks(e *flow.Entry) bool {
	if !spokenBy(response.Gateway, response.CDN)(e) {
		return false
	}
	status := e.Response.Status
	switch {
	case status < 400 || status == 421 || status == 413 && e.Step == flow.A7:
		return false
	}
	return e.Speaker() == response.Gateway || status < 500
}

// withLeave are the arrows of the handshake and of the leave after it.
var withLeave = slices.Concat(arrows, []flow.StepID{flow.U2, flow.U4})

// notTaken reports whether a homeserver refused the request for who sent it. A refusal for the lack of our key is no
// statement about the request: a moment later the key may be there.
func notTaken(e *flow.Entry) bool {
	if e.Failure != nil || e.Response == nil || e.Speaker() != response.Homeserver ||
		unauthenticated(response.SaysKeyMissing...)(e) {
		return false
	}
	return e.Response.Status == 401 || unauthenticated(slices.Concat(response.SaysSignatureWrong,
		response.SaysKeyOrSignature)...)(e)
}

// taken reports whether a homeserver found the signature of the request for devices in order. It says that the user
// has some or none, or that there is no such user. Other refusals may come before the signature is looked at.
func taken(e *flow.Entry) bool {
	return e.Failure == nil && e.Response != nil && e.Speaker() == response.Homeserver &&
		(response.Succeeds(e.Response) || e.Response.Status == 404 && response.RefusalOf(e.Response).Errcode == "M_NOT_FOUND")
}

// arrows are the answers of the handshake itself. Other servers' key documents are asked for besides, often of servers
// long gone: what becomes of that says nothing about this join.
var arrows = []flow.StepID{flow.A3, flow.A5, flow.A7}
