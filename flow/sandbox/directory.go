package sandbox

import (
	"fmt"

	"doorstep/client"
)

// A directoryAnswer is what the directory server says of an alias.
type directoryAnswer struct {
	RoomID  string   `json:"room_id"`
	Servers []string `json:"servers"`
}

// queryDirectory answers which room an alias names, and which servers may help to join it. Only the aliases of the server
// itself are known to it. Spec: server-server, Querying for information.
func (s *server) queryDirectory(q *request) *Reply {
	f := s.federation
	alias := q.query.Get("room_alias")
	if alias == "" {
		return refuse(400, "M_MISSING_PARAM", "Missing required parameter: room_alias")
	}
	if client.Domain(alias) != s.name {
		return refuse(404, "M_NOT_FOUND", "Room alias is not on this server")
	}
	if reply := s.authenticate(q); reply != nil {
		return reply
	}
	if alias != f.Alias || f.Scenario.Room.NoAlias {
		return refuse(404, "M_NOT_FOUND", fmt.Sprintf("Room alias %s not found", alias))
	}
	return &Reply{Status: 200, Body: &directoryAnswer{RoomID: f.RoomID, Servers: f.Scenario.Layout.Candidates}}
}
