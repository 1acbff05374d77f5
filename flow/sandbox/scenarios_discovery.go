package sandbox

import (
	"time"

	"doorstep/client"
	"doorstep/flow/sandbox/engine"
)

// delegationScenarios succeed, and show the ways in which a server name leads to a server.
func delegationScenarios() []engine.Scenario {
	return []engine.Scenario{{
		Name: "delegated", Title: "A well-known document says where the server is",
		Teaches: "The name of the server stays in IDs and signatures; connection, Host and certificate go by the name in " +
			"the document.",
		Faults: certified("matrix.resident.example"),
		Network: &engine.Network{
			Zone: engine.Zone{"A resident.example": {webIP}, "A matrix.resident.example": {engine.ResidentIP}},
			Places: map[string]engine.Place{
				webIP + ":443":              documentAt(engine.ResidentName, "matrix.resident.example:4443"),
				engine.ResidentIP + ":4443": {Server: engine.ResidentName},
			},
		},
	}, {
		Name: "delegated-srv", Title: "A well-known document, and an SRV record behind it",
		Teaches: "The document names a host without a port, so SRV records of that host are looked for. The name on the " +
			"certificate is still the one in the document, never the target of the record.",
		Faults: certified("matrix.resident.example"),
		Network: &engine.Network{
			Zone: engine.Zone{
				"A resident.example": {webIP}, "SRV _matrix-fed._tcp.matrix.resident.example": {"10 5 4567 host1.hosting.example."},
				"A host1.hosting.example": {engine.ResidentIP},
			},
			Places: map[string]engine.Place{
				webIP + ":443":              documentAt(engine.ResidentName, "matrix.resident.example"),
				engine.ResidentIP + ":4567": {Server: engine.ResidentName},
			},
		},
	}, {
		Name: "srv", Title: "An SRV record says where the server is",
		Teaches: "The record gives host and port to connect to, and nothing else: the certificate is still for the server " +
			"name.",
		Network: &engine.Network{
			Zone: engine.Zone{
				"SRV _matrix-fed._tcp.resident.example": {"10 5 4567 host1.hosting.example."},
				"A host1.hosting.example":               {engine.ResidentIP},
			},
			Places: map[string]engine.Place{engine.ResidentIP + ":4567": {Server: engine.ResidentName}},
		},
	}, {
		Name: "srv-legacy", Title: "An SRV record under the older service name",
		Teaches: "_matrix._tcp was the first name of the service. It is looked up after _matrix-fed._tcp, and deprecated.",
		Network: &engine.Network{
			Zone: engine.Zone{
				"SRV _matrix._tcp.resident.example": {"10 5 4567 host1.hosting.example."},
				"A host1.hosting.example":           {engine.ResidentIP},
			},
			Places: map[string]engine.Place{engine.ResidentIP + ":4567": {Server: engine.ResidentName}},
		},
	}}
}

// reachingScenarios are about what keeps the joining server from talking to the resident server once its address is
// known.
func reachingScenarios() []engine.Scenario {
	site := func(page *engine.Reply) map[string]engine.Place {
		return map[string]engine.Place{engine.ResidentIP +
			":8448": {Web: &engine.Site{Certificate: client.Leaf{Names: []string{engine.ResidentName}}, Page: page}}}
	}
	return []engine.Scenario{{
		Name: "dead-address", Title: "The first address of the resident server is dead", Finding: "dead-address",
		Teaches: "The second address helps. Servers that try only one, or wait for long, fail or are slow.",
		Network: &engine.Network{Zone: engine.Zone{"A resident.example": {deadIP, engine.ResidentIP}}},
	}, {
		Name: "dead-addresses", Title: "Every address of the resident server is dead", Finding: "dead-address",
		Teaches: "Several addresses do not help when none of them is the server's any more.",
		Layout:  engine.OneResident,
		Network: &engine.Network{Zone: engine.Zone{"A resident.example": {deadIP}, "AAAA resident.example": {deadIPv6}}},
	}, {
		Name: "ipv6-only", Title: "The resident server has an IPv6 address only", Finding: "ipv6-only",
		Teaches: "Where there is no IPv6 such a server does not exist. Many networks have none.",
		Layout:  engine.OneResident,
		Network: &engine.Network{Zone: engine.Zone{"A resident.example": nil, "AAAA resident.example": {deadIPv6}}},
	}, {
		Name: "port-closed", Title: "Nothing listens at the resident server's port", Finding: "port-closed",
		Teaches: "Without a delegation the port is 8448, and it has to be open to everybody.",
		Layout:  engine.OneResident,
		Network: &engine.Network{Places: map[string]engine.Place{engine.ResidentIP + ":443": {Server: engine.ResidentName}}},
	}, {
		Group: engine.Candidates,
		Name:  "slow-candidates", Title: "Two dead candidates come first", Finding: "slow-candidates",
		Teaches: "Nothing comes back from either of them, so that each costs all the time that we are willing to wait.",
		Layout: engine.Layout{
			Directory: engine.DirectoryName, Founder: engine.ResidentName, Second: engine.OtherName,
			Candidates: []string{engine.GoneName, engine.LostName, engine.ResidentName},
		},
		Network: &engine.Network{Places: map[string]engine.Place{engine.GoneIP + ":8448": {Silent: true},
			engine.LostIP + ":8448": {Silent: true}}},
	}, {
		Name: "certificate-expired", Title: "The resident server's certificate has expired", Finding: "certificate-expired",
		Teaches: "Connections are refused from one day to the next, by everybody.",
		Layout:  engine.OneResident,
		Faults: []engine.Fault{{Server: engine.ResidentName, Certificate: &client.Leaf{Names: []string{engine.ResidentName},
			NotBefore: time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC), NotAfter: time.Date(2020, 3, 31, 0, 0, 0, 0, time.UTC)}}},
		Network: &engine.Network{},
	}, {
		Name: "delegated-certificate", Title: "The certificate is for the server name, not for the delegated one",
		Finding: "wrong-certificate",
		Teaches: "With a well-known document the certificate has to be for the name in the document.",
		Layout:  engine.OneResident,
		Network: &engine.Network{
			Zone: engine.Zone{"A resident.example": {webIP}, "A matrix.resident.example": {engine.ResidentIP}},
			Places: map[string]engine.Place{
				webIP + ":443":              documentAt(engine.ResidentName, "matrix.resident.example:4443"),
				engine.ResidentIP + ":4443": {Server: engine.ResidentName},
			},
		},
	}, {
		Name: "untrusted-authority", Title: "A private authority vouches for the resident server",
		Finding: "untrusted-authority",
		Teaches: "The chain is whole, and ends at somebody whom nobody has heard of.",
		Layout:  engine.OneResident,
		Faults: []engine.Fault{{Server: engine.ResidentName, Certificate: &client.Leaf{Names: []string{engine.ResidentName},
			ViaIntermediate: true}, Private: true}},
		Network: &engine.Network{},
	}, {
		Name: "own-trust-store", Title: "The joining server trusts none of the others", Finding: "own-trust-store",
		Teaches:  "One server with a bad certificate is that server's trouble; where all of them look alike, it is ours.",
		ByRoomID: true, Asked: engine.Asked{Via: []string{engine.ResidentName, engine.OtherName}},
		Faults: []engine.Fault{
			{Server: engine.ResidentName, Certificate: &client.Leaf{Names: []string{engine.ResidentName},
				ViaIntermediate: true}},
			{Server: engine.OtherName, Certificate: &client.Leaf{Names: []string{engine.OtherName}, ViaIntermediate: true}},
		},
		Network: &engine.Network{Distrust: true},
	}, {
		Name: "no-tls", Title: "The resident server does not speak TLS", Finding: "no-tls",
		Teaches: "Something answers at the port, in plain text.",
		Layout:  engine.OneResident,
		Network: &engine.Network{Places: map[string]engine.Place{engine.ResidentIP +
			":8448": {Web: &engine.Site{Plain: true}}}},
	}, {
		Name: "tls-handshake-failed", Title: "The resident server speaks no TLS that anybody takes today",
		Finding: "tls-handshake-failed",
		Teaches: "TLS 1.1 was given up in 2021. The alert says that it is the version.",
		Layout:  engine.OneResident,
		Network: &engine.Network{Places: map[string]engine.Place{engine.ResidentIP +
			":8448": {Web: &engine.Site{Ancient: true, Certificate: client.Leaf{Names: []string{engine.ResidentName}}}}}},
	}, {
		Name: "redirect", Title: "The resident server redirects make_join", Finding: "redirect",
		Teaches: "Only the well-known document may be redirected: a signed request is for one server and one path.",
		Layout:  engine.OneResident,
		Faults: []engine.Fault{{Endpoint: client.MakeJoin, Instead: &engine.Reply{Status: 308,
			Header: map[string]string{"Location": "https://www.resident.example/"}, Body: ""}}},
		Network: &engine.Network{},
	}, {
		Name: "wrong-vhost", Title: "A default web site answers in place of the resident server", Finding: "wrong-vhost",
		Teaches: "A page that says 404 is not what a homeserver says: the request reached somebody else.",
		Layout:  engine.OneResident,
		Network: &engine.Network{Places: site(nil)},
	}, {
		Name: "misdirected", Title: "The web server in front of the resident server does not know its name",
		Finding: "misdirected",
		Teaches: "Status 421: connection and certificate are right, and whoever shares them does not serve this name.",
		Layout:  engine.OneResident,
		Network: &engine.Network{Places: site(engine.Page(421, "Misdirected Request"))},
	}, {
		Name: "cdn-timeout", Title: "A content delivery network gives up on send_join", Finding: "cdn-timeout",
		Teaches: "It waits for the resident server no longer than it likes. The answer to send_join is the one that takes " +
			"longest.",
		Layout: engine.OneResident,
		Faults: []engine.Fault{{Endpoint: client.SendJoinV2, Instead: &engine.Reply{Status: 524,
			Header: map[string]string{"Content-Type": "text/html", "Server": "cloudflare", "CF-RAY": "8f2e5c0a1b2c3d4e-AMS"},
			Body: "<!DOCTYPE html>\n<html><head><title>resident.example | 524: A timeout " +
				"occurred</title></head><body>Error code 524</body></html>\n"}}},
		Network: &engine.Network{},
	}, {
		Group: engine.InKeys,
		Name:  "clock-off", Title: "The resident server's clock is two hours ahead", Finding: "clock-off",
		Teaches: "Every answer is dated. Far from the right time, good keys look expired.",
		Faults:  []engine.Fault{{Server: engine.ResidentName, Ahead: 2 * time.Hour}},
		Network: &engine.Network{},
	}, {
		Group: engine.InKeys,
		Name:  "own-clock-off", Title: "The joining server's clock is two hours ahead", Finding: "own-clock-off",
		Teaches: "Where all others agree with each other, it is ours that is wrong.",
		Network: &engine.Network{Ahead: 2 * time.Hour},
	}}
}
