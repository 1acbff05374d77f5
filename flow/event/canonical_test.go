package event

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
)

// Spec: appendices, canonical JSON, examples; the last one is Normal's, below.
var appendixPairs = []struct{ in, want string }{
	{`{}`, `{}`},
	{"{\n    \"one\": 1,\n    \"two\": \"Two\"\n}", `{"one":1,"two":"Two"}`},
	{"{\n    \"b\": \"2\",\n    \"a\": \"1\"\n}", `{"a":"1","b":"2"}`},
	{`{"b":"2","a":"1"}`, `{"a":"1","b":"2"}`},
	{`{
    "auth": {
        "success": true,
        "mxid": "@john.doe:example.com",
        "profile": {
            "display_name": "John Doe",
            "three_pids": [
                {
                    "medium": "email",
                    "address": "john.doe@example.org"
                },
                {
                    "medium": "msisdn",
                    "address": "123456789"
                }
            ]
        }
    }
}`, `{"auth":{"mxid":"@john.doe:example.com","profile":{"display_name":"John Doe","three_pids":[{"address":"john.doe@example.org","medium":"email"},{"address":"123456789","medium":"msisdn"}]},"success":true}}`},
	{`{"a": "日本語"}`, `{"a":"日本語"}`},
	{"{\n    \"本\": 2,\n    \"日\": 1\n}", `{"日":1,"本":2}`},
	{`{"a": "\u65E5"}`, `{"a":"日"}`},
	{`{"a": null}`, `{"a":null}`},
}

func TestCanonicalAppendix(t *testing.T) {
	for _, p := range appendixPairs {
		for _, strict := range []bool{true, false} {
			if got, err := Canonical([]byte(p.in), strict); err != nil || string(got) != p.want {
				t.Errorf("Canonical(%s, %v) = %s, %v; want %s", p.in, strict, got, err, p.want)
			}
		}
		if got, err := Normal([]byte(p.in)); err != nil || string(got) != p.want {
			t.Errorf("Normal(%s) = %s, %v; want %s", p.in, got, err, p.want)
		}
	}
	in, want := `{"a": -0, "b": 1e10}`, `{"a":0,"b":10000000000}`
	if got, err := Normal([]byte(in)); err != nil || string(got) != want {
		t.Errorf("Normal(%s) = %s, %v; want %s", in, got, err, want)
	}
}

func TestCanonicalSpelling(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"white space around", " \t\r\n[ ] ", `[]`},
		{"white space within", "[ 1 ,\n2\t,{ \"a\" : [ ] } ]", `[1,2,{"a":[]}]`},
		{"one dirty string far down", `{"a":{"b":[1,2,["\/"]]},"c":1}`, `{"a":{"b":[1,2,["/"]]},"c":1}`},
		{"short escapes", `"\b\t\n\f\r\"\\"`, `"\b\t\n\f\r\"\\"`},
		{"short escapes written long", `"\u0008\u0009\u000A\u000c\u000D\u0022\u005C"`, `"\b\t\n\f\r\"\\"`},
		{"other controls", `"\u0000\u0001\u0007\u000B\u000e\u001F"`, `"\u0000\u0001\u0007\u000b\u000e\u001f"`},
		{"solidus", `"\/ /"`, `"/ /"`},
		{"no HTML escapes", `"\u003c\u003E\u0026<>&"`, `"<>&<>&"`},
		{"DEL and line separators are raw", `"\u007f\u2028\u2029"`, "\"\x7f\u2028\u2029\""},
		{"surrogate pair", `"\ud83d\udc08\uFE0F"`, "\"\U0001F408\uFE0F\""},
		{"last code points", `"\uFFFF\uDBFF\uDFFF"`, "\"\uFFFF\U0010FFFF\""},
		{"raw replacement character is text", "\"\uFFFD\\ufffd\"", "\"\uFFFD\uFFFD\""},
		{"noncharacters", "\"\uFFFE\U0001FFFF\"", "\"\uFFFE\U0001FFFF\""},
		{"code points, not UTF-16 units", "{\"\U0001F600\":1,\"\uFB33\":2}", "{\"\uFB33\":2,\"\U0001F600\":1}"},
		{"by bytes, not by case", `{"a":1,"B":2,"_":3,"A":4}`, `{"A":4,"B":2,"_":3,"a":1}`},
		{"prefix first", `{"ab":1,"a":2,"":3,"a ":4}`, `{"":3,"a":2,"a ":4,"ab":1}`},
		{"by text, not by spelling", `{"b":1,"\u0061":2}`, `{"a":2,"b":1}`},
		{"escaped key in order", `{"a\u0062":1,"b":2}`, `{"ab":1,"b":2}`},
		{"key with an escape that stays", `{"b":1,"a\n":2}`, `{"a\n":2,"b":1}`},
		{"control key before all others", `{" ":1,"\u0000":2}`, `{"\u0000":2," ":1}`},
		{"not normalised", "{\"e\u0301\":1,\"\u00e9\":2}", "{\"e\u0301\":1,\"\u00e9\":2}"},
		{"words", `[true,false,null]`, `[true,false,null]`},
		{"scalar", ` 7 `, `7`},
		{"integers", `[0,-1,9007199254740991,-9007199254740991,1000000000000000]`,
			`[0,-1,9007199254740991,-9007199254740991,1000000000000000]`},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, strict := range []bool{true, false} {
				got, err := Canonical([]byte(c.in), strict)
				if err != nil || string(got) != c.want {
					t.Errorf("strict %v: got %q, %v; want %q", strict, got, err, c.want)
				}
			}
		})
	}
}

// Sorting has two ways, by the number of keys: both against a sorted list.
func TestCanonicalManyKeys(t *testing.T) {
	for _, n := range []int{2, 15, 16, 17, 18, 1000} {
		var keys []string
		for i := range n {
			keys = append(keys, fmt.Sprintf("k%d", i*7919%n)) // a permutation: 7919 is a prime above n
		}
		in := `{"` + strings.Join(keys, `":0,"`) + `":0}`
		slices.Sort(keys)
		want := `{"` + strings.Join(keys, `":0,"`) + `":0}`
		got, err := Canonical([]byte(in), true)
		if err != nil || string(got) != want {
			t.Errorf("%d keys: got %.80s, %v", n, got, err)
		}
		in = in[:len(in)-1] + `,"k0":0}`
		var syntax *SyntaxError
		if _, err := Canonical([]byte(in), true); !errors.As(err, &syntax) || syntax.Kind != DuplicateKey {
			t.Errorf("%d keys, k0 twice: %v", n, err)
		} else if syntax.Offset != len(in)-len(`"k0":0}`) || syntax.Path != "/k0" {
			t.Errorf("%d keys, k0 twice: found at %d %q", n, syntax.Offset, syntax.Path)
		}
	}
}

func TestNumbers(t *testing.T) {
	const no = "" // refused
	for _, c := range []struct{ in, strict, normal string }{
		{"0", "0", "0"},
		{"-0", no, "0"},
		{"-1", "-1", "-1"},
		{"0.0", no, "0"},
		{"-0.0e5", no, "0"},
		{"0e99999999999999999999", no, "0"},
		{"1.0", no, "1"},
		{"1.5", no, no},
		{"1.50e1", no, "15"},
		{"15e-1", no, no},
		{"150e-1", no, "15"},
		{"-150.00e-1", no, "-15"},
		{"1E+2", no, "100"},
		{"0.001e3", no, "1"},
		{"0.0001e3", no, no},
		{"1e10", no, "10000000000"},
		{"9007199254740991", "9007199254740991", "9007199254740991"},
		{"9007199254740992", no, no},
		{"-9007199254740991", "-9007199254740991", "-9007199254740991"},
		{"-9007199254740992", no, no},
		{"9007199254740991.0", no, "9007199254740991"},
		{"9.007199254740991e15", no, "9007199254740991"},
		{"9.007199254740992e15", no, no},
		{"9007199254740991e0", no, "9007199254740991"},
		{"9007199254740991000e-3", no, "9007199254740991"},
		{"1e15", no, "1000000000000000"},
		{"1e16", no, no},
		{"1e400", no, no},
		{"1e-400", no, no},
		{"1e99999999999999999999", no, no},
		{"1e-99999999999999999999", no, no},
		{"1e9223372036854775807", no, no},
		{"10e9223372036854775807", no, no},
		{"0.1e-9223372036854775808", no, no},
		{"18446744073709551616", no, no},
		{strings.Repeat("9", 5000), no, no},
		{"1" + strings.Repeat("0", 5000) + "e-5000", no, "1"},
	} {
		in := []byte(`{"n":` + c.in + `}`)
		for _, way := range []struct {
			name, want string
			do         func() ([]byte, error)
		}{
			{"strict", c.strict, func() ([]byte, error) { return Canonical(in, true) }},
			{"normal", c.normal, func() ([]byte, error) { return Normal(in) }},
			{"lenient", c.in, func() ([]byte, error) { return Canonical(in, false) }},
		} {
			got, err := way.do()
			if way.want == no {
				var syntax *SyntaxError
				if !errors.As(err, &syntax) || syntax.Kind != BadNumber || syntax.Offset != 5 || syntax.Path != "/n" {
					t.Errorf("%s %.30s: got %.30s, %v; want a bad number at 5, /n", way.name, c.in, got, err)
				}
			} else if err != nil || string(got) != `{"n":`+way.want+`}` {
				t.Errorf("%s %.30s: got %.30s, %v; want %.30s", way.name, c.in, got, err, way.want)
			}
		}
	}
}

func TestCanonicalKeepsItsInput(t *testing.T) {
	in := []byte(`{"b":"\u0061","a":[1,{"z":0,"y":"\/"}]}`)
	before := string(in)
	if _, err := Canonical(in, true); err != nil {
		t.Fatal(err)
	}
	if string(in) != before {
		t.Errorf("input changed to %s", in)
	}
}
