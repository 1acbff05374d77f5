package lesson

import (
	"fmt"
	"strings"
	"testing"

	"doorstep/flow/explain"
)

// The first mention of a thing leads to its note, as a word of its own; what is literal only where all of it is the
// name.
func TestMentions(t *testing.T) {
	b := newBook()
	var near []*Note
	for _, ref := range []explain.Reference{{Kind: explain.Term, Name: "auth chain"},
		{Kind: explain.Field, Name: "verify_keys"}} {
		n, fresh := b.note(ref.Entry())
		if !fresh {
			t.Errorf("%s is there already", ref)
		}
		if again, fresh := b.note(ref.Entry()); fresh || again != n {
			t.Errorf("%s is there twice", ref)
		}
		near = append(near, n)
	}
	for in, want := range map[string]string{
		"The auth chain of it, an auth chain.": "The |[auth chain]| of it, an auth chain.",
		"Auth chains are long":                 "[Auth chains]| are long",
		"unauth chain, auth chained":           "unauth chain, auth chained",
		"in `verify_keys` or `verify_keys`":    "in |[`verify_keys`]| or |`verify_keys`",
		"`old_verify_keys` are no verify_keys": "`old_verify_keys`| are no |[verify_keys]",
		"İ auth chain":                         "İ auth chain", // its small form is longer
		"":                                     "",
	} {
		var got []string
		for _, s := range text(in, near) {
			part := s.Text
			if s.Code {
				part = "`" + part + "`"
			}
			if s.Anchor != "" {
				part = "[" + part + "]"
			}
			got = append(got, part)
		}
		if strings.Join(got, "|") != want {
			t.Errorf("%q is %q, want %q", in, strings.Join(got, "|"), want)
		}
	}
}

// No two notes have one anchor, whatever is on a page.
func TestAnchorsOnce(t *testing.T) {
	b, seen := newBook(), map[string]string{}
	for i := range explain.All() {
		e := &explain.All()[i]
		n, _ := b.note(e)
		if other, twice := seen[n.Anchor]; twice {
			t.Errorf("%s and %s are both at %q", e.Reference(), other, n.Anchor)
		}
		if strings.Trim(n.Anchor, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" {
			t.Errorf("%q is no plain anchor", n.Anchor)
		}
		seen[n.Anchor] = fmt.Sprint(e.Reference())
	}
}
