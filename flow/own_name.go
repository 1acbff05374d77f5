package flow

import (
	"net/netip"
	"slices"

	"doorstep/client"
)

// Where a server finds our requests' signatures wrong, or no key for them, it matters what others find under our own name.
// Once the handshake is over we look there ourselves, as anybody would: where the name leads, and where that is not our own
// listener, which keys are published there. Both only read.

// wantsOwnName reports whether to look for our own name: somebody refused us for who we are.
func (s State) wantsOwnName() bool {
	return s.Header.Source == "join" && s.Header.Listen != "" && s.unkeyed && s.Asked && s.Waiting == nil && s.Done &&
		!s.lookedForUs
}

// nextOwnName returns the step that looks for our own name, or what is published under it.
func (s State) nextOwnName() Step {
	us := s.Header.Joining
	if s.Destinations[us] == nil {
		return Step{ID: R, Work: Resolve, From: Joining, To: Joining, Server: us}
	}
	return Step{ID: R, Work: Ask, From: Joining, To: Resident, Server: us, Request: client.KeysRequest()}
}

// lookForUs takes in what the search for our own name came to.
func (s *State) lookForUs(e *Entry) {
	switch {
	case e.Server != s.Header.Joining || !s.unkeyed || !s.Done:
	case e.Discovery != nil:
		s.lookedForUs = len(e.Discovery.Destinations) == 0 || LeadsTo(e.Discovery.Destinations, s.Header.Listen)
	case e.Answers > 0 && e.From != Joining:
		s.lookedForUs = true
	}
}

// leadsTo reports whether one of the destinations is where a listener listens, as far as that can be told from here: a
// listener on every interface is taken for being at every address with its port.
func LeadsTo(to []client.Destination, listen string) bool {
	here, err := netip.ParseAddrPort(listen)
	if err != nil {
		return false
	}
	return slices.ContainsFunc(to, func(d client.Destination) bool {
		there, err := netip.ParseAddrPort(d.Address)
		return err == nil && there.Port() == here.Port() && (there.Addr().Unmap() == here.Addr().Unmap() || here.Addr().IsUnspecified())
	})
}
