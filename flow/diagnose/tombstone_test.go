package diagnose_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"doorstep/flow"
	"doorstep/flow/diagnose"
	"doorstep/flow/event"
	"doorstep/flow/export"
	"doorstep/flow/flowtest"
	"doorstep/flow/shell"
)

// A tombstone in state is told of, in every version, with the command that joins the other room where it names one;
// what no homeserver would use is no tombstone.
func TestRoomReplaced(t *testing.T) {
	names := func(room string) string { return `{"body":"gone","replacement_room":` + room + `}` }
	for _, version := range event.Versions() {
		for name, test := range map[string]struct {
			content, key, sender string
			bend                 flowtest.Change
			chainOnly            bool
			none                 bool
			try                  []shell.Text
		}{
			"a room": {content: names(`"!next:b.example"`), try: []shell.Text{"doorstep join '!next:b.example' --via a.example"}},
			"a room without a domain": {content: names(`"!31hneApxJ_1o-63DmFrpeqnkFfWppnzWso1JvH3ogLM"`),
				try: []shell.Text{"doorstep join '!31hneApxJ_1o-63DmFrpeqnkFfWppnzWso1JvH3ogLM' --via a.example"}},
			"a room that is shell": {content: names(`"!x'$(rm -rf ~)';:b.example"`),
				try: []shell.Text{`doorstep join '!x'\''$(rm -rf ~)'\'';:b.example' --via a.example`}},
			"a line more":          {content: names(`"!x\nrm:b.example"`)},
			"an escape":            {content: names(`"!x\u001b[2J:b.example"`)},
			"no room ID":           {content: names(`"#next:b.example"`)},
			"a number":             {content: names(`5`)},
			"no room":              {content: `{"body":"gone"}`},
			"redacted":             {content: names(`"!next:b.example"`), bend: flowtest.Change{After: flowtest.RedactedAs("")}},
			"of another state key": {content: names(`"!next:b.example"`), key: "x", none: true},
			"not in state":         {content: names(`"!next:b.example"`), chainOnly: true, none: true},
			"badly signed": {content: names(`"!next:b.example"`), bend: flowtest.Change{After: flowtest.Turned},
				none: true},
			"of one without power": {content: names(`"!next:b.example"`), sender: "@eve:b.example", none: true},
		} {
			r := flowtest.Worked(t, version.ID, nil)
			test.bend.Aside = true
			sender := test.sender
			if sender == "" {
				sender = "@alice:a.example"
			}
			r.Add("T", "m.room.tombstone", sender, test.key, test.content, test.bend)
			a := flowtest.WorkedAnswer()
			if test.chainOnly {
				a.Chain = append(a.Chain, "T")
			} else {
				a.State = append(a.State, "T")
			}
			f := flowtest.FindingOf(r.RawFindings(a), "room-replaced")
			if (f == nil) != test.none {
				t.Errorf("version %s, %s: %+v", version.ID, name, f)
			} else if f != nil && !cmp.Equal(f.Try, test.try) {
				t.Errorf("version %s, %s: %q, want %q", version.ID, name, f.Try, test.try)
			}
		}
		// The room itself is no successor.
		r := flowtest.Worked(t, version.ID, nil)
		r.Add("T", "m.room.tombstone", "@alice:a.example", "", `{"replacement_room":"`+r.ID+`"}`,
			flowtest.Change{Aside: true})
		a := flowtest.WorkedAnswer()
		a.State = append(a.State, "T")
		if f := flowtest.FindingOf(r.RawFindings(a), "room-replaced"); f == nil || f.Try != nil {
			t.Errorf("version %s, itself: %+v", version.ID, f)
		}
	}
}

// An answer without its handshake gets the findings that the answer itself shows: errors where it is refused, none
// where all is well.
func TestRawFindings(t *testing.T) {
	good := flowtest.Worked(t, "11", nil)
	if found := good.RawFindings(flowtest.WorkedAnswer()); len(found) > 0 {
		t.Errorf("nothing is wrong, and yet %+v", found)
	}
	for name, test := range map[string]struct {
		bends    map[string]flowtest.Change
		answer   string // in place of the room's
		id       string
		severity diagnose.Severity
	}{
		"a bad signature": {map[string]flowtest.Change{"N": {After: flowtest.Turned}}, "", "bad-signature",
			diagnose.SeverityWarn},
		"an altered event": {map[string]flowtest.Change{"N": {After: flowtest.Edited("content", `{"name":"x"}`)}}, "",
			"bad-hash", diagnose.SeverityWarn},
		"a redacted event": {map[string]flowtest.Change{"N": {After: flowtest.RedactedAs("")}}, "", "redacted-events",
			diagnose.SeverityInfo},
		"a closed room": {map[string]flowtest.Change{"J1": {Content: `{"join_rule":"invite"}`}}, "", "join-forbidden",
			diagnose.SeverityError},
		"no create event": {nil, `{"state":[],"auth_chain":[]}`, "no-create", diagnose.SeverityError},
		"nothing in it":   {nil, `{}`, "answer-incomplete", diagnose.SeverityError},
		"a web page":      {nil, `<html><body>502</body></html>`, "html-answer", diagnose.SeverityError},
		"a refusal in a v1": {nil, `[403,{"errcode":"M_FORBIDDEN","error":"You are banned from this room"}]`, "banned",
			diagnose.SeverityError},
	} {
		r := flowtest.Worked(t, "11", test.bends)
		body := r.Body(flowtest.WorkedAnswer())
		if test.answer != "" {
			body = []byte(test.answer)
		}
		s, err := flow.VerifyRaw(flow.RawReply{RoomVersion: "11", Answer: body, Keys: r.KeyFile(),
			Join: r.Events["join"].Raw(), Now: flowtest.FetchedAt()})
		if err != nil {
			t.Fatal(err)
		}
		found := diagnose.RawFindings(s)
		if len(found) == 0 || found[0].ID != test.id || found[0].Severity != test.severity || len(found[0].Evidence) > 0 {
			t.Errorf("%s: %+v", name, found)
		}
		if report := export.NewRawReport(s, export.ReportOptions{Verify: true}); len(report.Findings) != len(found) {
			t.Errorf("%s: the report has %d findings, not %d", name, len(report.Findings), len(found))
		}
	}
}
