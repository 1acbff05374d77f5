package flowtest

import (
	"slices"
	"strings"
	"testing"
)

// What is looked for is found wherever it stands and in whatever case, prose only as a whole string, and nothing else.
func TestLeaksInText(t *testing.T) {
	secrets := []string{"alice.example", "alice.example.org", "!Room", "prose A word", "prose Synapse", "10.0.0.1", "gone"}
	text := `!rOOm of Alice.Example: "a Word", "synapse", a word; gon 10.0.0.`
	if got := LeaksInText(text, secrets); !slices.Equal(got, []string{"alice.example", "!Room", "prose A word"}) {
		t.Errorf("found %q", got)
	}
	for _, s := range secrets {
		want := s
		if prose, ok := strings.CutPrefix(s, "prose "); ok {
			want = `"` + prose + `"`
		}
		for _, text := range []string{want, "x" + want, want + "x", "gogon" + want + "…"} {
			if has := slices.Contains(LeaksInText(text, secrets), s); has == (s == "prose Synapse") {
				t.Errorf("%q in %q: %v", s, text, has)
			}
		}
	}
	if got := LeaksInText("", secrets); got != nil {
		t.Errorf("found %q in nothing", got)
	}
}
