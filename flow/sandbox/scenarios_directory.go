package sandbox

import (
	"doorstep/client"
	"doorstep/flow/sandbox/engine"
)

func directoryCauses() []engine.Scenario {
	return []engine.Scenario{{
		Name: "directory-silent", Title: "The directory server never answers", Finding: "directory-unreachable",
		Teaches: "No other server may answer for the alias. Synapse gives it ten seconds.",
		Faults:  []engine.Fault{{Endpoint: client.QueryDirectory, Hang: true}},
	}, {
		Name: "directory-error", Title: "The directory server breaks down over the alias", Finding: "directory-error",
		Teaches: "500 says nothing about the alias: it may well exist.",
		Faults: []engine.Fault{{Endpoint: client.QueryDirectory, Instead: engine.Refuse(500, "M_UNKNOWN",
			"Internal server error")}},
	}, {
		Name: "directory-answer-broken", Title: "The directory server leaves the servers out",
		Finding: "directory-answer-broken",
		Teaches: "room_id and servers are both needed: the one without the other leads nowhere.",
		Faults: []engine.Fault{{Endpoint: client.QueryDirectory, Instead: &engine.Reply{Status: 200,
			Body: engine.Fields{"room_id": "!somewhere:" + engine.ResidentName}}}},
	}, {
		Name: "room-abandoned", Title: "The directory knows of nobody in the room", Finding: "room-abandoned",
		Teaches: "Once everybody has left, Dendrite answers for the alias with null in place of servers.",
		Faults: []engine.Fault{{Endpoint: client.QueryDirectory, Instead: &engine.Reply{Status: 200,
			Body: engine.Fields{"room_id": "!somewhere:" + engine.ResidentName, "servers": nil}}}},
	}, {
		Name: "stale-candidates", Title: "The directory lists servers that are in the room no more",
		Finding: "stale-candidates",
		Teaches: "One has left, one is gone, and the server that is still in the room is not in the list: it dates from " +
			"when the alias was made.",
		Layout: engine.Layout{Directory: engine.DirectoryName, Founder: engine.ResidentName, Second: engine.OtherName,
			Candidates: []string{engine.OtherName, engine.GoneName}, Down: []string{engine.GoneName}},
		Faults: []engine.Fault{{History: everybodyLeaves}},
	}}
}
