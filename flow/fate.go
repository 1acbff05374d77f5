package flow

import (
	"fmt"
	"slices"

	"doorstep/client"
	"doorstep/flow/response"
)

// A Fate is what became of the join we sent, as far as the trace shows. Whoever says that we are in the room, that we
// may be, or that we are not, asks it.
type Fate int

// The fates. A join is not sent until a connection stood that took it.
const (
	FateNotSent Fate = iota // no send_join, or no connection that would have carried it
	// something in front of the homeserver refused the request itself: the homeserver has not seen it
	FateTurnedAway
	FateRefused  // the homeserver said no
	FateUnknown  // no answer, or one that the homeserver did not give: it may have let us in
	FateAccepted // the homeserver answered with success
)

// String names a fate as reports do.
func (f Fate) String() string {
	return [...]string{"not_sent", "turned_away", "refused", "unknown", "accepted"}[f]
}

// MayStand reports whether the join may stand in the room.
func (f Fate) MayStand() bool { return f == FateUnknown || f == FateAccepted }

// wasSent reports whether a request went out: one without header fields never did.
func wasSent(e *Entry) bool {
	return e != nil && e.Request != nil && (len(e.Request.Header) > 0 || e.Logged != nil)
}

// FateOf is the fate of the join that asked carries, after e ended the exchange.
//
// A homeserver that answers 4xx has refused. One that answers 5xx may have broken down after it had stored the event,
// and so has everything behind a gateway that lost its answer.
func FateOf(asked, e *Entry) Fate {
	switch {
	case e.Response != nil && e.Failure == nil:
		return fateByAnswer(response.Unlisted(e.Response))
	case asked != nil && asked.Logged != nil && e.Response == nil && notCarried(e.Failure):
		return FateNotSent
	case wasSent(asked) || e.Response != nil:
		return FateUnknown
	}
	return FateNotSent
}

// notCarried reports whether a failure is one before there was a connection, as far as a log tells.
func notCarried(f *client.Failure) bool {
	return f != nil && slices.Contains([]client.FailureKind{client.FailedResolve, client.FailedConnect, client.FailedTLS,
		client.FailedForbidden}, f.Kind)
}

func fateByAnswer(r *client.Response) Fate {
	speaker := response.SpeakerOf(r)
	switch {
	case response.Succeeds(r) && speaker == response.Homeserver:
		return FateAccepted
	case response.Succeeds(r) || r.Status >= 500:
		return FateUnknown
	case speaker == response.Homeserver:
		return FateRefused
	case turnsAway(r.Status):
		return FateTurnedAway
	}
	return FateUnknown
}

// turnsAway reports whether a web server or gateway that answers with this status has not passed the request on: a
// redirect, or one that it finds malformed, too long or too many, or has no place for. Others, such as a firewall's
// 403, may come of looking at the homeserver's answer.
func turnsAway(status int) bool {
	return status >= 300 && status < 400 ||
		slices.Contains([]int{400, 401, 404, 405, 407, 410, 411, 413, 414, 415, 417, 421, 425, 426, 429, 431, 494}, status)
}

// stopsAt says in a sentence why the handshake ends with e, the end of the exchange that carried our join: who
// answered, and what became of the join.
func (f Fate) stopsAt(e *Entry) (Outcome, string) {
	switch {
	case e.Failure != nil && f == FateNotSent:
		return outcomeOf(e), "the join was not sent: no connection to " + e.Server
	case e.Failure != nil && e.Response != nil:
		return afterSending(e.Failure), "the answer to send_join broke off: " + e.Server + " may have let us in all the same"
	case e.Failure != nil:
		return afterSending(e.Failure), "no answer to send_join: " + e.Server + " may have let us in all the same"
	}
	speaker := response.SpeakerOf(response.Unlisted(e.Response))
	who := speaker.Who(e.Server)
	switch {
	case f == FateRefused:
		return Refused, "the resident server refuses the join event"
	case f == FateTurnedAway:
		return Failed, who + " turned send_join away, and passed nothing on"
	case speaker == response.Homeserver:
		return Failed, fmt.Sprintf("%s answered send_join with an error of its own: "+
			"it may have accepted the join all the same", who)
	}
	return Failed, fmt.Sprintf("%s answered send_join: the homeserver may have accepted the join all the same", who)
}

// afterSending is the outcome of an exchange that failed after the join had gone out: somebody was reached.
func afterSending(f *client.Failure) Outcome {
	switch f.Kind {
	case client.FailedTimeout:
		return TimedOut
	case client.FailedCancelled:
		return Cancelled
	}
	return Failed
}
