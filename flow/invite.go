package flow

import (
	"doorstep/client"
	"doorstep/flow/event"
)

// inviteOf reads an invite that reached our listener; nil when it names no room or no sender.
func inviteOf(e *Entry) *Invite {
	return parsed(e, func() *Invite {
		body, err := event.ReadObject(e.Request.Body)
		if err != nil {
			return nil
		}
		i := &Invite{Seq: e.Seq, Alias: canonicalAlias(body.Get("invite_room_state"))}
		i.RoomID, _ = body.String("event", "room_id")
		sender, _ := body.String("event", "sender")
		i.Origin = client.Domain(sender)
		if i.RoomID == "" || i.Origin == "" {
			return nil
		}
		return i
	})
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
