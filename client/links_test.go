package client

import (
	"slices"
	"strings"
	"testing"
)

func TestParseRoomRef(t *testing.T) {
	for _, c := range []struct {
		from, room string
		via        []string
	}{
		{"#a:b.example", "#a:b.example", nil},
		{"!a:b.example", "!a:b.example", nil},
		{"!31hneApxJ_1o-63DmFrpeqnkFfWppnzWso1JvH3ogLM", "!31hneApxJ_1o-63DmFrpeqnkFfWppnzWso1JvH3ogLM", nil},
		{"https://matrix.to/#/#a:b.example", "#a:b.example", nil},
		{"https://matrix.to/#/%23a:b.example", "#a:b.example", nil},
		{"HTTPS://matrix.to/#/%23a%3Ab.example:8448", "#a:b.example:8448", nil},
		{"https://matrix.to/#/!a:b.example?via=b.example&via=c.example%3A8448", "!a:b.example",
			[]string{"b.example", "c.example:8448"}},
		{"https://matrix.to/#/!a:b.example/$event?via=b.example", "!a:b.example", []string{"b.example"}},
		{"https://matrix.to/#/#a%2Fb:b.example", "#a/b:b.example", nil},
		{"matrix:r/a:b.example", "#a:b.example", nil},
		{"matrix:room/a:b.example", "#a:b.example", nil},
		{"matrix://authority/r/a:b.example?action=join", "#a:b.example", nil},
		{"MATRIX:roomid/a:b.example?via=b.example&action=join&via=c.example", "!a:b.example",
			[]string{"b.example", "c.example"}},
		{"matrix:roomid/a:b.example/e/event", "!a:b.example", nil},
	} {
		got, err := ParseRoomRef(c.from)
		if err != nil || got.Room != c.room || !slices.Equal(got.Via, c.via) {
			t.Errorf("%s: %+v, %v", c.from, got, err)
		}
	}
	for from, says := range map[string]string{
		"": "an alias", "foo": `"foo" names no room`, "@a:b.example": "names no room", "a:b.example": "names no room",
		"https://matrix.to/#/@a:b.example": "leads to no room", "https://matrix.to/": "leads to no room",
		"https://example.org/#/#a:b.example": "matrix.to", "matrix:u/a:b.example": "leads to no room",
		"matrix:r/": "leads to no room", "matrix:": "leads to no room", "matrix:r/a%zz": "%zz",
		"https://matrix.to/#/#a:b.example?via=b%zz": "%zz", "https://matrix.to/#/!a:b.example?via=no server": "via",
		"https://matrix.to/#/#a:b_c": "b_c", "#a": "names no server",
	} {
		if got, err := ParseRoomRef(from); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %+v, %v", from, got, err)
		}
	}
}
