package live

import (
	"sync"

	"doorstep/client"
	"doorstep/flow"
)

// acquaintances are the servers that have business with a run: whoever it was told to ask, and whoever the answers
// name. What reaches our listener adds none, but for an invite that was taken.
type acquaintances struct {
	run *Run

	mu   sync.Mutex
	seen int // entries that were looked at
	are  map[string]bool
}

// know reports whether a server has business with the run.
func (a *acquaintances) know(server string) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	t := a.run.Trace()
	changed := a.are == nil
	for _, e := range t.Entries[a.seen:] {
		changed = changed || tells(t, &e)
	}
	if a.seen = len(t.Entries); changed {
		a.are = businessWith(flow.Fold(t))
	}
	return server != "" && a.are[server]
}

// tells reports whether an entry may tell of servers.
func tells(t flow.Trace, e *flow.Entry) bool {
	if e.Step != flow.R {
		return true
	}
	asked := t.Entry(e.Answers)
	return e.From == flow.Joining && e.Response != nil && e.Response.Status == 200 && asked != nil &&
		asked.Request != nil && isInvite(asked.Request.Endpoint)
}

func isInvite(e client.Endpoint) bool { return e == client.Invite || e == client.InviteV1 }

// businessWith are the servers that have business with a handshake, or a check.
func businessWith(s flow.State) map[string]bool {
	out := map[string]bool{}
	add := func(servers ...string) {
		for _, name := range servers {
			out[name] = true
		}
	}
	h := s.Header
	add(h.Via...)
	add(h.Server, h.Notary, client.Domain(h.Target), client.Domain(s.Alias))
	if id, err := client.ParseRoomID(s.RoomID); err == nil {
		add(id.Domain)
	}
	for _, c := range s.Candidates {
		add(c.Server)
	}
	if s.Invite != nil {
		add(s.Invite.Origin)
	}
	if s.Bound != nil {
		add(client.Domain(s.Bound.Sender))
	}
	if r := s.Reply; r != nil && r.Usable() && s.Template != nil {
		add(r.Server)
		add(r.ServersInRoom...)
		for _, e := range r.Events(s.Template.RoomVersion).State {
			if e.Event != nil && e.Event.Type() == "m.room.member" && e.Event.Membership() == "join" {
				add(client.Domain(e.Event.Sender()))
			}
		}
	}
	delete(out, h.Joining) // nobody is us but we
	delete(out, "")
	return out
}

// business says whether a server that calls has business with the run.
func (i *inbound) business(e client.Endpoint, origin string) client.Business {
	switch {
	case i.known.know(origin):
		return client.SureBusiness
	case isInvite(e), e == client.OnBind && i.bell.header.WaitInvite > 0:
		return client.PerhapsBusiness // anybody may invite our user
	}
	return client.NoBusiness
}
