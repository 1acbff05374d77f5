package verify

import (
	"context"
	"sync/atomic"
	"time"
)

// Progress tells how far a verification has got that goes on elsewhere. The zero value tells of one that has not begun;
// it is safe for concurrent use, and nil takes no notice of anything.
type Progress struct {
	done, all atomic.Int64
	given     atomic.Bool // up
	bounds    atomic.Pointer[bounds]
}

// bounds are those of whoever has verifications begun.
type bounds struct {
	ctx  context.Context
	time time.Duration // for each; 0: as long as it takes
}

// Within has verifications given up once ctx ends, those that begin after that too; and each of them stopped after so
// long, with what it has not looked at not checked, unless time is 0. It holds until release is called.
func (p *Progress) Within(ctx context.Context, time time.Duration) (release func()) {
	b := &bounds{ctx, time}
	p.bounds.Store(b)
	return func() { p.bounds.CompareAndSwap(b, nil) }
}

// time is how long the verification that begins may take; 0: as long as it takes.
func (p *Progress) time() time.Duration {
	if p == nil {
		return 0
	}
	if b := p.bounds.Load(); b != nil {
		return b.time
	}
	return 0
}

// Signatures returns how many events have had their signatures verified, of how many.
func (p *Progress) Signatures() (done, all int) { return int(p.done.Load()), int(p.all.Load()) }

// Stop has the verification given up that is going on, if one is: Verify returns nil soon after.
func (p *Progress) Stop() { p.given.Store(true) }

func (p *Progress) stopped() bool {
	if p == nil {
		return false
	}
	b := p.bounds.Load()
	return p.given.Load() || b != nil && b.ctx.Err() != nil
}

// start forgets that an earlier verification was given up.
func (p *Progress) start() {
	if p != nil {
		p.given.Store(false)
	}
}

func (p *Progress) begin(all int) {
	if p != nil {
		p.done.Store(0)
		p.all.Store(int64(all))
	}
}

func (p *Progress) add(done int) {
	if p != nil {
		p.done.Add(int64(done))
	}
}
