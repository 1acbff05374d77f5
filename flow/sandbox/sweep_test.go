package sandbox

import (
	"bytes"
	"context"
	"slices"
	"strings"
	"sync"
	"testing"

	"doorstep/flow"
	"doorstep/flow/diagnose"
	"doorstep/flow/export"
	"doorstep/flow/recording"
	"doorstep/flow/response"
	"doorstep/flow/sandbox/engine"
)

// outcomes says how the scenarios of causes end in which the join does not stand; all others end joined.
var outcomes = map[string]flow.Outcome{
	"inviter-left": flow.Refused, "invite-not-propagated": flow.Refused, "alias-moved": flow.Invalid,
	"address-not-proven": flow.Refused, "address-invite-revoked": flow.Refused, "invite-rejected": flow.Verified,
	"nobody-invites": flow.TimedOut, "rejection-refused": flow.Refused,
	"directory-silent": flow.TimedOut, "directory-error": flow.Refused, "directory-answer-broken": flow.Invalid,
	"stale-candidates": flow.Refused,
	"no-candidates":    flow.Unreachable, "no-via-v12": flow.Unreachable, "room-id-as-server": flow.Unreachable,
	"invalid-via":   flow.Unreachable,
	"too-many-vias": flow.Failed, "first-refusal-final": flow.Refused,
	"client-rate-limited": flow.Refused, "join-in-progress": flow.Refused, "room-too-complex": flow.Refused,
	"own-server-refuses": flow.Refused,
	"client-gave-up":     flow.TimedOut,

	"proxy-decodes-path": flow.Refused, "signature-refused": flow.Refused, "authorization-stripped": flow.Refused,
	"authorization-malformed": flow.Refused, "wrong-destination": flow.Refused, "endpoint-unrecognised": flow.Refused,
	"gateway-error": flow.Failed, "proxy-limits": flow.Failed, "user-id-refused": flow.Refused,
	"room-abandoned":    flow.Unreachable,
	"join-fate-unknown": flow.Failed, "gateway-at-send-join": flow.Failed, "empty-answer": flow.Invalid,
	"escaped-path-refused": flow.Failed,
	"leave-held":           flow.Failed,
	"connection-closed":    flow.Unreachable, "bare-internal-error": flow.Refused, "room-unknown": flow.Refused,
	"candidate-left": flow.Refused, "candidate-partial": flow.Refused, "room-dead": flow.Refused,
	"version-not-offered": flow.Refused,
	"federation-denied":   flow.Refused, "unable-to-authorise": flow.Refused, "unable-to-grant": flow.Refused,
	"restricted-race": flow.Refused, "authoriser-gone": flow.Refused,
	"unexplained-refusal":     flow.Refused,
	"own-certificate-refused": flow.Refused, "probe-own-key-differs": flow.Refused,
	"probe-proxy-decodes-path": flow.Refused, "probe-key-unreachable": flow.Refused,
	"template-unreadable": flow.Refused, "template-wrong-form": flow.Refused, "depth-out-of-range": flow.Refused,
	"template-not-canonical": flow.Refused, "event-id-refused": flow.Refused, "join-too-large": flow.Refused,

	"half-joined": flow.Failed, "resident-gone": flow.Unreachable, "send-join-timeout": flow.TimedOut,
	"answer-too-large": flow.Failed, "send-join-unrecognised": flow.Refused,
	"body-too-large": flow.Failed, "join-signature-refused": flow.Refused,
	"answer-incomplete": flow.Invalid, "answer-of-other-form": flow.Invalid, "servers-unnamed": flow.Invalid,
	"restricted-unsigned": flow.Invalid, "authoriser-left-out": flow.Invalid,
	"join-forbidden": flow.Invalid, "create-unusable": flow.Invalid, "create-rejected": flow.Invalid,
	"create-unverifiable": flow.Invalid, "server-rebuilt": flow.Invalid,
	"key-document-other-name": flow.Invalid, "key-document-other-case": flow.Invalid,
	"key-document-unsigned": flow.Invalid,
	"key-document-unusable": flow.Invalid, "key-document-missing": flow.Invalid, "key-document-expired": flow.Invalid,

	"not-invited": flow.Refused, "banned": flow.Refused, "knock-only": flow.Refused, "restricted-refused": flow.Refused,
	"unfederated": flow.Refused,
	"server-acl":  flow.Refused, "unknown-alias": flow.Refused, "directory-down": flow.Unreachable,
	"no-candidate-answers": flow.Unreachable,
	"incompatible-version": flow.Refused, "rate-limited": flow.Refused, "html-answer": flow.Failed,
	"key-unreachable":   flow.Refused,
	"wrong-certificate": flow.Unreachable, "incomplete-chain": flow.Unreachable, "lying-template": flow.Refused,
	"slow-answer":      flow.TimedOut,
	"truncated-answer": flow.Failed, "lost-answer": flow.Failed, "members-omitted": flow.Invalid,
	"no-create": flow.Invalid, "two-creates": flow.Invalid, "duplicate-state": flow.Invalid,
	"wrong-room-version": flow.Invalid,
}

// ofCause reports whether a scenario is one of those of causes.
func ofCause(name string) bool {
	return slices.ContainsFunc(causeScenarios(), func(s engine.Scenario) bool { return s.Name == name })
}

// sweep runs every scenario that has no network of its own once, and keeps the traces. A few run at a time: most of
// what a scenario takes is waiting.
var sweep = sync.OnceValue(func() map[string]flow.Trace {
	const atATime = 8
	var wg sync.WaitGroup
	var mu sync.Mutex
	traces := map[string]flow.Trace{}
	turns := make(chan struct{}, atATime)
	for _, s := range Scenarios() {
		if s.Network != nil {
			continue
		}
		wg.Add(1)
		go func() {
			defer wg.Done()
			turns <- struct{}{}
			defer func() { <-turns }()
			run, stop, err := Join(context.Background(), s, engine.JoinOptions{Tool: "test"})
			if err != nil {
				return // its trace is missed
			}
			defer stop()
			run.Finish(context.Background())
			mu.Lock()
			defer mu.Unlock()
			traces[s.Name] = run.Trace()
		}()
	}
	wg.Wait()
	return traces
})

// Every scenario ends as it should, its first finding is the one it is named for, and where the join stands nothing
// is an error.
func TestFindings(t *testing.T) {
	traces := sweep()
	for _, s := range Scenarios() {
		if s.Network != nil {
			continue
		}
		t.Run(s.Name, func(t *testing.T) {
			trace, ok := traces[s.Name]
			if !ok {
				t.Fatal("it did not start")
			}
			want := outcomes[s.Name]
			if want == "" {
				want = flow.Joined
			}
			state := flow.Fold(trace)
			if got := state.Outcome(); got != want {
				t.Errorf("outcome %s, want %s; stopped %+v", got, want, state.Stopped)
			}
			found := diagnose.Findings(trace, flow.Fold(trace))
			var ids []string
			for _, f := range found {
				ids = append(ids, string(f.Severity)+" "+f.ID)
				if want == flow.Joined && f.Severity == "error" {
					t.Errorf("the join stands, and %s is an error", f.ID)
				}
				if f.Title == "" || f.Cause == "" || f.Advice == "" || f.Step == "" || len(f.Evidence) == 0 {
					t.Errorf("incomplete: %+v", f)
				}
				for _, seq := range f.Evidence {
					if trace.Entry(seq) == nil {
						t.Errorf("%s rests on entry %d, which does not exist", f.ID, seq)
					}
				}
			}
			switch {
			case s.Finding != "" && (len(found) == 0 || found[0].ID != s.Finding):
				t.Errorf("findings %q, want %s first", ids, s.Finding)
			case s.Finding != "" && want != flow.Joined && found[0].Severity != "error":
				t.Errorf("it failed, and %s is no error", s.Finding)
			}
		})
	}
	for name := range outcomes {
		if _, ok := Lookup(name); !ok {
			t.Errorf("no scenario is called %q", name)
		}
	}
}

// A handshake that is still under way has no errors, at no moment, and one can look at it at every moment.
func TestFindingsUnderWay(t *testing.T) {
	for name, trace := range sweep() {
		for n := range trace.Entries {
			before := trace.Prefix(n)
			stopped := flow.Fold(before).Stopped != nil
			for _, f := range diagnose.Findings(before, flow.Fold(before)) {
				if f.Severity == "error" && !stopped {
					t.Errorf("%s: after %d entries %s is an error", name, n, f.ID)
				}
				if f.Evidence[len(f.Evidence)-1] > n {
					t.Errorf("%s: after %d entries %s rests on entry %d", name, n, f.ID, f.Evidence[len(f.Evidence)-1])
				}
			}
		}
	}
}

// What is found follows from the recording alone: read back, it says the same.
func TestFindingsOfRecordings(t *testing.T) {
	for name, trace := range sweep() {
		var b bytes.Buffer
		if err := recording.Write(&b, trace); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		again, err := recording.Read(&b)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		ids := func(list []diagnose.Finding) (out []string) {
			for _, f := range list {
				out = append(out, string(f.Severity)+" "+f.ID)
			}
			return out
		}
		if want, got := ids(diagnose.Findings(trace, flow.Fold(trace))), ids(diagnose.Findings(again, flow.Fold(again))); !slices.Equal(want, got) {
			t.Errorf("%s: live %q, read back %q", name, want, got)
		}
	}
}

// What is said of a join that did not come to its good end fits what became of it, at every moment of every scenario.
func TestFateIsToldAlike(t *testing.T) {
	for name, trace := range sweep() {
		for n := range len(trace.Entries) + 1 {
			before := trace.Prefix(n)
			s := flow.Fold(before)
			_, maybe := s.LeftBehind()
			if maybe != (s.UndoCommand() != nil) || maybe && !s.Fate().MayStand() {
				t.Errorf("%s after %d entries: fate %s, left behind %t, undo %q", name, n, s.Fate(), maybe, s.UndoCommand())
			}
			if n < len(trace.Entries) {
				continue
			}
			r := export.NewReport(trace, flow.Fold(trace), export.ReportOptions{})
			if r.MayHaveJoined != maybe || (r.Undo != "") != maybe || r.Fate != s.Fate().String() ||
				r.ExitCode != s.ExitCode(s.Outcome(), false) {
				t.Errorf("%s: fate %s, and the report says %s, may %t, undo %q, exit code %d", name, s.Fate(), r.Fate,
					r.MayHaveJoined, r.Undo, r.ExitCode)
			}
			f := s.Stopped
			if r.Outcome == flow.Refused && f.Refusal != nil && f.Refusal.Speaker != response.Homeserver {
				t.Errorf("%s: refused, by %s", name, f.Refusal.Speaker.Who("it"))
			}
			if s.Fate() == flow.FateUnknown && !strings.Contains(r.Why, "may have") || !s.Fate().MayStand() &&
				strings.Contains(r.Why, "may have") {
				t.Errorf("%s: fate %s: %s", name, s.Fate(), r.Why)
			}
			if strings.Contains(r.Why, "no join candidate answered") && !slices.ContainsFunc(trace.Entries,
				func(e flow.Entry) bool { return e.Step == flow.A4 }) {
				t.Errorf("%s: nobody was asked: %s", name, r.Why)
			}
		}
	}
}
