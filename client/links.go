package client

import (
	"fmt"
	"net/url"
	"strings"
)

// A RoomRef is a room as people name it to each other: its ID or an alias, and servers that may know it.
type RoomRef struct {
	Room string
	Via  []string
}

// ParseRoomRef takes a room ID, a room alias, a matrix.to link or a matrix: URI apart. Links may be percent-encoded,
// and may lead to an event: it is the room that counts. What they name is checked as an ID or an alias is, and so are
// the servers in them. Spec: appendices, URIs.
func ParseRoomRef(s string) (RoomRef, error) {
	ref, link, err := readLink(s)
	if err != nil {
		return RoomRef{}, fmt.Errorf("link %q: %w", clip(s), err)
	}
	switch {
	case IsAlias(ref.Room):
		_, err = ParseAlias(ref.Room)
	case strings.HasPrefix(ref.Room, "!"):
		_, err = ParseRoomID(ref.Room)
	case link:
		err = fmt.Errorf("link %q: leads to no room", clip(s))
	case s == "":
		err = fmt.Errorf("the room is empty: %s", roomForms)
	default:
		err = fmt.Errorf("%q names no room: %s", clip(s), roomForms)
	}
	if err != nil {
		return RoomRef{}, err
	}
	for _, server := range ref.Via {
		if _, err := ParseServerName(server); err != nil {
			return RoomRef{}, fmt.Errorf("link %q: via: %w", clip(s), err)
		}
	}
	return ref, nil
}

// roomForms says what a room looks like.
const roomForms = "a room is an alias ('#room:matrix.example'), a room ID ('!…') or a link to one of them"

// readLink returns what a link leads to, and s itself where it is none.
func readLink(s string) (ref RoomRef, link bool, err error) {
	scheme, rest, found := strings.Cut(s, ":")
	switch {
	case !found:
		return RoomRef{Room: s}, false, nil
	case strings.EqualFold(scheme, "https") || strings.EqualFold(scheme, "http"):
		ref, err = readMatrixTo(rest)
		return ref, true, err
	case strings.EqualFold(scheme, "matrix"):
		ref, err = readMatrixURI(rest)
		return ref, true, err
	}
	return RoomRef{Room: s}, false, nil
}

// readMatrixTo reads what follows the scheme of a matrix.to link. Its fragment is a path, and a query of its own.
func readMatrixTo(rest string) (RoomRef, error) {
	before, fragment, _ := strings.Cut(rest, "#/")
	if host := strings.Trim(before, "/"); !strings.EqualFold(host, "matrix.to") {
		return RoomRef{}, fmt.Errorf("is not of matrix.to")
	}
	path, query, _ := strings.Cut(fragment, "?")
	room, _, _ := strings.Cut(path, "/")
	return decoded("", room, query)
}

// readMatrixURI reads what follows the scheme of a matrix: URI: what it names, then without its sigil the name.
func readMatrixURI(rest string) (RoomRef, error) {
	rest, _, _ = strings.Cut(rest, "#")
	path, query, _ := strings.Cut(rest, "?")
	if strings.HasPrefix(path, "//") { // an authority may come first, and says nothing about the room
		_, path, _ = strings.Cut(path[2:], "/")
	}
	parts := strings.Split(path, "/")
	sigil := map[string]string{"r": "#", "room": "#", "roomid": "!"}[parts[0]]
	if sigil == "" || len(parts) < 2 || parts[1] == "" {
		return RoomRef{}, nil // it leads to a user, or nowhere
	}
	return decoded(sigil, parts[1], query)
}

// decoded is a room and a query as they were before they were percent-encoded.
func decoded(sigil, room, query string) (RoomRef, error) {
	name, err := url.PathUnescape(room)
	if err != nil {
		return RoomRef{}, err
	}
	values, err := url.ParseQuery(query)
	if err != nil {
		return RoomRef{}, err
	}
	return RoomRef{sigil + name, values["via"]}, nil
}
