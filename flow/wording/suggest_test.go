package wording

import (
	"slices"
	"testing"
)

func TestNearest(t *testing.T) {
	names := []string{"banned", "ban-list", "bad-hash", "bad-signature", "public-v1", "public-v10", "public-v11", "public-v12"}
	for said, want := range map[string][]string{
		"bannd": {"banned"}, "BANNED": {"banned"}, "abnned": {"banned"}, "ban": {"banned", "ban-list"},
		"hash": {"bad-hash"}, "public-v": {"public-v1", "public-v10", "public-v11"}, "signature": {"bad-signature"},
		"zzzzzz": nil, "": nil, "é": nil,
	} {
		if got := Nearest(said, names); !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", said, got, want)
		}
	}
}
