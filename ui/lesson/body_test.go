package lesson

import (
	"fmt"
	"strings"
	"testing"

	"doorstep/flow/explain"
)

// drawn is a body as text, with a > before what is lit.
func drawn(b Body) string {
	var out strings.Builder
	for _, l := range b.Lines {
		if l.Lit {
			out.WriteString(">")
		}
		key := l.Key
		if key != "" {
			key += ": "
		}
		fmt.Fprintln(&out, l.Indent+l.Left+key+l.Value)
	}
	return out.String()
}

func listOf(n int, element string) string {
	return "[" + strings.TrimSuffix(strings.Repeat(element+",", n), ",") + "]"
}

// Long lists are left out but for their beginning and what is looked at, with the rest counted where it would stand.
func TestLeftOut(t *testing.T) {
	for _, c := range []struct{ body, look, want string }{
		{`{"a":[],"b":{},"c":[1,"x"]}`, "",
			"{\n  \"a\": [],\n  \"b\": {},\n  \"c\": [\n    1,\n    \"x\"\n  ]\n}\n"},
		{listOf(9, `{}`), "", "[\n  {},\n  {},\n  … 7 more elements\n]\n"},
		{listOf(4, `{}`), "", "[\n  {},\n  {},\n  {},\n  {}\n]\n"},
		{listOf(9, `{"k":1}`), "/5/k", "[\n  {\n    \"k\": 1\n  },\n  {\n    \"k\": 1\n  },\n  … 3 more elements\n  {\n>" +
			"    \"k\": 1\n  },\n  … 3 more elements\n]\n"},
		{`{"a":` + listOf(9, `{}`) + `,"b":` + listOf(6, `{}`) + `}`, "/b",
			"{\n  \"a\": [\n    … 9 elements\n  ],\n>  \"b\": [\n>    {},\n>    {},\n>    … 4 more elements\n>  ]\n}\n"},
	} {
		got := drawn(bodyOf([]byte(c.body), "", c.look, 100))
		if got != c.want {
			t.Errorf("%s at %q is\n%swant\n%s", c.body, c.look, got, c.want)
		}
	}
}

// The field of a line is that of its place in the body, also after elements that are left out.
func TestFieldsAfterGaps(t *testing.T) {
	event := `{"type":"m.room.member","content":{"membership":"join"}}`
	b := bodyOf([]byte(`{"state":`+listOf(9, event)+`,"event":`+event+`}`), explain.SendJoinAnswer, "/state/7", 200)
	found := 0
	for _, l := range b.Lines {
		if l.Key == `"membership"` {
			found++
			if l.entry == nil || l.entry.Name != "membership" {
				t.Errorf("a membership is explained as %v", l.entry)
			}
		}
	}
	if found < 3 {
		t.Errorf("%d memberships:\n%s", found, drawn(b))
	}
	b = bodyOf([]byte(`{"room_version":"12","odd <one>":1}`), explain.MakeJoinAnswer, "", 200)
	if len(b.Unknown) != 1 || !strings.Contains(b.Unknown[0], "odd <one>") {
		t.Errorf("not known are %q", b.Unknown)
	}
}

// Whatever a body is, what is shown of it is bounded.
func TestBodiesAreBounded(t *testing.T) {
	for what, body := range map[string]string{
		"deep":        strings.Repeat("[", 5000) + strings.Repeat("]", 5000),
		"deep object": strings.Repeat(`{"a":`, 5000) + "1" + strings.Repeat("}", 5000),
		"wide":        "{" + strings.TrimSuffix(strings.Repeat(`"k":{"a":1},`, 5000), ",") + "}",
		"long":        `{"a":"` + strings.Repeat("x", 1<<20) + `","` + strings.Repeat("y", 1<<20) + `":1}`,
		"many":        listOf(100_000, `{"a":{"b":[1,2,3]}}`),
		"no JSON":     strings.Repeat("<p>\n", 10_000), "no line": strings.Repeat("x", 1<<20), "empty": "", "blank": " \n",
		"bytes": "\xff\xfe\x00\x01", "twice": `{"a":1,"a":2}`, "surrogate": `{"\ud800":"\udfff"}`,
	} {
		b := bodyOf([]byte(body), explain.SendJoinAnswer, "", 50)
		size := 0
		for _, l := range b.Lines {
			size += len(l.Indent + l.Key + l.Value)
		}
		if len(b.Lines) > 50 || size > 50*(cellsOfValue+cellsOfKey)*4 || b.Title == "" {
			t.Errorf("%s: %d lines, %d bytes", what, len(b.Lines), size)
		}
		if len(body) > 100_000 && b.Cut == "" && !strings.Contains(drawn(b), "…") {
			t.Errorf("%s: that something is left out is not said:\n%s", what, drawn(b))
		}
	}
}
