package sandbox

import "doorstep/client"

// userDevices lists the devices of a user of the server. Nobody here has any.
// Spec: server-server, Device Management.
func (s *server) userDevices(q *request) *Reply {
	user := q.path[0]
	if client.Domain(user) != s.name {
		return refuse(400, "M_INVALID_PARAM", "User is not hosted on this homeserver")
	}
	return &Reply{Status: 200, Body: fields{"user_id": user, "stream_id": 0, "devices": []fields{}}}
}
