package live

import (
	"slices"
	"sync"

	"doorstep/client"
	"doorstep/flow"
)

// A doorbell lets in one invite, or one word that an address is our user's, to a handshake that waits for an invite,
// and tells when it has been answered. A handshake that waits for none lets in every invite of its user.
type doorbell struct {
	header flow.Header

	mu     sync.Mutex
	closed bool
	taken  int           // the request that was let in; 0: none
	bound  int           // likewise, of an identity server
	rang   chan struct{} // takes a value when what was let in has been answered
}

func newDoorbell(h flow.Header) *doorbell { return &doorbell{header: h, rang: make(chan struct{}, 2)} }

// invited decides about an invite. It returns the answer to give instead of a signature; status 0: it is let in.
func (d *doorbell) invited(call client.InviteCall) (status int, body []byte) {
	d.mu.Lock()
	defer d.mu.Unlock()
	switch why := d.refuses(call); {
	case why != "":
		return 403, flow.JSONObject("errcode", "M_FORBIDDEN", "error", why)
	case d.header.WaitInvite > 0:
		d.taken = call.ID
	}
	return 0, nil
}

// wanted decides about an invite of a server that nobody has heard of, before anybody is asked who that is. It returns
// the answer to give instead; status 0: it is looked into. Who names our user is told whether an invite is waited for,
// and not which.
func (d *doorbell) wanted(call client.InviteCall) (status int, body []byte) {
	d.mu.Lock()
	defer d.mu.Unlock()
	why := ""
	switch {
	case call.User != d.header.User:
		return client.Unauthenticated()
	case d.refuses(call) == "" && (client.IsAlias(d.header.Target) || d.header.Target == "" ||
		d.header.Target == call.RoomID):
		return 0, nil
	case d.taken != 0:
		why = "another invite came first, and one is taken"
	case d.closed:
		why = "nobody waits for an invite here any more"
	default:
		why = "this is not the invite that is waited for"
	}
	return 403, flow.JSONObject("errcode", "M_FORBIDDEN", "error", why)
}

// refuses says why an invite is not wanted; empty where it is.
func (d *doorbell) refuses(call client.InviteCall) string {
	switch target := d.header.Target; {
	case call.User != d.header.User:
		return "nobody here takes invites but " + d.header.User
	case d.header.WaitInvite == 0:
		return ""
	case d.taken != 0:
		return "another invite came first, and one is taken"
	case d.closed:
		return "nobody waits for an invite here any more"
	case client.IsAlias(target) && !slices.Contains(flow.AliasesShown(call.Shown), target):
		return "only invites to " + target + " are taken, and this one does not say that it is one"
	case target != "" && !client.IsAlias(target) && call.RoomID != target:
		return "only invites to " + target + " are taken"
	}
	return ""
}

// told decides about the word of an identity server, as invited does about an invite.
func (d *doorbell) told(call client.BindCall) (status int, body []byte) {
	d.mu.Lock()
	defer d.mu.Unlock()
	switch {
	case call.User != d.header.User:
		return 403, flow.JSONObject("errcode", "M_FORBIDDEN", "error", "nobody here takes invites but "+d.header.User)
	case d.header.WaitInvite == 0 || d.closed || d.taken != 0 || d.bound != 0:
		return 403, flow.JSONObject("errcode", "M_FORBIDDEN", "error", "nobody waits for an invite here")
	case flow.BoundBy(d.header, call) != nil:
		d.bound = call.ID
	}
	return 0, nil
}

// answered is told how a request to us was answered.
func (d *doorbell) answered(id, status int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	switch {
	case id == 0:
		return
	case id == d.taken && status != 200: // what was let in could not be signed after all
		d.taken = 0
		return
	case id != d.taken && id != d.bound:
		return
	}
	select {
	case d.rang <- struct{}{}:
	default:
	}
}

// shut lets nothing in any more; false where something was let in already, and its answer is on its way.
func (d *doorbell) shut() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.taken != 0 {
		return false
	}
	d.closed = true
	return true
}
