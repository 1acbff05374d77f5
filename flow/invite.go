package flow

import (
	"slices"
	"time"

	"doorstep/client"
	"doorstep/flow/event"
	"doorstep/flow/response"
)

// inviteOf reads an invite that reached our listener; nil when it names no room or no sender.
func inviteOf(e *Entry) *Invite {
	return parsed(e, func() *Invite {
		version, raw, shown, ok := client.InviteParts(e.Request.Body)
		ev, err := event.ReadObject(raw)
		if raw == nil || err != nil || !ok && version == "" && e.Request.Endpoint == client.InviteV1 {
			return nil
		}
		if e.Request.Endpoint == client.InviteV1 {
			version = "1"
		}
		i := &Invite{Seq: e.Seq, Alias: canonicalAlias(shown), RoomVersion: version}
		i.RoomID, _ = ev.String("room_id")
		i.Sender, _ = ev.String("sender")
		i.User, _ = ev.String("state_key")
		i.Origin = client.Domain(i.Sender)
		i.ThirdParty = ev.Get("content", "third_party_invite") != nil
		if i.RoomID == "" || i.Origin == "" {
			return nil
		}
		if v, known := event.Lookup(version); known {
			if e, err := event.Parse(v, raw); err == nil {
				i.EventID = e.ID()
			}
		}
		return i
	})
}

// AliasesShown returns the aliases that an invite says the room has: the canonical one, and the others listed with it.
// They are the inviter's word.
func AliasesShown(shown [][]byte) []string {
	var out []string
	for _, raw := range shown {
		if kind, _ := event.GetString(raw, "type"); kind != "m.room.canonical_alias" {
			continue
		}
		if alias, _ := event.GetString(raw, "content", "alias"); client.IsAlias(alias) {
			out = append(out, alias)
		}
		others, _ := event.Elements(event.Get(raw, "content", "alt_aliases"))
		for _, other := range others {
			if alias, _ := event.String(other); client.IsAlias(alias) {
				out = append(out, alias)
			}
		}
	}
	return out
}

// canonicalAlias finds the room's alias in stripped state; empty when there is none that is an alias.
func canonicalAlias(stripped []byte) string {
	events, err := event.Elements(stripped)
	if err != nil {
		return ""
	}
	for _, raw := range events {
		kind, _ := event.GetString(raw, "type")
		alias, _ := event.GetString(raw, "content", "alias")
		if kind == "m.room.canonical_alias" && client.IsAlias(alias) {
			return alias
		}
	}
	return ""
}

// What is asked right after our answer to an invite may come before the inviter's server has put it into the room: that
// takes some of them a second when they are busy.
const (
	earlyTime = 15 * time.Second
	mostEarly = 4
)

// tooEarly takes in a refusal by the inviter's server that may be owed to that, or a template that knows nothing of the
// invite, which Dendrite 0.15.2 gives instead, and reports whether it is one: then it is asked again.
func (s *State) tooEarly(e *Entry) bool {
	if s.Header.WaitInvite == 0 || s.Invite == nil || e.Server != s.Invite.Origin || len(s.Early) >= mostEarly ||
		e.At-s.Invite.Answered > earlyTime || e.Speaker() != response.Homeserver ||
		!response.Succeeds(e.Response) && e.Response.Status != 403 && e.Response.Status != 404 {
		return false
	}
	s.Early = append(slices.Clone(s.Early), e.Seq)
	return true
}
