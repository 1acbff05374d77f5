package sandbox

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"doorstep/flow"
	"doorstep/flow/sandbox/engine"
	"doorstep/flow/verify"
)

// found are the checks of Doorstep's own that find the fault of a scenario, in order; no other may fail or warn.
var found = map[string][]string{
	"stale-template":       {"warn join_auth_events"},
	"members-omitted":      {"fail members_omitted"},
	"bad-signature":        {"fail signature"},
	"bad-hash":             {"fail content_hash"},
	"wrong-event-id":       {"fail returned_event_id"},
	"wrong-reference-hash": {"fail reference_hash"},
	"missing-auth-event":   {"fail closure"},
	"no-create":            {"fail create"},
	"two-creates":          {"fail create"},
	"duplicate-state":      {"fail duplicate_state"},
	"unauthorised-state":   {"fail authorisation"},
	// the rejected event, and the one that rests on it
	"rejected-auth-event":     {"fail authorisation", "fail authorisation"},
	"wrong-room-version":      {"fail create_room_version"},
	"expired-key":             {"fail key_validity"},
	"unknown-key":             {"fail signing_key"},
	"tampered-returned-event": {"fail returned_event"},
	"padded-auth-chain":       {"warn auth_chain_padding"},
	"create-listed-v12":       {"fail authorisation"},

	"answer-incomplete":        {"fail answer_shape"},
	"answer-of-other-form":     {"fail answer_shape"},
	"servers-unnamed":          {"fail servers_in_room"},
	"partial-state-incomplete": {"fail partial_state"},
	"restricted-unsigned":      {"fail join_auth", "fail join_auth_state", "fail returned_event"},
	"join-forbidden":           {"fail join_auth_state", "warn join_auth_events"},
	"create-unusable":          {"fail create", "fail signature"},
	"key-id-reused":            {"fail signature", "fail signature", "fail signature", "fail signature"},
	"server-rebuilt":           {"fail join_basis", "fail signing_key", "fail signing_key"},
	"unverifiable-auth-event":  {"fail signature"},
	"malformed-event":          {"fail event_format"},
	"foreign-event":            {"fail room_id"},
	"redacted-state": {"warn content_hash", "warn content_hash", "warn content_hash", "warn content_hash",
		"warn content_hash"},

	"risky-event":    {"warn event_format", "warn event_format", "warn event_format"},
	"large-unsigned": {"warn event_format"},

	"event-id-conflict":    {"fail event_id", "fail reference_hash", "warn event_copies"},
	"circular-auth-events": {"fail auth_cycle", "warn reference_hash"},

	"unreadable-returned-event": {"fail returned_event"},
}

// Walked through by Doorstep itself, each scenario whose answer is verified trips the checks it is about and no others.
func TestScenariosAreIsolated(t *testing.T) {
	for _, s := range Scenarios() {
		if s.Asked.Reject || ends[s.Name].at != "" || networkEnds[s.Name] != "" || ofCause(s.Name) && outcomes[s.Name] != "" &&
			found[s.Name] == nil {
			continue // it does not come to an answer
		}
		t.Run(s.Name, func(t *testing.T) {
			t.Parallel()
			run, stop, err := Join(t.Context(), s, engine.JoinOptions{})
			if err != nil {
				t.Fatal(err)
			}
			defer stop()
			run.Finish(t.Context())
			v := flow.Fold(run.Trace()).Verification
			if v == nil {
				t.Fatalf("nothing was verified: %+v", flow.Fold(run.Trace()).Stopped)
			}
			var got []string
			for _, c := range v.Checks {
				if c.Outcome == verify.Fail || c.Outcome == verify.Warn {
					got = append(got, c.Outcome.String()+" "+c.Kind.String())
				}
			}
			slices.Sort(got)
			if diff := cmp.Diff(found[s.Name], got); diff != "" {
				t.Errorf("checks (-want +got):\n%s", diff)
			}
		})
	}
}
