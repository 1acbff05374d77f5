package flow

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"doorstep/flow/event"
)

// A tombstone in state is told of, in every version, with the command that joins the other room where it names one;
// what no homeserver would use is no tombstone.
func TestRoomReplaced(t *testing.T) {
	names := func(room string) string { return `{"body":"gone","replacement_room":` + room + `}` }
	for _, version := range event.Versions() {
		for name, test := range map[string]struct {
			content, key, sender string
			bend                 bend
			chainOnly            bool
			none                 bool
			try                  []string
		}{
			"a room": {content: names(`"!next:b.example"`), try: []string{"doorstep join '!next:b.example' --via a.example"}},
			"a room without a domain": {content: names(`"!31hneApxJ_1o-63DmFrpeqnkFfWppnzWso1JvH3ogLM"`),
				try: []string{"doorstep join '!31hneApxJ_1o-63DmFrpeqnkFfWppnzWso1JvH3ogLM' --via a.example"}},
			"a room that is shell": {content: names(`"!x'$(rm -rf ~)';:b.example"`), try: []string{`doorstep join '!x'\''$(rm -rf ~)'\'';:b.example' --via a.example`}},
			"a line more":          {content: names(`"!x\nrm:b.example"`)},
			"an escape":            {content: names(`"!x\u001b[2J:b.example"`)},
			"no room ID":           {content: names(`"#next:b.example"`)},
			"a number":             {content: names(`5`)},
			"no room":              {content: `{"body":"gone"}`},
			"redacted":             {content: names(`"!next:b.example"`), bend: bend{after: redactedAs("")}},
			"of another state key": {content: names(`"!next:b.example"`), key: "x", none: true},
			"not in state":         {content: names(`"!next:b.example"`), chainOnly: true, none: true},
			"badly signed":         {content: names(`"!next:b.example"`), bend: bend{after: turned}, none: true},
			"of one without power": {content: names(`"!next:b.example"`), sender: "@eve:b.example", none: true},
		} {
			r := worked(t, version.ID, nil)
			test.bend.aside = true
			sender := test.sender
			if sender == "" {
				sender = "@alice:a.example"
			}
			r.add("T", "m.room.tombstone", sender, test.key, test.content, test.bend)
			a := workedAnswer()
			if test.chainOnly {
				a.chain = append(a.chain, "T")
			} else {
				a.state = append(a.state, "T")
			}
			f := findingOf(r.rawFindings(a), "room-replaced")
			if (f == nil) != test.none {
				t.Errorf("version %s, %s: %+v", version.ID, name, f)
			} else if f != nil && !cmp.Equal(f.Try, test.try) {
				t.Errorf("version %s, %s: %q, want %q", version.ID, name, f.Try, test.try)
			}
		}
		// The room itself is no successor.
		r := worked(t, version.ID, nil)
		r.add("T", "m.room.tombstone", "@alice:a.example", "", `{"replacement_room":"`+r.id+`"}`, bend{aside: true})
		a := workedAnswer()
		a.state = append(a.state, "T")
		if f := findingOf(r.rawFindings(a), "room-replaced"); f == nil || f.Try != nil {
			t.Errorf("version %s, itself: %+v", version.ID, f)
		}
	}
}

// An answer without its handshake gets the findings that the answer itself shows: errors where it is refused, none
// where all is well.
func TestRawFindings(t *testing.T) {
	good := worked(t, "11", nil)
	if found := good.rawFindings(workedAnswer()); len(found) > 0 {
		t.Errorf("nothing is wrong, and yet %+v", found)
	}
	for name, test := range map[string]struct {
		bends    map[string]bend
		answer   string // in place of the room's
		id       string
		severity string
	}{
		"a bad signature":   {map[string]bend{"N": {after: turned}}, "", "bad-signature", severityWarn},
		"an altered event":  {map[string]bend{"N": {after: edited("content", `{"name":"x"}`)}}, "", "bad-hash", severityWarn},
		"a redacted event":  {map[string]bend{"N": {after: redactedAs("")}}, "", "redacted-events", severityInfo},
		"a closed room":     {map[string]bend{"J1": {content: `{"join_rule":"invite"}`}}, "", "join-forbidden", severityError},
		"no create event":   {nil, `{"state":[],"auth_chain":[]}`, "no-create", severityError},
		"nothing in it":     {nil, `{}`, "answer-incomplete", severityError},
		"a web page":        {nil, `<html><body>502</body></html>`, "html-answer", severityError},
		"a refusal in a v1": {nil, `[403,{"errcode":"M_FORBIDDEN","error":"You are banned from this room"}]`, "banned", severityError},
	} {
		r := worked(t, "11", test.bends)
		body := r.body(workedAnswer())
		if test.answer != "" {
			body = []byte(test.answer)
		}
		s, err := VerifyRaw(RawReply{RoomVersion: "11", Answer: body, Keys: r.keyFile(), Join: r.events["join"].Raw(), Now: fetchedAt()})
		if err != nil {
			t.Fatal(err)
		}
		found := RawFindings(s)
		if len(found) == 0 || found[0].ID != test.id || found[0].Severity != test.severity || len(found[0].Evidence) > 0 {
			t.Errorf("%s: %+v", name, found)
		}
		if report := NewRawReport(s, ReportOptions{Verify: true}); len(report.Findings) != len(found) {
			t.Errorf("%s: the report has %d findings, not %d", name, len(report.Findings), len(found))
		}
	}
}
