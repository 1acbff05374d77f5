package flow

import "encoding/json"

// seen takes in that a server is asked for a protoevent in a trace that the joining server has not written. Who decided
// that is not known, and the candidates are those who are asked.
func (s *State) seen(e *Entry) {
	if s.Header.Imported == nil && !s.Header.Hosted() {
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
			s.Keys.Unresolved(d.Server, "it was not asked itself, as far as was seen")
			s.Keys.LearnFromNotary(e.fetched(s.Header), d.Server)
		}
	}
}
