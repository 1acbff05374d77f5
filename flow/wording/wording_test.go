package wording

import (
	"errors"
	"strings"
	"testing"
	"unicode/utf8"
)

// What is clipped ends between characters, says that it was clipped, and is no longer than asked for but for that.
func TestClipTo(t *testing.T) {
	for _, text := range []string{"", "a", "plain text", strings.Repeat("ü", 9), strings.Repeat("😀", 5), "\xff\xfe\xfd\xfc"} {
		for most := range len(text) + 2 {
			got := ClipTo(text, most)
			kept, clipped := strings.CutSuffix(got, "…")
			switch {
			case clipped != (len(text) > most):
				t.Errorf("%q to %d: %q", text, most, got)
			case len(kept) > most || !strings.HasPrefix(text, kept):
				t.Errorf("%q to %d: kept %q", text, most, kept)
			case utf8.ValidString(text) && !utf8.ValidString(kept):
				t.Errorf("%q to %d: cut within a character: %q", text, most, kept)
			}
		}
	}
}

func TestNamesAndCounts(t *testing.T) {
	for name, want := range map[string]string{"": `""`, "m.room.create": "m.room.create", "a b": `"a b"`, "\x1b[2J": `"\x1b[2J"`,
		`a"b`: `"a\"b"`, "ü": `"ü"`} {
		if got := Name(name); got != want {
			t.Errorf("%q: %s, want %s", name, got, want)
		}
	}
	for n, want := range map[int]string{0: "0 events", 1: "1 event", 2: "2 events"} {
		if got := Count(n, "event"); got != want {
			t.Errorf("%d: %s", n, got)
		}
	}
}

func TestNotAnObject(t *testing.T) {
	for body, want := range map[string]string{" ": "the body is empty", "[]": "not a JSON object: bad",
		"\x1f\x8b\x08": "not a JSON object: it is compressed with gzip, and nobody asked for that"} {
		if got := NotAnObject([]byte(body), errors.New("bad")); got != want {
			t.Errorf("%q: %s, want %s", body, got, want)
		}
	}
}
