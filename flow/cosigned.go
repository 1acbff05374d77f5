package flow

import (
	"doorstep/client"
	"doorstep/flow/auth"
	"doorstep/flow/event"
)

// A join that a restricted rule lets in needs the signature of the server whose user authorises it. The copy that is
// sent cannot carry it: that server adds it when it answers send_join. Spec: server-server, Restricted rooms.

// notYetCosigned returns the server that has yet to sign e, our join as it was sent; empty when none has to, when it
// has signed, and when this is the copy that counts, of which no better one came.
func (v *verifier) notYetCosigned(e *event.Event) string {
	by := v.join.authoriser
	settled := v.examined && v.join.counts != copyReturned
	if by == "" || by == client.Domain(e.Sender()) || settled || v.cosigned(e) {
		return ""
	}
	return by
}

// contextOf is the context in which the rules are asked about our join as it was sent: what depends on a signature that
// it cannot carry yet stays open.
func (v *verifier) contextOf(sent *event.Event) auth.Context {
	context := v.fully()
	if server := v.notYetCosigned(sent); server != "" {
		context.Signed = func(e *event.Event, by string) (auth.Answer, string) {
			if by == server {
				return auth.Unknown, "it signs when it answers send_join"
			}
			return v.signed(e, by)
		}
	}
	return context
}

// joinAuthorised is the worse of what the rules made of our join by its auth events and by the state before it.
func (v *verifier) joinAuthorised() CheckOutcome {
	outcome, asked := Pass, 0
	for _, c := range v.tail.checks {
		if c.ID != checkKinds[joinAuth].ID && c.ID != checkKinds[joinAuthState].ID {
			continue
		}
		asked++
		if c.Outcome == Fail || outcome == Pass {
			outcome = c.Outcome
		}
	}
	if asked == 0 {
		return NotChecked
	}
	return outcome
}
