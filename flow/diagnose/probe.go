package diagnose

// A ProbeResult is what one probe found out about one server.
type ProbeResult struct {
	Name     string `json:"name"`              // path, own_keys, address, key_document or clock
	Server   string `json:"server"`            //
	Address  string `json:"address,omitempty"` // IP and port, where it is about one
	Result   string `json:"result"`            // stable, kebab-case: see the constants
	Verdict  string `json:"verdict"`           // the same in words
	Evidence []int  `json:"evidence"`          // entries, by Seq
}

// The names of probes.
const (
	ProbePath     = "path"
	ProbeOwnKeys  = "own_keys"
	ProbeAddress  = "address"
	probeDocument = "key_document"
	probeClock    = "clock"
)

// The results of probes.
const (
	ProbeUndecided = "undecided" // of path, own_keys: the answers allow no conclusion

	PathUnchanged = "unchanged" // both requests were taken
	PathRewritten = "rewritten" // only the one without escapes was
	PathEscaped   = "escaped"   // only the one with escapes was
	PathRefused   = "refused"   // neither was: there is another reason

	OwnKeysCurrent = "current" // it has the key that signs
	OwnKeysOther   = "other"   // it has keys of ours, but not that one
	OwnKeysOld     = "old"     // it has that one as given up
	OwnKeysNone    = "none"    // it has none, and could not fetch any
	OwnKeysTaken   = "taken"   // it does not show the key, and takes requests signed with it: so it has it

	addressOwn         = "own"          // the server's own key document
	addressOther       = "other-server" // that of another server
	addressNoDocument  = "no-document"  // an answer, but no key document that holds
	AddressUnreachable = "unreachable"  // no connection, or none that can be trusted
	addressNotAllowed  = "not-allowed"  // our own policy keeps us from it
	addressNoAnswer    = "no-answer"    // a connection, and no whole answer

	documentSame    = "same"    // at every address that gave one
	documentDiffers = "differs" // at some

	clockRight  = "right"
	clockAhead  = "ahead"
	clockBehind = "behind"
)
