package command

import (
	"doorstep/flow"
	"doorstep/flow/live"
	"doorstep/flow/wording"
	"doorstep/render"
	"doorstep/ui/theme"
)

// waitingFor says what a run waits for, where, and for how long.
func waitingFor(h flow.Header) string {
	room := ""
	if h.Target != "" {
		room = " to " + theme.SafeText(h.Target)
	}
	return "waiting up to " + render.Duration(h.Patience()) + " for an invite of " + theme.SafeText(h.User) + room + ", at " +
		theme.SafeText(h.Listen)
}

// sayOutside says how many requests reached the listener of a run that it has no record of.
func (p *program) sayOutside(r *live.Run) {
	if n := r.Outside(); n > 0 {
		p.notice(wording.Count(n, "request") + " more reached the listener than are recorded; each was answered")
	}
}
