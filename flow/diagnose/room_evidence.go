package diagnose

import (
	"slices"
	"strings"

	"doorstep/flow/event"
	"doorstep/flow/verify"
)

// createIDs returns the IDs of the create events in the answer, each once.
func (v *view) createIDs() []string {
	var out []string
	for _, e := range v.replied() {
		if e.Type() == verify.TypeCreate && !slices.Contains(out, e.ID()) {
			out = append(out, e.ID())
		}
	}
	return out
}

// historical reports whether the localpart of a user ID has characters that no new user may have.
// Spec: appendices, Historical User IDs.
func historical(user string) bool {
	local, domain, ok := strings.Cut(strings.TrimPrefix(user, "@"), ":")
	if !ok || domain == "" {
		return false
	}
	return local == "" || strings.Trim(local, "abcdefghijklmnopqrstuvwxyz0123456789._=-/+") != ""
}

// tombstone returns the tombstone in the state of the room; nil when there is none that homeservers would use.
// Spec: client-server, Room upgrades.
func (v *view) tombstone() *event.Event {
	if v.Verification == nil {
		return nil
	}
	return v.Verification.InState("m.room.tombstone")
}

func (v *view) createInState() bool {
	if v.Reply == nil || v.Template == nil || v.Template.RoomVersion == nil {
		return false
	}
	return slices.ContainsFunc(v.Reply.Events(v.Template.RoomVersion).State, func(e verify.ReplyEvent) bool {
		return e.Event != nil && e.Event.Type() == verify.TypeCreate
	})
}
