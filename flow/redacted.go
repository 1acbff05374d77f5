package flow

// A Redacted says that a trace was made fit to share: what was taken out of it, and what was found before that. The
// names that are left are pseudonyms.
type Redacted struct {
	By      string              `json:"by"`      // program and version that did it
	Removed map[RemovedKind]int `json:"removed"` // how many different ones were replaced or emptied, by kind
	Found   FoundBefore         `json:"found"`
}

// A RemovedKind is a sort of thing that is replaced by something of the same shape, or emptied.
type RemovedKind string

// The sorts of things. Each different one is counted once, but for what is emptied: that is counted each time.
const (
	RemovedServers      RemovedKind = "servers"      // host names, of servers, DNS records and certificates
	RemovedUsers        RemovedKind = "users"        // user IDs
	RemovedRooms        RemovedKind = "rooms"        // room IDs
	RemovedAliases      RemovedKind = "aliases"      // room aliases
	RemovedEvents       RemovedKind = "events"       // event IDs
	RemovedAddresses    RemovedKind = "addresses"    // IP addresses
	RemovedKeyIDs       RemovedKind = "key_ids"      // names of signing keys
	RemovedKeys         RemovedKind = "keys"         // public keys
	RemovedSignatures   RemovedKind = "signatures"   // of events, key documents and invites
	RemovedHashes       RemovedKind = "hashes"       // content hashes, reference hashes
	RemovedCertificates RemovedKind = "certificates" // their fingerprints, and whom they name
	RemovedNames        RemovedKind = "names"        // other names: event types, state keys, keys of objects
	RemovedContents     RemovedKind = "contents"     // values of the content of events
	RemovedTexts        RemovedKind = "texts"        // texts, or parts of them
	RemovedHeaders      RemovedKind = "headers"      // values of header fields
	RemovedBodies       RemovedKind = "bodies"       // bodies that are no JSON, whole or in part
	RemovedEntries      RemovedKind = "entries"      // entries of an unknown kind
)

// RemovedKinds are the sorts of things, in the order in which they are told.
var RemovedKinds = []RemovedKind{RemovedServers, RemovedUsers, RemovedRooms, RemovedAliases, RemovedEvents,
	RemovedAddresses, RemovedKeyIDs, RemovedKeys, RemovedSignatures, RemovedHashes, RemovedCertificates, RemovedNames,
	RemovedContents, RemovedTexts, RemovedHeaders, RemovedBodies, RemovedEntries}

// FoundBefore is what the whole trace came to before it was redacted. Part of that rests on checks which nobody can
// make any more: it is told as what was found then, and the checks are not made.
type FoundBefore struct {
	Entries  int            `json:"entries"`  // how many entries the trace had
	Outcome  Outcome        `json:"outcome"`  // how the handshake ended
	Verified Outcome        `json:"verified"` // what verifying it came to
	Checks   FoundChecks    `json:"checks"`   // how the checks came out
	Findings []FoundFinding `json:"findings"` // in the order in which they were told
	// Apparent are findings that the redacted trace seems to show and the one before did not: they come of the redaction.
	Apparent []string `json:"apparent,omitempty"`
}

// FoundChecks counts checks by outcome.
type FoundChecks struct {
	Pass       int `json:"pass"`
	Warn       int `json:"warn"`
	Fail       int `json:"fail"`
	NotChecked int `json:"not_checked"`
}

// A FoundFinding is a finding as it was before: its ID in the catalogue says what it is about.
type FoundFinding struct {
	ID       string `json:"id"`
	Severity string `json:"severity"`
	Step     string `json:"step"`
	Evidence []int  `json:"evidence"`
	Suspect  bool   `json:"suspect,omitempty"`
	Waived   bool   `json:"waived,omitempty"`
}
