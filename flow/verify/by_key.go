package verify

import (
	"cmp"
	"slices"
	"sync/atomic"

	"doorstep/flow/event"
)

// Most of the time that an answer takes goes into its signatures, and most of those are by few keys. They are verified
// before anything else is looked at, key by key, so that what is worked out of a key is there for all of its signatures
// and gone when they are done. The checks find the verdicts with the claims.

// A keyGroup is the claims that have to be signed by one key.
type keyGroup struct {
	server, keyID string
	checker       *event.Checker
	claims        []int32
	left          atomic.Int32 // shares that are not done
}

// sealShare is how many signatures by one key are verified at a stretch.
const sealShare = 128

// verifySignatures verifies the signatures that the claims have to carry.
func (v *verifier) verifySignatures() {
	if v.in.Redacted {
		return
	}
	type share struct {
		group  *keyGroup
		claims []int32
	}
	var shares []share
	all := 0
	for _, g := range v.keyGroups() {
		from := len(shares)
		all += len(g.claims)
		for claims := range slices.Chunk(g.claims, sealShare) {
			shares = append(shares, share{g, claims})
		}
		g.left.Store(int32(len(shares) - from))
	}
	v.in.Progress.begin(all)
	inParallel(len(shares), 1, v.over, func(i int) {
		g := shares[i].group
		g.checker.Prepare(len(g.claims))
		for _, at := range shares[i].claims {
			if v.over() {
				return
			}
			v.claims[at].seal(g)
		}
		v.in.Progress.add(len(shares[i].claims))
		if g.left.Add(-1) == 0 {
			g.checker.Release()
		}
	})
}

// seal verifies the signature of a claim by the key of a group. Of one claim no two groups are at work at a time: where
// an event has to be signed by several servers, it is in the group of the first alone.
func (c *claim) seal(g *keyGroup) {
	for i, s := range c.read.Event.Signatures() {
		if i < mostSealed && s.Server == g.server && s.KeyID == g.keyID {
			c.sealed.verified |= 1 << i
			if c.read.Event.VerifiedBy(s, g.checker) {
				c.sealed.good |= 1 << i
			}
		}
	}
}

// keyGroups returns the keys that claims have to be signed by, those with most signatures first.
func (v *verifier) keyGroups() []*keyGroup {
	type need struct {
		checker *event.Checker
		at      int32
	}
	const share = 1024
	needs := make([][]need, (len(v.claims)+share-1)/share)
	inParallel(len(needs), 1, v.over, func(n int) {
		for i := n * share; i < min((n+1)*share, len(v.claims)); i++ {
			if _, key, ok := v.firstKey(&v.claims[i]); ok {
				needs[n] = append(needs[n], need{key.checker, int32(i)})
			}
		}
	})
	groups := map[*event.Checker]*keyGroup{}
	var out []*keyGroup
	for _, list := range needs {
		for _, n := range list {
			g := groups[n.checker]
			if g == nil {
				server, key, _ := v.firstKey(&v.claims[n.at])
				g = &keyGroup{server: server, keyID: key.ID, checker: n.checker}
				groups[n.checker] = g
				out = append(out, g)
			}
			g.claims = append(g.claims, n.at)
		}
	}
	slices.SortStableFunc(out, func(a, b *keyGroup) int { return cmp.Compare(len(b.claims), len(a.claims)) })
	return out
}

// firstKey returns the server and the key of the first signature that counts of those that a claim has to carry.
func (v *verifier) firstKey(c *claim) (server string, key VerifyKey, ok bool) {
	e := c.read.Event
	if e == nil {
		return "", VerifyKey{}, false
	}
	all := e.Signatures()
	for _, server := range RequiredSigners(e) {
		list, problem := v.signatureFacts(e, all, server)
		for _, x := range list {
			if problem == "" && x.counts && x.key.checker != nil {
				return server, x.key, true
			}
		}
	}
	return "", VerifyKey{}, false
}
