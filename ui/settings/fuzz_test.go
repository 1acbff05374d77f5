package settings

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

// FuzzTake reads any file of settings: it says what is wrong, a line each, and what is right is in force; what is said
// of a setting last counts, and the same file says the same again.
func FuzzTake(f *testing.F) {
	for _, s := range []string{`{"theme":"dark","ascii":true,"keys":{"quit":"x"}}`, `{"profiles":{"lab":{"user":"@me:a","key":"k",` +
		`"via":["a","b"],"theme":"mono"}}}`, `{"theme":5}`, `{"a":1,`, `[]`, `{"color":"never","color":"always"}`, `{"profiles":{"é\n":[]}}`} {
		f.Add([]byte(s))
	}
	f.Add([]byte(`{"` + strings.Repeat("\xd2", 3000) + `":1,"profiles":{"lab":{"` + strings.Repeat("\xd2", 3000) + `":1}}}`))
	for _, name := range Names() {
		for _, v := range []string{`"x"`, `true`, `5`, `["a"]`, `{"a":"b"}`} {
			f.Add(fmt.Appendf(nil, `{%q:%s}`, name, v))
		}
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		take := func(content []byte) Kept {
			k := Kept{Values: Defaults(), Says: map[string]bool{}}
			k.folder = "/settings"
			k.take("/settings/s.json", content)
			return k
		}
		k := take(content)
		if again := take(content); !reflect.DeepEqual(k, again) {
			t.Fatalf("%q says another thing the second time: %+v, %+v", content, k, again)
		}
		problems := slices.Clone(k.Problems)
		for _, p := range k.Profiles {
			problems = append(problems, p.Problems...)
			v := Defaults()
			if names := p.Over(&v); len(names)+len(p.Flags) != len(p.Says()) {
				t.Errorf("the profile %q says %q, and settles %q", p.Name, p.Says(), names)
			}
			for _, flag := range p.Flags {
				if len(flag.Values) == 0 || p.Value(flag.Name) != flag.Values[0] {
					t.Errorf("the profile %q gives %q nothing", p.Name, flag.Name)
				}
			}
			if found, ok := k.Profile(p.Name); !ok || found.Name != p.Name {
				t.Errorf("the profile %q is not found", p.Name)
			}
		}
		for _, p := range problems {
			if strings.ContainsAny(p, "\n\r\x1b") || len(p) > 8000 || !utf8.ValidString(p) {
				t.Errorf("%q: the problem is no short line: %q", content, p)
			}
		}
		var whole map[string]json.RawMessage
		if json.Unmarshal(content, &whole) != nil && len(k.Problems) == 0 && !trailing(content) {
			t.Errorf("%q is no object, and nothing is wrong with it", content)
		}
		for name := range k.Says {
			if !slices.Contains(Names(), name) {
				t.Errorf("%q says %q, which is no setting", content, name)
			}
		}
	})
}

// trailing reports whether an object stands before something else: only what is in it is read.
func trailing(content []byte) bool {
	var v map[string]json.RawMessage
	return json.NewDecoder(bytes.NewReader(content)).Decode(&v) == nil && v != nil
}
