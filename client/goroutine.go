package client

import (
	"net/http"
	"runtime/debug"
	"sync/atomic"
)

// A Panic is a fault of the program itself, where it showed. Its value may hold what a server said.
type Panic struct {
	Value any
	Stack []byte
}

// A PanicHandler is told of panics. Both may be called by several goroutines at once.
type PanicHandler struct {
	Ends      func(Panic) // the program cannot go on; it does not return in a program that has a terminal to give back
	Contained func(Panic) // one request was answered with an error, or one join is not followed; all else goes on
}

var panics atomic.Pointer[PanicHandler]

// OnPanic has h told of panics until undo is called. Without a handler a panic that ends the program goes on, and one
// that is contained is not told of.
func OnPanic(h PanicHandler) (undo func()) {
	before := panics.Swap(&h)
	return func() { panics.CompareAndSwap(&h, before) }
}

// Go runs f in a goroutine of its own, under Guard. Nothing in the program starts a goroutine in another way: a bare
// one would leave the terminal in raw mode when it panics, and nobody would say what may stand in a room.
func Go(f func()) {
	go func() {
		defer Guard()
		f()
	}()
}

// Guard, where it is deferred, hands a panic to the handler. It is for what another library runs in a goroutine of its
// own, and for the goroutine that the program begins with.
func Guard() {
	v := recover()
	if v == nil {
		return
	}
	h := panics.Load()
	if h == nil {
		panic(v)
	}
	h.Ends(Panic{v, debug.Stack()})
}

// Contained tells the handler of a panic that was recovered, where only the request or join that it is about is lost by
// it. It has to be called by the function that recovered it, so that the stack shows where it came from.
func Contained(recovered any) {
	if h := panics.Load(); h != nil {
		h.Contained(Panic{recovered, debug.Stack()})
	}
}

// Contain returns h with its panics contained: the connection is closed, as net/http does by itself, but not in
// silence. One that h uses to close the connection is none.
func Contain(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			if v := recover(); v != nil {
				if v != http.ErrAbortHandler {
					Contained(v)
				}
				panic(http.ErrAbortHandler)
			}
		}()
		h.ServeHTTP(w, r)
	})
}
