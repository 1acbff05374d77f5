package redact_test

import (
	"bytes"
	"runtime/debug"
	"runtime/metrics"
	"testing"
	"time"

	"doorstep/client"
	"doorstep/flow/recording"
	"doorstep/flow/redact"
	"doorstep/flow/sandbox"
	"doorstep/flow/sandbox/engine"
)

// BenchmarkLarge redacts the recording of a large room: how long that takes, and how much is in use at once, the trace
// itself too, beside the bytes of the recording. Garbage is collected as often as the program has it in large rooms.
func BenchmarkLarge(b *testing.B) {
	large, _ := sandbox.Lookup("large")
	scenario, err := sandbox.Sized(large, sandbox.Large{Events: 20_000, Servers: 200, Seed: 1})
	if err != nil {
		b.Fatal(err)
	}
	run, stop, err := sandbox.Join(b.Context(), scenario, engine.JoinOptions{Tool: "test"})
	if err != nil {
		b.Fatal(err)
	}
	run.Finish(b.Context())
	file := written(b, run.Trace())
	stop()
	defer debug.SetGCPercent(debug.SetGCPercent(25))
	b.SetBytes(int64(len(file)))
	var most uint64
	for b.Loop() {
		b.StopTimer()
		trace, err := recording.Read(bytes.NewReader(file))
		if err != nil {
			b.Fatal(err)
		}
		peak := peakOfHeap()
		b.StartTimer()
		redact.Trace(trace, "doorstep test")
		b.StopTimer()
		most = max(most, peak())
		b.StartTimer()
	}
	b.ReportMetric(float64(most)/float64(len(file)), "peak/recording")
}

// peakOfHeap looks at the heap until peak is called, which returns how many bytes were in use at the most.
func peakOfHeap() (peak func() uint64) {
	end, most := make(chan struct{}), make(chan uint64)
	client.Go(func() {
		heap := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
		tick := time.NewTicker(time.Millisecond)
		defer tick.Stop()
		for highest := uint64(0); ; {
			metrics.Read(heap)
			highest = max(highest, heap[0].Value.Uint64())
			select {
			case <-end:
				most <- highest
				return
			case <-tick.C:
			}
		}
	})
	return func() uint64 { close(end); return <-most }
}
