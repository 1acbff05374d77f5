package sandbox

import (
	"net"
	"testing"

	"doorstep/client"
	"doorstep/flow"
	"doorstep/flow/diagnose"
	"doorstep/flow/sandbox/engine"
)

// onPublicAddresses is a network in which every server has an address of the open Internet, which the network leads to
// loopback, but for some servers: those are at an address that is not public, where they would answer.
func onPublicAddresses(address string, at ...string) *engine.Network {
	n := &engine.Network{Strict: true, Zone: engine.Zone{}, Places: map[string]engine.Place{}}
	for name, ip := range map[string]string{engine.DirectoryName: "8.8.8.2", engine.ResidentName: "8.8.8.3",
		engine.OtherName: "8.8.8.4", engine.GoneName: "8.8.8.5"} {
		for _, private := range at {
			if name == private {
				ip = address
			}
		}
		kind := "A "
		if net.ParseIP(ip).To4() == nil {
			kind = "AAAA "
			n.Zone["A "+name] = nil
		}
		n.Zone[kind+name] = []string{ip}
		n.Places[net.JoinHostPort(ip, "8448")] = engine.Place{Server: name}
	}
	return n
}

// Whoever is asked for whatever in a handshake, a server at an address that is not public is not connected to, and what
// comes of that is told.
func TestHostilePrivateAddresses(t *testing.T) {
	for name, tt := range map[string]struct {
		at      []string
		outcome flow.Outcome
		finding string
		asked   engine.Asked
	}{
		"the directory":   {[]string{engine.DirectoryName}, flow.Unreachable, "private-address", engine.Asked{}},
		"the resident":    {[]string{engine.ResidentName}, flow.Unreachable, "private-address", engine.Asked{}},
		"who has the key": {[]string{engine.OtherName}, flow.Joined, "keys-unavailable", engine.Asked{}},
		"the notary": {[]string{engine.OtherName, engine.GoneName}, flow.Joined, "keys-unavailable",
			engine.Asked{Notary: engine.GoneName}},
	} {
		for _, address := range []string{"10.0.0.9", "169.254.169.254", "2001::9", "64:ff9b:1::9", "64:ff9b::a00:9"} {
			t.Run(name+" at "+address, func(t *testing.T) {
				t.Parallel()
				s := scenario(t, "notary")
				s.Asked, s.Network = tt.asked, onPublicAddresses(address, tt.at...)
				trace := finish(t, s, engine.JoinOptions{})
				state := flow.Fold(trace)
				if state.Outcome() != tt.outcome {
					t.Errorf("outcome %s, want %s", state.Outcome(), tt.outcome)
				}
				refused := map[string]bool{}
				for _, e := range trace.Entries {
					if e.Connection == nil || e.Connection.Address != net.JoinHostPort(address, "8448") {
						continue
					}
					if refused[e.Server] = true; e.Failure == nil || e.Failure.Reason != client.ReasonPrivate {
						t.Errorf("%d: %s was dialled: %+v", e.Seq, e.Server, e.Failure)
					}
				}
				for _, server := range tt.at {
					if !refused[server] {
						t.Errorf("%s was not to be asked for anything", server)
					}
				}
				if found := diagnose.Findings(trace, state); len(found) == 0 || found[0].ID != tt.finding {
					t.Errorf("%+v", found)
				}
			})
		}
	}
}
