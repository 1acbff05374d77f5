package engine

// Unhosted is why a scenario cannot stand before a joining server that is not of this program; empty: it can.
type Unhosted string

// The reasons.
const (
	UnhostedNetwork Unhosted = "network" // it is about names and addresses that lie in the program
	UnhostedClient  Unhosted = "client"  // it is about the client, or what stands before the joining server
	UnhostedChoice  Unhosted = "choice"  // it is about what the joining server is asked for, or chooses
	UnhostedJoining Unhosted = "joining" // something is wrong at the joining server itself
	UnhostedCrowd   Unhosted = "crowd"   // its members are on servers that nobody else finds
	UnhostedLetters Unhosted = "letters" // it needs a server name with letters in it
)

// Says is what a reason means, as a sentence.
func (u Unhosted) Says() string {
	return map[Unhosted]string{
		UnhostedNetwork: "It is about names and addresses that exist only inside the program.",
		UnhostedClient:  "It is about the client and what stands before the joining server, which here are your own.",
		UnhostedChoice:  "It is about what the joining server is asked for or decides, which here is your server's.",
		UnhostedJoining: "In it something is wrong at the joining server itself, which here is your own.",
		UnhostedCrowd:   "Its members are on servers that nobody outside the program finds.",
		UnhostedLetters: "It needs a server name with letters in it: give one with --name.",
	}[u]
}

// Unhosted says why the scenario cannot be hosted.
func (s Scenario) Unhosted() Unhosted {
	n := s.Network
	switch {
	case n != nil && (ServerIPs[s.Layout.Directory] == "" || len(n.Zone) > 0 || len(n.Places) > 0 || n.Strict ||
		n.Distrust || n.Ahead != 0):
		return UnhostedNetwork
	case s.Front != (Front{}):
		return UnhostedClient
	case s.Asked.chooses() || s.SendTo == "another" || s.ByRoomID && !s.Invites():
		return UnhostedChoice
	case s.Asked.AlreadyIn || s.about(JoiningName):
		return UnhostedJoining
	case s.Crowd.Events > 0:
		return UnhostedCrowd
	}
	return ""
}

// chooses reports whether a scenario rests on what the joining server does of its own accord.
func (a Asked) chooses() bool {
	return a.Offered != nil || a.Probe || a.Notary != "" || a.Unseen != nil || a.MostBytes > 0 || a.Reject
}

// about reports whether a fault happens at a server.
func (s Scenario) about(server string) bool {
	for _, f := range s.Faults {
		if f.Server == server {
			return true
		}
	}
	return false
}
