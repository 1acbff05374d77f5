package verify

import "iter"

// Unmade returns the kinds of checks that could be made on no event of the answer.
func (v *Verification) Unmade() []Kind {
	if v.verifier == nil {
		return nil
	}
	var out []Kind
	for _, s := range v.verifier.skipped {
		out = append(out, s.kind)
	}
	return out
}

// Signers gives the servers that must have signed an event of the answer, each with what became of its signatures. Of
// an event that was dropped before they were looked at they are not checked.
func (v *Verification) Signers(id string) iter.Seq2[string, CheckOutcome] {
	return func(yield func(string, CheckOutcome) bool) {
		if v.verifier == nil {
			return
		}
		at, ok := v.verifier.byID[id]
		if !ok {
			return
		}
		c := &v.verifier.claims[at]
		for _, s := range c.signers {
			if !yield(s.server, s.verdict.outcome()) {
				return
			}
		}
		if c.signers != nil || c.read.Event == nil {
			return
		}
		for _, server := range RequiredSigners(c.read.Event) {
			if !yield(server, NotChecked) {
				return
			}
		}
	}
}

// outcome is that of the check of the signature.
func (s signatureVerdict) outcome() CheckOutcome {
	switch s {
	case signatureGood:
		return Pass
	case signatureAbsent, signatureWrong:
		return Fail
	}
	return NotChecked
}
