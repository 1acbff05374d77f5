package verify

import (
	"doorstep/client"
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
