package verify

import (
	"runtime"
	"sync"
	"sync/atomic"

	"doorstep/client"
)

// cores is how many processors there were to use when the program began: a screen has the scheduler use more than that.
var cores = runtime.GOMAXPROCS(0)

// givesWay is whether workers let everything else go first.
var givesWay atomic.Bool

// GiveWay has verifications let everything else on the machine go first, or no longer: while somebody looks at a screen
// and presses keys. It costs them nothing where nobody else wants the processors.
func GiveWay(on bool) { givesWay.Store(on) }

// inParallel calls do with 0 to n-1, on as many workers as there are processors to use, which take batch of them at a
// time. Which worker gets what depends on the moment, so do must write to its own place only. It returns when all is
// done, or soon after over says that the rest is not wanted; nil never does.
func inParallel(n, batch int, over func() bool, do func(i int)) {
	var next atomic.Int64
	work := func() {
		for {
			end := int(next.Add(int64(batch)))
			start := end - batch
			if start >= n || over != nil && over() {
				return
			}
			for i := start; i < min(end, n); i++ {
				do(i)
			}
		}
	}
	if n <= batch {
		work()
		return
	}
	var wg sync.WaitGroup
	for range min(cores, (n+batch-1)/batch) {
		wg.Add(1)
		client.Go(func() {
			defer wg.Done()
			if givesWay.Load() {
				goLast()
			}
			work()
		})
	}
	wg.Wait()
}
