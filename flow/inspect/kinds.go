package inspect

import "slices"

// A Kind is one sort of row, by the name it has in a report.
type Kind string

// The kinds of rows, in the order in which they are told. Those of the server as a whole come first.
const (
	ServerName      Kind = "server_name"
	WellKnown       Kind = "well_known"
	WellKnownSame   Kind = "well_known_everywhere"
	WellKnownCache  Kind = "well_known_cache"
	WellKnownOnly   Kind = "well_known_or_srv"
	SRV             Kind = "srv"
	Addresses       Kind = "addresses"
	PublicAddresses Kind = "public_addresses"
	IPv4            Kind = "ipv4"
	IPv6            Kind = "ipv6"

	Connects         Kind = "connect"
	TLS              Kind = "tls"
	CertificateName  Kind = "certificate_name"
	CertificateDates Kind = "certificate_dates"
	CertificateChain Kind = "certificate_chain"
	HTTP             Kind = "http"
	Keys             Kind = "keys"
	KeysServerName   Kind = "keys_server_name"
	KeysEd25519      Kind = "keys_ed25519"
	KeysSignature    Kind = "keys_signature"
	KeysValidUntil   Kind = "keys_valid_until"
	KeysIDs          Kind = "keys_ids"
	KeysOld          Kind = "keys_old"
	Version          Kind = "version"
	Clock            Kind = "clock"
	Paths            Kind = "paths"
	UnknownEndpoint  Kind = "unknown_endpoint"
	WrongMethod      Kind = "wrong_method"

	SameKeys    Kind = "same_keys"
	NotaryKeys  Kind = "notary_keys"
	XMatrix     Kind = "x_matrix"
	SignedPaths Kind = "signed_paths"
	Inbound     Kind = "inbound"
)

// A weight says what a failure of a row makes of the check as a whole.
type weight int

const (
	fails       weight = iota // something fails
	invalidates               // what the server says would be refused as a whole: exit code 4
	unreaches                 // the address cannot be used at all
)

// A KindOf is one row of the table of kinds.
type KindOf struct {
	Kind   Kind
	Title  string // in a few words
	Claim  string // what holds when it passes
	Rule   string // where it is written down
	Why    string // what it matters for, and how it is looked at
	Advice string // what to do where it does not pass
	weight weight
}

// Of returns what the table has of a kind.
func (k Kind) Of() KindOf {
	i := slices.IndexFunc(kinds, func(row KindOf) bool { return row.Kind == k })
	if i < 0 {
		return KindOf{Kind: k, Title: string(k)}
	}
	return kinds[i]
}

// Kinds returns the table of kinds, in order.
func Kinds() []KindOf { return slices.Clone(kinds) }

// The places that are cited.
const (
	ruleDocument  = "server-server: Server discovery, GET /.well-known/matrix/server"
	ruleResolving = "server-server: Resolving server names"
	ruleTLS       = "server-server: TLS"
	ruleKeys      = "server-server: Publishing Keys"
	ruleAuth      = "server-server: Request Authentication"
	ruleEndpoints = "server-server: Unsupported endpoints"
)

var kinds = []KindOf{
	{ServerName, "server name", "the name is a server name, written in small letters", "appendices: Server Name",
		"Homeservers compare server names byte for byte, while DNS and certificates do not.",
		"Use the name as the server itself writes it.", fails},
	{WellKnown, "well-known document", "the well-known document can be used, or there is none", ruleDocument,
		"The document is looked for first. One that is published and cannot be used is passed over by some and held " +
			"against the server by others.",
		"Serve {\"m.server\": \"NAME:PORT\"} with status 200 and without a loop of redirects, or answer 404.", fails},
	{WellKnownSame, "well-known, everywhere", "every address of the host serves the same document", ruleDocument,
		"Who asks another address of the web server goes to another place.",
		"Serve the same document from every address.", fails},
	{WellKnownCache, "well-known, caching", "the document may be kept for a while, and for a day at most", ruleDocument,
		"Until their copy runs out, other servers go where it leads; without one they ask before every connection.",
		"Send Cache-Control with a max-age of some hours.", fails},
	{WellKnownOnly, "well-known or SRV", "document and SRV records of the name lead to the same place", ruleResolving,
		"With a document the SRV records of the name are not looked at; whoever cannot fetch the document goes there.",
		"Keep one of the two.", fails},
	{SRV, "SRV records", "the SRV records can be followed, or there are none", ruleResolving,
		"Where there is a record the name itself is not tried, and the target has to be a host, not an alias.",
		"Let the records name hosts that have addresses of their own, or take them out.", fails},
	{Addresses, "addresses", "the name leads to addresses", ruleResolving,
		"Without an address nobody finds the server.", "Give the host A and AAAA records.", unreaches},
	{PublicAddresses, "public addresses", "the addresses are public ones", ruleResolving,
		"Homeservers do not connect to private networks and loopback unless told to.",
		"Let the name lead to public addresses.", fails},
	{IPv4, "IPv4", "there is an IPv4 address", ruleResolving,
		"Many servers have no IPv6 and reach IPv4 addresses alone.", "Add an IPv4 address.", fails},
	{IPv6, "IPv6", "there is an IPv6 address", ruleResolving,
		"Servers without IPv4 are rare; those that are reach IPv6 addresses alone.", "Add an IPv6 address.", fails},

	{Connects, "connection", "the address takes connections", ruleResolving,
		"Every address is tried by somebody: those that come later in the list, too.",
		"Open the port, or take the address out of the DNS.", unreaches},
	{TLS, "TLS", "TLS 1.2 or 1.3 is spoken", ruleTLS,
		"Asked for are TLS 1.2 and newer, as homeservers ask, with HTTP/1.1 as the protocol.",
		"Offer TLS 1.2 or 1.3 with current ciphers.", unreaches},
	{CertificateName, "certificate, name", "the certificate is for the name that it has to be for", ruleTLS,
		"That is the server name, or the host that the well-known document names; never the target of an SRV record.",
		"Serve a certificate for that name.", invalidates},
	{CertificateDates, "certificate, dates", "the certificate is valid now, and for a while", ruleTLS,
		"An expired certificate cuts the server off from everybody.", "Renew the certificate, and have it loaded.",
		invalidates},
	{CertificateChain, "certificate, authority", "the certificate leads to an authority that is trusted", ruleTLS,
		"The intermediate certificates have to be served along.", "Serve the whole chain of a public authority.",
		invalidates},
	{HTTP, "HTTP/1.1", "HTTP/1.1 is spoken, also by who negotiates the protocol", "server-server: API standards",
		"HTTP/1.1 is what every homeserver speaks; HTTP/2 may be offered besides.",
		"Have the federation port speak HTTP/1.1.", fails},
	{Keys, "key document", "the key document comes, as a JSON object", ruleKeys,
		"Every signature of the server is checked with the keys in it.",
		"Have /_matrix/key passed on to the homeserver.", invalidates},
	{KeysServerName, "keys, server name", "the key document is that of the server asked for", ruleKeys,
		"The server_name in it has to be the server name before any delegation.",
		"Have the name lead to its own homeserver.", invalidates},
	{KeysEd25519, "keys, ed25519", "there is a current ed25519 key", ruleKeys,
		"No other algorithm is in use.", "Let the homeserver make the document.", invalidates},
	{KeysSignature, "keys, self-signature", "every current key has signed the document", ruleKeys,
		"Homeservers want one signature at least; Dendrite, and the public federation tester, one of every key.",
		"Let the homeserver make the document, with all of its current keys.", invalidates},
	{KeysValidUntil, "keys, valid until", "the keys are valid now, and for a while", ruleKeys,
		"What is signed after that time cannot be checked. Others count seven days at the most, whatever it says.",
		"Let the homeserver make the document anew, and set its clock.", invalidates},
	{KeysIDs, "keys, IDs", "every key has an ID that can be used and an algorithm that is known", ruleKeys,
		"The ID is the algorithm, a colon, and a version of letters, digits and underscores.",
		"Give the key an ID such as ed25519:a_1.", fails},
	{KeysOld, "keys, old ones", "old keys say when they expired, and none is current as well", ruleKeys,
		"Old keys are for old events. Without expired_ts the document is none to some homeservers.",
		"Give every old key its expired_ts, and take current ones out of old_verify_keys.", fails},
	{Version, "software", "the server says what it runs", "server-server: Server implementation",
		"A homeserver answers this to anybody; a web server in its place does not.",
		"Have /_matrix/federation passed on to the homeserver.", fails},
	{Clock, "clock", "its clock is right", ruleKeys,
		"The Date of its answers, less the time they were under way, against our clock. A minute is let pass.",
		"Have NTP set the clock.", fails},
	{Paths, "escapes in paths", "escapes in a path arrive as they are sent", ruleAuth,
		"A room that cannot be is asked for in five spellings, without a signature: %2F, %23, %3F and %25 have to get " +
			"the answer that a path without them gets.",
		"Have the proxy pass the path on as it came.", fails},
	{UnknownEndpoint, "unknown endpoint", "an endpoint that does not exist gets 404 M_UNRECOGNIZED", ruleEndpoints,
		"By that other servers know what this one can do.",
		"Have everything below /_matrix passed on to the homeserver.", fails},
	{WrongMethod, "wrong method", "a method that an endpoint does not take gets 405 M_UNRECOGNIZED", ruleEndpoints,
		"By that other servers know what this one can do.",
		"Have everything below /_matrix passed on to the homeserver, whatever the method.", fails},

	{SameKeys, "same keys", "all addresses give the same keys", ruleKeys,
		"Otherwise what is signed by one cannot be checked by who asks the other.",
		"Have all addresses lead to the same homeserver.", invalidates},
	{NotaryKeys, "keys, by a notary", "a notary has the same keys", "server-server: Querying Keys Through Another Server",
		"Servers that cannot reach this one ask a notary.", "Wait until the notary's copy runs out, or ask another.", fails},
	{XMatrix, "X-Matrix", "the server takes a signed request", ruleAuth,
		"It is asked, as the server we sign for, for the devices of a user who most likely is none: nothing changes.",
		"See who refuses it, and why.", fails},
	{SignedPaths, "escapes in signed paths", "a signed request is taken with escapes in its path and without", ruleAuth,
		"The signature covers the path byte by byte: a proxy that spells it otherwise breaks it.",
		"Have the proxy pass the path on as it came.", fails},
	{Inbound, "our listener", "the server comes to our listener for our key", "server-server: Retrieving server keys",
		"Before it can check a signature of ours it needs our key, from our listener unless it has it already.",
		"Make the listener reachable under our server name.", fails},
}
