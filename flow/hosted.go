package flow

import "doorstep/flow/verify"

// A former answer to send_join is one after which the joining server sent another.
type former struct {
	seq     int
	found   *verify.Verification
	signers []string // servers that signed something in it, but for the joining server
}
