package diagnose

import (
	"fmt"
	"slices"
	"strings"

	"doorstep/client"
	"doorstep/flow"
	"doorstep/flow/verify"
)

// joinerCauses are about a joining server that servers of ours are asked by: what its developer has to look at. Each
// rests on checks that those servers make.
var joinerCauses = []Cause{
	ofJoiner("joiner-authorization", 0, verify.KindRequestAuthorization),
	ofJoiner("joiner-destination", 1, verify.KindRequestDestination),
	{ID: "joiner-keys-unavailable", Sight: Detected, rank: 2, incidental: true,
		evidence: func(v *view) []int {
			return append(v.judged(verify.KindRequestSignature, verify.KeyUnavailable), v.joinerKeysFailed()...)
		},
		detail: func(v *view) string { return v.judgedWords(verify.KindRequestSignature, verify.KeyUnavailable) }},
	{ID: "joiner-key-unpublished", Sight: Detected, rank: 3, incidental: true,
		evidence: func(v *view) []int {
			return append(v.judged(verify.KindRequestSignature, verify.KeyUnpublished),
				v.judged(verify.KindMadeSignature, verify.KeyUnpublished)...)
		},
		detail: func(v *view) string {
			return strings.TrimSpace(v.judgedWords(verify.KindRequestSignature, verify.KeyUnpublished) + " " +
				v.judgedWords(verify.KindMadeSignature, verify.KeyUnpublished))
		}},
	ofJoiner("joiner-request-signature", 4, verify.KindRequestSignature, verify.BadSignature),
	ofJoiner("joiner-user-of-another", 5, verify.KindRequestOrigin),
	ofJoiner("joiner-content-type", 6, verify.KindRequestContentType),
	ofJoiner("joiner-path-escapes", 7, verify.KindRequestEscapes),
	ofJoiner("joiner-other-room", 8, verify.KindRequestRoom),
	ofJoiner("joiner-version-not-offered", 9, verify.KindVersionOffered),
	ofJoiner("joiner-took-template", 10, verify.KindTemplateTaken, verify.TookBadAnswer),
	ofJoiner("joiner-other-join", 11, verify.KindMadeSubject),
	ofJoiner("joiner-template-changed", 12, verify.KindMadeFields, verify.FieldChanged, verify.FieldRemoved,
		verify.FieldOtherName),
	ofJoiner("joiner-field-added", 13, verify.KindMadeFields, verify.FieldAdded),
	ofJoiner("joiner-event-malformed", 14, verify.KindMadeFormat),
	ofJoiner("joiner-hash-unsigned", 15, verify.KindMadeHash, verify.OverUnsigned),
	ofJoiner("joiner-hash-signatures", 16, verify.KindMadeHash, verify.OverSignatures),
	ofJoiner("joiner-hash-too-early", 17, verify.KindMadeHash, verify.OverTemplate, verify.OverLess),
	ofJoiner("joiner-hash-spelling", 18, verify.KindMadeHash, verify.OtherAlphabet, verify.EscapedOddly,
		verify.OverSpelling),
	ofJoiner("joiner-hash-wrong", 19, verify.KindMadeHash, verify.Altered, verify.NoHash, verify.Unreadable,
		verify.OverRedacted, verify.OverEventID),
	ofJoiner("joiner-signature-redaction", 20, verify.KindMadeSignature, verify.OverWhole, verify.OverOtherVersion),
	ofJoiner("joiner-signed-before-hash", 21, verify.KindMadeSignature, verify.OverNoHashes, verify.OverOtherHash),
	ofJoiner("joiner-signed-too-early", 22, verify.KindMadeSignature, verify.OverTemplate, verify.OverLess),
	ofJoiner("joiner-other-key-id", 23, verify.KindMadeSignature, verify.OtherKeyID),
	ofJoiner("joiner-signature-wrong", 24, verify.KindMadeSignature, verify.BadSignature, verify.Unsigned,
		verify.Unreadable, verify.OverUnsigned, verify.OverSignatures, verify.OverEventID, verify.OverSpelling,
		verify.EscapedOddly),
	ofJoiner("joiner-event-id", 25, verify.KindMadeEventID),
	ofJoiner("joiner-key-expired", 26, verify.KindMadeKeyValidity),
	ofJoiner("joiner-clock", 27, verify.KindMadeTime),
	ofJoiner("joiner-old-endpoint", 28, verify.KindRequestEndpoint),
	ofJoiner("joiner-took-answer", 29, verify.KindAnswerTaken, verify.TookBadAnswer),
	ofJoiner("joiner-refused-template", 30, verify.KindTemplateTaken, verify.RefusedGood),
	ofJoiner("joiner-refused-answer", 31, verify.KindAnswerTaken, verify.RefusedGood),
	ofJoiner("joiner-sent-again", 32, verify.KindSentOnce, verify.SentAgain),
	ofJoiner("joiner-sent-another", 33, verify.KindSentOnce, verify.SentAnotherEvent),
	{ID: "joiner-keys-not-asked", Sight: Suspected, Severity: SeverityInfo, rank: 34,
		evidence: func(v *view) []int { return v.judged(verify.KindKeysAsked, verify.KeysNotAsked) },
		detail:   func(v *view) string { return v.judgedWords(verify.KindKeysAsked, verify.KeysNotAsked) }},
}

// ofJoiner is a cause that rests on checks of one kind that failed, or warned, with one of those faults; with none, on
// all of them.
func ofJoiner(id string, rank int, kind verify.Kind, faults ...verify.Fault) Cause {
	return Cause{ID: id, Sight: Detected, rank: rank, incidental: true,
		evidence: func(v *view) []int { return v.judged(kind, faults...) },
		detail:   func(v *view) string { return v.judgedWords(kind, faults...) }}
}

// joinerFaults gives the checks on the joining server, of one kind, that failed or warned with one of those faults.
func (v *view) joinerFaults(kind verify.Kind, faults []verify.Fault) []verify.Check {
	var out []verify.Check
	for _, c := range v.JoinerChecks {
		if c.Kind == kind && (c.Outcome == verify.Fail || c.Outcome == verify.Warn) &&
			(len(faults) == 0 || slices.Contains(faults, c.Fault)) {
			out = append(out, c)
		}
	}
	return out
}

// judged returns the evidence of those checks: the entries that they are about, what we answered where that is a
// refusal, and what shows the reaction where they are about one.
func (v *view) judged(kind verify.Kind, faults ...verify.Fault) []int {
	var out []int
	for _, c := range v.joinerFaults(kind, faults) {
		out = append(out, c.Seq)
		v.resting.Failed = v.resting.Failed || c.Outcome == verify.Fail
		if answer := v.trace.Answer(c.Seq); answer != nil && !good(answer) {
			out = append(out, answer.Seq)
		}
		if e := v.trace.Entry(c.Seq); e != nil && e.Kind == flow.Response {
			out = append(out, flow.ReactionTo(v.trace, e).Evidence...)
		}
	}
	return out
}

// mostJudged bounds the checks that a finding quotes.
const mostJudged = 3

// judgedWords says what those checks saw.
func (v *view) judgedWords(kind verify.Kind, faults ...verify.Fault) string {
	var out []string
	for _, c := range v.joinerFaults(kind, faults) {
		if words := "Seen: " + c.Detail + "."; !slices.Contains(out, words) {
			out = append(out, words)
		}
	}
	if more := len(out) - mostJudged; more > 0 {
		out = append(out[:mostJudged], fmt.Sprintf("And %d more.", more))
	}
	return strings.Join(out, " ")
}

// joinerKeysFailed returns what came in place of key documents that servers of ours asked the joining server for, by
// Seq; none where one came in the end.
func (v *view) joinerKeysFailed() []int {
	if !v.Header.Hosted() || v.Keys.Of(v.Header.Joining).Known() {
		return nil
	}
	var out []int
	for i := range v.trace.Entries {
		e := &v.trace.Entries[i]
		asked := v.trace.Entry(e.Answers)
		if asked != nil && asked.Request != nil && asked.To == flow.Joining &&
			asked.Request.Endpoint == client.ServerKeys {
			out = append(out, e.Seq)
		}
		if d := e.Discovery; d != nil && d.Server == v.Header.Joining && len(d.Destinations) == 0 {
			out = append(out, e.Seq)
		}
	}
	return out
}
