package sandbox

import (
	"slices"
	"sync"

	"doorstep/flow/sandbox/engine"
)

// scenarios are made when they are first asked for: a replay needs none.
var scenarios = sync.OnceValue(func() []engine.Scenario {
	return complete(slices.Concat(
		about(engine.ByVersion, publicScenarios()), about(engine.OtherWays, roleScenarios()),
		about(engine.ByName, delegationScenarios()), about(engine.AskToJoin, refusalScenarios()),
		about(engine.InAnswer, verificationScenarios()), about(engine.AskToJoin, answerScenarios()), causeScenarios(),
		about(engine.ByName, findingScenarios()), about(engine.Connecting, reachingScenarios()),
		about(engine.LargeRooms, largeScenarios())))
})

// about puts the scenarios of a table that name no group of their own into one.
func about(g engine.Group, table []engine.Scenario) []engine.Scenario {
	for i := range table {
		if table[i].Group == "" {
			table[i].Group = g
		}
	}
	return table
}

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
func Scenarios() []engine.Scenario { return slices.Clone(scenarios()) }

// Lookup returns the scenario with that name; false when there is none.
func Lookup(name string) (engine.Scenario, bool) {
	all := scenarios()
	i := slices.IndexFunc(all, func(s engine.Scenario) bool { return s.Name == name })
	if i < 0 {
		return engine.Scenario{}, false
	}
	return all[i], true
}

// causeScenarios are the causes of failed joins that the other tables do not show, each in a handshake of its own,
// along the path of the handshake. Most end without a join; in the others what is worth a warning is the point.
func causeScenarios() []engine.Scenario {
	return slices.Concat(about(engine.FindRoom, inviteCauses()), about(engine.FindRoom, directoryCauses()),
		about(engine.Candidates, candidateCauses()), about(engine.OwnSide, clientCauses()),
		about(engine.AskToJoin, makeJoinCauses()), about(engine.InTemplate, templateCauses()),
		about(engine.HandIn, sendJoinCauses()), about(engine.InAnswer, replyCauses()), about(engine.InKeys, keyScenarios()),
		about(engine.Probing, probeScenarios()))
}
