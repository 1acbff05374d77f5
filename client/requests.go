package client

import (
	"net/url"
	"strconv"
	"strings"
	"time"
)

// The functions here make requests and send nothing, so that what will be sent can be shown first. Every ID in a target
// is one percent-encoded segment.

const (
	federationV1 = "/_matrix/federation/v1"
	federationV2 = "/_matrix/federation/v2"
)

// DirectoryRequest asks the alias's own server which room the alias names.
// Spec: server-server, Querying for information.
func DirectoryRequest(alias string) Request {
	return get(QueryDirectory, federationV1+"/query/directory"+query("room_alias", alias))
}

// MakeJoinRequest asks a resident server for a protoevent, offering versions in their order. Without versions it has
// the form of 2015, which means version 1 only. Spec: server-server, Joining Rooms.
func MakeJoinRequest(roomID, userID string, versions []string) Request {
	var ver []string
	for _, v := range versions {
		ver = append(ver, "ver", v)
	}
	return get(MakeJoin, federationV1+"/make_join/"+EscapePath(roomID)+"/"+EscapePath(userID)+query(ver...))
}

// SendJoinRequest submits the signed join event ev, to the v2 endpoint or to the one of 2015. omitMembers is the
// parameter omit_members; nil leaves it out, as does v1, which has none. Spec: server-server, Joining Rooms.
func SendJoinRequest(v2 bool, roomID, eventID string, ev []byte, omitMembers *bool) Request {
	path := "/send_join/" + EscapePath(roomID) + "/" + EscapePath(eventID)
	if !v2 {
		return put(SendJoinV1, federationV1+path, ev)
	}
	if omitMembers != nil {
		path += query("omit_members", strconv.FormatBool(*omitMembers))
	}
	return put(SendJoinV2, federationV2+path, ev)
}

// MakeLeaveRequest asks for the template of a leave event. Spec: server-server, Leaving Rooms (Rejecting Invites).
func MakeLeaveRequest(roomID, userID string) Request {
	return get(MakeLeave, federationV1+"/make_leave/"+EscapePath(roomID)+"/"+EscapePath(userID))
}

// SendLeaveRequest submits the signed leave event ev. Spec: server-server, Leaving Rooms (Rejecting Invites).
func SendLeaveRequest(v2 bool, roomID, eventID string, ev []byte) Request {
	version := federationV1
	if v2 {
		version = federationV2
	}
	return put(SendLeave, version+"/send_leave/"+EscapePath(roomID)+"/"+EscapePath(eventID), ev)
}

// ExchangeInviteRequest asks a server in a room to make an invite of a third-party invite: ev is the member event as
// far as the invited user's server knows it. Spec: server-server, Third-party invites.
func ExchangeInviteRequest(roomID string, ev []byte) Request {
	return put(ExchangeInvite, federationV1+"/exchange_third_party_invite/"+EscapePath(roomID), ev)
}

// KeysRequest asks a server for its own key document. Spec: server-server, Publishing Keys.
func KeysRequest() Request { return get(ServerKeys, "/_matrix/key/v2/server") }

// NotaryRequest asks a notary for server's key document, valid until minValid at least; a zero time sets no condition.
// Spec: server-server, Querying Keys Through Another Server.
func NotaryRequest(server string, minValid time.Time) Request {
	target := "/_matrix/key/v2/query/" + EscapePath(server)
	if !minValid.IsZero() {
		target += query("minimum_valid_until_ts", strconv.FormatInt(minValid.UnixMilli(), 10))
	}
	return get(NotaryQuery, target)
}

// NotaryKeyRequest asks a notary for one key of server, in the form of the specification's first releases, which
// Dendrite knows in place of today's.
func NotaryKeyRequest(server, keyID string) Request {
	return get(NotaryQuery, "/_matrix/key/v2/query/"+EscapePath(server)+"/"+EscapePath(keyID))
}

// NotarySubject is the server that a NotaryRequest with that target asks about; empty when it is none.
func NotarySubject(target string) string {
	path, _, _ := strings.Cut(target, "?")
	name, ok := strings.CutPrefix(path, "/_matrix/key/v2/query/")
	if !ok {
		return ""
	}
	server, err := url.PathUnescape(name)
	if err != nil {
		return ""
	}
	return server
}

// StateIDsRequest asks a server in the room for the IDs of the state before an event.
// Spec: server-server, Retrieving events, GET state_ids.
func StateIDsRequest(roomID, eventID string) Request {
	return get(StateIDs, federationV1+"/state_ids/"+EscapePath(roomID)+query("event_id", eventID))
}

// VersionRequest asks a server which software it runs. Spec: server-server, Server Implementation.
func VersionRequest() Request { return get(ServerVersion, federationV1+"/version") }

// UserDevicesRequest asks user's own server for the user's devices; nothing changes by it. Escaped, the ID is
// percent-encoded as in every other target here. Otherwise it stands in the path as it is, which RFC 3986 allows for
// '@' and ':': the same question in another spelling, for comparing what becomes of the two on the way.
// Spec: server-server, Device Management.
func UserDevicesRequest(user string, escaped bool) Request {
	if escaped {
		user = EscapePath(user)
	}
	return get(UserDevices, federationV1+"/user/devices/"+user)
}

// JoinRequest is what a client sends to its own server to join a room. Spec: client-server, POST
// /_matrix/client/v3/join/{roomIdOrAlias}.
func JoinRequest(roomIDOrAlias string, via []string) Request {
	var q []string
	for _, v := range via {
		q = append(q, "via", v)
	}
	return Request{Endpoint: ClientJoin, Method: "POST",
		Target: "/_matrix/client/v3/join/" + EscapePath(roomIDOrAlias) + query(q...), Body: []byte("{}")}
}

func get(e Endpoint, target string) Request {
	return Request{Endpoint: e, Method: "GET", Target: target}
}

func put(e Endpoint, target string, body []byte) Request {
	return Request{Endpoint: e, Method: "PUT", Target: target, Body: body}
}

// Signed reports whether requests to e carry an X-Matrix signature.
func (e Endpoint) Signed() bool {
	switch e {
	case ClientJoin, ServerKeys, NotaryQuery, ServerVersion, WellKnown, OnBind:
		return false
	}
	return true
}

// EscapePath percent-encodes every byte of s but the unreserved ones (letters, digits, '-', '.', '_', '~'), so that an
// ID is one path segment that no proxy has a reason to rewrite. The same form serves as a query value: a space becomes
// %20 and '+' becomes %2B. Spec: RFC 3986, section 2.3.
func EscapePath(s string) string {
	return strings.ReplaceAll(url.QueryEscape(s), "+", "%20") // url.PathEscape leaves '$', '&', '+', ':', '=' and '@'
}

// query joins pairs of name and value to a query with its '?'; empty when there are none.
func query(pairs ...string) string {
	var b strings.Builder
	for i := 0; i+1 < len(pairs); i += 2 {
		b.WriteByte("?&"[min(i, 1)])
		b.WriteString(EscapePath(pairs[i]) + "=" + EscapePath(pairs[i+1]))
	}
	return b.String()
}
