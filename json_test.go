package main

import (
	"bytes"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"doorstep/recordings"
)

// Whatever a server says, all that the program prints as JSON is one line of valid UTF-8 each, safe to show on a terminal.
func TestJSONOutputIsSafe(t *testing.T) {
	r, err := recordings.Open("banned")
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	said := "is banned\u007f\u009b31m\u202emoc\u200b\u2028\ufeff\U000e0067 "
	hostile := strings.ReplaceAll(string(b), "is banned ", said)
	if hostile == string(b) {
		t.Fatal("the recording says something else now")
	}
	file := filepath.Join(t.TempDir(), "hostile.jsonl")
	if err := os.WriteFile(file, []byte(hostile), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{
		{"replay", file, "--json"}, {"replay", file, "--ndjson"}, {"verify", file, "--json", "--all-checks"}, {"verify", file, "--ndjson"},
		{"replay", "public-v12", "--json", "--all-checks"}, {"sandbox", "--list", "--json"}, {"info", "--json"},
	} {
		var stdout, stderr bytes.Buffer
		run(args, &stdout, &stderr)
		text := stdout.String()
		if !utf8.ValidString(text) || text == "" {
			t.Errorf("%q: %d bytes, not all UTF-8", args, len(text))
		}
		for _, c := range text {
			if c != '\n' && (!unicode.IsGraphic(c) || unicode.In(c, unicode.Variation_Selector)) {
				t.Fatalf("%q: %U", args, c)
			}
		}
		heard := args[0] != "replay" || args[1] != file
		for _, line := range strings.Split(strings.TrimSuffix(text, "\n"), "\n") {
			var v any
			if err := json.Unmarshal([]byte(line), &v); err != nil {
				t.Fatalf("%q: %v: %.200s", args, err, line)
			}
			heard = heard || holds(v, said)
		}
		if !heard {
			t.Errorf("%q: what the server said is not in it", args)
		}
	}
}

// holds reports whether a text is in a JSON value.
func holds(v any, text string) bool {
	switch v := v.(type) {
	case string:
		return strings.Contains(v, text)
	case []any:
		for _, e := range v {
			if holds(e, text) {
				return true
			}
		}
	case map[string]any:
		for _, e := range v {
			if holds(e, text) {
				return true
			}
		}
	}
	return false
}
