package verify

import "sync/atomic"

// Progress tells how far a verification has got that goes on elsewhere. The zero value tells of one that has not begun;
// it is safe for concurrent use, and nil takes no notice of anything.
type Progress struct {
	done, all atomic.Int64
	given     atomic.Bool // up
}

// Signatures returns how many events have had their signatures verified, of how many.
func (p *Progress) Signatures() (done, all int) { return int(p.done.Load()), int(p.all.Load()) }

// Stop has the verification given up that is going on, if one is: Verify returns nil soon after.
func (p *Progress) Stop() { p.given.Store(true) }

func (p *Progress) stopped() bool { return p != nil && p.given.Load() }

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
