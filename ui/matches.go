package ui

import (
	"context"
	"slices"
	"sort"
	"time"

	"doorstep/render"
)

// end is a spot that no match of b lies at or after.
func (b block) end() spot { return spot{b.from.seq, b.from.part, b.from.offset + blockBytes} }

const (
	blockBytes = 256 << 10
	countFor   = 40 * time.Millisecond // then what was counted is shown
)

// covers reports whether the first n entries are counted.
func (y *tally) covers(n int) bool { return y.next.seq > n }

// goOn counts on for a moment.
func (y tally) goOn(ctx context.Context, hay *haystack, needle render.Needle) tally {
	for begun := time.Now(); !y.covers(hay.last()) && ctx.Err() == nil && time.Since(begun) < countFor; {
		raw := hay.in(y.next)
		if y.next.offset >= len(raw) {
			y.next = y.next.next()
			continue
		}
		from, to, before := y.next, min(y.next.offset+blockBytes, len(raw)), y.n
		finder := needle.In(raw)
		for at := finder.Next(from.offset, to); at >= 0; at = finder.Next(y.next.offset, to) {
			y.n++
			y.next.offset = finder.End()
		}
		y.next.offset = max(y.next.offset, to)
		if y.n > before {
			y.blocks = append(y.blocks, block{from, before})
		}
	}
	return y
}

// until returns how many of the matches that were counted begin before s.
func (y *tally) until(hay *haystack, needle render.Needle, s spot) int {
	k := sort.Search(len(y.blocks), func(k int) bool { return !y.blocks[k].from.before(s) }) - 1
	if k < 0 {
		return 0
	}
	n := y.blocks[k].before
	if k+1 < len(y.blocks) && !s.before(y.blocks[k].end()) { // all of it lies before
		return y.blocks[k+1].before
	}
	y.walk(hay, needle, k, func(at match) bool {
		if at.before(s) {
			n++
		}
		return at.before(s)
	})
	return n
}

// match returns the k-th match, from 0, of those that were counted.
func (y *tally) match(hay *haystack, needle render.Needle, k int) (found match) {
	b := sort.Search(len(y.blocks), func(b int) bool { return y.blocks[b].before > k }) - 1
	n := y.blocks[b].before
	y.walk(hay, needle, b, func(at match) bool {
		found = at
		n++
		return n <= k
	})
	return found
}

// walk goes through the matches of block k as long as more says so.
func (y *tally) walk(hay *haystack, needle render.Needle, k int, more func(match) bool) {
	from := y.blocks[k].from
	raw := hay.in(from)
	finder, to := needle.In(raw), min(from.offset+blockBytes, len(raw))
	for at := finder.Next(from.offset, to); at >= 0; at = finder.Next(finder.End(), to) {
		if !more(match{spot{from.seq, from.part, at}, finder.End()}) {
			return
		}
	}
}

// next returns the first match at s or after it, around the end.
func next(ctx context.Context, hay *haystack, needle render.Needle, s spot) (found match, wrapped bool) {
	begun := s
	for ctx.Err() == nil {
		past := s.seq > hay.last()
		if wrapped && (past || begun.before(s)) {
			break
		}
		if past {
			s, wrapped = spot{}, true
		}
		raw := hay.in(s)
		finder := needle.In(raw)
		if at := finder.Next(max(s.offset, 0), len(raw)); at >= 0 {
			return match{spot{s.seq, s.part, at}, finder.End()}, wrapped
		}
		s = s.next()
	}
	return match{}, false
}

// previous returns the last match before s, around the beginning. What y has not counted yet is counted first.
func previous(ctx context.Context, hay *haystack, needle render.Needle, y tally, s spot) (found match, wrapped bool) {
	y.blocks = slices.Clip(y.blocks) // others count on too
	for !y.covers(hay.last()) && ctx.Err() == nil {
		y = y.goOn(ctx, hay, needle)
	}
	all := y.until(hay, needle, spot{seq: hay.last() + 1})
	if all == 0 || ctx.Err() != nil {
		return match{}, false
	}
	k := y.until(hay, needle, s) - 1
	if wrapped = k < 0; wrapped {
		k = all - 1
	}
	return y.match(hay, needle, k), wrapped
}
