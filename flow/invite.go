package flow

import (
	"doorstep/client"
	"doorstep/flow/event"
)

// inviteOf reads an invite that reached our listener; nil when it names no room or no sender.
func inviteOf(e *Entry) *Invite {
	return parsed(e, func() *Invite {
		members, err := event.Members(e.Request.Body)
		if err != nil {
			return nil
		}
		i := &Invite{Seq: e.Seq}
		for _, m := range members {
			switch m.Key {
			case "event":
				i.RoomID, i.Origin = inviteEvent(m.Value)
			case "invite_room_state":
				i.Alias = canonicalAlias(m.Value)
			}
		}
		if i.RoomID == "" || i.Origin == "" {
			return nil
		}
		return i
	})
}

func inviteEvent(raw []byte) (room, origin string) {
	members, err := event.Members(raw)
	if err != nil {
		return "", ""
	}
	for _, m := range members {
		switch m.Key {
		case "room_id":
			room, _ = event.String(m.Value)
		case "sender":
			sender, _ := event.String(m.Value)
			origin = client.Domain(sender)
		}
	}
	return room, origin
}

// canonicalAlias finds the room's alias in stripped state; empty when there is none that is an alias.
func canonicalAlias(stripped []byte) string {
	events, err := event.Elements(stripped)
	if err != nil {
		return ""
	}
	for _, raw := range events {
		var kind, alias string
		members, err := event.Members(raw)
		if err != nil {
			continue
		}
		for _, m := range members {
			switch m.Key {
			case "type":
				kind, _ = event.String(m.Value)
			case "content":
				content, err := event.Members(m.Value)
				if err != nil {
					continue
				}
				for _, c := range content {
					if c.Key == "alias" {
						alias, _ = event.String(c.Value)
					}
				}
			}
		}
		if kind == "m.room.canonical_alias" && client.IsAlias(alias) {
			return alias
		}
	}
	return ""
}
