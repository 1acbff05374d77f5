package command

import (
	"context"
	"os"
	"runtime/debug"
	"runtime/metrics"
	"time"

	"doorstep/client"
)

// What a large room needs stays in use until it is left, and the garbage beside it is made at a steady rate, however
// large the room is: the collector need not wait until there is as much of it again.
const (
	usualGarbage = 48 << 20 // bytes of garbage that are let lie
	leastPercent = 25       // of what is in use, in the largest rooms: less is collected too often
	lookAtHeap   = 100 * time.Millisecond
)

// usualMemory is what the program may have of memory before garbage is collected more often than otherwise, in bytes:
// the largest answer that is taken is half of it. Where more is in use, a little room is left beside that.
const usualMemory = 960 << 20

// boundGarbage has the collector let no more garbage lie than that until ctx ends, unless GOGC says what is wanted.
func boundGarbage(ctx context.Context) {
	if os.Getenv("GOGC") != "" {
		return
	}
	client.Go(func() {
		tick := time.NewTicker(lookAtHeap)
		defer tick.Stop()
		live := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
		for percent := 100; ; {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
			}
			metrics.Read(live)
			if now := garbagePercent(live[0].Value.Uint64()); now != percent {
				percent = now
				debug.SetGCPercent(percent)
			}
			if os.Getenv("GOMEMLIMIT") == "" {
				debug.SetMemoryLimit(memoryLimit(live[0].Value.Uint64()))
			}
		}
	})
}

// garbagePercent is how much garbage there may be beside so many bytes in use, in per cent of them.
func garbagePercent(live uint64) int {
	return int(min(max(usualGarbage*100/max(live, 1), leastPercent), 100))
}

// memoryLimit is how much memory there may be before garbage has to go, with so many bytes in use.
func memoryLimit(live uint64) int64 { return int64(max(usualMemory, live+live/8)) }
