package ui

import (
	"context"
	"slices"
	"sort"
	"time"

	"doorstep/flow"
	"doorstep/render"
	"doorstep/ui/story"
)

// A spot is a byte in the payload of an entry.
type spot struct{ seq, offset int }

func (s spot) before(o spot) bool { return s.seq < o.seq || s.seq == o.seq && s.offset < o.offset }

// A tally counts the matches in the payloads of a trace, from the first on.
type tally struct {
	next   spot    // where it goes on
	n      int     // matches so far
	blocks []block // those with matches
}

// A block is a part of a payload that begins outside of any match, and goes on to the next.
type block struct {
	from   spot
	before int // matches before it
}

const (
	blockBytes = 256 << 10
	countFor   = 40 * time.Millisecond // then what was counted is shown
)

// covers reports whether the entries of t are counted.
func (y *tally) covers(t flow.Trace) bool { return y.next.seq > len(t.Entries) }

// goOn counts on in t for a moment.
func (y tally) goOn(ctx context.Context, t flow.Trace, needle render.Needle) tally {
	y.next.seq = max(y.next.seq, 1)
	for begun := time.Now(); !y.covers(t) && ctx.Err() == nil && time.Since(begun) < countFor; {
		raw := story.Payload(t.Entry(y.next.seq))
		if y.next.offset >= len(raw) {
			y.next = spot{y.next.seq + 1, 0}
			continue
		}
		from, to, before := y.next, min(y.next.offset+blockBytes, len(raw)), y.n
		finder := needle.In(raw)
		for at := finder.Next(from.offset, to); at >= 0; at = finder.Next(y.next.offset, to) {
			y.n++
			y.next.offset = at + needle.Len()
		}
		y.next.offset = max(y.next.offset, to)
		if y.n > before {
			y.blocks = append(y.blocks, block{from, before})
		}
	}
	return y
}

// until returns how many of the matches that were counted begin before s.
func (y *tally) until(t flow.Trace, needle render.Needle, s spot) int {
	k := sort.Search(len(y.blocks), func(k int) bool { return !y.blocks[k].from.before(s) }) - 1
	if k < 0 {
		return 0
	}
	n := y.blocks[k].before
	y.walk(t, needle, k, func(at spot) bool {
		if at.before(s) {
			n++
		}
		return at.before(s)
	})
	return n
}

// match returns the k-th match, from 0, of those that were counted.
func (y *tally) match(t flow.Trace, needle render.Needle, k int) (found spot) {
	b := sort.Search(len(y.blocks), func(b int) bool { return y.blocks[b].before > k }) - 1
	n := y.blocks[b].before
	y.walk(t, needle, b, func(at spot) bool {
		found = at
		n++
		return n <= k
	})
	return found
}

// walk goes through the matches of block k as long as more says so.
func (y *tally) walk(t flow.Trace, needle render.Needle, k int, more func(spot) bool) {
	from := y.blocks[k].from
	raw := story.Payload(t.Entry(from.seq))
	finder, to := needle.In(raw), min(from.offset+blockBytes, len(raw))
	for at := finder.Next(from.offset, to); at >= 0 && more(spot{from.seq, at}); {
		at = finder.Next(at+needle.Len(), to)
	}
}

// next returns the first match in t at s or after it, around the end.
func next(ctx context.Context, t flow.Trace, needle render.Needle, s spot) (found spot, wrapped bool) {
	s.seq = max(s.seq, 1)
	for range len(t.Entries) + 1 {
		if s.seq > len(t.Entries) {
			s, wrapped = spot{1, 0}, true
		}
		if ctx.Err() != nil || len(t.Entries) == 0 {
			break
		}
		raw := story.Payload(t.Entry(s.seq))
		if at := needle.In(raw).Next(max(s.offset, 0), len(raw)); at >= 0 {
			return spot{s.seq, at}, wrapped
		}
		s = spot{s.seq + 1, 0}
	}
	return spot{}, false
}

// previous returns the last match in t before s, around the beginning. What y has not counted yet of t is counted
// first.
func previous(ctx context.Context, t flow.Trace, needle render.Needle, y tally, s spot) (found spot, wrapped bool) {
	y.blocks = slices.Clip(y.blocks) // others count on too
	for !y.covers(t) && ctx.Err() == nil {
		y = y.goOn(ctx, t, needle)
	}
	all := y.until(t, needle, spot{len(t.Entries) + 1, 0})
	if all == 0 || ctx.Err() != nil {
		return spot{}, false
	}
	k := y.until(t, needle, s) - 1
	if wrapped = k < 0; wrapped {
		k = all - 1
	}
	return y.match(t, needle, k), wrapped
}
