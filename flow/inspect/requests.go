package inspect

import (
	"doorstep/client"
	"doorstep/flow"
)

// MaxAddresses is how many addresses of a server are asked. Those beyond are named, and not looked at.
const MaxAddresses = 8

// What is asked for that cannot be there.
const (
	noEndpoint = "/_matrix/federation/v1/doorstep_no_such_endpoint"
	putOnly    = "/_matrix/federation/v1/send/doorstep"
)

// The escapes that a path has to keep, each by a character that has one. The first spelling has none of those: it is
// what the others are compared with.
var pathSpellings = []struct{ localpart, escape string }{
	{"doorstep", ""}, {"door/step", "%2F"}, {"door#step", "%23"}, {"door?step", "%3F"}, {"door%step", "%25"},
}

// pathRequest asks, unsigned, for a protoevent of a room that cannot be: a homeserver refuses that before it looks at
// the room.
func pathRequest(server, localpart string) client.Request {
	return client.MakeJoinRequest("!"+localpart+":"+server, flow.ProbeLocalpart+server, nil)
}

// pathRequests are the spellings of pathRequest, in their order.
func pathRequests(server string) []client.Request {
	var out []client.Request
	for _, s := range pathSpellings {
		out = append(out, pathRequest(server, s.localpart))
	}
	return out
}

// Requests are what an address of a server is asked, unsigned, in this order. All of them are GET and change nothing.
func Requests(server string) []client.Request {
	out := []client.Request{client.KeysRequest(), client.VersionRequest()}
	out = append(out, pathRequests(server)...)
	return append(out, unknownRequest(), methodRequest())
}

func unknownRequest() client.Request { return client.Request{Method: "GET", Target: noEndpoint} }

func methodRequest() client.Request { return client.Request{Method: "GET", Target: putOnly} }

// SignedRequests are what a server is asked where there is a key to sign with: for the devices of a user that most
// likely is none, spelled with escapes and without. The name of a server that is an IPv6 address cannot stand in a path
// without escapes.
func SignedRequests(server string) []client.Request {
	var out []client.Request
	if n, err := client.ParseServerName(server); err == nil && !n.Bracket {
		out = append(out, client.UserDevicesRequest(flow.ProbeLocalpart+server, false))
	}
	return append(out, client.UserDevicesRequest(flow.ProbeLocalpart+server, true))
}
