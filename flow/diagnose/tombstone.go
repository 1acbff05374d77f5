package diagnose

import (
	"strings"
	"unicode"

	"doorstep/client"
	"doorstep/flow/event"
	"doorstep/flow/shell"
)

// tombstone returns the tombstone in the state of the room; nil when there is none that homeservers would use.
// Spec: client-server, Room upgrades.
func (v *view) tombstone() *event.Event {
	if v.Verification == nil {
		return nil
	}
	return v.Verification.InState("m.room.tombstone")
}

// joinSuccessor gives the command that joins the room which the tombstone names, through the server of whoever sent it;
// none where it names no other room, as after a redaction.
func joinSuccessor(v *view) []string {
	e := v.tombstone()
	if e == nil {
		return nil
	}
	room, _ := e.ContentString("replacement_room")
	server := client.Domain(e.Sender())
	if _, err := client.ParseRoomID(room); err != nil || room == v.RoomID || !printable(room) {
		return nil
	}
	if _, err := client.ParseServerName(server); err != nil {
		return nil
	}
	return []string{shell.Line([]string{"doorstep", "join", room, "--via", server})}
}

// printable reports whether a command can be read as what it is: a screen leaves out what could drive it.
func printable(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) })
}
