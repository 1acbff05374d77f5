package terminal

import "sync/atomic"

var lent atomic.Bool

// Lend says whether another program has the terminal, such as an editor: what is typed there is for that program.
func Lend(to bool) { lent.Store(to) }

// Lent reports whether another program has the terminal. Ctrl-C sends its signal to every program in the foreground
// then, and is not meant for this one.
func Lent() bool { return lent.Load() }
