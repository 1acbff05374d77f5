package sandbox

import (
	"fmt"

	"doorstep/client"
	"doorstep/flow/sandbox/engine"
)

func candidateCauses() []engine.Scenario {
	return []engine.Scenario{{
		Name: "no-candidates", Title: "A room ID, and no server to ask", Finding: "no-candidates",
		Teaches: "The server in a room ID only names who made the ID, it need not be in the room: without via nobody is " +
			"asked.",
		ByRoomID: true,
	}, {
		Name: "no-via-v12", Title: "A room ID of version 12, and no server to ask", Finding: "no-via-v12",
		Teaches:  "It is a hash and names no server at all. Links and invites have to say whom to ask.",
		ByRoomID: true, RoomVersion: "12",
	}, {
		Name: "room-id-as-server", Title: "The room ID is taken for a server name", Finding: "room-id-as-server",
		Teaches:  "Whoever cuts the ID of a version 12 room at a colon that is not there asks a server that cannot exist.",
		ByRoomID: true, RoomVersion: "12", Asked: engine.Asked{Via: []string{engine.ThisRoom}},
	}, {
		Name: "invalid-via", Title: "via holds a URL in place of a server name", Finding: "invalid-via",
		Teaches:  "A server name is a host and maybe a port. A wrong one is left out, and the others are asked.",
		ByRoomID: true, Asked: engine.Asked{Via: []string{"https://" + engine.ResidentName}},
	}, {
		Name: "too-many-vias", Title: "The client names so many servers that its request is refused",
		Finding:  "too-many-vias",
		Teaches:  "Every via makes the URL longer, and web servers have a limit. Three to five are enough.",
		ByRoomID: true, Asked: engine.Asked{Via: manyNames(200)}, Front: engine.Front{LongestURI: 8 << 10},
	}, {
		Name: "first-refusal-final", Title: "One candidate's refusal ends it, as it does in Synapse",
		Finding: "first-refusal-final",
		Teaches: "Most answers of 400 to 499 end the join there, although the next candidate would have helped.",
		Layout:  otherFirst, Asked: engine.Asked{Like: "synapse"},
		Faults: []engine.Fault{{Server: engine.OtherName, Endpoint: client.MakeJoin,
			Instead: engine.Refuse(400, "M_UNKNOWN", "unknown error")}},
	}, {
		Name: "refusal-not-shared", Title: "Of all candidates, one refuses", Finding: "refusal-not-shared",
		Teaches: "Asked one by one they do not agree: the refusal is that server's own, and the room lets us in.",
		Layout:  otherFirst, Asked: engine.Asked{AskAll: true},
		Faults: []engine.Fault{{Server: engine.OtherName, Endpoint: client.MakeJoin,
			Instead: engine.Refuse(403, "M_FORBIDDEN", "Federation denied with "+engine.JoiningName+".")}},
	}, {
		Name: "residents-disagree", Title: "Two residents, two pictures of the room", Finding: "residents-disagree",
		Teaches: "Their templates rest on different power levels: one of them is behind, or the room has come apart.",
		Asked:   engine.Asked{AskAll: true},
		Faults:  []engine.Fault{{Server: engine.OtherName, Endpoint: client.MakeJoin, Change: staleLevels}},
	}}
}

// otherFirst is the usual layout with the creator's server second in the directory's list.
var otherFirst = engine.Layout{Directory: engine.DirectoryName, Founder: engine.ResidentName, Second: engine.OtherName,
	Candidates: []string{engine.OtherName, engine.ResidentName}}

// manyNames returns n server names that are in use nowhere.
func manyNames(n int) []string {
	out := make([]string, n)
	for i := range out {
		out[i] = fmt.Sprintf("a-server-that-was-in-the-room-once-%03d.example", i)
	}
	return out
}
