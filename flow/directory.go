package flow

import (
	"fmt"

	"doorstep/client"
	"doorstep/flow/event"
	"doorstep/flow/wording"
)

// A DirectoryAnswer is what A3 said: the room and the join candidates.
type DirectoryAnswer struct {
	Seq       int
	RoomID    string
	Servers   []string
	Abandoned bool   // servers is null: the directory knows of nobody in the room
	Problem   string // why it cannot be used; empty when it can
}

// readDirectory reads the body of a good answer of a directory server. Spec: server-server, GET query/directory.
func readDirectory(seq int, body []byte) *DirectoryAnswer {
	a := &DirectoryAnswer{Seq: seq}
	members, err := event.Members(body)
	if err != nil {
		a.Problem = wording.NotAnObject(body, err)
		return a
	}
	found := false
	for _, m := range members {
		switch m.Key {
		case "room_id":
			a.RoomID, _ = event.String(m.Value)
		case "servers":
			if a.Abandoned = string(m.Value) == "null"; a.Abandoned {
				found = true
				continue
			}
			elements, err := event.Elements(m.Value)
			if err != nil {
				a.Problem = "servers is not a list"
				return a
			}
			found = true
			for i, el := range elements {
				name, ok := event.String(el)
				if !ok {
					a.Problem = fmt.Sprintf("servers[%d] is not a string", i)
					return a
				}
				a.Servers = append(a.Servers, name)
			}
		}
	}
	switch {
	case a.RoomID == "":
		a.Problem = "room_id is missing"
	case !found:
		a.Problem = "servers is missing"
	default:
		if _, err := client.ParseRoomID(a.RoomID); err != nil {
			a.Problem = err.Error()
		}
	}
	return a
}
