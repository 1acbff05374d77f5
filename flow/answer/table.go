package answer

import (
	"slices"

	"doorstep/flow"
	"doorstep/flow/event"
)

var (
	ofDirectory = []flow.StepID{flow.A3}
	ofTemplate  = []flow.StepID{flow.A5}
	ofJoin      = []flow.StepID{flow.A7}
	ofThree     = []flow.StepID{flow.A3, flow.A5, flow.A7}

	both      = []string{inState, inChain}
	stateOnly = []string{inState}
	chainOnly = []string{inChain}
)

var mutations = slices.Concat(directoryAnswers, templates, rooms, roomLists, wholeAnswers, deliveries)

// elsewhere is a server that nobody finds.
const elsewhere = "elsewhere.example"

func hashed(v *event.Version) bool    { return v.IDs != event.IDChosen }
func notTwelve(v *event.Version) bool { return !v.RoomIDIsCreate }
