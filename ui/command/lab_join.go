package command

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"doorstep/client"
	"doorstep/flow/lab"
)

// What doorstep host says to the command that makes a homeserver join.
const (
	hostedTarget = "DOORSTEP_TARGET"
	hostedVia    = "DOORSTEP_VIA"
)

// labJoin has the user of a lab join a room by their homeserver.
func (p *program) labJoin(c *cobra.Command, args []string) error {
	if err := notFor(c, labJoins, "port", "name", "proxy", "alias", "room-version"); err != nil {
		return err
	}
	room, args, err := roomToJoin(args)
	if err != nil {
		return err
	}
	dir := labFolder
	switch len(args) {
	case 0:
	case 1:
		dir = args[0]
	default:
		return fmt.Errorf("lab join takes a room and a folder; %q is no room", args[0])
	}
	s, err := lab.Open(dir)
	if err != nil {
		return err
	}
	p.warnOfLab(s)
	id, user, err := lab.Join(c.Context(), s, room, func() { p.notice("waiting for " + s.Title() + " to answer") })
	if err != nil {
		p.labFails(err)
		return nil
	}
	if p.wantsJSON() {
		return p.writeJSON(struct {
			Room string `json:"room"`
			ID   string `json:"room_id"`
			User string `json:"user_id"`
		}{room.Room, id, user})
	}
	p.says("%s has joined %s: %s.", user, room.Room, id)
	return nil
}

// roomToJoin returns the room that a command line names, and what else it says. Where it names none that is the room
// that doorstep host says.
func roomToJoin(args []string) (room client.RoomRef, rest []string, err error) {
	if len(args) > 0 && looksLikeRoom(args[0]) {
		room, err = client.ParseRoomRef(args[0])
		return room, args[1:], err
	}
	target := os.Getenv(hostedTarget)
	if target == "" {
		return room, nil, errors.New("lab join: which room? '#room:server', or none behind doorstep host ... --")
	}
	if room, err = client.ParseRoomRef(target); err != nil {
		return room, nil, fmt.Errorf("%s: %w", hostedTarget, err)
	}
	for _, name := range strings.FieldsFunc(os.Getenv(hostedVia), func(c rune) bool { return c == ',' }) {
		if _, err := client.ParseServerName(name); err != nil {
			return room, nil, fmt.Errorf("%s: %w", hostedVia, err)
		}
		room.Via = append(room.Via, name)
	}
	if client.IsAlias(room.Room) {
		room.Via = nil // its directory says
	}
	return room, args, nil
}

// looksLikeRoom tells a room from a folder: by how it begins.
func looksLikeRoom(s string) bool {
	for _, begins := range []string{"#", "!", "matrix:", "https://matrix.to/"} {
		if strings.HasPrefix(s, begins) {
			return true
		}
	}
	return false
}
