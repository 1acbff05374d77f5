package explain

import (
	"strings"
	"testing"
)

const whole = `# depth

kind: field
at: event /depth
also: distance, how deep
see: term/DAG, finding/half-joined
spec: Room versions | https://spec.matrix.org/v1.16/rooms/v11/#event-format

How deep the event lies. It
goes on.

Another paragraph.

## Who sets it

The resident.

## Why

Because.

## When it is wrong

Little.

## Today

It is ignored.
`

func TestParse(t *testing.T) {
	entries, err := Parse("a.md", []byte(whole+"\n"+strings.Replace(whole, "# depth", "# other", 1)))
	if err != nil || len(entries) != 2 {
		t.Fatal(err, len(entries))
	}
	e := entries[0]
	if len(e.What) != 2 || e.What[0] != "How deep the event lies. It goes on." || e.Gist() != "How deep the event lies." {
		t.Errorf("what: %q, gist %q", e.What, e.Gist())
	}
	if len(e.At) != 1 || e.At[0] != FieldAt(Event, "/depth") || len(e.Also) != 2 || e.Line != 1 {
		t.Errorf("%+v", e)
	}
	if len(e.See) != 2 || e.See[0].String() != "term/DAG" ||
		e.See[1] != (Reference{Finding, "half-joined"}) {
		t.Errorf("see: %+v", e.See)
	}
	if e.Today == nil || e.In2015 != nil || e.Wrong[0] != "Little." || len(e.Spec) != 1 {
		t.Errorf("%+v", e)
	}
	if other := entries[1]; other.Name != "other" || other.Line != 30 {
		t.Errorf("second: %q in line %d", other.Name, other.Line)
	}
}

func TestParseRule(t *testing.T) {
	entries, err := Parse("a.md", []byte("# no\n\nkind: rule\nat: 1,2 5.2.1\n\nWhat.\n\n"+
		"## Why\n\nSo.\n\n## When it is wrong\n\nNo.\n"))
	if err != nil {
		t.Fatal(err)
	}
	if at := entries[0].At; len(at) != 2 || at[0] != At(Rule, "1 5.2.1") || at[1] != At(Rule, "2 5.2.1") {
		t.Errorf("%v", at)
	}
}

// What is not as the format has it is refused, with the line that it is in.
func TestParseRefuses(t *testing.T) {
	for _, c := range []struct{ old, new, want string }{
		{"# depth", "depth", "a.md:1: a line before the first entry"},
		{"# depth", "#  depth", "a.md:1: a name is needed"},
		{"# depth\n", "# depth", "a.md:2: a blank line has to follow the name"},
		{"kind: field", "kind: thing", `a.md:3: there is no kind "thing"`},
		{"kind: field\nat: event /depth", "at: event /depth\nkind: field", "a.md:3: kind has to stand before at"},
		{"kind: field\nat: event /depth\n", "", "no kind"},
		{"at: event /depth", "at: events /depth", `a.md:4: there is no object "events"`},
		{"at: event /depth", "at: event depth", `a.md:4: "event depth" is not "OBJECT PATH"`},
		{"at: event /depth", "at: content of  /x", "there is no object"},
		{"at: event /depth\n", "", "field depth: no address"},
		{"kind: field", "kind: term", "a term has no address"},
		{"kind: field\nat: event /depth", "kind: rule\nat: eleven", `is not "VERSIONS NUMBER"`},
		{"kind: field\nat: event /depth", "kind: query\nat: ver", `is not "ENDPOINT NAME"`},
		{"kind: field", "kind: field\nkind: field", "a.md:4: kind stands twice"},
		{"also: distance, how deep", "aka: a", `a.md:5: there is no header "aka"`},
		{"also: distance, how deep", "also:a", `a.md:5: "also:a" is not "key: value"`},
		{"term/DAG", "DAG", `a.md:6: "DAG" is not KIND/NAME`},
		{"term/DAG", "thing/DAG", `a.md:6: "thing/DAG" is not KIND/NAME`},
		{"/v1.16/", "/latest/", "a.md:7: "},
		{"finding/half-joined", "term/DAG", "a.md:6: term/DAG stands twice"},
		{"kind: field\nat: event /depth", "kind: finding", "finding depth: "},
		{"kind: field", "kind: field\ntitle: a", "field depth: steps and findings have a title"},
		{"kind: field\nat: event /depth", "kind: step\nat: A1", "step depth: steps and findings have a title"},
		{"kind: field\nat: event /depth", "kind: finding\ntitle: a\ntitle: b", "a.md:5: title stands twice"},
		{"## Why", "## How", `there is no heading "How"`},
		{"## Today", "## Why", `"Why" stands twice`},
		{"## Today", "## Who sets it", "after a later heading"},
		{"Because.\n\n", "", `nothing under "Why"`},
		{"## Why\n\nBecause.\n\n", "", `a.md:24: field depth: nothing under "Why"`},
		{"It is ignored.\n", "", `nothing under "Today"`},
		{"The resident.", "- The resident.", "a.md:16: texts are plain paragraphs"},
		{"The resident.", "The resident. ", "a.md:16: blanks at the end"},
		{"The resident.", "The\tresident.", "a.md:16: a control character"},
		{"The resident.", "\xff", "a.md:16: not UTF-8"},
		{"The resident.", strings.Repeat("x", 121), "a.md:16: 121 columns"},
	} {
		text := strings.Replace(whole, c.old, c.new, 1)
		if text == whole {
			t.Fatalf("%q is not in the text", c.old)
		}
		if _, err := Parse("a.md", []byte(text)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q for %q: %v, want %q", c.new, c.old, err, c.want)
		}
	}
}

func TestGist(t *testing.T) {
	for text, want := range map[string]string{
		"One.":                          "One.",
		"No end":                        "No end",
		"In m.room.member it is. Then.": "In m.room.member it is.",
		"E.g. a thing. Another.":        "E.g. a thing.",
	} {
		if got := (&Entry{What: []string{text}}).Gist(); got != want {
			t.Errorf("%q: %q", text, got)
		}
	}
}
