package client

import "runtime/debug"

// OnPanic is told of a panic in a goroutine started by Go. The program sets it before anything runs, so that a panic
// anywhere still gives the terminal back. By default the panic goes on.
var OnPanic = func(value any, stack []byte) { panic(value) }

// Go runs f in a goroutine whose panic is handed to OnPanic. Nothing in the program starts a goroutine in another way:
// a bare one would leave the terminal in raw mode when it panics.
func Go(f func()) {
	go func() {
		defer func() {
			if v := recover(); v != nil {
				OnPanic(v, debug.Stack())
			}
		}()
		f()
	}()
}
