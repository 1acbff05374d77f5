package flow

import (
	"net/netip"
	"slices"
	"strings"
	"time"

	"doorstep/client"
)

// What probes ask at the most: of so many servers, and at so many addresses of each.
const (
	MaxProbedServers   = 5
	MaxProbedAddresses = 8
)

// ProbeLocalpart names the user whose devices are asked for: anybody will do, and most likely there is no such user.
const ProbeLocalpart = "@doorstep:"

// answered takes in what became of a request of ours to another server.
func (p *probe) answered(t Trace, e *Entry) {
	asked := t.Entry(e.Answers)
	if asked == nil || asked.From != Joining || asked.Request == nil {
		return
	}
	switch {
	case e.Kind != Response:
		p.over = p.over || e.Failure != nil && e.Failure.Kind == client.FailedCancelled
	case e.Step == A3 && !slices.Contains(p.directories, e.Server):
		p.directories = append(p.directories, e.Server)
	case (e.Step == A5 || e.Step == A7) && !slices.Contains(p.residents, e.Server):
		p.residents = append(p.residents, e.Server)
	}
	switch asked.Request.Endpoint {
	case client.UserDevices, client.NotaryQuery:
		if r := e.Response; r != nil && asked.Request.Endpoint == client.NotaryQuery && (r.Status == 404 || r.Status == 405) {
			if p.older == nil {
				p.older = map[string]bool{}
			}
			p.older[e.Server] = true
		}
		p.note(e.Server, asked.Request.Target)
	case client.ServerKeys:
		if e.Connection != nil {
			p.note(e.Server, e.Connection.Address)
		}
	}
	if e.Connection != nil {
		for _, u := range e.Connection.Unreached {
			p.note(e.Server, u.Address)
		}
	}
}

func (p *probe) note(server, what string) {
	if p.done == nil {
		p.done = map[string]bool{}
	}
	p.done[server+" "+what] = true
}

// servers returns whom to probe, resident servers first.
func (p *probe) servers() []string {
	out := slices.Clone(p.residents)
	for _, server := range p.directories {
		if !slices.Contains(out, server) {
			out = append(out, server)
		}
	}
	return out[:min(len(out), MaxProbedServers)]
}

// ProbedServers returns whom probes are asked of, resident servers first.
func (s State) ProbedServers() []string { return s.probe.servers() }

// Probing reports whether it is time for probes: the handshake is over, however it ended. A leave comes after them.
func (s State) Probing() bool { return s.Header.Probe && s.Asked && s.Waiting == nil }

func (s State) wantsProbe() bool {
	_, ok := s.nextProbe()
	return ok
}

// nextProbe returns the question that comes next; false when there is none.
func (s State) nextProbe() (Step, bool) {
	if !s.Probing() || s.probe.over {
		return Step{}, false
	}
	for _, server := range s.probe.servers() {
		to := s.Destinations[server]
		if len(to) == 0 {
			continue
		}
		step := Step{ID: R, Work: Ask, From: Joining, To: Resident, Server: server}
		if !slices.Contains(s.probe.residents, server) {
			step.To = Directory
		}
		for _, r := range s.probeRequests(server) {
			if !s.probe.done[server+" "+r.Target] {
				step.Request = r
				return step, true
			}
		}
		for i := range to[:min(len(to), MaxProbedAddresses)] {
			if !s.probe.done[server+" "+to[i].Address] {
				step.Request, step.Destination = client.KeysRequest(), &to[i]
				return step, true
			}
		}
	}
	notary := s.Header.Notary
	if notary == "" || notary == s.Header.Joining {
		return Step{}, false
	}
	for _, r := range s.OwnKeysRequests(notary) {
		switch {
		case s.probe.done[notary+" "+r.Target]:
		case s.Destinations[notary] != nil:
			return Step{ID: R, Work: Ask, From: Joining, To: Resident, Server: notary, Request: r}, true
		case s.Unresolved[notary] == nil:
			return Step{ID: R, Work: Resolve, From: Joining, To: Joining, Server: notary}, true
		}
	}
	return Step{}, false
}

// probeRequests returns what a server is asked, besides its own key document. The name of a server that is an IPv6
// address cannot stand in a path without escapes, so there is nothing to compare.
func (s State) probeRequests(server string) []client.Request {
	var out []client.Request
	if !strings.HasPrefix(server, "[") {
		out = append(out, client.UserDevicesRequest(ProbeLocalpart+server, false),
			client.UserDevicesRequest(ProbeLocalpart+server, true))
	}
	return append(out, s.OwnKeysRequests(server)...)
}

// OwnKeysRequests ask for our own key document, as the server asked has it: in today's form, and in the older one
// where that is not known.
func (s State) OwnKeysRequests(server string) []client.Request {
	out := []client.Request{client.NotaryRequest(s.Header.Joining, time.Time{})}
	if s.probe.older[server] {
		out = append(out, client.NotaryKeyRequest(s.Header.Joining, s.Header.KeyID))
	}
	return out
}

// Where a server finds our requests' signatures wrong, or no key for them, it matters what others find under our own
// name. Once the handshake is over we look there ourselves, as anybody would: where the name leads, and where that is
// not our own listener, which keys are published there. Both only read.
//
// wantsOwnName reports whether to look for our own name: somebody refused us for who we are.
func (s State) wantsOwnName() bool {
	return s.Header.Source == SourceJoin && s.Header.Listen != "" && s.unkeyed && s.Asked && s.Waiting == nil && s.Done &&
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

// LeadsTo reports whether one of the destinations is where a listener listens, as far as that can be told from here: a
// listener on every interface is taken for being at every address with its port.
func LeadsTo(to []client.Destination, listen string) bool {
	here, err := netip.ParseAddrPort(listen)
	if err != nil {
		return false
	}
	return slices.ContainsFunc(to, func(d client.Destination) bool {
		there, err := netip.ParseAddrPort(d.Address)
		return err == nil && there.Port() == here.Port() && (there.Addr().Unmap() == here.Addr().Unmap() ||
			here.Addr().IsUnspecified())
	})
}
