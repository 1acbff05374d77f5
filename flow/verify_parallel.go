package flow

import (
	"runtime"
	"sync"
	"sync/atomic"

	"doorstep/client"
)

// inParallel calls do with 0 to n-1, on as many workers as there are processors to use, which take batch of them at a
// time. Which worker gets what depends on the moment, so do must write to its own place only. It returns when all is done.
//
// The workers give way after every piece: a screen is drawn beside them.
func inParallel(n, batch int, do func(i int)) {
	workers := min(runtime.GOMAXPROCS(0), (n+batch-1)/batch)
	if workers <= 1 {
		for i := range n {
			do(i)
			runtime.Gosched()
		}
		return
	}
	var next atomic.Int64
	var wg sync.WaitGroup
	for range workers {
		wg.Add(1)
		client.Go(func() {
			defer wg.Done()
			for {
				end := int(next.Add(int64(batch)))
				start := end - batch
				if start >= n {
					return
				}
				for i := start; i < min(end, n); i++ {
					do(i)
					runtime.Gosched()
				}
			}
		})
	}
	wg.Wait()
}
