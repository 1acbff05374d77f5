// Package compare holds one thing against another: the join candidates against each other, an answer against what
// homeservers put up with, two JSON documents value by value, and two handshakes step by step.
package compare
