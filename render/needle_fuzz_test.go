package render

import (
	"bytes"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// FuzzNeedle looks for any text, and any expression, in any bytes: the matches are those of bytes.Index and of regexp,
// however many bytes are looked at in one go.
func FuzzNeedle(f *testing.F) {
	const body = `{"type":"m.room.member","users_default":0,"x":["ab","ABB"],"event":"$abc+d"}`
	for i, pattern := range []string{"users_def.*lt", "ab", "AB", "a+b", "$abc", `\d+`, "type|event", "[", "é", "a*", "(?i)x", "\xff"} {
		f.Add(pattern, []byte(body), uint8(3*i))
	}
	f.Fuzz(func(t *testing.T, pattern string, raw []byte, block uint8) {
		if len(pattern) > 100 || len(raw) > 2000 {
			return
		}
		size := int(block) + 1
		if got, want := found(NewNeedle(pattern), raw, size), textsIn(raw, pattern); !slices.Equal(got, want) {
			t.Fatalf("%q, %d at a time, is found as %q in %q, want %q", pattern, size, got, raw, want)
		}
		n, err := ParseNeedle(pattern)
		got := found(n, raw, size)
		if whole := found(n, raw, len(raw)+1); !slices.Equal(got, whole) {
			t.Fatalf("%q, %d at a time, is found as %q in %q, and at once as %q", pattern, size, got, raw, whole)
		}
		if err != nil || !n.IsExpression() || pattern[0] == '$' {
			return
		}
		flags := "(?i)"
		if hasCapital(pattern) {
			flags = ""
		}
		exp, err := regexp.Compile(flags + pattern)
		if err != nil {
			return // an option of the pattern makes another of it
		}
		var want []string
		for at := 0; at < len(raw); { // a match goes over the end of no clause
			end := clauseEnd(raw, at)
			for _, m := range exp.FindAll(raw[at:end], -1) {
				if len(m) > 0 {
					want = append(want, string(m))
				}
			}
			at = end
		}
		if !slices.Equal(got, want) {
			t.Fatalf("%q is found as %q in %q, want %q", pattern, got, raw, want)
		}
	})
}

// textsIn is found for a text, the obvious way.
func textsIn(raw []byte, text string) (out []string) {
	in, want := raw, []byte(text)
	if strings.IndexFunc(text, func(r rune) bool { return r >= 'A' && r <= 'Z' }) < 0 {
		in = asciiLower(raw)
	}
	for at := 0; len(want) > 0; {
		i := bytes.Index(in[at:], want)
		if i < 0 {
			break
		}
		out = append(out, string(raw[at+i:at+i+len(want)]))
		at += i + len(want)
	}
	return out
}

func asciiLower(b []byte) []byte {
	b = bytes.Clone(b)
	for i, c := range b {
		if c >= 'A' && c <= 'Z' {
			b[i] = c | 0x20
		}
	}
	return b
}
