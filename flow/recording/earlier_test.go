package recording_test

import (
	"path/filepath"
	"slices"
	"testing"

	"doorstep/flow"
	"doorstep/flow/diagnose"
	"doorstep/flow/recording"
)

// Recordings in every form that version 1 has had are read today: FORMAT.md says what came with each.
func TestEveryFormIsRead(t *testing.T) {
	has := func(trace flow.Trace, what func(e *flow.Entry) bool) bool {
		return slices.ContainsFunc(trace.Entries, func(e flow.Entry) bool { return what(&e) })
	}
	forms := map[string]struct {
		outcome flow.Outcome
		finding string // the first; empty: none
		holds   func(flow.Trace) bool
	}{
		"1-words": {flow.Joined, "", func(trace flow.Trace) bool { // the facts are read from the words
			return has(trace, func(e *flow.Entry) bool { return e.Failure != nil && e.Failure.Reason == "refused" })
		}},
		"2-facts": {flow.Joined, "", func(trace flow.Trace) bool {
			return has(trace, func(e *flow.Entry) bool { return e.Discovery != nil && e.Discovery.Steps[0].Kind == "sandbox" })
		}},
		"3-part": {flow.Failed, "truncated-answer", func(trace flow.Trace) bool {
			return has(trace, func(e *flow.Entry) bool { return e.Kind == flow.Failure && e.Response != nil })
		}},
		"4-altered": {flow.Joined, "authorization-stripped", func(trace flow.Trace) bool {
			return has(trace, func(e *flow.Entry) bool { return e.Altered != nil && e.Altered.Mutation == "request-unsigned" })
		}},
		"6-imported": {flow.Joined, "connection-closed", func(trace flow.Trace) bool {
			return trace.Header.Imported != nil && trace.Header.Source == flow.SourceImport
		}},
		"7-logged": {flow.Joined, "", func(trace flow.Trace) bool {
			return trace.Header.Logged() && has(trace, func(e *flow.Entry) bool { return e.Kind == flow.Gap }) &&
				has(trace, func(e *flow.Entry) bool { return e.Response != nil && e.Response.Unseen })
		}},
		"8-flows": {flow.Refused, "banned", func(trace flow.Trace) bool {
			return trace.Header.Imported.From == "mitmproxy" && has(trace, func(e *flow.Entry) bool {
				return e.Connection != nil && e.Connection.TLS != nil && e.Connection.TLS.Unchecked
			})
		}},
		"9-watched": {flow.Joined, "keys-unavailable", func(trace flow.Trace) bool {
			return trace.Header.Watched() && trace.Header.Imported.From == flow.SourceTap &&
				has(trace, func(e *flow.Entry) bool { return e.By == flow.ByTap })
		}},
		"10-hosted": {flow.Refused, "banned", func(trace flow.Trace) bool {
			return trace.Header.Source == flow.SourceHost &&
				has(trace, func(e *flow.Entry) bool { return e.Authenticated != nil && e.Authenticated.Reason == "" }) &&
				has(trace, func(e *flow.Entry) bool { return e.Exited != nil && e.Exited.Code == 1 })
		}},
		"11-held": {flow.NotProven, "bad-signature", func(trace flow.Trace) bool {
			return has(trace, func(e *flow.Entry) bool {
				return e.Held > 0 && e.Altered != nil && e.Altered.Response != nil && e.Altered.Mutation == "state-signature-broken"
			})
		}},
		"5-redacted": {flow.Joined, "", func(trace flow.Trace) bool {
			return trace.Header.Redacted != nil && trace.Header.Redacted.Found.Outcome == flow.Joined
		}},
	}
	files, err := filepath.Glob("testdata/earlier/*.jsonl")
	if err != nil || len(files) != len(forms) {
		t.Fatalf("%d files, %v", len(files), err)
	}
	for name, want := range forms {
		trace, err := recording.Open("testdata/earlier/" + name + ".jsonl")
		if err != nil {
			t.Error(err)
			continue
		}
		state := flow.Fold(trace)
		if got := state.Outcome(); got != want.outcome {
			t.Errorf("%s: outcome %s, want %s", name, got, want.outcome)
		}
		first := ""
		if found := diagnose.Findings(trace, state); len(found) > 0 {
			first = found[0].ID
		}
		if first != want.finding {
			t.Errorf("%s: the first finding is %q, want %q", name, first, want.finding)
		}
		if !want.holds(trace) {
			t.Errorf("%s: what came with that form is not there", name)
		}
	}
}
