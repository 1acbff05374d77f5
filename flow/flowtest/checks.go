package flowtest

import (
	"fmt"
	"reflect"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"doorstep/flow/diagnose"
	"doorstep/flow/verify"
)

// CheckOf returns the check of that ID that is no pass; the zero Check when there is none.
func CheckOf(v *verify.Verification, id string) verify.Check {
	for _, c := range v.Checks {
		if c.Kind.String() == id && c.Outcome != verify.Pass {
			return c
		}
	}
	return verify.Check{}
}

// FailsWith reports whether a check of that ID failed with that fault.
func FailsWith(v *verify.Verification, id string, f verify.Fault) bool {
	for _, c := range v.Checks {
		if c.Kind.String() == id && c.Outcome == verify.Fail && c.Fault == f {
			return true
		}
	}
	return false
}

// Consistent checks what holds of every verification: All repeats Checks and tells of the rest, the tally counts
// both, and every check has words.
func Consistent(t *testing.T, v *verify.Verification) {
	t.Helper()
	var counted verify.Tally
	kept := v.Checks // those that All has still to repeat
	bySubject := map[string][]verify.Check{}
	for c := range v.All() {
		switch c.Outcome {
		case verify.Pass:
			counted.Pass++
		case verify.Warn:
			counted.Warn++
		case verify.Fail:
			counted.Fail++
		default:
			counted.NotChecked++
		}
		if c.Kind == verify.NoKind || c.Subject == "" || c.Rule == "" || c.Detail == "" {
			t.Errorf("a check says too little: %+v", c)
		}
		if c.Outcome == verify.Fail && c.Fault == "" && slices.Contains(faultKinds, c.Kind.String()) {
			t.Errorf("a check that can fail for several reasons does not say which: %+v", c)
		}
		if len(kept) > 0 && reflect.DeepEqual(c, kept[0]) {
			kept = kept[1:]
		}
		bySubject[c.Subject] = append(bySubject[c.Subject], c)
	}
	if got := v.Tally(verify.NoKind); got != counted {
		t.Errorf("tally %+v, counted %+v", got, counted)
	}
	if len(kept) > 0 {
		t.Errorf("All does not repeat Checks in their order, from this one on: %+v", kept[0])
	}
	told := v.Counted() // that did not pass; an event of the answer may be our join as well, whose passed checks are kept
	for _, c := range v.Checks {
		if c.Outcome != verify.Pass {
			told++
		}
	}
	if all := counted.Warn + counted.Fail + counted.NotChecked; all != told {
		t.Errorf("%d checks did not pass, and %d are told of", all, told)
	}
	skipped := map[verify.Kind]bool{} // what All says once for all events, Of says of each
	for _, c := range bySubject["answer"] {
		skipped[c.Kind] = c.Outcome == verify.NotChecked
	}
	for subject, want := range bySubject {
		got := v.Of(subject)
		if subject != "answer" {
			got = slices.DeleteFunc(got, func(c verify.Check) bool {
				return c.Outcome == verify.NotChecked && skipped[c.Kind] && !slices.ContainsFunc(want,
					func(w verify.Check) bool { return reflect.DeepEqual(c, w) })
			})
		}
		if a, b := spelled(want), spelled(got); !slices.Equal(a, b) {
			t.Errorf("checks of %s (-All +Of):\n%s", subject, cmp.Diff(a, b))
		}
	}
}

// faultKinds are the checks that can fail for several reasons, or that a finding decides by.
var faultKinds = []string{"answer_shape", "create", "create_room_version", "event_format", "event_id", "signature",
	"signing_key", "key_validity",
	"content_hash", "authorisation", "returned_event", "returned_event_id", "join_basis", "join_auth", "join_auth_state"}

// spelled are checks as text, in order.
func spelled(checks []verify.Check) []string {
	out := make([]string, 0, len(checks))
	for _, c := range checks {
		out = append(out, fmt.Sprintf("%+v", c))
	}
	slices.Sort(out)
	return out
}

// IDs gives findings as "severity ID".
func IDs(found []diagnose.Finding) (out []string) {
	for _, f := range found {
		out = append(out, fmt.Sprintf("%s %s", f.Severity, f.ID))
	}
	return out
}

// FindingOf returns the finding with that ID; nil when there is none.
func FindingOf(found []diagnose.Finding, id string) *diagnose.Finding {
	if i := slices.IndexFunc(found, func(f diagnose.Finding) bool { return f.ID == id }); i >= 0 {
		return &found[i]
	}
	return nil
}
