package flow

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"doorstep/flow/event"
)

func TestWorkedExample(t *testing.T) {
	for _, version := range event.Versions() {
		t.Run("v"+version.ID, func(t *testing.T) {
			r := worked(t, version.ID, nil)
			v := r.verified(workedAnswer())
			if got := r.notPassed(v); len(got) > 0 {
				t.Errorf("did not pass: %q", got)
				for _, c := range v.Checks {
					if c.Outcome != Pass {
						t.Logf("%+v", c)
					}
				}
			}
			if v.Invalid != "" || v.Unproven != "" {
				t.Errorf("invalid %q, unproven %q", v.Invalid, v.Unproven)
			}
			want := ReplyCounts{State: 6, AuthChain: 6, Both: 4, StateOnly: 2, AuthChainOnly: 2, Events: 8, Signatures: 8}
			if diff := cmp.Diff(want, v.Counts); diff != "" {
				t.Error(diff)
			}
			n := 0
			for range v.All() {
				n++
			}
			if all := v.Tally(""); all.Pass != n || all.Fail+all.Warn+all.NotChecked > 0 {
				t.Errorf("%d checks in all, counted %+v", n, all)
			}
		})
	}
}
