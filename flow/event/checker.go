package event

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha512"
	"sync/atomic"

	"github.com/oasisprotocol/curve25519-voi/curve"
	"github.com/oasisprotocol/curve25519-voi/curve/scalar"
)

// A Checker verifies signatures by one key, in crypto/ed25519's verdict. Where many are to come Prepare makes each of
// them cost half. It is safe for concurrent use.
type Checker struct {
	key   ed25519.PublicKey
	table atomic.Pointer[curve.EdwardsBasepointTable] // multiples of the negated key; nil: not prepared
}

// NewChecker returns what verifies signatures by the holder of key; by a key of another length nothing verifies.
func NewChecker(key ed25519.PublicKey) *Checker { return &Checker{key: key} }

// worthPreparing is how many signatures make up for what Prepare takes.
const worthPreparing = 8

// Prepare works multiples of the key out where n signatures are worth it. They take 40 KiB until Release.
func (c *Checker) Prepare(n int) {
	if n < worthPreparing || c.table.Load() != nil {
		return
	}
	if negated, ok := c.negated(); ok {
		c.table.Store(curve.NewEdwardsBasepointTable(negated))
	}
}

// negated is the negated key; false where it is no point of the curve.
func (c *Checker) negated() (*curve.EdwardsPoint, bool) {
	if len(c.key) != ed25519.PublicKeySize {
		return nil, false
	}
	var compressed curve.CompressedEdwardsY
	var p curve.EdwardsPoint
	if _, err := compressed.SetBytes(c.key); err != nil {
		return nil, false
	}
	if _, err := p.SetCompressedY(&compressed); err != nil {
		return nil, false
	}
	return p.Neg(&p), true
}

// Release gives up what Prepare worked out.
func (c *Checker) Release() { c.table.Store(nil) }

// Verify reports whether sig is a signature of message. RFC 8032, section 5.1.7, as crypto/ed25519 has it: S is below
// the order of the group, and R is compared as bytes, with R = [S]B − [k]A, so that there is no cofactor.
func (c *Checker) Verify(message, sig []byte) bool {
	if len(sig) != ed25519.SignatureSize {
		return false
	}
	var s, k scalar.Scalar
	if _, err := s.SetCanonicalBytes(sig[32:]); err != nil {
		return false
	}
	hash := sha512.New()
	hash.Write(sig[:32])
	hash.Write(c.key)
	hash.Write(message)
	var digest [sha512.Size]byte
	if _, err := k.SetBytesModOrderWide(hash.Sum(digest[:0])); err != nil {
		return false
	}
	var r curve.EdwardsPoint
	if table := c.table.Load(); table != nil {
		var minusKA curve.EdwardsPoint
		r.MulBasepoint(curve.ED25519_BASEPOINT_TABLE, &s)
		r.Add(&r, minusKA.MulBasepoint(table, &k))
	} else {
		minusA, ok := c.negated()
		if !ok {
			return false
		}
		r.DoubleScalarMulBasepointVartime(&k, minusA, &s)
	}
	return bytes.Equal(curve.NewCompressedEdwardsY().SetEdwardsPoint(&r)[:], sig[:32])
}

// VerifiedBy is Verify with a key that is used more than once.
func (e *Event) VerifiedBy(sig Signature, c *Checker) bool {
	t := tapes.Get().(*tape)
	t.out = e.AppendSignedBytes(t.out[:0])
	ok := c.Verify(t.out, sig.Bytes)
	t.release()
	return ok
}
