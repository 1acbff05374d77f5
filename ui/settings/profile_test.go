package settings

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// A profile gives flags their values; paths count from its folder, or from the home.
func TestProfile(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("HOME", "/home/me")
	file := filepath.Join(dir, "lab.json")
	write := func(text string) Profile {
		t.Helper()
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		p, err := ReadProfile(file)
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	p := write(`{"user": "@me:my.example", "server_name": "my.example", "key": "../a.key", "tls_cert": "~/a.crt",
		"tls_key": "/b.key", "resolve": ["a:1:127.0.0.1", "b:1:127.0.0.1"], "via": "c", "allow_private": true,
		"insecure": false, "timeout": "90s", "record": false}
	`)
	want := []Flag{{"user", []string{"@me:my.example"}}, {"server-name", []string{"my.example"}},
		{"key", []string{filepath.Join(filepath.Dir(dir), "a.key")}}, {"tls-cert", []string{"/home/me/a.crt"}},
		{"tls-key", []string{"/b.key"}}, {"insecure", []string{"false"}},
		{"resolve", []string{"a:1:127.0.0.1", "b:1:127.0.0.1"}}, {"allow-private", []string{"true"}},
		{"via", []string{"c"}}, {"timeout", []string{"90s"}}}
	if len(p.Problems) > 0 || !slices.EqualFunc(p.Flags, want, func(a, b Flag) bool {
		return a.Name == b.Name && slices.Equal(a.Values, b.Values)
	}) {
		t.Errorf("%+v", p)
	}
	v := Defaults()
	if names := p.Over(&v); !slices.Equal(names, []string{"record"}) || v.Record {
		t.Errorf("settled are %q: %+v", names, v)
	}
	for text, want := range map[string]string{
		`{"user": ""}`:              `user: "" is no text`,
		`{"user": ["a"]}`:           `user: ["a"] is no text`,
		`{"key": 7}`:                `key: 7 is no path`,
		`{"resolve": []}`:           `resolve: [] is neither a text nor a list of texts`,
		`{"resolve": ["a", 1]}`:     `resolve: ["a", 1] is neither`,
		`{"timeout": 20}`:           `timeout: 20 is no time, such as "20s"`,
		`{"insecure": null}`:        `insecure: null is neither true nor false`,
		`{"theme": "pink"}`:         `theme: "pink": there are`,
		`{"keys": {}}`:              `"keys" is nothing that a profile can say`,
		`{"profiles": {}}`:          `"profiles" is nothing that a profile can say`,
		`{"allow-private": true}`:   `"allow-private" is nothing that a profile can say (did you mean allow_private?)`,
		`[]`:                        `[] is no JSON object`,
		`null`:                      `null is no JSON object`,
		`{"user": "@me:a"`:          `is no JSON object`,
		``:                          ` is no JSON object`,
		`{"user": "@me:a"} trailer`: `is no JSON object`,
	} {
		p := write(text)
		if len(p.Problems) != 1 || !strings.Contains(p.Problems[0], want) || strings.Contains(p.Problems[0], "\n") {
			t.Errorf("%s: problems %q, not %q", text, p.Problems, want)
		}
	}
}

// Every key of a profile but the settings is there once, and is told by the name that it has in the file.
func TestProfileKeys(t *testing.T) {
	keys := ProfileKeys()
	sorted := slices.Sorted(slices.Values(keys))
	if len(slices.Compact(sorted)) != len(keys) || slices.Contains(keys, "keys") || !slices.Contains(keys, "theme") {
		t.Errorf("a profile can say %q", keys)
	}
}
