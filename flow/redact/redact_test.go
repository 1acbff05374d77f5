package redact_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"doorstep/flow"
	"doorstep/flow/diagnose"
	"doorstep/flow/flowtest"
	"doorstep/flow/recording"
	"doorstep/flow/redact"
	"doorstep/flow/verify"
)

// reread is a redacted trace as it comes out of a file.
func reread(t testing.TB, file []byte) flow.Trace {
	t.Helper()
	trace, err := recording.Read(bytes.NewReader(file))
	if err != nil {
		t.Fatalf("the redacted recording cannot be read: %v", err)
	}
	return trace
}

func ids(found []diagnose.Finding) []string {
	var out []string
	for _, f := range found {
		out = append(out, string(f.Severity)+" "+f.ID)
	}
	return out
}

// A redacted recording can be read, and tells of the same outcome, findings, arrows and times.
func TestFindingsSurvive(t *testing.T) {
	var before []string
	each(t, func(t *testing.T, trace flow.Trace) {
		state := flow.Fold(trace)
		out := reread(t, written(t, redact.Trace(trace, "doorstep test")))
		then := flow.Fold(out)
		if then.Outcome() != state.Outcome() || then.ExitCode(then.Outcome(), true) != state.ExitCode(state.Outcome(), true) {
			t.Errorf("outcome %s, before %s", then.Outcome(), state.Outcome())
		}
		if strings.HasSuffix(t.Name(), "/hostile") {
			return // its error codes are texts of its servers' own: they are taken out, and with them who spoke
		}
		found := diagnose.Findings(out, then)
		if d := cmp.Diff(ids(diagnose.Findings(trace, state)), ids(found)); d != "" {
			t.Errorf("findings (-before +after):\n%s", d)
		}
		for _, f := range found {
			if f.Before && !slices.Contains(before, f.ID) {
				before = append(before, f.ID)
			}
		}
		for _, id := range out.Header.Redacted.Found.Apparent {
			if !slices.Contains(mayAppear, id) {
				t.Errorf("it seems to show %s", id)
			}
		}
		if len(out.Entries) != len(trace.Entries) {
			t.Fatalf("%d entries, before %d", len(out.Entries), len(trace.Entries))
		}
		for i := range out.Entries {
			a, b := &trace.Entries[i], &out.Entries[i]
			if a.Seq != b.Seq || a.At != b.At || a.Took != b.Took || a.Kind != b.Kind || a.Step != b.Step || a.From != b.From ||
				a.To != b.To || a.Answers != b.Answers || a.Attempt != b.Attempt || a.Of != b.Of || a.Inferred != b.Inferred {
				t.Errorf("entry %d is another arrow", a.Seq)
			}
			if a.Response != nil && (a.Response.Status != b.Response.Status || a.Speaker() != b.Speaker()) {
				t.Errorf("entry %d: status %d of %v, before %d of %v", a.Seq, b.Response.Status, b.Speaker(), a.Response.Status,
					a.Speaker())
			}
		}
	})
	for _, id := range before {
		if !slices.Contains(mayVanish, id) {
			t.Errorf("%s does not show any more: it was found before", id)
		}
	}
	if len(before) < 10 {
		t.Errorf("only %v were found before", before)
	}
}

// mayAppear are findings about a refusal that nothing explains once the check that explained it cannot be made.
var mayAppear = []string{"homeserver-fails-after", "unexplained-refusal"}

// mayVanish are findings that rest on what is gone: on signatures, hashes and keys, on the size of what people wrote,
// and on the digits of a hash.
var mayVanish = []string{"bad-hash", "bad-signature", "create-unusable", "create-unverifiable", "expired-key",
	"key-document-unsigned", "key-id-reused", "keys-unavailable", "notary-not-believed", "redacted-events", "server-rebuilt",
	"tampered-returned-event", "unknown-key", "unverifiable-auth-event", "wrong-reference-hash", "join-too-large",
	"large-unsigned", "invalid-via"}

// stillSeen are faults that have nothing to do with what a signature or a hash says: there is none, or no event.
var stillSeen = []verify.Fault{verify.Unsigned, verify.OwnSignatureGone, verify.NotCosigned, verify.NotReturned,
	verify.Unreadable, verify.BadField}

// What rests on what is gone is not checked, and says so; nothing that failed for it passes.
func TestChecksThatAreGone(t *testing.T) {
	gone := []verify.Kind{verify.KindSigningKey, verify.KindKeyValidity, verify.KindSignature, verify.KindContentHash,
		verify.KindReferenceHash, verify.KindCreateRoomID, verify.KindReturnedEvent}
	typed, verified := 0, 0
	each(t, func(t *testing.T, trace flow.Trace) {
		v := flow.Fold(redact.Trace(trace, "doorstep test")).Verification
		if v == nil {
			return
		}
		verified++
		for c := range v.All() {
			if !slices.Contains(gone, c.Kind) {
				continue
			}
			if c.Outcome == verify.NotChecked && c.Fault == verify.RecordingRedacted {
				typed++
			}
			switch {
			case c.Outcome == verify.Pass || c.Outcome == verify.Warn,
				c.Outcome == verify.Fail && !slices.Contains(stillSeen, c.Fault):
				t.Errorf("%s of %s: %s, %s", c.Kind, c.Subject, c.Outcome, c.Detail)
			}
		}
	})
	if typed < 5*verified || verified < 100 {
		t.Errorf("%d checks say that the recording is redacted, of %d verifications", typed, verified)
	}
}

// Redacting is deterministic, and redacting again changes nothing.
func TestAgain(t *testing.T) {
	each(t, func(t *testing.T, trace flow.Trace) {
		once := written(t, redact.Trace(trace, "doorstep test"))
		if other := written(t, redact.Trace(trace, "doorstep test")); !bytes.Equal(once, other) {
			t.Errorf("the second time it is another:\n%s", cmp.Diff(string(once), string(other)))
		}
		if twice := written(t, redact.Trace(reread(t, once), "doorstep other")); !bytes.Equal(once, twice) {
			t.Errorf("redacted twice (-once +twice):\n%s", cmp.Diff(lines(once), lines(twice)))
		}
	})
}

func lines(b []byte) []string {
	var out []string
	for l := range bytes.Lines(b) {
		out = append(out, string(l))
	}
	return out
}

// Recordings of the sandbox, and what comes of redacting any, are as the schema of the format has them.
func TestSchemaHolds(t *testing.T) {
	each(t, func(t *testing.T, trace flow.Trace) {
		for _, file := range [][]byte{written(t, trace), written(t, redact.Trace(trace, "doorstep test"))} {
			for line := range bytes.Lines(file) {
				if err := flowtest.Obeys(line); err != nil {
					t.Fatalf("%s\n%v", line[:min(len(line), 1500)], err)
				}
			}
		}
	})
}
