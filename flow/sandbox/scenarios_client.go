package sandbox

import (
	"time"

	"doorstep/client"
	"doorstep/flow/sandbox/engine"
)

func clientCauses() []engine.Scenario {
	turnedDown := func(status int, errcode, text string) engine.Front {
		return engine.Front{Instead: engine.Refuse(status, errcode, text)}
	}
	return []engine.Scenario{{
		Name: "client-rate-limited", Title: "The user joins too many rooms at a time", Finding: "client-rate-limited",
		Teaches: "429 from the user's own server: nothing was sent to anybody else.",
		Front: engine.Front{Instead: &engine.Reply{Status: 429, Body: engine.Fields{
			"errcode": "M_LIMIT_EXCEEDED", "error": "Too Many Requests", "retry_after_ms": 100_000}}},
	}, {
		Name: "join-in-progress", Title: "A join to this room is already under way", Finding: "join-in-progress",
		Teaches: "The client has lost patience and asks again, while the first handshake goes on behind it.",
		Front: turnedDown(429, "M_LIMIT_EXCEEDED",
			"There is already a federated join to this room in progress. Please wait for it to finish."),
	}, {
		Name: "room-too-complex", Title: "The user's own server takes no rooms as large as this", Finding: "room-too-complex",
		Teaches: "An administrator can set a limit; it counts the state events of a room in five hundreds.",
		Front: turnedDown(400, "M_RESOURCE_LIMIT_EXCEEDED",
			"Your homeserver is unable to join rooms this large or complex. Please speak to your server administrator, or "+
				"upgrade your instance to join this room."),
	}, {
		Name: "own-server-refuses", Title: "The user's own server says no", Finding: "own-server-refuses",
		Teaches: "Guests, suspended accounts, rooms that an administrator has blocked: no other server was asked.",
		Front:   turnedDown(403, "M_FORBIDDEN", "This room has been blocked on this server"),
	}, {
		Name: "client-gave-up", Title: "The proxy before our own server does not wait", Finding: "client-gave-up",
		Teaches: "The client is told 504, the handshake goes on: minutes later the room is there.",
		Front:   engine.Front{Patience: 300 * time.Millisecond},
		Faults:  []engine.Fault{{Endpoint: client.SendJoinV2, Delay: 1200 * time.Millisecond}},
	}}
}
