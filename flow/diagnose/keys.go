package diagnose

import (
	"slices"

	"doorstep/client"
	"doorstep/flow"
	"doorstep/flow/event"
	"doorstep/flow/verify"
)

// keyCauses are about key documents that came and are not accepted, or hardly: of the resident server, of other servers
// that signed something, straight from them or by way of a notary.
var keyCauses = []Cause{{
	ID:     "key-document-unsigned",
	Title:  "A key document is not signed by any of its own keys",
	Cause:  "A key document counts only with a signature by a key that it lists. The server, or a proxy or a static file in its place, gives one that was changed after it was signed, or signed with another key. Nothing that server signed can be checked.",
	Advice: "The server's administrator has to let the homeserver itself answer /_matrix/key/v2/server, unchanged and not from a copy.",
	Apart:  "The entry holds the document: server_name, verify_keys and signatures have to name the same server and key. If a second fetch holds, something between changes it.",
	Source: "server-server: Publishing Keys",
	Sight:  Detected,
	beside: true,
	seen:   func(v *view) []int { return v.refusedDocuments(verify.KeysUnsigned) },
}, {
	ID:     "key-document-unusable",
	Title:  "What came in place of a key document is none",
	Cause:  "The server was reached and answered with a success, but not with a key document: no JSON object, no server name, or no key that can be used. Something else answers /_matrix/key, or the homeserver is broken. Nothing that server signed can be checked.",
	Advice: "The server's administrator has to have /_matrix/key passed on to the homeserver, as well as /_matrix/federation.",
	Apart:  "The entry holds what came. A page of HTML is a web server's.",
	Source: "server-server: Publishing Keys",
	Sight:  Detected,
	beside: true,
	seen: func(v *view) []int {
		return v.refusedDocuments(verify.KeysUnreadable, verify.KeysNameless, verify.KeysNone)
	},
}, {
	ID:     "key-document-missing",
	Title:  "The server answers the handshake, and does not give its keys",
	Cause:  "The same server that was just spoken to gives an error, or nothing, in place of its key document. A proxy in front passes /_matrix/federation on to the homeserver and not /_matrix/key, or the worker that serves the keys is down. Nothing that server signed can be checked.",
	Advice: "The server's administrator has to have /_matrix/key passed on to the homeserver, as well as /_matrix/federation. Until then a notary may have the keys: `--notary NAME`.",
	Apart:  "The entry shows what came, and who signed it in its Server field: a proxy, or the homeserver.",
	Source: "server-server: Publishing Keys",
	Sight:  Detected,
	beside: true,
	seen: func(v *view) []int {
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
	ID:     "key-document-expired",
	Title:  "A key document was out of date when it came",
	Cause:  "Its valid_until_ts has passed, or is not there. From room version 5 on a signature counts only if the key was valid when the event was made: nothing that this server signs now can be checked by anybody who fetches its keys now.",
	Advice: "The server's administrator has to let the homeserver make the document, not serve a copy, and set its clock.",
	Apart:  "If the Date of its answers is wrong as well, it is the clock. If every document looks out of date, it is our clock.",
	Source: "server-server: Publishing Keys (valid_until_ts); room version 5: Signing key validity period",
	Sight:  Detected,
	beside: true,
	seen: func(v *view) []int {
		var out []int
		for _, keys := range v.keyHolders() {
			if len(keys.Expired) > 0 {
				out = append(append(out, keys.Expired...), v.keysMissedAt(keys.Server)...)
			}
		}
		return out
	},
}, {
	ID:     "notary-not-believed",
	Title:  "The notary has not signed the key document that it passes on",
	Cause:  "A notary vouches for a document with its own signature. Without it anybody could have written the document, so it does not count.",
	Advice: "Ask another notary: `--notary NAME`.",
	Source: "server-server: Querying Keys Through Another Server",
	Sight:  Detected,
	beside: true,
	seen:   func(v *view) []int { return v.refusedDocuments(verify.KeysNotary) },
}}

// keyHolders returns the servers whose keys were asked for, in order of name.
func (v *view) keyHolders() []*verify.ServerKeys {
	var out []*verify.ServerKeys
	for _, name := range v.Keys.Servers() {
		out = append(out, v.Keys.Of(name))
	}
	return out
}

// refusedDocuments returns the entries of key documents that were refused for one of those faults, and where the join failed
// for want of those keys, the entries at which it did.
func (v *view) refusedDocuments(faults ...verify.KeysFault) []int {
	var out []int
	for _, keys := range v.keyHolders() {
		before := len(out)
		for _, r := range keys.Refused {
			if slices.Contains(faults, r.Fault) {
				out = append(out, r.Seq)
			}
		}
		if len(out) > before {
			out = append(out, v.keysMissedAt(keys.Server)...)
		}
	}
	return out
}

// keysMissedAt returns the answer to send_join, and the verification that ended the handshake, where that ended for want of
// the keys of server: they would have proven the create event, or an event that our join rests on.
func (v *view) keysMissedAt(server string) []int {
	if v.Verification == nil || v.Reply == nil || v.Stopped == nil || v.Stopped.Step != flow.L2 {
		return nil
	}
	for _, e := range v.foundation() {
		if slices.Contains(verify.RequiredSigners(e), server) {
			return []int{v.Reply.Seq, v.Stopped.Seq}
		}
	}
	return nil
}

// foundation returns the create events of the answer and the events of it that our join names.
func (v *view) foundation() []*event.Event {
	var named []string
	if v.Build != nil && v.Template != nil {
		if own, err := event.Parse(v.Template.RoomVersion, v.Build.Event); err == nil {
			named = own.AuthEvents()
		}
	}
	return slices.DeleteFunc(v.replied(), func(e *event.Event) bool {
		return e.Type() != "m.room.create" && !slices.Contains(named, e.ID())
	})
}

// keysAbsent reports whether the keys for one of those events are not known because their server is gone, or out of reach.
func (v *view) keysAbsent(events []*event.Event) bool {
	return slices.ContainsFunc(events, func(e *event.Event) bool {
		return slices.ContainsFunc(verify.RequiredSigners(e), func(server string) bool {
			keys := v.Keys.Of(server)
			return keys.Lacking() && !keys.Fault.Answered() && !v.isThere(server)
		})
	})
}

// spoke reports whether a server gave some answer in the handshake itself.
func (v *view) spoke(server string) bool {
	return v.at(func(e *flow.Entry) bool { return e.Server == server && e.Response != nil }, arrows...) != nil
}

// isThere reports whether a server could be reached: it spoke in the handshake, or something answered the request for its
// keys, or took it and said nothing.
func (v *view) isThere(server string) bool {
	return v.spoke(server) || v.keyAnswers(func(e *flow.Entry) bool {
		took := e.Connection != nil && e.Connection.TLS != nil && e.Connection.TLS.VerifyError == ""
		return e.Server == server && (e.Response != nil || took)
	}) != nil
}

// keyAnswers returns what came of the requests for key documents that ok accepts, by Seq; those of probes are left out.
func (v *view) keyAnswers(ok func(*flow.Entry) bool) []int {
	return v.at(func(e *flow.Entry) bool {
		asked := v.request(e)
		return asked != nil && asked.Request != nil && asked.Request.Endpoint == client.ServerKeys && !v.isProbe(e) && ok(e)
	}, flow.R)
}

// keyFetchesFailed returns the requests for the key document of server that brought none, by the Seq of what came instead.
func (v *view) keyFetchesFailed(server string) []int {
	return v.keyAnswers(func(e *flow.Entry) bool { return e.Server == server && !good(e) })
}

// missingWords fits the words to servers that had no part in the handshake but for what they signed.
func missingWords(v *view, f *Finding) {
	for _, seq := range f.Evidence {
		if e := v.trace.Entry(seq); e != nil && e.Step == flow.R && v.spoke(e.Server) {
			return
		}
	}
	f.Title = "A server is there, and does not give its keys"
	f.Cause = "Something answers under its name, or takes the request, and gives an error, or nothing, in place of the key document. The homeserver was given up and a web site stayed, a proxy does not pass /_matrix/key on, or the worker that serves the keys is down. Nothing that server signed can be checked."
	f.Advice = "Ask a notary, which may have the keys: `--notary NAME`. If the homeserver is still in use, its administrator has to have /_matrix/key passed on to it."
}
