package explain

import (
	"slices"
	"strings"
	"testing"
)

// The entries in the program can be read, each address has one, and what they refer to is there.
func TestEntries(t *testing.T) {
	entries, err := readAll(files)
	if err != nil {
		t.Fatal(err)
	}
	at := map[Address]Entry{}
	for _, e := range entries {
		for _, a := range e.At {
			if other, twice := at[a]; twice {
				t.Errorf("%s:%d: %s has an entry in %s:%d", e.File, e.Line, a, other.File, other.Line)
			}
			at[a] = e
		}
		if len(e.Spec) == 0 && !ofDoorstep(e) {
			t.Errorf("%s:%d: %s names no place of the specification", e.File, e.Line, e.Name)
		}
	}
}

// Whatever an entry is called, it is found by that, and under its address.
func TestAsk(t *testing.T) {
	for _, e := range All() {
		words := []string{e.Name, string(e.Kind) + " " + e.Name, string(e.Kind) + "/" + e.Name}
		for _, word := range append(words, e.Also...) {
			found, _ := Ask(word)
			if !holds(found, &e) {
				t.Errorf("%q does not find %s %s", word, e.Kind, e.Name)
			}
		}
		for _, at := range e.At {
			if got := Find(at); got == nil || got.Name != e.Name {
				t.Errorf("%s does not lead to %s", at, e.Name)
			}
		}
	}
}

func holds(found []*Entry, e *Entry) bool {
	for _, f := range found {
		if f.Kind == e.Kind && f.Name == e.Name && f.Line == e.Line {
			return true
		}
	}
	return false
}

func TestAskByAddress(t *testing.T) {
	for said, want := range map[string]string{
		"answer to make_join /room_version": "room_version", "Field error /errcode": "errcode", "R resolve": "resolve",
		"step R key/query": "notary query", "role/joining": "joining server", "  auth_CHAIN  ": "auth_chain",
	} {
		if found, _ := Ask(said); len(found) == 0 || found[len(found)-1].Name != want {
			t.Errorf("%q finds %d entries, and not %s", said, len(found), want)
		}
	}
}

func TestAskNearest(t *testing.T) {
	for said, want := range map[string]string{"resident servr": "resident server", "verify_kyes": "verify_keys"} {
		if found, near := Ask(said); len(found) != 0 || len(near) == 0 || near[0] != want {
			t.Errorf("%q: found %d, near %q; want %q", said, len(found), near, want)
		}
	}
	if found, near := Ask("qwertyuiop"); len(found)+len(near) != 0 {
		t.Errorf("something is near nothing: %q", near)
	}
}

func (a Address) String() string { return string(a.Kind) + " " + a.Where }

// ofDoorstep reports whether an entry is about what only Doorstep has, or about how it works: its checks, its steps,
// the events of its test rooms.
func ofDoorstep(e Entry) bool {
	switch e.Kind {
	case Check, Step, Role, Discovery:
		return true
	}
	return slices.ContainsFunc(e.At, func(a Address) bool { return strings.Contains(a.Where, "example.state") })
}
