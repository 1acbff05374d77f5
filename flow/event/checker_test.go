package event

import (
	"crypto/ed25519"
	"crypto/sha512"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/oasisprotocol/curve25519-voi/curve"
	"github.com/oasisprotocol/curve25519-voi/curve/scalar"
)

// torsion are the encodings of the points whose order divides eight, those that are longer than need be included: the
// y coordinate is not reduced, or the sign of an x that is zero is set.
var torsion = func() [][]byte {
	var out [][]byte
	for _, text := range []string{
		"0100000000000000000000000000000000000000000000000000000000000000",
		"0100000000000000000000000000000000000000000000000000000000000080",
		"ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
		"ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
		"0000000000000000000000000000000000000000000000000000000000000000",
		"0000000000000000000000000000000000000000000000000000000000000080",
		"26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
		"26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
		"c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
		"c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
		"edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
		"edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
		"eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
		"eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
	} {
		b, err := hex.DecodeString(text)
		if err != nil {
			panic(err)
		}
		out = append(out, b)
	}
	return out
}()

// scalars are values of S at the edges: zero, one, the order of the group and its neighbours, the largest that fit.
var scalars = func() [][]byte {
	var out [][]byte
	for _, text := range []string{
		"0000000000000000000000000000000000000000000000000000000000000000",
		"0100000000000000000000000000000000000000000000000000000000000000",
		"ecd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010",
		"edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010",
		"eed3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010",
		"ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff1f",
		"ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
	} {
		b, err := hex.DecodeString(text)
		if err != nil {
			panic(err)
		}
		out = append(out, b)
	}
	return out
}()

// agrees compares the verdicts of a Checker and of crypto/ed25519, and returns theirs.
func agrees(t *testing.T, what string, key, message, sig []byte) bool {
	t.Helper()
	want := ed25519.Verify(key, message, sig)
	c := NewChecker(key)
	for _, prepared := range []bool{false, true} {
		if got := c.Verify(message, sig); got != want {
			t.Errorf("%s, prepared %t: %t, crypto/ed25519 says %t\nkey       %x\nmessage   %x\nsignature %x", what, prepared,
				got, want, key, message, sig)
		}
		c.Prepare(worthPreparing)
	}
	return want
}

// Keys and R of small order, in every encoding, with S at every edge: what crypto/ed25519 takes is taken, and nothing
// else.
func TestCheckerAtTheEdges(t *testing.T) {
	taken := 0
	for _, key := range torsion {
		for _, r := range torsion {
			for _, s := range scalars {
				for i := range 16 {
					message := fmt.Appendf(nil, "message %d", i)
					if agrees(t, "small order", key, message, append(append([]byte{}, r...), s...)) {
						taken++
					}
				}
			}
		}
	}
	if taken < 100 {
		t.Errorf("only %d of the signatures are taken: the edges are not reached", taken)
	}
}

// Keys and R that are a point of the group plus one of small order: with the cofactor all of these signatures verify,
// without it, as crypto/ed25519 has it, only those whose parts of small order cancel out.
func TestCheckerOnMixedOrder(t *testing.T) {
	verdicts := map[bool]int{}
	secret, nonce := scalar.New().SetUint64(0x1234_5678_9abc_def1), scalar.New().SetUint64(0xfedc_ba98_7654_3211)
	base := curve.ED25519_BASEPOINT_TABLE
	point := func(k *scalar.Scalar, small []byte) []byte {
		var compressed curve.CompressedEdwardsY
		if _, err := compressed.SetBytes(small); err != nil {
			t.Fatal(err)
		}
		t8 := curve.NewEdwardsPoint()
		if _, err := t8.SetCompressedY(&compressed); err != nil {
			return nil // the standard library takes no such encoding either
		}
		p := curve.NewEdwardsPoint()
		p.Add(p.MulBasepoint(base, k), t8)
		out := curve.NewCompressedEdwardsY().SetEdwardsPoint(p)
		return out[:]
	}
	for _, a := range torsion {
		for _, r := range torsion {
			key, rBytes := point(secret, a), point(nonce, r)
			if key == nil || rBytes == nil {
				continue
			}
			for i := range 16 {
				message := fmt.Appendf(nil, "mixed %d", i)
				h := sha512.New()
				h.Write(rBytes)
				h.Write(key)
				h.Write(message)
				k, err := scalar.New().SetBytesModOrderWide(h.Sum(nil))
				if err != nil {
					t.Fatal(err)
				}
				s := scalar.New().Mul(k, secret)
				s.Add(s, nonce)
				sig := make([]byte, 64)
				copy(sig, rBytes)
				if err := s.ToBytes(sig[32:]); err != nil {
					t.Fatal(err)
				}
				verdicts[agrees(t, "mixed order", key, message, sig)]++
			}
		}
	}
	if verdicts[true] < 50 || verdicts[false] < 50 {
		t.Errorf("verdicts %v: one of the two hardly occurs", verdicts)
	}
}

// Good signatures, and good ones with any one byte changed, cut short, or by another key.
func TestCheckerOnOrdinarySignatures(t *testing.T) {
	random := rand.NewChaCha8([32]byte{7})
	for n := range 40 {
		seed := make([]byte, ed25519.SeedSize)
		random.Read(seed)
		private := ed25519.NewKeyFromSeed(seed)
		key := []byte(private.Public().(ed25519.PublicKey))
		message := make([]byte, n*7)
		random.Read(message)
		sig := ed25519.Sign(private, message)
		if !agrees(t, "good", key, message, sig) {
			t.Fatal("a good signature is none")
		}
		for i := range sig {
			bad := append([]byte{}, sig...)
			bad[i] ^= 1 << (n % 8)
			agrees(t, "changed", key, message, bad)
		}
		for i := range key {
			other := append([]byte{}, key...)
			other[i] ^= 1 << (n % 8)
			agrees(t, "by another key", other, message, sig)
		}
	}
	c := NewChecker(make([]byte, 31))
	c.Prepare(worthPreparing)
	if c.Verify(nil, make([]byte, 64)) || NewChecker(torsion[0]).Verify(nil, make([]byte, 63)) ||
		NewChecker(nil).Verify(nil, nil) {
		t.Error("what is too short verifies")
	}
}

// FuzzChecker looks for any other difference.
func FuzzChecker(f *testing.F) {
	for i, key := range torsion {
		f.Add(key, []byte("m"), append(append([]byte{}, torsion[(i+3)%len(torsion)]...), scalars[i%len(scalars)]...))
	}
	private := ed25519.NewKeyFromSeed(make([]byte, 32))
	f.Add([]byte(private.Public().(ed25519.PublicKey)), []byte("m"), ed25519.Sign(private, []byte("m")))
	f.Fuzz(func(t *testing.T, key, message, sig []byte) {
		if len(key) == ed25519.PublicKeySize && len(sig) == ed25519.SignatureSize {
			agrees(t, "fuzz", key, message, sig)
		}
	})
}

func BenchmarkChecker(b *testing.B) {
	private := ed25519.NewKeyFromSeed(make([]byte, 32))
	key, message := private.Public().(ed25519.PublicKey), make([]byte, 600)
	sig := ed25519.Sign(private, message)
	b.Run("crypto/ed25519", func(b *testing.B) {
		for b.Loop() {
			ed25519.Verify(key, message, sig)
		}
	})
	b.Run("prepare", func(b *testing.B) {
		for b.Loop() {
			NewChecker(key).Prepare(worthPreparing)
		}
	})
	b.Run("prepared", func(b *testing.B) {
		c := NewChecker(key)
		c.Prepare(worthPreparing)
		for b.Loop() {
			c.Verify(message, sig)
		}
	})
}
