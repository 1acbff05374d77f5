package verify

import (
	"runtime"
	"syscall"
)

// last is the priority of threads that let others go first. One at the very end, 19, waits 68 times as long as it ran
// where another wants its processor: a process ends when its last thread has, and whoever left the screen would wait.
const last = 10

// goLast gives the calling goroutine a thread of its own, which others go before, and ends with it. Only Linux has a
// priority for each thread. One that is lower already stays as it is.
func goLast() {
	runtime.LockOSThread()
	const lowest = 20 // the system call gives this less the priority
	if p, err := syscall.Getpriority(syscall.PRIO_PROCESS, 0); err == nil && lowest-p < last {
		_ = syscall.Setpriority(syscall.PRIO_PROCESS, 0, last) // where it is refused, it goes on as it is
	}
}
