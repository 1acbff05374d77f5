package sandbox

import "doorstep/flow/sandbox/engine"

// probeScenarios ask the questions more that tell causes apart.
func probeScenarios() []engine.Scenario {
	probe := engine.Asked{Probe: true}
	return []engine.Scenario{{
		Name: "probe", Title: "A few questions more, and all is well",
		Teaches: "Once the handshake is over, each server is asked what changes nothing: whether the path arrives as it " +
			"was sent, what it has of our keys, who answers at its addresses.",
		Asked: probe,
	}, {
		Name: "probe-proxy-decodes-path", Title: "A proxy decodes the path, and two questions prove it",
		Finding: "proxy-decodes-path",
		Teaches: "The same signed request in two spellings: without escapes in the path it is taken, with them the " +
			"signature is found wrong. With a wrong key both would be.",
		Layout: engine.OneResident, Asked: probe,
		Faults: []engine.Fault{{Server: engine.ResidentName, Request: decodePath}},
	}, {
		Name: "probe-key-unreachable", Title: "The resident server has no key of ours, and says so",
		Finding: "key-unreachable",
		Teaches: "Asked for our own key document it gives none: it can be reached from here, and cannot reach us.",
		Layout:  engine.OneResident, Asked: probe,
		Faults: []engine.Fault{{Server: engine.ResidentName, Blind: true}},
	}, {
		Name: "probe-own-key-differs", Title: "The resident server has our key document, and another key in it",
		Finding: "own-key-differs",
		Teaches: "Somebody else has our name, or had it, and published a key of their own: what we sign is nobody's as " +
			"far as others can tell.",
		Layout: engine.OneResident, Asked: probe,
		Faults: []engine.Fault{{Server: engine.ResidentName, Blind: true, Recalls: true}},
	}, {
		Name: "probe-dead-address", Title: "An address that nobody had to try is dead", Finding: "dead-address",
		Teaches: "The first address answers, so the second does not matter here. It does to servers that take another one " +
			"first.",
		Asked:   probe,
		Network: &engine.Network{Zone: engine.Zone{"A resident.example": {engine.ResidentIP, deadIP}}},
	}}
}
