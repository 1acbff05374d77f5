package event

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestMembers(t *testing.T) {
	type member struct{ Key, Value string }
	for _, c := range []struct {
		name, in string
		want     []member
	}{
		{"none", ` { } `, nil},
		{"written order", `{"b":1,"a":2}`, []member{{"b", "1"}, {"a", "2"}}},
		{"white space", " {\n\"a\" :\t[ 1 , 2 ] ,\"b\":\"x\"\r} ", []member{{"a", "[ 1 , 2 ]"}, {"b", `"x"`}}},
		{"keys unescaped", `{"\u0061\/\n":-1.5e3,"":null}`, []member{{"a/\n", "-1.5e3"}, {"", "null"}}},
		{"below one level only grammar counts", `{"a":{"x":1,"x":2},"b":"\ud83d","c":"` + "\xff" + `"}`,
			[]member{{"a", `{"x":1,"x":2}`}, {"b", `"\ud83d"`}, {"c", "\"\xff\""}}},
		{"any depth", `{"a":` + strings.Repeat("[", 5000) + strings.Repeat("]", 5000) + `}`,
			[]member{{"a", strings.Repeat("[", 5000) + strings.Repeat("]", 5000)}}},
		{"mixed depth", `{"a":` + strings.Repeat(`[{"k":`, 200) + "0" + strings.Repeat("}]", 200) + `}`,
			[]member{{"a", strings.Repeat(`[{"k":`, 200) + "0" + strings.Repeat("}]", 200)}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			members, err := Members([]byte(c.in))
			if err != nil {
				t.Fatal(err)
			}
			var got []member
			for _, m := range members {
				got = append(got, member{m.Key, string(m.Value)})
				if cap(m.Value) != len(m.Value) {
					t.Error("appending to a value would write into its object")
				}
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestMembersManyKeys(t *testing.T) {
	var b strings.Builder
	for i := range 1000 {
		b.WriteString(`"k` + strings.Repeat("i", i) + `":0,`)
	}
	if members, err := Members([]byte("{" + b.String() + `"z":0}`)); err != nil || len(members) != 1001 {
		t.Errorf("%d members, %v", len(members), err)
	}
	var syntax *SyntaxError
	if _, err := Members([]byte("{" + b.String() + `"k":0}`)); !errors.As(err,
		&syntax) || syntax.Kind != DuplicateKey || syntax.Path != "/k" {
		t.Errorf("k twice: %v", err)
	}
}

// What no reader may take, Members and Elements refuse too, unless it lies deeper than they read.
func TestMembersRefused(t *testing.T) {
	for _, c := range refused {
		_, err := Members([]byte(c.in))
		if c.kind != NotJSON && (c.kind != DuplicateKey || strings.Count(c.path, "/") > 1) {
			if err != nil {
				t.Errorf("%s: %v", c.name, err)
			}
			continue
		}
		var syntax *SyntaxError
		if !errors.As(err, &syntax) || syntax.Kind != c.kind || syntax.Offset != c.offset || syntax.Path != c.path {
			t.Errorf("%s: %v", c.name, err)
		}
		if c.kind == NotJSON && strings.TrimSpace(c.in) != "" {
			if _, err := Elements([]byte("[" + c.in + "]")); err == nil {
				t.Errorf("%s in an array: taken", c.name)
			}
		}
	}
	for _, in := range []string{``, `[]`, `"x"`, `null`, `7`, `{} {}`, `{"a":1}x`, `{"a":}`, "{\"\xff\":1}",
		`{"\ud83d":1}`} {
		if got, err := Members([]byte(in)); err == nil {
			t.Errorf("Members(%q) = %v", in, got)
		}
	}
	for _, in := range []string{``, `{}`, `"x"`, `null`, `[1,]`, `[,]`, `[1 2]`, `[`, `[1`, `[1]]`, `[[[}]]`,
		strings.Repeat("[", 1<<20)} {
		if got, err := Elements([]byte(in)); err == nil {
			t.Errorf("Elements(%.20q) = %v", in, got)
		}
	}
}

func TestElements(t *testing.T) {
	for in, want := range map[string][]string{
		` [ ] `:                             nil,
		`[1]`:                               {"1"},
		" [\"a\" , {\"b\" : 1}\n,[ ],null]": {`"a"`, `{"b" : 1}`, `[ ]`, `null`},
		`["\ud83d",{"a":1,"a":2}]`:          {`"\ud83d"`, `{"a":1,"a":2}`},
	} {
		elements, err := Elements([]byte(in))
		if err != nil {
			t.Errorf("%s: %v", in, err)
		}
		var got []string
		for _, e := range elements {
			got = append(got, string(e))
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", in, diff)
		}
	}
}

func TestString(t *testing.T) {
	for in, want := range map[string]string{
		`""`: "", `"a"`: "a", `"\"\\\/\b\f\n\r\t"`: "\"\\/\b\f\n\r\t", `"\u00e9\uD83D\uDC08\u0000"`: "é\U0001F408\x00",
		`"日本"`: "日本", `"a\u0062c"`: "abc", "\"\x7f\"": "\x7f",
	} {
		if got, ok := String([]byte(in)); !ok || got != want {
			t.Errorf("String(%s) = %q, %v", in, got, ok)
		}
	}
	for _, in := range []string{``, `"`, `a`, `7`, `null`, `["a"]`, ` "a"`, `"a" `, `"a""b"`, `"\ud83d"`, "\"\xff\"",
		`"\x"`, "\"\n\"", `'a'`} {
		if got, ok := String([]byte(in)); ok {
			t.Errorf("String(%q) = %q", in, got)
		}
	}
}

func TestQuote(t *testing.T) {
	for in, want := range map[string]string{
		"": `""`, "a\"\\/": `"a\"\\/"`, "\x00\b\t\n\v\f\r\x1f\x7f": "\"\\u0000\\b\\t\\n\\u000b\\f\\r\\u001f\x7f\"",
		"é<>&\u2028": "\"é<>&\u2028\"",
	} {
		if got := string(Quote(in)); got != want {
			t.Errorf("Quote(%q) = %s, want %s", in, got, want)
		}
		if back, ok := String(Quote(in)); !ok || back != in {
			t.Errorf("%q came back as %q", in, back)
		}
	}
}

func TestEdit(t *testing.T) {
	one := func(key, value string) []Member { return []Member{{Key: key, Value: []byte(value)}} }
	for _, c := range []struct {
		name, in string
		set      []Member
		drop     []string
		want     string
	}{
		{"nothing", ` { "a" : 1 , "b":2 } `, nil, nil, ` { "a" : 1 , "b":2 } `},
		{"replaced in place", `{ "a" : 1 , "b":2 }`, one("a", `[ 9 ]`), nil, `{ "a" : [ 9 ] , "b":2 }`},
		{"replaced by its text", `{"\u0061":1}`, one("a", `2`), nil, `{"\u0061":2}`},
		{"appended", `{"a":1 }`, one("b", `"x"`), nil, `{"a":1,"b":"x" }`},
		{"appended to none", `{ }`, one("b", `2`), nil, `{"b":2 }`},
		{"appended in order", `{"a":1}`, append(one("z", `1`), append(one("a", `2`), one("b", `3`)...)...), nil,
			`{"a":2,"z":1,"b":3}`},
		{"key quoted", `{}`, one("\"\n\x01é", `1`), nil, `{"\"\n\u0001é":1}`},
		{"first dropped", `{"a":1, "b":2,"c":3}`, nil, []string{"a"}, `{ "b":2,"c":3}`},
		{"middle dropped", `{"a":1 , "b":2 , "c":3}`, nil, []string{"b"}, `{"a":1 , "c":3}`},
		{"last dropped", "{\n\"a\":1,\n\"b\":2\n}", nil, []string{"b"}, "{\n\"a\":1\n}"},
		{"all dropped", `{"a":1,"b":2}`, nil, []string{"b", "a", "x"}, `{}`},
		{"dropped and another set", `{"a":1,"b":2}`, one("c", `3`), []string{"a", "b"}, `{"c":3}`},
		{"set wins over dropped", `{"a":1,"b":2}`, one("a", `3`), []string{"a", "b"}, `{"a":3}`},
		{"set and dropped, absent", `{}`, one("a", `3`), []string{"a"}, `{"a":3}`},
		{"what is odd below stays", `{"a":{"x":1,"x":"\ud83d"},"b":2}`, nil, []string{"b"}, `{"a":{"x":1,"x":"\ud83d"}}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			before := c.in
			got, err := Edit([]byte(c.in), c.set, c.drop...)
			if err != nil || string(got) != c.want {
				t.Errorf("got %s, %v; want %s", got, err, c.want)
			}
			if c.in != before {
				t.Error("input changed")
			}
		})
	}
	for name, err := range map[string]error{
		"no object":       second(Edit([]byte(`[]`), nil)),
		"duplicate keys":  second(Edit([]byte(`{"a":1,"a":2}`), nil, "a")),
		"value no JSON":   second(Edit([]byte(`{}`), one("a", `{`))),
		"value two":       second(Edit([]byte(`{}`), one("a", `1,"b":2`))),
		"no value":        second(Edit([]byte(`{}`), one("a", ``))),
		"one key twice":   second(Edit([]byte(`{}`), append(one("a", `1`), one("a", `2`)...))),
		"more behind":     second(Edit([]byte(`{}}`), nil)),
		"value a comment": second(Edit([]byte(`{}`), one("a", `1 //`))),
	} {
		if err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func second[T any](_ T, err error) error { return err }
