package compare

import (
	"strings"

	"doorstep/flow/event"
)

// A class is a sort of text or number that differs between any two runs.
type class int

// The classes. The names come first: in one handshake each always stands for the same thing.
const (
	noClass class = iota
	aServer
	aUser
	aRoom
	anAlias
	anEvent
	aKeyID
	anAddress
	aMedia
	aKey // from here on: no names, one of them is as good as another
	aHash
	aSignature
	aTime

	classes
)

// classNames are the classes in reports, in the plural.
var classNames = [classes]string{aServer: "server names", aUser: "users", aRoom: "room IDs", anAlias: "room aliases",
	anEvent: "event IDs", aKeyID: "key IDs", anAddress: "addresses", aMedia: "media", aKey: "keys", aHash: "hashes",
	aSignature: "signatures", aTime: "times"}

// A verdict says what two texts are to each other.
type verdict int

const (
	different        verdict = iota
	standsFor                // what differs between any two runs
	standsForAnother         // names, and one of them stands for another elsewhere
)

// serverKeys are the members that hold server names.
var serverKeys = map[string]bool{"origin": true, "destination": true, "server": true, "server_name": true,
	"servers": true, "servers_in_room": true, "m.server": true, "via": true, "signatures": true, "server_keys": true}

// times are the members that hold times, or how long ago something was.
var times = map[string]bool{"origin_server_ts": true, "valid_until_ts": true, "minimum_valid_until_ts": true,
	"expired_ts": true, "age": true, "age_ts": true, "ts": true}

// secretOf is the class of what stands at a place and can be told by the place only.
func secretOf(s spot) class {
	switch {
	case strings.Contains(s.path, "/signatures/"):
		return aSignature
	case strings.Contains(s.path, "/hashes/") || s.key == "sha256":
		return aHash
	case s.key == "key" && strings.Contains(s.path, "verify_keys/"), s.key == "public_key":
		return aKey
	}
	return noClass
}

// sameLength reports whether two texts are base64 of equally many bytes.
func sameLength(a, b string) bool {
	x, _, errA := event.DecodeBase64(a)
	y, _, errB := event.DecodeBase64(b)
	return errA == nil && errB == nil && len(x) == len(y) && len(x) > 0
}
