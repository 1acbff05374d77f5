package verify_test

import (
	"encoding/json"
	"strings"
	"testing"

	"doorstep/flow/auth"
	"doorstep/flow/event"
	"doorstep/flow/flowtest"
	"doorstep/flow/verify"
)

const aRedaction = `{"type":"m.room.redaction","room_id":"!room:a.example","sender":"@mod:a.example","content":{"reason":"rude \u001b[31m words"},"redacts":"$x","event_id":"$red:a.example"}`

// redactable are the events of the worked example that hold something redaction takes away, once given this content.
func redactable(version string) map[string]string {
	levels := `{"users":{"@alice:a.example":100,"@bob:b.example":50},"invite":0,"notifications":{"room":20}}`
	rules := `{"join_rule":"public","note":"x"}`
	create := `{"creator":"@alice:a.example","room_version":"` + version + `","note":"x"}`
	if version == "12" {
		levels = `{"users":{"@bob:b.example":50},"invite":0,"notifications":{"room":20}}`
	}
	out := map[string]string{
		"P1": levels, "P2": levels, "J1": rules, "N": `{"name":"x"}`,
		"M1": `{"membership":"join","displayname":"Alice"}`, "M2": `{"membership":"join","displayname":"Bob","reason":"x"}`,
	}
	if version == "1" { // redaction drops room_version, and what has none is of version 1
		out["C"] = create
	}
	return out
}

// An event that is what redaction leaves of itself was redacted: a remark and nothing else, in every version, whether
// it is in state or in auth_chain, and however little is said about it. The join stands.
func TestRedactedEvents(t *testing.T) {
	for _, version := range event.Versions() {
		for name, content := range redactable(version.ID) {
			for form, unsigned := range map[string]string{
				"bare":    "",
				"Synapse": `{"age":5,"redacted_because":` + aRedaction + `}`,
				"Dendrite": `{"redacted_because":{"EventNID":7,"PDU":` + aRedaction +
					`,"Rejected":false},"redacted_by":"$red:a.example"}`,
				"nonsense": `{"redacted_because":5,"redacted_by":["x"]}`,
			} {
				r := flowtest.Worked(t, version.ID, map[string]flowtest.Change{name: {Content: content,
					After: flowtest.RedactedAs(unsigned)}})
				v := r.Verified(flowtest.WorkedAnswer())
				if got, want := strings.Join(r.NotPassed(v), "; "), "warn content_hash "+name; got != want {
					t.Errorf("version %s, %s, %s: %q, want %q", version.ID, name, form, got, want)
					continue
				}
				c := flowtest.CheckOf(v, "content_hash")
				if c.Fault != verify.Redacted || !strings.Contains(c.Detail, r.Events[name].Type()) {
					t.Errorf("version %s, %s, %s: %+v", version.ID, name, form, c)
				}
				told := form == "Synapse" || form == "Dendrite"
				if told != strings.Contains(c.Detail, `$red:a.example, sent by @mod:a.example, with the reason "rude \x1b[31m words"`) {
					t.Errorf("version %s, %s, %s: %s", version.ID, name, form, c.Detail)
				}
				if v.Invalid != "" || v.Unproven != "" {
					t.Errorf("version %s, %s, %s: invalid %q, unproven %q", version.ID, name, form, v.Invalid, v.Unproven)
				}
				flowtest.Consistent(t, v)
			}
		}
	}
}

// The work on a redacted event names the redaction, and the rules get what is left of the event.
func TestWorkOnRedacted(t *testing.T) {
	for _, version := range event.Versions() {
		r := flowtest.Worked(t, version.ID, map[string]flowtest.Change{"M2": {Content: redactable(version.ID)["M2"],
			After: flowtest.RedactedAs(
				`{"redacted_because":` + aRedaction + `}`)}})
		s := r.After(r.Body(flowtest.WorkedAnswer()))
		s.Verification = s.Verify()
		for name, want := range map[string]bool{"M2": true, "N": false} {
			w := s.ShowWork(r.Events[name].ID())[0]
			if (w.Redacted != nil) != want || w.ByAuthEvents.Outcome != auth.Allowed || w.ByAuthEvents.Result() != verify.Pass {
				t.Errorf("version %s, %s: %+v, %+v", version.ID, name, w.Redacted, w.ByAuthEvents)
			}
			if want && (w.Redacted.Sender != "@mod:a.example" || w.Redacted.By != "$red:a.example" ||
				len(w.Redacted.Kept) == 0) {
				t.Errorf("version %s: %+v", version.ID, w.Redacted)
			}
		}
	}
}

// Whatever else is wrong with a redacted event fails as before, and one that was changed is no redacted one.
func TestRedactedIsNotAltered(t *testing.T) {
	for _, version := range event.Versions() {
		content := redactable(version.ID)["M2"]
		for name, test := range map[string]struct {
			after func(*event.Event) (*event.Event, error)
			fails string
			fault verify.Fault
		}{
			"a field too many": {func(e *event.Event) (*event.Event, error) {
				return flowtest.Edited("content", `{"membership":"join","displayname":"Eve"}`)(e)
			},
				"content_hash", verify.Altered},
			"one field too many at the top": {func(e *event.Event) (*event.Event,
				error) {
				return flowtest.Edited("note", `"x"`)(e.Redacted())
			}, "content_hash", verify.Altered},
			"redacted and changed": {func(e *event.Event) (*event.Event, error) {
				return flowtest.Edited("content", `{"membership":"leave"}`)(e.Redacted())
			},
				"signature", verify.BadSignature},
			"redacted and not signed": {func(e *event.Event) (*event.Event, error) {
				return flowtest.Edited("signatures",
					`{}`)(e.Redacted())
			}, "signature", verify.Unsigned},
			"redacted, without a hash": {func(e *event.Event) (*event.Event, error) {
				return flowtest.Edited("hashes",
					`{}`)(e.Redacted())
			}, "event_format", verify.BadField},
		} {
			r := flowtest.Worked(t, version.ID, map[string]flowtest.Change{"M2": {Content: content, After: test.after},
				"P1": {Content: redactable(version.ID)["P1"], After: flowtest.RedactedAs("")}})
			v := r.Verified(flowtest.WorkedAnswer())
			if !flowtest.FailsWith(v, test.fails, test.fault) {
				t.Errorf("version %s, %s: %s does not fail with %s: %q", version.ID, name, test.fails, test.fault, r.NotPassed(v))
			}
			for _, c := range v.Checks {
				if c.Kind == verify.KindContentHash && c.Subject == r.Events["P1"].ID() && c.Outcome != verify.Warn {
					t.Errorf("version %s, %s: the redacted one next to it: %+v", version.ID, name, c)
				}
			}
			flowtest.Consistent(t, v)
		}
	}
}

// Redaction takes room_version off the create event in versions 2 to 10: the answer is refused, and it is said why.
// From version 11 on redaction leaves all of its content, so that nothing is missing.
func TestRedactedCreate(t *testing.T) {
	for _, version := range event.Versions() {
		content, err := json.Marshal(map[string]string{"creator": "@alice:a.example", "room_version": version.ID,
			"note": "x"})
		if err != nil {
			t.Fatal(err)
		}
		r := flowtest.Worked(t, version.ID, map[string]flowtest.Change{"C": {Content: string(content),
			After: flowtest.RedactedAs("")}})
		v := r.Verified(flowtest.WorkedAnswer())
		c := flowtest.CheckOf(v, "create_room_version")
		loses := version.CreatorField && version.ID != "1"
		if loses != (c.Outcome == verify.Fail && c.Fault == verify.Redacted && v.Invalid == c.Detail) {
			t.Errorf("version %s: %+v, invalid %q", version.ID, c, v.Invalid)
		}
		if version.ID == "1" && v.Invalid+v.Unproven != "" || !version.CreatorField && len(r.NotPassed(v)) > 0 {
			t.Errorf("version %s: %q", version.ID, r.NotPassed(v))
		}
	}
}

// Version 8 takes the authorising user off a redacted join, later ones keep it: the rules get what homeservers get.
func TestRedactedRestrictedJoin(t *testing.T) {
	for _, version := range []string{"8", "9", "10", "11", "12"} {
		content := strings.Replace(flowtest.LetIn, `{`, `{"displayname":"Bob",`, 1)
		cosignedAndRedacted := func(e *event.Event) (*event.Event, error) {
			e, err := e.Sign("a.example", flowtest.KeyOf("a.example"))
			if err != nil {
				return nil, err
			}
			return e.Redacted(), nil
		}
		r := flowtest.Worked(t, version, map[string]flowtest.Change{"J1": {Content: flowtest.Restricted},
			"M2": {Content: content, After: cosignedAndRedacted}, "join": {Content: flowtest.LetIn,
				After: flowtest.AlsoBy("a.example")}})
		v := r.Verified(flowtest.WorkedAnswer())
		rejected := flowtest.FailsWith(v, "authorisation", verify.RuleRejects)
		if rejected != (version == "8") || flowtest.CheckOf(v, "content_hash").Fault != verify.Redacted {
			t.Errorf("version %s: %q", version, r.NotPassed(v))
		}
	}
}

// Our join may come back redacted: that is no change, and it counts only where the signature on it is needed.
func TestReturnedRedacted(t *testing.T) {
	for _, version := range event.Versions() {
		r := flowtest.Worked(t, version.ID, map[string]flowtest.Change{"join": {Content: `{"membership":"join","displayname":"You"}`}})
		a := flowtest.WorkedAnswer()
		flowtest.ComesBack(func(_ *flowtest.Room, e *event.Event) []byte { return e.Redacted().Raw() })(r, &a)
		v := r.Verified(a)
		if got := strings.Join(r.NotPassed(v), "; "); got != "warn returned_event join" || flowtest.CheckOf(v,
			"returned_event").Fault != verify.Redacted {
			t.Errorf("version %s: %q", version.ID, got)
		}
		if !verify.SentCounts(v) || v.Invalid+v.Unproven != "" {
			t.Errorf("version %s: sent copy counts %v, %q %q", version.ID, verify.SentCounts(v), v.Invalid, v.Unproven)
		}
	}
}
