package command

import (
	"doorstep/flow/live"
	"doorstep/flow/wording"
)

// sayOutside says how many requests reached the listener of a run that it has no record of.
func (p *program) sayOutside(r *live.Run) {
	if n := r.Outside(); n > 0 {
		p.notice(wording.Count(n, "request") + " more reached the listener than are recorded; each was answered")
	}
}
