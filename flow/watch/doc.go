// Package watch follows the joins among the exchanges that pass through a server or a proxy, while they happen. Each
// join becomes a trace of its own that only grows, told from the side of the server that is asked: what is not to be
// seen from there is said in the header, as of an imported trace.
//
// A join begins with its make_join (or, where that is asked for, with the question which room an alias is), and takes
// in the lookup and the key documents that came shortly before. It is over when every request has been answered and for
// a while (Options.Quiet) nothing of it came; when there is a protoevent but no join, only after Options.Patience; when
// the same user's next join of the room begins; and when the watcher is closed. Joins are told apart by the server that
// joins, the user and the room. A fetch of keys says nothing of what it is for: it belongs to every join that is going
// on.
package watch
