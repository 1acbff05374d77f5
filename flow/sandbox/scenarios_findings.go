package sandbox

import (
	"doorstep/client"
	"doorstep/flow/sandbox/engine"
)

// webIP and otherWebIP are the addresses of web servers that are no homeservers; deadIP and deadIPv6 are nobody's.
const (
	webIP      = "127.1.1.3"
	otherWebIP = "127.1.1.4"
	deadIP     = "127.1.9.9"
	deadIPv6   = "fd00:d0:0:5::9"
)

// wellKnown is a well-known document.
func wellKnown(server string) *engine.Reply {
	return &engine.Reply{Status: 200, Body: engine.Fields{"m.server": server}}
}

// documentAt is a web server with the well-known document of a server.
func documentAt(name, server string) engine.Place {
	return engine.Place{Web: &engine.Site{Certificate: client.Leaf{Names: []string{name}}, WellKnown: wellKnown(server)}}
}

// certified has the resident server's certificate be for names.
func certified(names ...string) []engine.Fault {
	return []engine.Fault{{Server: engine.ResidentName, Certificate: &client.Leaf{Names: names}}}
}

// findingScenarios are about what keeps the joining server from finding the resident server, or leads it astray.
func findingScenarios() []engine.Scenario {
	return []engine.Scenario{{
		Name: "well-known-over-srv", Title: "Both a well-known document and an SRV record, and they differ",
		Finding: "well-known-over-srv",
		Teaches: "The document comes first, so the record is never looked at. Here both places work, and nobody notices.",
		Faults:  certified("matrix.resident.example"),
		Network: &engine.Network{
			Zone: engine.Zone{
				"A resident.example": {webIP}, "A matrix.resident.example": {engine.ResidentIP},
				"SRV _matrix-fed._tcp.resident.example": {"10 5 4567 host1.hosting.example."},
				"A host1.hosting.example":               {engine.ResidentIP},
			},
			Places: map[string]engine.Place{
				webIP + ":443":              documentAt(engine.ResidentName, "matrix.resident.example:4443"),
				engine.ResidentIP + ":4443": {Server: engine.ResidentName},
				engine.ResidentIP + ":4567": {Server: engine.ResidentName},
			},
		},
	}, {
		Name: "well-known-over-srv-dead", Title: "The SRV record is right, the well-known document is old",
		Finding: "well-known-over-srv",
		Teaches: "The server moved and only the record was changed: everybody still goes where the document says.",
		Layout:  engine.OneResident,
		Network: &engine.Network{
			Zone: engine.Zone{
				"A resident.example": {webIP}, "A matrix.resident.example": {engine.ResidentIP},
				"SRV _matrix-fed._tcp.resident.example": {"10 5 4567 host1.hosting.example."},
				"A host1.hosting.example":               {engine.ResidentIP},
			},
			Places: map[string]engine.Place{
				webIP + ":443":              documentAt(engine.ResidentName, "matrix.resident.example:4443"),
				engine.ResidentIP + ":4567": {Server: engine.ResidentName},
			},
		},
	}, {
		Name: "well-known-differs", Title: "The two web servers of one name serve different documents",
		Finding: "well-known-differs",
		Teaches: "Who asks the first address sees the delegation, who asks the second does not: it works for some servers " +
			"only.",
		Faults: certified("matrix.resident.example"),
		Network: &engine.Network{
			Zone: engine.Zone{"A resident.example": {webIP, otherWebIP}, "A matrix.resident.example": {engine.ResidentIP}},
			Places: map[string]engine.Place{
				webIP + ":443":              documentAt(engine.ResidentName, "matrix.resident.example:4443"),
				otherWebIP + ":443":         {Web: &engine.Site{Certificate: client.Leaf{Names: []string{engine.ResidentName}}}},
				engine.ResidentIP + ":4443": {Server: engine.ResidentName},
			},
		},
	}, {
		Name: "well-known-broken", Title: "The web server gives a page in place of the well-known document",
		Finding: "well-known-broken",
		Teaches: "What cannot be read delegates to nobody: SRV records are looked for, there are none, and the server is " +
			"not on port 8448.",
		Layout: engine.OneResident,
		Network: &engine.Network{
			Zone: engine.Zone{"A resident.example": {webIP}, "A matrix.resident.example": {engine.ResidentIP}},
			Places: map[string]engine.Place{
				webIP + ":443": {Web: &engine.Site{Certificate: client.Leaf{Names: []string{engine.ResidentName}},
					Page: engine.Page(200, "Welcome")}},
				engine.ResidentIP + ":4443": {Server: engine.ResidentName},
			},
		},
	}, {
		Name: "stale-well-known", Title: "A well-known document that may be kept for a week", Finding: "stale-well-known",
		Teaches: "Caches make a delegation slow to change. Nobody should keep it for longer than two days, whatever the " +
			"headers say.",
		Faults: certified("matrix.resident.example"),
		Network: &engine.Network{
			Zone: engine.Zone{"A resident.example": {webIP}, "A matrix.resident.example": {engine.ResidentIP}},
			Places: map[string]engine.Place{
				webIP + ":443": {Web: &engine.Site{Certificate: client.Leaf{Names: []string{engine.ResidentName}},
					WellKnown: &engine.Reply{
						Status: 200, Header: map[string]string{"Cache-Control": "public, max-age=604800"},
						Body: engine.Fields{"m.server": "matrix.resident.example:4443"}}}},
				engine.ResidentIP + ":4443": {Server: engine.ResidentName},
			},
		},
	}, {
		Name: "srv-servfail", Title: "The look-up of the SRV record fails", Finding: "srv-servfail",
		Teaches: "That the name servers fail does not mean that there is no record. The server is at the port that only " +
			"the record tells.",
		Layout: engine.OneResident,
		Network: &engine.Network{
			Zone: engine.Zone{"SRV _matrix-fed._tcp.resident.example": {engine.Servfail},
				"SRV _matrix._tcp.resident.example": {engine.Servfail}},
			Places: map[string]engine.Place{engine.ResidentIP + ":4567": {Server: engine.ResidentName}},
		},
	}, {
		Name: "srv-wildcard", Title: "A wildcard answers for the SRV record", Finding: "srv-wildcard",
		Teaches: "The zone answers for every name below it, with a target that has no address. Without any record the " +
			"server would have been found.",
		Layout:  engine.OneResident,
		Network: &engine.Network{Zone: engine.Zone{"SRV *.resident.example": {"0 0 80 parked.resident.example."}}},
	}, {
		Name: "srv-target", Title: "The SRV record names an IP address", Finding: "srv-target",
		Teaches: "A record leads to a host by its name. The address is right, and nobody gets there: no host is called " +
			"like that.",
		Layout: engine.OneResident,
		Network: &engine.Network{
			Zone:   engine.Zone{"SRV _matrix-fed._tcp.resident.example": {"10 5 4567 " + engine.ResidentIP + "."}},
			Places: map[string]engine.Place{engine.ResidentIP + ":4567": {Server: engine.ResidentName}},
		},
	}, {
		Name: "well-known-refused", Title: "The web server refuses to give the well-known document",
		Finding: "well-known-broken",
		Teaches: "429 does not say that there is no document. The server delegates to a port that nobody can know of now.",
		Layout:  engine.OneResident,
		Network: &engine.Network{
			Zone: engine.Zone{"A resident.example": {webIP}, "A matrix.resident.example": {engine.ResidentIP}},
			Places: map[string]engine.Place{
				webIP + ":443": {Web: &engine.Site{Certificate: client.Leaf{Names: []string{engine.ResidentName}},
					WellKnown: engine.Page(429, "Too Many Requests")}},
				engine.ResidentIP + ":4443": {Server: engine.ResidentName},
			},
		},
	}, {
		Name: "name-not-found", Title: "The directory server's name does not exist", Finding: "name-not-found",
		Teaches: "A mistyped alias looks like this. Only the server in the alias can resolve it, so the handshake ends " +
			"before the first arrow to another server.",
		Layout: engine.Layout{Directory: "lapsed.example", Founder: engine.ResidentName, Second: engine.OtherName,
			Candidates: []string{engine.ResidentName}},
		Network: &engine.Network{},
	}, {
		Name: "dns-failure", Title: "The name servers of the resident server fail", Finding: "dns-failure",
		Teaches: "SERVFAIL for an address is no answer: the server may be up, and cannot be found all the same.",
		Layout:  engine.OneResident,
		Network: &engine.Network{Zone: engine.Zone{"A resident.example": {engine.Servfail},
			"AAAA resident.example": {engine.Servfail}}},
	}, {
		Group: engine.Connecting,
		Name:  "private-address", Title: "The resident server's name leads to a private address", Finding: "private-address",
		Teaches:  "Homeservers refuse to be sent into private networks. It is our own refusal: nothing was sent.",
		ByRoomID: true, Asked: engine.Asked{Via: []string{engine.ResidentName}},
		Network: &engine.Network{Strict: true, Zone: engine.Zone{"A resident.example": {"10.20.30.40"}}},
	}, {
		Group: engine.Connecting,
		Name:  "leads-to-ourselves", Title: "The resident server's name leads to our own machine",
		Finding: "leads-to-ourselves",
		Teaches: "The certificate that comes back is our own: the resolver gave our address for somebody else's name.",
		Layout:  engine.OneResident,
		Network: &engine.Network{Zone: engine.Zone{"A resident.example": {engine.JoiningIP}}},
	}, {
		Group: engine.InKeys,
		Name:  "wrong-server", Title: "Another server answers under a member's server name", Finding: "wrong-server",
		Teaches: "The key document names whom it belongs to, and that is not who was asked for. Whatever the right server " +
			"signed stays unchecked.",
		Faults:  certified(engine.ResidentName, engine.OtherName),
		Layout:  engine.OneResident,
		Network: &engine.Network{Zone: engine.Zone{"A other.example": {engine.ResidentIP}}},
	}, {
		Group: engine.FindRoom,
		Name:  "own-name", Title: "The inviter's server does not count the invite", Finding: "own-name",
		Teaches: "We hold an invite, and the server that sent it says that there is none: it never accepted our " +
			"signature, or took the invite back.",
		ByRoomID: true, Room: engine.Facts{JoinRule: "invite"}, Invite: engine.Invite{From: "alice"},
		Layout: engine.OneResident,
		Faults: []engine.Fault{{Endpoint: client.MakeJoin, Instead: engine.Refuse(403, "M_FORBIDDEN",
			"You are not invited to this room.")}},
		Network: &engine.Network{Zone: engine.Zone{"A joining.example": {"127.0.0.1"}}},
	}, {
		Group: engine.FindRoom,
		Name:  "inviter-unreachable", Title: "The inviter's server can send, but not be reached",
		Finding: "inviter-unreachable",
		Teaches: "Its invite arrived, and its key was still fetched to check it. Since then nothing takes a connection " +
			"there.",
		ByRoomID: true, Room: engine.Facts{JoinRule: "invite"}, Invite: engine.Invite{From: "alice"},
		Layout: engine.OneResident,
		Network: &engine.Network{Places: map[string]engine.Place{engine.ResidentIP + ":8448": {Server: engine.ResidentName,
			Takes: 1}}},
	}}
}
