package verify

import (
	"syscall"
	"testing"

	"doorstep/client"
)

// A worker that lets others go first is not so low that whoever leaves waits for its thread, and no higher than it was.
func TestGoesLast(t *testing.T) {
	priority := func() int {
		p, err := syscall.Getpriority(syscall.PRIO_PROCESS, 0)
		if err != nil {
			t.Fatal(err)
		}
		return 20 - p
	}
	of := make(chan [2]int)
	client.Go(func() {
		goLast() // the thread ends with the goroutine
		before := priority()
		goLast()
		of <- [2]int{before, priority()}
	})
	if got, want := <-of, max(priority(), last); got != [2]int{want, want} {
		t.Errorf("priorities %v, want %d", got, want)
	}
}
