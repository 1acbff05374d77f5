package wording

import (
	"strings"
	"testing"
	"unicode/utf8"
)

// FuzzChanges: a text is itself without a change, changes go both ways, there are no more than characters, and up to
// any number they are the same.
func FuzzChanges(f *testing.F) {
	f.Add("make_join", "make_jion", uint8(1))
	f.Add("", "abc", uint8(2))
	f.Add("ab", "ba", uint8(0))
	f.Add("é\xff", "e", uint8(3))
	f.Fuzz(func(t *testing.T, a, b string, most uint8) {
		if len(a) > 200 || len(b) > 200 {
			return
		}
		n := Changes(a, b)
		if back := Changes(b, a); back != n || Changes(a, a) != 0 {
			t.Errorf("%q and %q: %d changes, and %d back", a, b, n, back)
		}
		ra, rb := utf8.RuneCountInString(a), utf8.RuneCountInString(b)
		if n > max(ra, rb) || n < max(ra-rb, rb-ra) || (n == 0) != (strings.ToValidUTF8(a, "\ufffd") == strings.ToValidUTF8(b, "\ufffd")) &&
			utf8.ValidString(a) && utf8.ValidString(b) {
			t.Errorf("%q and %q: %d changes", a, b, n)
		}
		if got := ChangesUpTo(int(most), a, b); n <= int(most) && got != n || n > int(most) && got <= int(most) {
			t.Errorf("%q and %q: %d changes, and %d with up to %d", a, b, n, got, most)
		}
	})
}

// FuzzClip: what is clipped is the beginning of a text, between characters, and of a name what a line can hold.
func FuzzClip(f *testing.F) {
	f.Add("déjà", uint8(2))
	f.Add("a\n\x1b[31m", uint8(255))
	f.Add("\x80\x80\x80", uint8(2))
	f.Fuzz(func(t *testing.T, s string, most uint8) {
		cut, more := strings.CutSuffix(ClipTo(s, int(most)), "…")
		if len(cut) > int(most) || !strings.HasPrefix(s, cut) || utf8.ValidString(s) && !utf8.ValidString(cut) ||
			!more && cut != s {
			t.Errorf("%q up to %d is %q", s, most, cut)
		}
		for _, said := range []string{Name(s), Quote(s)} {
			if said == "" || strings.ContainsFunc(said, func(r rune) bool { return r < ' ' || r == 0x7f }) || !utf8.ValidString(said) {
				t.Errorf("%q is said as %q", s, said)
			}
		}
	})
}
