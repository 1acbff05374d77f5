package sandbox

import "doorstep/client"

func directoryCauses() []Scenario {
	return []Scenario{{
		Name: "directory-silent", Title: "The directory server never answers", Finding: "directory-unreachable",
		Teaches: "No other server may answer for the alias. Synapse gives it ten seconds.",
		Faults:  []Fault{{Endpoint: client.QueryDirectory, Hang: true}},
	}, {
		Name: "directory-error", Title: "The directory server breaks down over the alias", Finding: "directory-error",
		Teaches: "500 says nothing about the alias: it may well exist.",
		Faults:  []Fault{{Endpoint: client.QueryDirectory, Instead: refuse(500, "M_UNKNOWN", "Internal server error")}},
	}, {
		Name: "directory-answer-broken", Title: "The directory server leaves the servers out", Finding: "directory-answer-broken",
		Teaches: "room_id and servers are both needed: the one without the other leads nowhere.",
		Faults:  []Fault{{Endpoint: client.QueryDirectory, Instead: &Reply{Status: 200, Body: fields{"room_id": "!somewhere:" + ResidentName}}}},
	}, {
		Name: "room-abandoned", Title: "The directory knows of nobody in the room", Finding: "room-abandoned",
		Teaches: "Once everybody has left, Dendrite answers for the alias with null in place of servers.",
		Faults:  []Fault{{Endpoint: client.QueryDirectory, Instead: &Reply{Status: 200, Body: fields{"room_id": "!somewhere:" + ResidentName, "servers": nil}}}},
	}, {
		Name: "stale-candidates", Title: "The directory lists servers that are in the room no more", Finding: "stale-candidates",
		Teaches: "One has left, one is gone, and the server that is still in the room is not in the list: it dates from when the alias was made.",
		Layout: Layout{Directory: DirectoryName, Founder: ResidentName, Second: OtherName,
			Candidates: []string{OtherName, GoneName}, Down: []string{GoneName}},
		Faults: []Fault{{history: everybodyLeaves(OtherName)}},
	}}
}
