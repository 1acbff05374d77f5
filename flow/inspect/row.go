// Package inspect says what a check of one server came to: rows, each a claim about the server or about one of its
// addresses, with how it stands, what was seen, the rule behind it and the entries it rests on. Nobody joins anything
// in a check.
//
// A check leaves a trace as a handshake does (flow.SourceCheck), and every row is worked out from a prefix of it: a
// check under way, its recording and every view agree, and a recording is read better by a better Doorstep. Findings
// are those of the catalogue in flow/diagnose, by their IDs.
//
// Here is also what a check asks, because whoever reads an answer has to know the question: see requests.go.
package inspect

import (
	"encoding/json"

	"doorstep/flow/verify"
)

// A Row is one claim, looked at. Its zero outcome is not checked: a pass is earned.
type Row struct {
	Kind    Kind
	Address string // IP and port it is about; empty: the server as a whole
	Outcome verify.CheckOutcome
	Detail  string // what was seen, in words; quotes untrusted text
	Finding string // ID of the finding that says why it does not pass; may be empty
	// Evidence are the entries that it rests on, by Seq.
	Evidence []int

	timeout bool // it fails because nobody answered in time
}

// MarshalJSON writes a row as the report has it: id, claim, address, outcome, detail, rule, finding, evidence, and
// where it did not pass and no finding says more, advice.
func (r Row) MarshalJSON() ([]byte, error) {
	k := r.Kind.Of()
	evidence := r.Evidence
	if evidence == nil {
		evidence = []int{}
	}
	return json.Marshal(struct {
		ID       Kind   `json:"id"`
		Claim    string `json:"claim"`
		Address  string `json:"address"`
		Outcome  string `json:"outcome"`
		Detail   string `json:"detail"`
		Rule     string `json:"rule"`
		Finding  string `json:"finding"`
		Advice   string `json:"advice,omitempty"`
		Evidence []int  `json:"evidence"`
	}{r.Kind, k.Claim, r.Address, r.Outcome.String(), r.Detail, k.Rule, r.Finding, r.Advice(), evidence})
}

// Advice is what to do where a row did not pass and no finding says more; empty otherwise.
func (r Row) Advice() string {
	if r.Finding != "" || r.Outcome == verify.Pass || r.Outcome == verify.NotChecked {
		return ""
	}
	return r.Kind.Of().Advice
}

// pass, warn, fail and open are what a row can come to; they are said of the row that is being worked out.
func (r Row) pass(detail string) Row { r.Outcome, r.Detail = verify.Pass, detail; return r }

func (r Row) open(why string) Row { r.Outcome, r.Detail = verify.NotChecked, why; return r }

func (r Row) warn(finding, detail string) Row {
	r.Outcome, r.Finding, r.Detail = verify.Warn, finding, detail
	return r
}

func (r Row) fail(finding, detail string) Row {
	r.Outcome, r.Finding, r.Detail = verify.Fail, finding, detail
	return r
}

// on says which entries a row rests on.
func (r Row) on(evidence ...int) Row {
	for _, seq := range evidence {
		if seq > 0 {
			r.Evidence = append(r.Evidence, seq)
		}
	}
	return r
}
