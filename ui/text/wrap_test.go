package text

import (
	"slices"
	"strings"
	"testing"
)

func TestHanging(t *testing.T) {
	id := "$" + strings.Repeat("x", 90)
	for _, c := range []struct {
		text string
		want []string
	}{
		{"", []string{""}},
		{"  short  and kept", []string{"  short  and kept"}},
		{strings.Repeat("a", 80), []string{strings.Repeat("a", 80)}},
		{strings.Repeat("a", 79) + " b", []string{strings.Repeat("a", 79), "   b"}},
		{"event " + id + " stays whole", []string{"event", "   " + id, "   stays whole"}},
		{id, []string{id}}, {"   " + id, []string{"   " + id}},
	} {
		if got := hanging(c.text, 3); !slices.Equal(got, c.want) {
			t.Errorf("%q: %q, want %q", c.text, got, c.want)
		}
	}
}
