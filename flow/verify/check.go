package verify

import (
	"strings"

	"doorstep/flow/auth"
	"doorstep/flow/event"
)

// A Check is one claim of a server, or of ourselves, looked at. Its zero outcome is NotChecked: a pass is earned.
type Check struct {
	Kind    Kind
	Subject string // the event ID, or "template", "answer"
	Outcome CheckOutcome
	Rule    string // the rule's number in the room version, or the section of the spec
	Field   string // JSON pointer to what was looked at; may be empty
	Detail  string // what was seen, in words; quotes untrusted text
	Refuses bool   // when it fails, the whole template, answer or join is refused
	Others  string // what homeservers do where they differ; may be empty

	Fault  Fault       // what was found, where one check can find several things
	Ground auth.Ground // where a rule decided: on what ground, if it has a name
	About  []string    // IDs of other events that it failed for, or could not be made for
	Seq    int         // of a check that hosts make on a joining server: the entry it is about
}

// A CheckOutcome is what became of a check.
type CheckOutcome uint8

// The outcomes of a check.
const (
	NotChecked CheckOutcome = iota // could not be decided, and Detail says why
	Pass
	Warn // within the rules, but worth knowing
	Fail
)

func (o CheckOutcome) String() string {
	return [...]string{"not_checked", "pass", "warn", "fail"}[o]
}

// refusing returns the first refusing check that failed; nil when none did.
func refusing(checks []Check) *Check {
	for i := range checks {
		if c := &checks[i]; c.Refuses && c.Outcome == Fail {
			return c
		}
	}
	return nil
}

// RefusedBy returns why the first refusing check failed; empty when none did.
func RefusedBy(checks []Check) string {
	if c := refusing(checks); c != nil {
		return c.Detail
	}
	return ""
}

// Worse reports whether o is worse news than p: a failure, then what could not be checked, then a warning.
func (o CheckOutcome) Worse(p CheckOutcome) bool {
	rank := [...]int{Pass: 0, Warn: 1, NotChecked: 2, Fail: 3}
	return rank[o] > rank[p]
}

// Signer returns whose signature a check is about, and the key: its field is …/signatures/SERVER or
// …/signatures/SERVER/KEY.
func (c Check) Signer() (server, keyID string) {
	_, rest, ok := strings.Cut(c.Field, "/signatures/")
	if !ok {
		return "", ""
	}
	server, keyID, _ = strings.Cut(rest, "/")
	return event.PointerKey(server), event.PointerKey(keyID)
}
