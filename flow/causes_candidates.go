package flow

// directoryCauses are about A2 and A3: which room, and who is in it.
var directoryCauses = []Cause{{
	ID:     "alias-not-found",
	Title:  "The directory server does not know this alias",
	Cause:  "The alias was deleted or mistyped, or it belonged to a room that everybody has left. Only the server in the alias can say where it leads.",
	Advice: "Ask for a fresh link, or join by room ID and name a server that is in the room.",
	Source: "server-server: Querying for information",
	Sight:  Detected,
	seen:   func(v *view) []int { return v.at(refused(404, []string{"M_NOT_FOUND"}), A3) },
}}

// candidateCauses are about the list of join candidates as a whole.
var candidateCauses = []Cause{{
	ID:     "no-candidate-answers",
	Title:  "None of the join candidates answered",
	Cause:  "Every server that could have let us in is down, unreachable from here, or no longer there.",
	Advice: "Name a server that is up and in the room. The arrows say what became of each attempt.",
	Sight:  Detected,
	seen: func(v *view) []int {
		if v.Stopped == nil || v.sawAnswer || len(v.Candidates) == 0 || v.Template != nil || v.at(refused(0, nil), A3) != nil {
			return nil
		}
		var evidence []int
		for _, c := range v.Candidates {
			if c.Answer > 0 {
				evidence = append(evidence, c.Answer)
			}
		}
		return evidence
	},
}}

// makeJoinCauses are about A4 and A5: refusals of the join itself, which a resident server may also give at A7.
var makeJoinCauses = []Cause{{
	ID:     "banned",
	Title:  "The user is banned from the room",
	Cause:  "A moderator banned this user. Every server in the room enforces the ban, so another candidate would say the same.",
	Advice: "Ask the moderators of the room to lift the ban.",
	Source: "room versions: Authorisation rules, join",
	Sight:  Detected,
	seen: func(v *view) []int {
		return v.at(refused(403, nil, "is banned from the room", "you are banned", "user is banned", "has been banned"), A5, A7)
	},
}, {
	ID:     "not-invited",
	Title:  "The room is closed, and the user has no invite",
	Cause:  "The join rule wants an invite. There is none for this user, or it was for another ID, was revoked, or has not reached the server that was asked.",
	Advice: "Ask a member for an invite. If there was one, join through the server of whoever sent it.",
	Source: "room versions: Authorisation rules, join",
	Sight:  Detected,
	seen: func(v *view) []int {
		return v.at(refused(403, nil, "not invited", "invite-only", "invite only"), A5, A7)
	},
}}
