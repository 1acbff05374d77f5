package flow

import (
	"net"
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
		s.lookedForUs = len(e.Discovery.Destinations) == 0 || leadsTo(e.Discovery.Destinations, s.Header.Listen)
	case e.Answers > 0 && e.From != Joining:
		s.lookedForUs = true
	}
}

// leadsTo reports whether one of the destinations is where a listener listens, as far as that can be told from here: a
// listener on every interface is taken for being at every address with its port.
func leadsTo(to []client.Destination, listen string) bool {
	here, err := netip.ParseAddrPort(listen)
	if err != nil {
		return false
	}
	return slices.ContainsFunc(to, func(d client.Destination) bool {
		there, err := netip.ParseAddrPort(d.Address)
		return err == nil && there.Port() == here.Port() && (there.Addr().Unmap() == here.Addr().Unmap() || here.Addr().IsUnspecified())
	})
}

// unkeyedBy reports whether a refusal may be for want of our key, or of the right one.
func unkeyedBy(e *Entry) bool {
	return unauthenticated(slices.Concat(saysKeyMissing, saysSignatureWrong, saysKeyOrSignature)...)(e)
}

// ourPlace is what is known of where our own name leads.
type ourPlace string

const (
	placeUnknown   ourPlace = ""
	placeHere      ourPlace = "here"      // to this listener
	placeElsewhere ourPlace = "elsewhere" // to another: what is asked there does not reach us
	placeNowhere   ourPlace = "nowhere"
)

// ourPlace says where our own name leads: in the sandbox to us; otherwise as our own resolver found it.
func (v *view) ourPlace() ourPlace {
	if v.Header.Source == "sandbox" {
		return placeHere
	}
	for i := range v.trace.Entries {
		d := v.trace.Entries[i].Discovery
		switch {
		case d == nil || d.Server != v.Header.Joining:
		case len(d.Destinations) == 0:
			return placeNowhere
		case leadsTo(d.Destinations, v.Header.Listen):
			return placeHere
		default:
			return placeElsewhere
		}
	}
	name, err := client.ParseServerName(v.Header.Joining)
	if err != nil || !name.IP.IsValid() || v.Header.Listen == "" {
		return placeUnknown
	}
	port := "8448"
	if name.HasPort {
		_, port, _ = net.SplitHostPort(name.Name)
	}
	if leadsTo([]client.Destination{{Address: net.JoinHostPort(name.Host, port)}}, v.Header.Listen) {
		return placeHere
	}
	return placeElsewhere
}

// ourAddresses returns the addresses that our own name leads to, as far as they are known.
func (v *view) ourAddresses() []netip.Addr {
	var out []netip.Addr
	for i := range v.trace.Entries {
		d := v.trace.Entries[i].Discovery
		if d == nil || d.Server != v.Header.Joining {
			continue
		}
		for _, to := range d.Destinations {
			if a, err := netip.ParseAddrPort(to.Address); err == nil {
				out = append(out, a.Addr())
			}
		}
	}
	if name, err := client.ParseServerName(v.Header.Joining); err == nil && name.IP.IsValid() && out == nil {
		out = append(out, name.IP)
	}
	return out
}

// ourSearch returns the search for our own name, by Seq; none where there was none.
func (v *view) ourSearch() []int {
	for i := range v.trace.Entries {
		if e := &v.trace.Entries[i]; e.Discovery != nil && e.Discovery.Server == v.Header.Joining {
			return []int{e.Seq}
		}
	}
	return nil
}
