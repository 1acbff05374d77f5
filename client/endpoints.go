package client

import (
	"net/url"
	"strings"
)

// endpoints are the paths of the requests that a handshake is made of, and of those that lie under one. A star is one
// segment that is not empty.
var endpoints = []struct {
	method, path string
	endpoint     Endpoint
}{
	{"POST", "/_matrix/client/r0/join/*", ClientJoin},
	{"POST", "/_matrix/client/v3/join/*", ClientJoin},
	{"POST", "/_matrix/client/r0/rooms/*/join", ClientJoin},
	{"POST", "/_matrix/client/v3/rooms/*/join", ClientJoin},
	{"GET", "/_matrix/federation/v1/query/directory", QueryDirectory},
	{"GET", "/_matrix/federation/v1/make_join/*/*", MakeJoin},
	{"PUT", "/_matrix/federation/v1/send_join/*/*", SendJoinV1},
	{"PUT", "/_matrix/federation/v2/send_join/*/*", SendJoinV2},
	{"GET", "/_matrix/federation/v1/make_leave/*/*", MakeLeave},
	{"PUT", "/_matrix/federation/v1/send_leave/*/*", SendLeave},
	{"PUT", "/_matrix/federation/v2/send_leave/*/*", SendLeave},
	{"GET", "/_matrix/key/v2/server", ServerKeys},
	{"GET", "/_matrix/key/v2/server/", ServerKeys},
	{"GET", "/_matrix/key/v2/server/*", ServerKeys},
	{"GET", "/_matrix/key/v2/query/*", NotaryQuery},
	{"GET", "/_matrix/key/v2/query/*/*", NotaryQuery},
	{"POST", "/_matrix/key/v2/query", NotaryQuery},
	{"GET", "/_matrix/federation/v1/version", ServerVersion},
	{"GET", "/_matrix/federation/v1/user/devices/*", UserDevices},
	{"GET", "/_matrix/federation/v1/state_ids/*", StateIDs},
	{"PUT", "/_matrix/federation/v1/invite/*/*", InviteV1},
	{"PUT", "/_matrix/federation/v2/invite/*/*", Invite},
	{"PUT", "/_matrix/federation/v1/3pid/onbind", OnBind},
	{"POST", "/_matrix/federation/v1/3pid/onbind", OnBind},
	{"PUT", "/_matrix/federation/v1/exchange_third_party_invite/*", ExchangeInvite},
}

// EndpointOf says what a request is for that somebody else has made, by its method and its target, and gives what its
// path names, unescaped; empty where it has nothing to do with a join.
func EndpointOf(method, target string) (e Endpoint, names []string) {
	path, _, _ := strings.Cut(target, "?")
	if !strings.HasPrefix(path, "/_matrix/") {
		return "", nil
	}
	for _, known := range endpoints {
		if known.method != method {
			continue
		}
		if names, ok := matchPath(known.path, path); ok {
			return known.endpoint, names
		}
	}
	return "", nil
}

// QueryOf returns the parameters of a target, as far as they can be read.
func QueryOf(target string) url.Values {
	_, query, _ := strings.Cut(target, "?")
	values, _ := url.ParseQuery(query) // what is wrong in it is left out
	return values
}

// MaskTarget takes the access token out of a target that a client may have put there.
func MaskTarget(target string) string { return maskTarget(target) }

// MaskFields takes what is secret out of header fields that somebody else has recorded: signatures and tokens of
// Authorization, and cookies. The fields themselves stay.
func MaskFields(fields []Field) []Field {
	var out []Field
	for _, f := range fields {
		switch strings.ToLower(f.Name) {
		case "authorization", "proxy-authorization":
			f.Value = maskAuthorization(f.Value)
		case "cookie", "set-cookie":
			f.Value = "…"
		}
		out = append(out, f)
	}
	return out
}

// FieldOf gives the values of the header fields of that name, joined by commas; empty where there are none.
func FieldOf(fields []Field, name string) string { return field(fields, name) }
