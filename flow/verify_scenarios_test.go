package flow_test

import (
	"fmt"
	"slices"
	"testing"

	"doorstep/flow"
	"doorstep/flow/sandbox"

	"github.com/google/go-cmp/cmp"
)

// What does not pass in each scenario of the sandbox that gets as far as an answer: the check it is named for and, but for
// what cannot be looked at any more, no other. Scenarios that are not listed pass every check.
var notPassed = map[string][]string{
	"stale-template":  {"warn join_auth_events /auth_events"},
	"members-omitted": {"fail members_omitted /members_omitted", "not_checked servers_in_room /servers_in_room"},
	"bad-signature": {
		"fail signature /state/8/signatures/other.example/ed25519:2", "not_checked authorisation /state/8",
	},
	"bad-hash":                {"fail content_hash /state/8/hashes/sha256"},
	"wrong-event-id":          {"fail returned_event_id /event", "not_checked returned_event /event"},
	"wrong-reference-hash":    {"fail reference_hash /state/9/auth_events/2/1/sha256"},
	"missing-auth-event":      {"fail closure /state/10/auth_events", "not_checked authorisation /state/10"},
	"duplicate-state":         {"fail duplicate_state /state/12"},
	"unauthorised-state":      {"fail authorisation /state/12"},
	"rejected-auth-event":     {"fail authorisation /state/12", "fail authorisation /auth_chain/10"},
	"tampered-returned-event": {"fail returned_event /event/content"},
	"padded-auth-chain":       {"warn auth_chain_padding /auth_chain/9"},
	"create-listed-v12":       {"fail authorisation /state/8"},
	"expired-key": {
		"fail key_validity /state/8/signatures/other.example/ed25519:1",
		"not_checked signature /state/8/signatures/other.example", "not_checked authorisation /state/8",
	},
	"unknown-key": {
		"fail signing_key /state/8/signatures/other.example",
		"not_checked signature /state/8/signatures/other.example", "not_checked authorisation /state/8",
	},
	"no-create": {"fail create /state"},
	"two-creates": {
		"fail create /auth_chain/8", "not_checked authorisation ",
		"not_checked join_auth ", "not_checked join_auth_state ", "not_checked join_auth_events ",
	},
	"wrong-room-version": {
		"fail create_room_version /state/0/content/room_version",
		"not_checked event_format ", "not_checked event_id ", "not_checked room_id ", "not_checked signing_key ",
		"not_checked key_validity ", "not_checked signature ", "not_checked content_hash ", "not_checked closure ",
		"not_checked authorisation ", "not_checked join_auth ", "not_checked join_auth_state ", "not_checked join_auth_events ",
	},
}

// The scenarios whose answer is refused as a whole. In the others the join stands.
var refused = []string{"members-omitted", "duplicate-state", "no-create", "two-creates", "wrong-room-version"}

func TestScenariosFailWhatTheyName(t *testing.T) {
	for _, scenario := range sandbox.Scenarios() {
		t.Run(scenario.Name, func(t *testing.T) {
			t.Parallel()
			run, stop, err := sandbox.Join(t.Context(), scenario, sandbox.JoinOptions{})
			if err != nil {
				t.Fatal(err)
			}
			defer stop()
			run.Finish(t.Context())
			s := flow.Fold(run.Trace())
			v := s.Verification
			if v == nil {
				if _, listed := notPassed[scenario.Name]; listed {
					t.Fatal("it does not get as far as an answer")
				}
				return
			}
			var got []string
			for _, c := range v.Checks {
				if c.Outcome != flow.Pass {
					got = append(got, fmt.Sprintf("%s %s %s", c.Outcome, c.ID, c.Field))
				}
			}
			if diff := cmp.Diff(notPassed[scenario.Name], got); diff != "" {
				t.Errorf("checks not passed (-want +got):\n%s", diff)
			}
			if invalid := slices.Contains(refused, scenario.Name); invalid != (v.Invalid != "") || v.Unproven != "" {
				t.Errorf("invalid: %q, unproven: %q", v.Invalid, v.Unproven)
			}
		})
	}
}
