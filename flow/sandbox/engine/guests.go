package engine

import "doorstep/flow/event"

// A Crowd makes a room large: so many events more, by users of so many servers, after everything else that happened
// there. The zero value is none.
type Crowd struct {
	Events  int // in state and auth_chain together, about
	Servers int
	Seed    uint64 // equal seeds make equal histories; keys and IDs are new every time
}

// A guest is one event of a crowd.
type guest struct {
	*event.Event
	rests []int32 // the events of the crowd that it names in auth_events
	past  bool    // another event has taken its place in the state
}

// A crowd is what a Crowd made of a room.
type crowd struct {
	servers []string
	keys    map[string]*keyring
	guests  []guest
	needed  map[string]bool // the events of the room's own history that its events name
}
