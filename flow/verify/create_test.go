package verify_test

import (
	"strings"
	"testing"

	"doorstep/flow"
	"doorstep/flow/diagnose"
	"doorstep/flow/event"
	"doorstep/flow/flowtest"
	"doorstep/flow/verify"
)

// A create event that rule 1 rejects makes the create event unusable and the join invalid, in every version and
// whichever point of the rule it is; the check and the first finding name it.
func TestRejectedCreate(t *testing.T) {
	set := func(key string, value any) flowtest.Change {
		return flowtest.Change{Set: func(f map[string]any) { f[key] = value }}
	}
	for _, version := range event.Versions() {
		rejects := func(content string) flowtest.Change {
			return flowtest.Change{Content: strings.ReplaceAll(content, "VERSION", version.ID)}
		}
		prev := set("prev_events", []any{"$" + strings.Repeat("A", 43)})
		if version.HashPairs {
			prev = set("prev_events", []any{[]any{"$x:a.example", map[string]string{"sha256": strings.Repeat("A", 43)}}})
		}
		type test struct {
			bend  flowtest.Change
			rule  string // empty: it is dropped for its format, and the rule is named next to it
			says  string
			check string
		}
		tests := map[string]test{
			"prev_events": {prev, "1.1", "rule 1.1", "create"},
			"an unknown version": {rejects(`{"creator":"@alice:a.example","room_version":"org.example.none"}`), "1.3",
				"Rule 1.3", "create_room_version"},
			"a version that is no string": {rejects(`{"creator":"@alice:a.example","room_version":7}`), "1.3", "Rule 1.3",
				"create_room_version"},
		}
		if version.CreatorField {
			tests["no creator"] = test{rejects(`{"room_version":"VERSION"}`), "1.4", "rule 1.4", "create"}
		}
		if version.RoomIDIsCreate {
			tests["a room_id"] = test{set("room_id", "!room:a.example"), "", "rule 1.2 rejects it", "create"}
			tests["creators that are no list"] = test{rejects(`{"room_version":"VERSION","additional_creators":{}}`), "1.4",
				"rule 1.4", "create"}
			tests["creators that are no users"] = test{rejects(`{"room_version":"VERSION","additional_creators":["alice"]}`),
				"1.4", "rule 1.4", "create"}
			tests["creators that are numbers"] = test{rejects(`{"room_version":"VERSION","additional_creators":[5]}`), "1.4",
				"rule 1.4", "create"}
		} else {
			tests["a room of another domain"] = test{foundedBy("@bob:b.example"), "1.2", "rule 1.2", "create"}
		}
		for name, c := range tests {
			r := flowtest.Worked(t, version.ID, map[string]flowtest.Change{"C": c.bend})
			s := r.After(r.Body(flowtest.WorkedAnswer()))
			s.Verification = s.Verify()
			v := s.Verification
			check := flowtest.CheckOf(v, c.check)
			if check.Outcome != verify.Fail || v.Invalid != check.Detail || !strings.Contains(check.Detail,
				c.says) || c.rule != "" && check.Rule != c.rule {
				t.Errorf("version %s, %s: %+v, invalid %q", version.ID, name, check, v.Invalid)
			}
			raw, err := flow.VerifyRaw(flow.RawReply{RoomVersion: version.ID, Answer: r.Body(flowtest.WorkedAnswer()),
				Keys: r.KeyFile(), Join: r.Events["join"].Raw(), Now: flowtest.FetchedAt()})
			if err != nil {
				t.Fatal(err)
			}
			if found := diagnose.RawFindings(raw); raw.Outcome() != flow.Invalid || len(found) == 0 ||
				found[0].ID != "create-unusable" || found[0].Severity != diagnose.SeverityError {
				t.Errorf("version %s, %s: %s, findings %+v", version.ID, name, raw.Outcome(), found)
			}
			flowtest.Consistent(t, v)
		}
	}
}

// foundedBy has the create event sent by another user, and signed by their server, too.
func foundedBy(user string) flowtest.Change {
	return flowtest.Change{Unsigned: true, Set: func(f map[string]any) { f["sender"] = user },
		After: func(e *event.Event) (*event.Event, error) {
			for _, server := range []string{"a.example", "b.example"} {
				var err error
				if e, err = e.Sign(server, flowtest.KeyOf(server)); err != nil {
					return nil, err
				}
			}
			return e, nil
		}}
}
