package story

import (
	"fmt"

	"doorstep/flow/diagnose"
)

// UnheardWords says what never reached us and how that is known, in one line.
func UnheardWords(u *diagnose.Unheard) string {
	return fmt.Sprintf("inferred: GET key by the %s server %s %s, before entry %d",
		u.From, u.Server, neverReached, u.Refusal)
}
