package flow

import (
	"fmt"
	"slices"
	"strings"

	"doorstep/client"
)

// begin fills the candidate list with what is known before any server was asked.
func (s *State) begin(e *Entry) {
	byAlias := s.RoomID == ""
	if s.Invited() {
		s.RoomID, s.Alias = s.Invite.RoomID, s.Invite.Alias
		if !s.Policy.inviterLast {
			s.add(s.Invite.Origin, "invite")
		}
	}
	if !(byAlias && s.Policy.replacesVia) {
		for _, v := range s.Header.Via {
			s.add(v, "via")
		}
	}
	if s.Policy.aliasServer == aliasIfNobody && !byAlias && len(s.Candidates) == 0 {
		s.addRoomServer()
	}
	if s.Policy.inviterLast && !byAlias {
		s.addInviter()
	}
	s.putLast()
	s.settle(*e)
}

func (s *State) addInviter() {
	if s.Invited() {
		s.add(s.Invite.Origin, "invite")
	}
}

// MaxCandidates is how many join candidates are asked at the most: a directory can list as many as it likes.
const MaxCandidates = 1000

// add appends a candidate unless it is ourselves or is there already, or there are MaxCandidates. A name that is no
// server name stays in the list, with the reason it is not asked.
func (s *State) add(server, from string) {
	if len(s.Candidates) >= MaxCandidates {
		s.unlisted++
		return
	}
	if server == s.Header.Joining || slices.ContainsFunc(s.Candidates,
		func(c Candidate) bool { return c.Server == server }) {
		return
	}
	c := Candidate{Server: server, From: from}
	if _, err := client.ParseServerName(server); err != nil {
		c.Tried, c.Why = true, err.Error()
	}
	s.Candidates = append(s.Candidates, c)
}

// addListed appends the servers that the directory lists, with the alias's own where the policy has it.
func (s *State) addListed(listed []string) {
	alias := client.Domain(s.Alias)
	switch place := s.Policy.aliasServer; {
	case place == aliasFirst:
		s.add(alias, "alias")
	case place == aliasListedFirst && slices.Contains(listed, alias):
		s.add(alias, "directory")
	}
	for _, name := range listed {
		s.add(name, "directory")
	}
	if s.Policy.aliasServer == aliasIfNobody && len(s.Candidates) == 0 {
		s.add(alias, "alias")
		s.addRoomServer()
	}
}

// addRoomServer appends the server in the room ID, where there is one.
func (s *State) addRoomServer() {
	if id, err := client.ParseRoomID(s.RoomID); err == nil && id.Domain != "" {
		s.add(id.Domain, "room ID")
	}
}

// putLast moves the candidates to the end that the policy wants there, of those that were not asked yet.
func (s *State) putLast() {
	if s.Policy.last == "" {
		return
	}
	isLast := func(c Candidate) bool { return strings.Contains(c.Server, s.Policy.last) }
	rest := s.Candidates[min(s.at, len(s.Candidates)):]
	slices.SortStableFunc(rest, func(a, b Candidate) int {
		switch {
		case isLast(a) == isLast(b):
			return 0
		case isLast(b):
			return -1
		}
		return 1
	})
}

// untried counts the candidates after the present one that could still be asked.
func (s *State) untried() int {
	n := 0
	for _, c := range s.Candidates[min(s.at+1, len(s.Candidates)):] {
		if !c.Tried {
			n++
		}
	}
	return n
}

// next leaves the present candidate for the one after it.
func (s *State) next(e *Entry, why string) {
	if s.at < len(s.Candidates) {
		c := &s.Candidates[s.at]
		c.Tried, c.Answer, c.Why = true, e.Seq, why
	}
	s.settle(*e)
}

// settle moves to the first candidate that may still be asked. Where none is left it falls back to the directory, when
// an alias is known that has not been asked for yet; otherwise the handshake stops.
func (s *State) settle(e Entry) {
	for s.at < len(s.Candidates) && s.Candidates[s.at].Tried {
		s.at++
	}
	if most := s.Policy.MostRefusals; most > 0 && s.at >= most {
		s.at = len(s.Candidates)
	}
	if s.at < len(s.Candidates) || s.wantsDirectory() {
		return
	}
	if s.first != nil { // every candidate has been asked, and one of them helped
		s.take(s.first)
		return
	}
	outcome, why := s.exhausted()
	if s.unlisted > 0 {
		why += fmt.Sprintf("; %d names more, over the limit of %d candidates, were not asked", s.unlisted, MaxCandidates)
	}
	s.stop(&e, outcome, nil, why)
}
