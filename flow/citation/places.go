package citation

// specification is where the Matrix specification is, at the version that has room version 12.
const specification = "https://spec.matrix.org/v1.16/"

// proposals is where changes of it are proposed.
const proposals = "https://github.com/matrix-org/matrix-spec-proposals/pull/"

// The documents that are not one page of the specification.
const (
	everyVersion = "room versions" // the pages of all of them
	draft        = "2015 draft"    // which is nowhere to be linked to
)

// pages are the documents by what they are called here.
var pages = map[string]string{
	"server-server": "server-server-api/",
	"client-server": "client-server-api/",
	"appendices":    "appendices/",
	everyVersion:    "rooms/",
}

// A sectionOf says which room version's page tells a section that is meant for all of them.
type sectionOf struct{ section, version string }

var inVersion = []sectionOf{
	{"Authorisation rules", "v12"},
	{"Redactions", "v11"},
	{"Event format", "v11"},
	{"Event IDs", "v4"},
}

// twice are the pages on which a section is about clients first and has a name of its own where it is about servers;
// first is its anchor on the others.
var (
	twice = []string{specification + "rooms/v10/", specification + "rooms/v11/", specification + "rooms/v12/"}
	first = map[string]string{"Event format": "event-format"}
)

// sections are the headings that are cited, by the document, with the anchor of each.
var sections = map[string]map[string]string{
	"server-server": {
		"API standards":                               "api-standards",
		"Unsupported endpoints":                       "unsupported-endpoints",
		"TLS":                                         "tls",
		"Server discovery":                            "server-discovery",
		"Resolving server names":                      "resolving-server-names",
		"Server implementation":                       "server-implementation",
		"Retrieving server keys":                      "retrieving-server-keys",
		"Publishing Keys":                             "publishing-keys",
		"Request Authentication":                      "request-authentication",
		"Transactions":                                "transactions",
		"PDUs":                                        "pdus",
		"Soft failure":                                "soft-failure",
		"Auth events selection":                       "auth-events-selection",
		"Joining Rooms":                               "joining-rooms",
		"Restricted rooms":                            "restricted-rooms",
		"Inviting to a room":                          "inviting-to-a-room",
		"Leaving Rooms":                               "leaving-rooms-rejecting-invites",
		"Third-party invites":                         "third-party-invites",
		"Querying for information":                    "querying-for-information",
		"Signing Events":                              "signing-events",
		"Rejection":                                   "rejection",
		"Device Management":                           "device-management",
		"PUT v2/send_join":                            "put_matrixfederationv2send_joinroomideventid",
		"Server Access Control Lists (ACLs)":          "server-access-control-lists-acls",
		"Checks performed on receipt of a PDU":        "checks-performed-on-receipt-of-a-pdu",
		"Calculating the content hash":                "calculating-the-content-hash-for-an-event",
		"Calculating the content hash for an event":   "calculating-the-content-hash-for-an-event",
		"Calculating the reference hash for an event": "calculating-the-reference-hash-for-an-event",
		"Validating hashes and signatures on received events": "validating-hashes-and-signatures-on-received-events",
		"Querying Keys Through Another Server":                "querying-keys-through-another-server",
		"Joining Rooms, GET make_join":                        "get_matrixfederationv1make_joinroomiduserid",
		"Joining Rooms, PUT send_join":                        "put_matrixfederationv2send_joinroomideventid",
		"Server discovery, GET /.well-known/matrix/server":    "getwell-knownmatrixserver",
	},
	"client-server": {
		"POST /_matrix/client/v3/join/{roomIdOrAlias}": "post_matrixclientv3joinroomidoralias",
		"Joining rooms":        "joining-rooms",
		"Rate limiting":        "rate-limiting",
		"Room aliases":         "room-aliases",
		"Room upgrades":        "room-upgrades",
		"Size limits":          "size-limits",
		"Third-party invites":  "third-party-invites",
		"Types of room events": "types-of-room-events",
		"m.room.create":        "mroomcreate",
		"m.room.power_levels":  "mroompower_levels",
		"m.room.tombstone":     "mroomtombstone",
	},
	"appendices": {
		"Canonical JSON":       "canonical-json",
		"Signing JSON":         "signing-json",
		"Server Name":          "server-name",
		"Identifier Grammar":   "identifier-grammar",
		"Room IDs":             "room-ids",
		"Routing":              "routing",
		"matrix.to navigation": "matrixto-navigation",
		"User Identifiers":     "user-identifiers",
		"Historical User IDs":  "historical-user-ids",
	},
	everyVersion: {
		"Authorisation rules":         "authorization-rules",
		"Redactions":                  "redactions",
		"Event format":                "event-format-1",
		"Event IDs":                   "event-ids",
		"Canonical JSON":              "canonical-json",
		"State resolution":            "state-resolution",
		"Signing key validity period": "signing-key-validity-period",
	},
}
