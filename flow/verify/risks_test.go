package verify_test

import (
	"strings"
	"testing"

	"doorstep/flow/event"
	"doorstep/flow/flowtest"
	"doorstep/flow/verify"
)

// What no rule forbids and has broken servers is a remark, in the versions whose rules take it; the join stands.
func TestRisks(t *testing.T) {
	member := func(rest string) map[string]flowtest.Change {
		return map[string]flowtest.Change{"M2": {Content: `{"membership":"join",` + rest + `}`}}
	}
	levels := func(rest string) map[string]flowtest.Change {
		return map[string]flowtest.Change{"P2": {Content: `{"users":{"@alice:a.example":100,"@bob:b.example":50},"invite":0,` + rest + `}`}}
	}
	for name, test := range map[string]struct {
		bends map[string]flowtest.Change
		fault verify.Fault
		field string
		loose bool // only where the rules leave notifications alone: versions 1 to 5
	}{
		"a number for a name":  {member(`"displayname":5`), verify.NameNoString, "/content/displayname", false},
		"a list for a picture": {member(`"avatar_url":[]`), verify.NameNoString, "/content/avatar_url", false},
		"a NUL in a name":      {member(`"displayname":"a\u0000b"`), verify.NulInText, "/content/displayname", false},
		"a NUL in the room's": {map[string]flowtest.Change{"N": {Content: `{"name":"\u0000"}`}}, verify.NulInText,
			"/content/name", false},
		"no name":           {member(`"displayname":null`), "", "", false},
		"a backslash and u": {member(`"displayname":"\\u0000"`), "", "", false},
		"a null for @room": {levels(`"notifications":{"room":null}`), verify.NullLevel, "/content/notifications/room",
			true},
	} {
		for _, version := range event.Versions() {
			if test.loose && version.StrictJSON {
				continue
			}
			r := flowtest.Worked(t, version.ID, test.bends)
			v := r.Verified(flowtest.WorkedAnswer())
			c := flowtest.CheckOf(v, "event_format")
			if c.Fault != test.fault || !strings.HasSuffix(c.Field, test.field) ||
				(c.Outcome == verify.Warn) != (test.fault != "") || test.fault != "" && c.Others == "" {
				t.Errorf("version %s, %s: %+v", version.ID, name, c)
			}
			if got := v.Tally(verify.NoKind); got.Fail+got.NotChecked > 0 || v.Invalid+v.Unproven != "" {
				t.Errorf("version %s, %s: %+v, %q %q", version.ID, name, got, v.Invalid, v.Unproven)
			}
			flowtest.Consistent(t, v)
		}
	}
}

// Every null is told of, whatever the rules make of the event, up to version 9; from 10 on they reject it.
func TestNullLevels(t *testing.T) {
	for _, version := range event.Versions() {
		e, err := event.Parse(version, []byte(`{"type":"m.room.power_levels","content":{"ban":null,"events":{"m.room.name":null},"users":{"@a:b":null},"kick":5}}`))
		if err != nil {
			t.Fatal(err)
		}
		want := 3
		if version.PowerLevels == event.PowerIntegers {
			want = 0
		}
		if got := verify.Risks(e); got != want {
			t.Errorf("version %s: %v", version.ID, got)
		}
	}
}

// Over the limit only with unsigned: a remark with both sizes, and the join that rests on it stands; over it without, a
// failure. In every version, for an event that the join names.
func TestLargeUnsigned(t *testing.T) {
	for _, version := range event.Versions() {
		for name, test := range map[string]struct {
			body, unsigned int
			fault          verify.Fault
		}{
			"with unsigned": {48000, 36000, verify.LargeUnsigned}, "without": {70000, 0, verify.TooLarge},
			"both": {70000, 36000, verify.TooLarge}, "neither": {20000, 36000, ""},
		} {
			note := `{"users":{"@alice:a.example":100,"@bob:b.example":50},"invite":0,"note":"` + strings.Repeat("x",
				test.body) + `"}`
			if version.ID == "12" {
				note = strings.Replace(note, `"@alice:a.example":100,`, "", 1)
			}
			r := flowtest.Worked(t, version.ID, map[string]flowtest.Change{"P2": {Content: note,
				After: func(e *event.Event) (*event.Event, error) {
					return flowtest.UnsignedAs(e, `{"prev_content":{"x":"`+strings.Repeat("y", test.unsigned)+`"}}`)
				}}})
			v := r.Verified(flowtest.WorkedAnswer())
			c := flowtest.CheckOf(v, "event_format")
			if c.Fault != test.fault || (v.Invalid != "") != (test.fault == verify.TooLarge) {
				t.Errorf("version %s, %s: %+v, invalid %q", version.ID, name, c, v.Invalid)
			}
			if test.fault == verify.LargeUnsigned && (c.Outcome != verify.Warn || !strings.Contains(c.Detail,
				"without unsigned")) {
				t.Errorf("version %s: %+v", version.ID, c)
			}
			flowtest.Consistent(t, v)
		}
	}
}
