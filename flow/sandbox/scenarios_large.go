package sandbox

import (
	"errors"
	"fmt"

	"doorstep/flow/event"
	"doorstep/flow/sandbox/engine"
)

// largeName is the scenario whose room can have any size.
const largeName = "large"

// largeScenarios are rooms with more in them than anybody reads.
func largeScenarios() []engine.Scenario {
	return []engine.Scenario{{
		Name: largeName, Title: "A large room; --events, --servers and --seed say how large",
		Teaches: "Every event of the answer is verified, and the keys of every server are fetched: that is what a join of " +
			"a large room takes its time for.",
		RoomVersion: "12", Crowd: engine.Crowd{Events: 1000, Servers: 20, Seed: 1},
	}}
}

// Large says how large the room of the scenario large is. The zero value leaves it as it is.
type Large struct {
	Events      int
	Servers     int // 0: one for a hundred events
	Seed        uint64
	RoomVersion string
}

// mostLarge is as large as a room can be made.
const mostLarge = 1_000_000

// Sized returns a scenario with a room of that size; an error where it has none that can be chosen.
func Sized(s engine.Scenario, l Large) (engine.Scenario, error) {
	switch {
	case l == Large{}:
		return s, nil
	case s.Crowd.Events == 0:
		return s, fmt.Errorf("the room of scenario %q has the size it has: the scenario %q takes --events, --servers, "+
			"--seed and --room-version", s.Name, largeName)
	case l.Events < 0 || l.Events > mostLarge || l.Servers < 0 || l.Servers > mostLarge:
		return s, fmt.Errorf("a room has up to %d events and servers", mostLarge)
	}
	if l.Events > 0 {
		s.Crowd.Events, s.Crowd.Servers = l.Events, max(l.Events/100, 1)
	}
	if l.Servers > 0 {
		s.Crowd.Servers = l.Servers
	}
	if l.Seed > 0 {
		s.Crowd.Seed = l.Seed
	}
	if l.RoomVersion != "" {
		if _, ok := event.Lookup(l.RoomVersion); !ok {
			return s, errors.New("room version " + l.RoomVersion + " is not one we implement")
		}
		s.RoomVersion = l.RoomVersion
	}
	return s, nil
}
