package verify_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"doorstep/flow/event"
	"doorstep/flow/flowtest"
	"doorstep/flow/verify"
)

func TestWorkedExample(t *testing.T) {
	for _, version := range event.Versions() {
		t.Run("v"+version.ID, func(t *testing.T) {
			r := flowtest.Worked(t, version.ID, nil)
			v := r.Verified(flowtest.WorkedAnswer())
			if got := r.NotPassed(v); len(got) > 0 {
				t.Errorf("did not pass: %q", got)
				for _, c := range v.Checks {
					if c.Outcome != verify.Pass {
						t.Logf("%+v", c)
					}
				}
			}
			if v.Invalid != "" || v.Unproven != "" {
				t.Errorf("invalid %q, unproven %q", v.Invalid, v.Unproven)
			}
			want := verify.ReplyCounts{State: 6, AuthChain: 6, Both: 4, StateOnly: 2, AuthChainOnly: 2, Events: 8, Signatures: 8}
			if diff := cmp.Diff(want, v.Counts); diff != "" {
				t.Error(diff)
			}
			n := 0
			for range v.All() {
				n++
			}
			if all := v.Tally(verify.NoKind); all.Pass != n || all.Fail+all.Warn+all.NotChecked > 0 {
				t.Errorf("%d checks in all, counted %+v", n, all)
			}
		})
	}
}
