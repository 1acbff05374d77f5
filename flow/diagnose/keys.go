package diagnose

import (
	"doorstep/flow"
	"doorstep/flow/verify"
)

// keyCauses are about key documents that came and are not accepted, or hardly: of the resident server, of other servers
// that signed something, straight from them or by way of a notary.
var keyCauses = []Cause{{
	ID:    "key-document-unsigned",
	Title: "A key document is not signed by any of its own keys",
	Cause: "A key document counts only with a signature by a key that it lists. The server, or a proxy or a static " +
		"file in its place, gives one that was changed after it was signed, or signed with another key. Nothing that " +
		"server signed can be checked.",
	Advice: "The server's administrator has to let the homeserver itself answer /_matrix/key/v2/server, unchanged and " +
		"not from a copy.",
	Apart: "The entry holds the document: server_name, verify_keys and signatures have to name the same server and " +
		"key. If a second fetch holds, something between changes it.",
	Source:     "server-server: Publishing Keys",
	Sight:      Detected,
	commands:   []command{askKeys},
	incidental: true,
	evidence:   func(v *view) []int { return v.refusedDocuments(verify.KeysUnsigned) },
}, {
	ID:    "key-document-unusable",
	Title: "What came in place of a key document is none",
	Cause: "The server was reached and answered with a success, but not with a key document: no JSON object, no " +
		"server name, or no key that can be used. Something else answers /_matrix/key, or the homeserver is broken. " +
		"Nothing that server signed can be checked.",
	Advice: "The server's administrator has to have /_matrix/key passed on to the homeserver, as well as " +
		"/_matrix/federation.",
	Apart:      "The entry holds what came. A page of HTML is a web server's.",
	Source:     "server-server: Publishing Keys",
	Sight:      Detected,
	rank:       1,
	commands:   []command{askKeys},
	incidental: true,
	evidence: func(v *view) []int {
		return v.refusedDocuments(verify.KeysUnreadable, verify.KeysNameless, verify.KeysNone)
	},
}, {
	ID:    "key-document-missing",
	Title: "The server answers the handshake, and does not give its keys",
	Cause: "The same server that was just spoken to gives an error, or nothing, in place of its key document. A proxy " +
		"in front passes /_matrix/federation on to the homeserver and not /_matrix/key, or the worker that serves the " +
		"keys is down. Nothing that server signed can be checked.",
	Advice: "The server's administrator has to have /_matrix/key passed on to the homeserver, as well as " +
		"/_matrix/federation. Until then a notary may have the keys: `--notary NAME`.",
	Apart:      "The entry shows what came, and who signed it in its Server field: a proxy, or the homeserver.",
	Source:     "server-server: Publishing Keys",
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
	ID:    "key-document-expired",
	Title: "A key document was out of date when it came",
	Cause: "Its valid_until_ts has passed, or is not there. From room version 5 on a signature counts only if the key " +
		"was valid when the event was made: nothing that this server signs now can be checked by anybody who fetches its " +
		"keys now.",
	Advice: "The server's administrator has to let the homeserver make the document, not serve a copy, and set its clock.",
	Apart: "If the Date of its answers is wrong as well, it is the clock. If every document looks out of date, it is " +
		"our clock.",
	Source:     "server-server: Publishing Keys (valid_until_ts); room version 5: Signing key validity period",
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
	ID:    "notary-not-believed",
	Title: "The notary has not signed the key document that it passes on",
	Cause: "A notary vouches for a document with its own signature. Without it anybody could have written the " +
		"document, so it does not count.",
	Advice:     "Ask another notary: `--notary NAME`.",
	Source:     "server-server: Querying Keys Through Another Server",
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
