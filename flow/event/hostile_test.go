package event

import (
	"errors"
	"strconv"
	"strings"
	"testing"
)

// refused is text that no reader may take, with what is wrong and where. Canonical and Parse must agree on all of it.
var refused = []struct {
	name, in string
	kind     SyntaxKind
	offset   int
	path     string
}{
	{"nothing", ``, NotJSON, 0, ""},
	{"only white space", " \n", NotJSON, 2, ""},
	{"byte order mark", "\ufeff{}", NotJSON, 0, ""},
	{"two values", `{} {}`, NotJSON, 3, ""},
	{"NUL behind", "{}\x00", NotJSON, 2, ""},
	{"NUL before", "\x00{}", NotJSON, 0, ""},
	{"NUL between", "{\"a\"\x00:1}", NotJSON, 4, "/a"},
	{"NUL in a string", "{\"a\":\"\x00\"}", NotJSON, 6, "/a"},
	{"form feed is no white space", "{\f}", NotJSON, 1, ""},
	{"no-break space is none either", "{\u00a0}", NotJSON, 1, ""},
	{"comment", `{/**/}`, NotJSON, 1, ""},
	{"end in an object", `{`, NotJSON, 1, ""},
	{"end in a key", `{"a`, NotJSON, 3, ""},
	{"end behind a key", `{"a"`, NotJSON, 4, "/a"},
	{"end behind a colon", `{"a":`, NotJSON, 5, "/a"},
	{"end behind a value", `{"a":1`, NotJSON, 6, "/a"},
	{"end behind a comma", `{"a":1,`, NotJSON, 7, ""},
	{"end in an array", `{"a":[1`, NotJSON, 7, "/a/0"},
	{"end in a string", `{"a":"b`, NotJSON, 7, "/a"},
	{"end behind a backslash", `{"a":"\`, NotJSON, 7, "/a"},
	{"end in an escape", `{"a":"\u00`, NotJSON, 6, "/a"},
	{"end in a word", `{"a":tru`, NotJSON, 5, "/a"},
	{"end behind a minus", `{"a":-`, NotJSON, 6, "/a"},
	{"trailing comma", `{"a":1,}`, NotJSON, 7, ""},
	{"trailing comma in an array", `{"a":[1,]}`, NotJSON, 8, "/a/1"},
	{"leading comma", `{,"a":1}`, NotJSON, 1, ""},
	{"no comma", `{"a":1 "b":2}`, NotJSON, 7, "/a"},
	{"no colon", `{"a" 1}`, NotJSON, 5, "/a"},
	{"key without quotes", `{a:1}`, NotJSON, 1, ""},
	{"number as key", `{1:1}`, NotJSON, 1, ""},
	{"single quotes", `{'a':1}`, NotJSON, 1, ""},
	{"brackets crossed", `{"a":[1}]`, NotJSON, 7, "/a/0"},
	{"closed once too often", `{"a":1}}`, NotJSON, 7, ""},
	{"leading zero", `{"a":01}`, NotJSON, 5, "/a"},
	{"leading zero behind a minus", `{"a":-01}`, NotJSON, 6, "/a"},
	{"plus", `{"a":+1}`, NotJSON, 5, "/a"},
	{"bare point", `{"a":.5}`, NotJSON, 5, "/a"},
	{"point at the end", `{"a":5.}`, NotJSON, 7, "/a"},
	{"empty exponent", `{"a":5e}`, NotJSON, 7, "/a"},
	{"empty signed exponent", `{"a":5e+}`, NotJSON, 8, "/a"},
	{"hexadecimal", `{"a":0x10}`, NotJSON, 6, "/a"},
	{"NaN", `{"a":NaN}`, NotJSON, 5, "/a"},
	{"Infinity", `{"a":-Infinity}`, NotJSON, 6, "/a"},
	{"capital word", `{"a":True}`, NotJSON, 5, "/a"},
	{"word with a tail", `{"a":nullx}`, NotJSON, 9, "/a"},
	{"unknown escape", `{"a":"\x41"}`, NotJSON, 6, "/a"},
	{"escape without digits", `{"a":"\u00g0"}`, NotJSON, 6, "/a"},
	{"line break in a string", "{\"a\":\"\n\"}", NotJSON, 6, "/a"},
	{"last control character", "{\"a\":\"\x1f\"}", NotJSON, 6, "/a"},
	{"last control character behind text", "{\"a\":\"12345678\x1f2345678\"}", NotJSON, 14, "/a"},
	{"tab in a key", "{\"a\t\":1}", NotJSON, 3, ""},

	{"equal keys", `{"a":1,"a":1}`, DuplicateKey, 7, "/a"},
	{"equal keys apart", `{"b":1,"a":2,"b":3}`, DuplicateKey, 13, "/b"},
	{"equal keys, one escaped", `{"a":1,"\u0061":2}`, DuplicateKey, 7, "/a"},
	{"equal keys, both escaped", `{"\u0061b":1,"a\u0062":2}`, DuplicateKey, 13, "/ab"},
	{"equal keys that need an escape", `{"a/~":1,"a\/~":2}`, DuplicateKey, 9, "/a~1~0"},
	{"equal keys by surrogate pair", "{\"\U0001F408\":1,\"\\ud83d\\udc08\":2}", DuplicateKey, 10, "/\U0001F408"},
	{"equal empty keys", `{"":1,"":2}`, DuplicateKey, 6, "/"},
	{"equal keys far down", `{"a":[0,{"b":{"c":1,"d":2,"c":3}}]}`, DuplicateKey, 26, "/a/1/b/c"},
	{"equal keys in unsigned", `{"unsigned":{"a":1,"a":2}}`, DuplicateKey, 19, "/unsigned/a"},

	{"lone high surrogate", `{"a":"x\ud83d"}`, LoneSurrogate, 7, "/a"},
	{"lone low surrogate", `{"a":"\uDC08"}`, LoneSurrogate, 6, "/a"},
	{"surrogates the wrong way round", `{"a":"\udc08\ud83d"}`, LoneSurrogate, 6, "/a"},
	{"two high surrogates", `{"a":"\ud83d\ud83d\udc08"}`, LoneSurrogate, 6, "/a"},
	{"high surrogate and another escape", `{"a":"\ud83d\n"}`, LoneSurrogate, 6, "/a"},
	{"lone surrogate in a key", `{"a":{"\ud83d":1}}`, LoneSurrogate, 7, "/a"},

	{"stray byte", "{\"a\":\"\xff\"}", InvalidUTF8, 6, "/a"},
	{"stray continuation byte", "{\"a\":[\"b\",\"\x80\"]}", InvalidUTF8, 11, "/a/1"},
	{"cut sequence", "{\"a\":\"\xe6\x97\"}", InvalidUTF8, 6, "/a"},
	{"long spelling of a slash", "{\"a\":\"\xc0\xaf\"}", InvalidUTF8, 6, "/a"},
	{"surrogate in UTF-8", "{\"a\":\"\xed\xa0\xbd\"}", InvalidUTF8, 6, "/a"},
	{"beyond Unicode", "{\"a\":\"\xf4\x90\x80\x80\"}", InvalidUTF8, 6, "/a"},
	{"stray byte in a key", "{\"a\":{\"12345678\xff\":1}}", InvalidUTF8, 15, "/a"},
	{"stray byte behind text", "{\"a\":\"123456789012345\xfe\"}", InvalidUTF8, 21, "/a"},
	{"stray byte outside a string", "{\"a\":\xff}", NotJSON, 5, "/a"},
}

func TestRefused(t *testing.T) {
	v, _ := Lookup("10")
	for _, c := range refused {
		t.Run(c.name, func(t *testing.T) {
			_, strict := Canonical([]byte(c.in), true)
			_, lenient := Canonical([]byte(c.in), false)
			_, parse := Parse(v, []byte(c.in))
			_, normal := Normal([]byte(c.in))
			for _, err := range []error{strict, lenient, parse, normal} {
				var syntax *SyntaxError
				if !errors.As(err, &syntax) {
					t.Fatalf("got %v", err)
				}
				if syntax.Kind != c.kind || syntax.Offset != c.offset || syntax.Path != c.path {
					t.Fatalf("got %v at %d, %q (%v); want %v at %d, %q",
						syntax.Kind, syntax.Offset, syntax.Path, err, c.kind, c.offset, c.path)
				}
			}
			if parse.Error() == "" {
				t.Error("error without words")
			}
		})
	}
}

func TestNesting(t *testing.T) {
	v, _ := Lookup("1")
	nest := func(open, close string, n int) string { return strings.Repeat(open, n) + strings.Repeat(close, n) }
	for _, c := range []struct {
		name, in string
		ok       bool
	}{
		{"arrays at the limit", nest("[", "]", MaxNesting), true},
		{"arrays over it", nest("[", "]", MaxNesting+1), false},
		{"objects at the limit", strings.Repeat(`{"a":`, MaxNesting-1) + `{}` + strings.Repeat("}", MaxNesting-1), true},
		{"objects over it", strings.Repeat(`{"a":`, MaxNesting) + `{}` + strings.Repeat("}", MaxNesting), false},
		{"100,000 arrays", nest("[", "]", 100_000), false},
		{"100,000 arrays left open", strings.Repeat("[", 100_000), false},
		{"100,000 objects left open", strings.Repeat(`{"a":`, 100_000), false},
		{"dirty at the limit", nest("[ ", "]", MaxNesting), true},
	} {
		t.Run(c.name, func(t *testing.T) {
			out, err := Canonical([]byte(c.in), false)
			var syntax *SyntaxError
			switch {
			case c.ok && (err != nil || string(out) != strings.ReplaceAll(c.in, " ", "")):
				t.Errorf("got %.40s…, %v", out, err)
			case !c.ok && (!errors.As(err, &syntax) || syntax.Kind != TooDeep):
				t.Errorf("got %v, want too deep", err)
			case !c.ok && len(syntax.Path) > 2*maxPointer:
				t.Errorf("path of %d bytes", len(syntax.Path))
			}
			// Deep inside an event it is the same; one level of it can still be read.
			event := `{"type":"x","content":{"deep":` + c.in + `}}`
			if _, err := Parse(v, []byte(event)); err == nil && !c.ok {
				t.Error("Parse took it")
			}
			if strings.HasSuffix(c.in, "]") || strings.HasSuffix(c.in, "}") {
				if members, err := Members([]byte(event)); err != nil || len(members) != 2 {
					t.Errorf("Members: %v", err)
				}
			}
		})
	}
}

// Below MaxNesting levels are passed over, and what comes after them is named right.
func TestPointerBelowTheLimit(t *testing.T) {
	deep := strings.Repeat(`[{"k":`, MaxNesting) + "0" + strings.Repeat("}]", MaxNesting)
	k900 := strings.Repeat("k", 900)
	for in, want := range map[string]string{
		`{"a":` + deep + `,"b":tru}`:                "/b",
		`{"a":[0,` + deep + `,{"b":[7,8,nul]}]}`:    "/a/2/b/2",
		`{"` + strings.Repeat("k", 5000) + `":[.]}`: "/" + strings.Repeat("k", 64) + "…/0",
		`{"` + k900 + `":{"` + k900 + `":[[.]]}}`:   "/" + k900 + "/" + k900 + "/…",
	} {
		var syntax *SyntaxError
		if _, err := Members([]byte(in)); !errors.As(err, &syntax) || syntax.Path != want {
			t.Errorf("%.40s: %v, want %s", in, err, want)
		}
	}
}

func TestTooLong(t *testing.T) {
	v, _ := Lookup("1")
	long := []byte(`{"a":"` + strings.Repeat("a", MaxText) + `"}`)
	for name, err := range map[string]error{
		"Canonical": func() error { _, err := Canonical(long, true); return err }(),
		"Parse":     func() error { _, err := Parse(v, long); return err }(),
	} {
		var syntax *SyntaxError
		if !errors.As(err, &syntax) || syntax.Kind != TooLong {
			t.Errorf("%s: %v", name, err)
		}
	}
	if members, err := Members(long); err != nil || len(members) != 1 {
		t.Errorf("Members: %d, %v", len(members), err)
	}
}

// A text that keeps every level dirty and every key unsorted must still take time and memory in proportion.
func TestWorstCases(t *testing.T) {
	var keys strings.Builder
	for i := 0; keys.Len() < 1<<20; i++ {
		keys.WriteString(`"\u00`)
		keys.WriteByte("3456"[i*7919%4])
		keys.WriteByte('0')
		keys.WriteString(strings.Repeat("z", i*7919%11))
		keys.WriteString(strconv.Itoa(i * 104729 % 1_000_003))
		keys.WriteString(`":0,`)
	}
	for name, in := range map[string]string{
		"many escaped keys": `{` + keys.String() + `"a":0}`,
		"many zeros":        `[` + strings.Repeat("0,", 1<<20) + `0]`,
		"many empty arrays": `[` + strings.Repeat("[ ],", 1<<18) + `0]`,
		"dirty and deep": strings.Repeat(`{"b":1,"a":`, MaxNesting-1) + `"` + strings.Repeat(`\/`,
			1<<18) + `"` + strings.Repeat(`}`, MaxNesting-1),
	} {
		out, err := Canonical([]byte(in), true)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if again, err := Canonical(out, true); err != nil || string(again) != string(out) {
			t.Errorf("%s: not the same twice: %v", name, err)
		}
	}
}
