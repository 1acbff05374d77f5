package command

import (
	"runtime"
	"runtime/debug"
	"testing"
	"time"
)

func TestGarbagePercent(t *testing.T) {
	for live, want := range map[uint64]int{0: 100, 4 << 20: 100, 48 << 20: 100, 96 << 20: 50, 160 << 20: 30, 1 << 30: 25} {
		if got := garbagePercent(live); got != want {
			t.Errorf("%d bytes in use: %d, want %d", live, got, want)
		}
	}
}

// What is in use decides after each collection, also after the first.
func TestBoundGarbage(t *testing.T) {
	defer debug.SetGCPercent(debug.SetGCPercent(100))
	t.Setenv("GOGC", "")
	boundGarbage(t.Context())
	for _, step := range []struct{ megabytes, want int }{{160, 30}, {0, 100}, {160, 30}} {
		held := make([]byte, step.megabytes<<20)
		var got int
		for range 100 {
			runtime.GC()
			time.Sleep(lookAtHeap / 5)
			got = debug.SetGCPercent(100)
			debug.SetGCPercent(got)
			if got <= step.want && got > step.want-8 {
				break
			}
		}
		if got > step.want || got <= step.want-8 {
			t.Errorf("with %d MiB in use: %d %%, want about %d", step.megabytes, got, step.want)
		}
		runtime.KeepAlive(held)
	}
}
