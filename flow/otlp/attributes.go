package otlp

import (
	"strings"
	"unicode"

	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"

	"doorstep/flow/printable"
)

// errorType is the convention's attribute for the class of an error.
const errorType = semconv.ErrorTypeKey

// The attributes that no convention has: what is Matrix's, and what is this program's.
const (
	attrStep       = "matrix.step"     // A1 to A8, L1, L2, R, U1 to U4
	attrEndpoint   = "matrix.endpoint" // in the spec's spelling
	attrServer     = "matrix.server"   // the server name, before delegation
	attrErrcode    = "matrix.errcode"  // of a refusal
	attrVersion    = "matrix.room.version"
	attrRoom       = "matrix.room.id"
	attrTarget     = "matrix.target" // the alias or room ID that the client asked for
	attrUser       = "matrix.user.id"
	attrEvent      = "matrix.event.id"   // of the event that was built
	attrMembership = "matrix.membership" // of the event that was built
	attrKeyID      = "matrix.key.id"
	attrOrigin     = "matrix.origin" // our server name
	attrForm       = "matrix.handshake.form"
	attrOutcome    = "matrix.handshake.outcome"
	attrFate       = "matrix.handshake.fate" // what became of the join that was sent

	attrCandidate        = "matrix.candidate.server"
	attrCandidateAttempt = "matrix.candidate.attempt" // from 1
	attrCandidates       = "matrix.candidate.count"

	attrPass       = "matrix.checks.pass"
	attrFail       = "matrix.checks.fail"
	attrWarn       = "matrix.checks.warn"
	attrNotChecked = "matrix.checks.not_checked"
	attrSignatures = "matrix.verification.signatures" // that had to be there
	attrEvents     = "matrix.verification.events"     // distinct ones, of state and auth_chain

	attrLookups   = "matrix.discovery.steps"     // one sentence each
	attrAddresses = "matrix.discovery.addresses" // in the order to try

	attrFindings        = "matrix.findings" // by ID
	attrFindingID       = "matrix.finding.id"
	attrFindingSeverity = "matrix.finding.severity"
	attrFindingTitle    = "matrix.finding.title"
	attrFindingStep     = "matrix.finding.step"
	attrFindingEvidence = "matrix.finding.evidence" // numbers of entries
	attrFindingSuspect  = "matrix.finding.suspect"

	attrEntry    = "doorstep.entry"    // the number in the recording: a request's, or of local work
	attrSource   = "doorstep.source"   // sandbox, join, …
	attrTitle    = "doorstep.title"    // of the scenario
	attrInferred = "doorstep.inferred" // the server is inferred: its request says nothing of it
	attrAltered  = "doorstep.altered"  // somebody changed the step before it was done
	attrRedacted = "doorstep.redacted" // names are pseudonyms
)

// eventFinding is the name of the events that findings are.
const eventFinding = "matrix.finding"

// longest is how many characters of a text are sent. What a server says may be as long as it likes.
const longest = 1000

// most is how many members of a list are sent; what is left out is counted.
const most = 100

// legible returns a text as protobuf takes it and as a terminal or a page can show it: UTF-8, bounded, and without
// characters that control or hide something, or pile up.
func legible(s string) string {
	const marksShown = 3 // on one character
	s = strings.ToValidUTF8(s[:min(len(s), 4*longest)], "\uFFFD")
	n, marks := 0, 0
	return strings.Map(func(r rune) rune {
		if marks++; !unicode.In(r, unicode.Mn, unicode.Me) {
			marks = 0
		}
		switch n++; {
		case n > longest:
			return -1
		case n == longest:
			return '…'
		case !printable.Visible(r), marks > marksShown:
			return '\uFFFD'
		}
		return r
	}, s)
}
