package diagnose

import (
	"doorstep/flow"
	"doorstep/flow/verify"
)

// keyCauses are about key documents that came and are not accepted, or hardly: of the resident server, of other servers
// that signed something, straight from them or by way of a notary.
var keyCauses = []Cause{{
	ID:         "key-document-unsigned",
	Sight:      Detected,
	commands:   []command{askKeys},
	incidental: true,
	evidence:   func(v *view) []int { return v.refusedDocuments(verify.KeysUnsigned) },
}, {
	ID:         "key-document-unusable",
	Sight:      Detected,
	rank:       1,
	commands:   []command{askKeys},
	incidental: true,
	evidence: func(v *view) []int {
		return v.refusedDocuments(verify.KeysUnreadable, verify.KeysNameless, verify.KeysNone)
	},
}, {
	ID:         "key-document-missing",
	Sight:      Detected,
	rank:       2,
	commands:   []command{askKeys},
	incidental: true,
	evidence: func(v *view) []int {
		var out []int
		for _, keys := range v.keyHolders() {
			fetches := v.keyFetchesFailed(keys.Server)
			if keys.Lacking() && !keys.Fault.Answered() && v.isThere(keys.Server) && fetches != nil {
				out = append(append(out, fetches...), v.keysMissedAt(keys.Server)...)
			}
		}
		return out
	},
	reword: missingWords,
}, {
	ID:         "key-document-expired",
	Sight:      Detected,
	rank:       3,
	commands:   []command{askKeys},
	incidental: true,
	evidence: func(v *view) []int {
		var out []int
		for _, keys := range v.keyHolders() {
			if len(keys.Expired) > 0 {
				out = append(append(out, keys.Expired...), v.keysMissedAt(keys.Server)...)
			}
		}
		return out
	},
}, {
	ID:         "notary-not-believed",
	Sight:      Detected,
	rank:       4,
	incidental: true,
	evidence:   func(v *view) []int { return v.refusedDocuments(verify.KeysNotary) },
}}

// missingWords fits the words to servers that had no part in the handshake but for what they signed.
func missingWords(v *view, f *Finding) {
	for _, seq := range f.Evidence {
		if e := v.trace.Entry(seq); e != nil && e.Step == flow.R && v.spoke(e.Server) {
			return
		}
	}
	f.Title = "A server is there, and does not give its keys"
	f.Cause = "Something answers under its name, or takes the request, and gives an error, or nothing, in place of the " +
		"key document. The homeserver was given up and a web site stayed, a proxy does not pass /_matrix/key on, or the " +
		"worker that serves the keys is down. Nothing that server signed can be checked."
	f.Advice = "Ask a notary, which may have the keys: `--notary NAME`. If the homeserver is still in use, its " +
		"administrator has to have /_matrix/key passed on to it."
}
