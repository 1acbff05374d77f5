package sandbox

import (
	"slices"

	"doorstep/flow/sandbox/engine"
)

var scenarios = complete(slices.Concat(publicScenarios(), roleScenarios(), delegationScenarios(), refusalScenarios(),
	verificationScenarios(), answerScenarios(), causeScenarios(), findingScenarios(), reachingScenarios(),
	largeScenarios()))

// complete fills in what most scenarios share.
func complete(table []engine.Scenario) []engine.Scenario {
	for i := range table {
		s := &table[i]
		if s.RoomVersion == "" {
			s.RoomVersion = "11"
		}
		if s.Form == "" {
			s.Form = "current"
		}
		if s.SendTo == "" {
			s.SendTo = "same"
		}
		if s.Layout.Directory == "" {
			s.Layout = engine.Usual
		}
	}
	return table
}

// Scenarios returns every scenario, those in which all goes well first.
func Scenarios() []engine.Scenario { return slices.Clone(scenarios) }

// Lookup returns the scenario with that name; false when there is none.
func Lookup(name string) (engine.Scenario, bool) {
	i := slices.IndexFunc(scenarios, func(s engine.Scenario) bool { return s.Name == name })
	if i < 0 {
		return engine.Scenario{}, false
	}
	return scenarios[i], true
}

// causeScenarios are the causes of failed joins that the other tables do not show, each in a handshake of its own,
// along the path of the handshake. Most end without a join; in the others what is worth a warning is the point.
func causeScenarios() []engine.Scenario {
	return slices.Concat(inviteCauses(), directoryCauses(), candidateCauses(), clientCauses(),
		makeJoinCauses(), templateCauses(), sendJoinCauses(), replyCauses(), keyScenarios(), probeScenarios())
}
