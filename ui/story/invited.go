package story

import (
	"doorstep/flow"
	"doorstep/render"
)

// WaitingWords says for how long a handshake waits before it begins, for what, and where.
func WaitingWords(h flow.Header) string {
	return "up to " + render.Duration(h.Patience()) + " for an invite of " + h.User + toRoom(h) + ", at " + h.Listen
}

// TargetWords name what a handshake is about: the room that was asked for, or the invite that names it.
func TargetWords(h flow.Header) string {
	if h.Target == "" {
		return "an invite"
	}
	return h.Target
}

// AimWords says in a sentence what is to come of a handshake.
func AimWords(h flow.Header) string {
	switch {
	case h.Reject:
		return h.User + " rejects an invite" + toRoom(h)
	case h.Target == "":
		return h.User + " joins by an invite"
	case h.WaitInvite > 0:
		return h.User + " joins " + h.Target + " by an invite"
	}
	return h.User + " joins " + h.Target
}

func toRoom(h flow.Header) string {
	if h.Target == "" {
		return ""
	}
	return " to " + h.Target
}
