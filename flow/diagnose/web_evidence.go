package diagnose

import (
	"doorstep/flow"
)

// keysFrom returns the answers to requests for key documents that ok accepts, by Seq, of servers whose keys are lacking.
func (v *view) keysFrom(ok func(*flow.Entry) bool) []int {
	return v.keyAnswers(func(e *flow.Entry) bool { return v.Keys.Of(e.Server).Lacking() && ok(e) })
}
