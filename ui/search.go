package ui

import (
	"bytes"
	"context"

	"doorstep/flow"
	"doorstep/ui/pane"
)

// A spot is a byte in the payload of an entry.
type spot struct{ seq, offset int }

// findIn returns the place in the bodies of t that holds needle, next to a place in direction, around the ends.
func findIn(ctx context.Context, t flow.Trace, needle []byte, seq, offset, direction int) (at, to int, wrapped bool) {
	n := len(t.Entries)
	if n == 0 || len(needle) == 0 {
		return 0, 0, false
	}
	seq = pane.Between(seq, 1, n)
	for i := 0; i <= n && ctx.Err() == nil; i++ {
		raw := payload(&t.Entries[seq-1])
		if found := findOne(raw, needle, offset, direction); found >= 0 {
			return seq, found, wrapped
		}
		seq += direction
		offset = -1
		if direction < 0 {
			offset = 1 << 60
		}
		if seq < 1 || seq > n {
			seq, wrapped = (seq+n-1)%n+1, true
		}
	}
	return 0, 0, false
}

// payload returns the bytes that the tab Body shows of an entry; nil when it shows none.
func payload(e *flow.Entry) []byte {
	switch {
	case e.Unknown != nil:
		return e.Unknown
	case e.Build != nil:
		return e.Build.Event
	case e.Response != nil:
		return e.Response.Body
	case e.Request != nil:
		return e.Request.Body
	}
	return nil
}

// findOne returns the first place after offset where raw holds needle, or with direction -1 the last place before it;
// -1 when there is none.
func findOne(raw, needle []byte, offset, direction int) int {
	if direction > 0 {
		from := min(max(offset+1, 0), len(raw))
		if i := bytes.Index(raw[from:], needle); i >= 0 {
			return from + i
		}
		return -1
	}
	if offset <= 0 {
		return -1
	}
	return bytes.LastIndex(raw[:min(offset+len(needle)-1, len(raw))], needle)
}
