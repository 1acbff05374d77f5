package answer

import (
	"doorstep/flow"
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

// elsewhere is a server that nobody finds.
const elsewhere = "elsewhere.example"
