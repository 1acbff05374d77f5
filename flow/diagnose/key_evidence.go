package diagnose

import (
	"slices"

	"doorstep/client"
	"doorstep/flow"
	"doorstep/flow/event"
	"doorstep/flow/verify"
)

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

// keysOf returns the keys that a key document lists, present and old.
func keysOf(doc []byte) []event.Member {
	var out []event.Member
	members, _ := event.Members(doc)
	for _, m := range members {
		if m.Key == "verify_keys" || m.Key == "old_verify_keys" {
			keys, _ := event.Members(m.Value)
			out = append(out, keys...)
		}
	}
	return out
}

// keyFailures returns what became of the requests for key documents that were not answered with one, by Seq.
func (v *view) keyFailures() []int {
	out := v.keyAnswers(func(e *flow.Entry) bool { return !good(e) })
	for i := range v.trace.Entries {
		if e := &v.trace.Entries[i]; e.Discovery != nil && e.To == flow.Joining && len(e.Discovery.Destinations) == 0 {
			out = append(out, e.Seq)
		}
	}
	return out
}

// isProbe reports whether an answer came when the handshake was over.
func (v *view) isProbe(e *flow.Entry) bool {
	heard := v.clientHeard()
	return v.Header.Probe && heard != nil && e.Seq > heard.Seq
}
