package flow

import "encoding/json"

// SourceImport is where traces come from that were made of what another program recorded.
const SourceImport = "import"

// An Imported says what a trace was made of that another program recorded, and what of a handshake that lacks.
type Imported struct {
	From    string    `json:"from"`             // the form of the file: har
	By      string    `json:"by,omitempty"`     // the program that wrote it, and its version, as it says
	Missing []Missing `json:"missing"`          // what is not in it, in the order of Missings
	Redone  []StepID  `json:"redone,omitempty"` // local work that was told from what was sent
}

// A Missing is something that a trace of our own has and an imported one has not.
type Missing string

// What may be missing. The first four always are.
const (
	MissingDiscovery Missing = "discovery"   // where server names lead
	MissingTLS       Missing = "tls"         // versions and certificates
	MissingWire      Missing = "wire"        // header fields and bodies exactly as on the wire
	MissingTried     Missing = "tried"       // candidates that were known and not asked, connections that failed
	MissingClient    Missing = "client"      // the client's request, and the answer to it
	MissingTemplate  Missing = "make_join"   // a protoevent
	MissingJoin      Missing = "send_join"   // the join
	MissingBodies    Missing = "bodies"      // bodies of answers, which then count as not there
	MissingOwnKey    Missing = "own_key"     // the joining server's key
	MissingKeys      Missing = "server_keys" // key documents of servers that signed something
)

// Missings are all of them, in the order in which they are told.
var Missings = []Missing{MissingDiscovery, MissingTLS, MissingWire, MissingTried, MissingClient, MissingTemplate,
	MissingJoin, MissingBodies, MissingOwnKey, MissingKeys}

// lacksKeys reports whether keys are missing because the file that s was made of does not hold them: then it is open
// whether the answer is proven, and nothing is wrong with it.
func (s *State) lacksKeys() bool {
	return s.Header.Imported != nil && len(s.Keys.Missing(s.Signers())) > 0
}

// seen takes in that a server is asked for a protoevent in an imported trace. Who decided that is not known, and the
// candidates are those who are asked.
func (s *State) seen(e *Entry) {
	if s.Header.Imported == nil {
		return
	}
	if s.Stopped != nil && (s.Stopped.Step == A5 || s.Stopped.Step == A3 || s.Stopped.Step == A1) {
		s.Stopped = nil // it went on
	}
	for i := range s.Candidates {
		if s.Candidates[i].Server == e.Server {
			s.askInstead(e.Server)
			return
		}
	}
	s.add(e.Server, "")
	s.askInstead(e.Server)
}

// mostNotarised bounds the servers whose keys are taken from one answer of a notary; Synapse asks for fewer at a time.
const mostNotarised = 200

// notarised takes in the answer of a notary that, in an imported trace, was asked about several servers, or about one
// that was not asked itself before.
func (s *State) notarised(e *Entry) {
	if s.Header.Imported == nil || e.Response == nil {
		return
	}
	var answer struct {
		Documents []struct {
			Server string `json:"server_name"`
		} `json:"server_keys"`
	}
	if json.Unmarshal(e.Response.Body, &answer) != nil {
		return
	}
	for _, d := range answer.Documents[:min(len(answer.Documents), mostNotarised)] {
		if s.Keys.Of(d.Server) == nil {
			s.Keys.Unresolved(d.Server, "it was not asked itself, as far as the imported file shows")
			s.Keys.LearnFromNotary(e.fetched(s.Header), d.Server)
		}
	}
}

// overWithoutClient is the outcome of an imported trace that has nothing of a client, as far as the servers' part tells.
func (s State) overWithoutClient() (Outcome, bool) {
	switch {
	case s.Header.Imported == nil || s.Asked:
		return "", false
	case s.Verification != nil:
		return Joined, true
	case s.Template == nil && s.Reply == nil && s.sawRefusal:
		return Refused, true
	}
	return "", false
}
