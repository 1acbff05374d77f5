package flow

import (
	"encoding/json"
	"strings"
	"testing"

	"doorstep/flow/auth"
	"doorstep/flow/event"
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
				"bare":     "",
				"Synapse":  `{"age":5,"redacted_because":` + aRedaction + `}`,
				"Dendrite": `{"redacted_because":{"EventNID":7,"PDU":` + aRedaction + `,"Rejected":false},"redacted_by":"$red:a.example"}`,
				"nonsense": `{"redacted_because":5,"redacted_by":["x"]}`,
			} {
				r := worked(t, version.ID, map[string]bend{name: {content: content, after: redactedAs(unsigned)}})
				v := r.verified(workedAnswer())
				if got, want := strings.Join(r.notPassed(v), "; "), "warn content_hash "+name; got != want {
					t.Errorf("version %s, %s, %s: %q, want %q", version.ID, name, form, got, want)
					continue
				}
				c := checkOf(v, "content_hash")
				if c.Fault != Redacted || !strings.Contains(c.Detail, r.events[name].Type()) {
					t.Errorf("version %s, %s, %s: %+v", version.ID, name, form, c)
				}
				told := form == "Synapse" || form == "Dendrite"
				if told != strings.Contains(c.Detail, `$red:a.example, sent by @mod:a.example, with the reason "rude \x1b[31m words"`) {
					t.Errorf("version %s, %s, %s: %s", version.ID, name, form, c.Detail)
				}
				if v.Invalid != "" || v.Unproven != "" {
					t.Errorf("version %s, %s, %s: invalid %q, unproven %q", version.ID, name, form, v.Invalid, v.Unproven)
				}
				consistent(t, v)
			}
		}
	}
}

// The work on a redacted event names the redaction, and the rules get what is left of the event.
func TestWorkOnRedacted(t *testing.T) {
	for _, version := range event.Versions() {
		r := worked(t, version.ID, map[string]bend{"M2": {content: redactable(version.ID)["M2"], after: redactedAs(
			`{"redacted_because":` + aRedaction + `}`)}})
		s := r.after(r.body(workedAnswer()))
		s.Verification = s.Verify()
		for name, want := range map[string]bool{"M2": true, "N": false} {
			w := s.ShowWork(r.events[name].ID())[0]
			if (w.Redacted != nil) != want || w.ByAuthEvents.Outcome != auth.Allowed || w.ByAuthEvents.Result() != Pass {
				t.Errorf("version %s, %s: %+v, %+v", version.ID, name, w.Redacted, w.ByAuthEvents)
			}
			if want && (w.Redacted.Sender != "@mod:a.example" || w.Redacted.By != "$red:a.example" || len(w.Redacted.Kept) == 0) {
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
			fault Fault
		}{
			"a field too many": {func(e *event.Event) (*event.Event, error) {
				return edited("content", `{"membership":"join","displayname":"Eve"}`)(e)
			},
				"content_hash", Altered},
			"one field too many at the top": {func(e *event.Event) (*event.Event, error) { return edited("note", `"x"`)(e.Redacted()) }, "content_hash", Altered},
			"redacted and changed": {func(e *event.Event) (*event.Event, error) {
				return edited("content", `{"membership":"leave"}`)(e.Redacted())
			},
				"signature", BadSignature},
			"redacted and not signed":  {func(e *event.Event) (*event.Event, error) { return edited("signatures", `{}`)(e.Redacted()) }, "signature", Unsigned},
			"redacted, without a hash": {func(e *event.Event) (*event.Event, error) { return edited("hashes", `{}`)(e.Redacted()) }, "event_format", BadField},
		} {
			r := worked(t, version.ID, map[string]bend{"M2": {content: content, after: test.after},
				"P1": {content: redactable(version.ID)["P1"], after: redactedAs("")}})
			v := r.verified(workedAnswer())
			if !failsWith(v, test.fails, test.fault) {
				t.Errorf("version %s, %s: %s does not fail with %s: %q", version.ID, name, test.fails, test.fault, r.notPassed(v))
			}
			for _, c := range v.Checks {
				if c.ID == "content_hash" && c.Subject == r.events["P1"].ID() && c.Outcome != Warn {
					t.Errorf("version %s, %s: the redacted one beside it: %+v", version.ID, name, c)
				}
			}
			consistent(t, v)
		}
	}
}

// Redaction takes room_version off the create event in versions 2 to 10: the answer is refused, and it is said why.
// From version 11 on redaction leaves all of its content, so that nothing is missing.
func TestRedactedCreate(t *testing.T) {
	for _, version := range event.Versions() {
		content, err := json.Marshal(map[string]string{"creator": "@alice:a.example", "room_version": version.ID, "note": "x"})
		if err != nil {
			t.Fatal(err)
		}
		r := worked(t, version.ID, map[string]bend{"C": {content: string(content), after: redactedAs("")}})
		v := r.verified(workedAnswer())
		c := checkOf(v, "create_room_version")
		loses := version.CreatorField && version.ID != "1"
		if loses != (c.Outcome == Fail && c.Fault == Redacted && v.Invalid == c.Detail) {
			t.Errorf("version %s: %+v, invalid %q", version.ID, c, v.Invalid)
		}
		if version.ID == "1" && v.Invalid+v.Unproven != "" || !version.CreatorField && len(r.notPassed(v)) > 0 {
			t.Errorf("version %s: %q", version.ID, r.notPassed(v))
		}
	}
}

// Version 8 takes the authorising user off a redacted join, later ones keep it: the rules get what homeservers get.
func TestRedactedRestrictedJoin(t *testing.T) {
	for _, version := range []string{"8", "9", "10", "11", "12"} {
		content := strings.Replace(letIn, `{`, `{"displayname":"Bob",`, 1)
		cosignedAndRedacted := func(e *event.Event) (*event.Event, error) {
			e, err := e.Sign("a.example", keyOf("a.example"))
			if err != nil {
				return nil, err
			}
			return e.Redacted(), nil
		}
		r := worked(t, version, map[string]bend{"J1": {content: restricted}, "M2": {content: content, after: cosignedAndRedacted}, "join": {content: letIn, after: alsoBy("a.example")}})
		v := r.verified(workedAnswer())
		rejected := failsWith(v, "authorisation", RuleRejects)
		if rejected != (version == "8") || checkOf(v, "content_hash").Fault != Redacted {
			t.Errorf("version %s: %q", version, r.notPassed(v))
		}
	}
}

// Our join may come back redacted: that is no change, and it counts only where the signature on it is needed.
func TestReturnedRedacted(t *testing.T) {
	for _, version := range event.Versions() {
		r := worked(t, version.ID, map[string]bend{"join": {content: `{"membership":"join","displayname":"You"}`}})
		a := workedAnswer()
		comesBack(func(_ *testRoom, e *event.Event) []byte { return e.Redacted().Raw() })(r, &a)
		v := r.verified(a)
		if got := strings.Join(r.notPassed(v), "; "); got != "warn returned_event join" || checkOf(v, "returned_event").Fault != Redacted {
			t.Errorf("version %s: %q", version.ID, got)
		}
		if !SentCounts(v) || v.Invalid+v.Unproven != "" {
			t.Errorf("version %s: sent copy counts %v, %q %q", version.ID, SentCounts(v), v.Invalid, v.Unproven)
		}
	}
}
