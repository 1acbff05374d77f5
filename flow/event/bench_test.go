package event

import (
	"fmt"
	"strings"
	"testing"
)

// benchEvents are a member event as two kinds of servers send it: in canonical form, and in another order.
func benchEvents(b *testing.B) map[string][]byte {
	e := joinIn(b, version(b, "10"), appendixKey(b))
	members, err := Members(e.CanonicalBytes())
	if err != nil {
		b.Fatal(err)
	}
	var unsorted []string
	for i := range members {
		m := members[i*7%len(members)] // 12 members: a permutation
		unsorted = append(unsorted, fmt.Sprintf("%q: %s", m.Key, m.Value))
	}
	return map[string][]byte{"canonical": e.CanonicalBytes(), "unsorted": []byte("{" + strings.Join(unsorted, ", ") + "}")}
}

// Everything about an event but its signatures.
func BenchmarkParseHashID(b *testing.B) {
	v := version(b, "10")
	for name, raw := range benchEvents(b) {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(raw)))
			b.ReportAllocs()
			for b.Loop() {
				e, err := Parse(v, raw)
				if err != nil || e.ID() == "" || e.ContentHash() == [32]byte{} {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkVerify(b *testing.B) {
	key := appendixKey(b)
	e := joinIn(b, version(b, "10"), key)
	sig := e.Signatures()[0]
	b.ReportAllocs()
	for b.Loop() {
		if !e.Verify(sig, key.Public()) {
			b.Fatal("does not verify")
		}
	}
}

func BenchmarkSignatures(b *testing.B) {
	e := joinIn(b, version(b, "10"), appendixKey(b))
	b.ReportAllocs()
	for b.Loop() {
		e.Signatures()
	}
}

func BenchmarkAuthEvents(b *testing.B) {
	e := joinIn(b, version(b, "10"), appendixKey(b))
	b.ReportAllocs()
	for b.Loop() {
		e.AuthEvents()
	}
}

func BenchmarkProblems(b *testing.B) {
	e := joinIn(b, version(b, "10"), appendixKey(b))
	b.ReportAllocs()
	for b.Loop() {
		if e.Problems() != nil {
			b.Fatal("problems")
		}
	}
}

func BenchmarkCanonical(b *testing.B) {
	for name, raw := range benchEvents(b) {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(raw)))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := Canonical(raw, true); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// An answer of 10 MB, split into its events.
func BenchmarkSplit(b *testing.B) {
	raw := benchEvents(b)["canonical"]
	answer := []byte(`{"auth_chain":[],"state":[` + strings.Repeat(string(raw)+",", 10<<20/len(raw)) + string(raw) + `]}`)
	b.SetBytes(int64(len(answer)))
	b.ReportAllocs()
	for b.Loop() {
		members, err := Members(answer)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := Elements(members[1].Value); err != nil {
			b.Fatal(err)
		}
	}
}
