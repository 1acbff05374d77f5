package verify

import (
	"fmt"

	"doorstep/flow/event"
	"doorstep/flow/wording"
)

// A Template is what A5 said: the protoevent and the room version.
type Template struct {
	Seq         int
	Server      string // who gave it
	Event       []byte // the protoevent, bytes as received
	Said        string // room_version as the answer has it; empty: it has none
	RoomVersion *event.Version
	Problem     string // why nothing can be made of it; empty: it can be checked field by field
	Fault       Fault  // which problem that is, where it matters
}

// ReadTemplate reads the body of a good answer to make_join, which the entry with that Seq brought from a server. What is
// wrong with it is in Problem and Fault; the fields of the protoevent are CheckTemplate's business.
// Spec: server-server, GET make_join.
func ReadTemplate(seq int, server string, body []byte) *Template {
	t := &Template{Seq: seq, Server: server}
	members, err := event.Members(body)
	if err != nil {
		t.Problem = wording.NotAnObject(body, err)
		return t
	}
	versionGiven := false
	for _, m := range members {
		switch m.Key {
		case "event":
			t.Event = m.Value
		case "room_version":
			versionGiven = true
			var ok bool
			if t.Said, ok = event.String(m.Value); !ok {
				t.Problem = "room_version is not a string"
				return t
			}
		}
	}
	if t.Event == nil {
		t.Problem = "event is missing"
		return t
	}
	version := t.Said
	if !versionGiven {
		version = versionOfForm(t.Event)
		if version == "" {
			t.Fault = VersionUnsaid
			t.Problem = "room_version is missing, yet its references are not [event ID, hash] pairs: no version can be told"
			return t
		}
	}
	known, ok := event.Lookup(version)
	if !ok {
		t.Fault, t.Problem = VersionUnknown, fmt.Sprintf("room version %q is not one we implement", version)
		return t
	}
	t.RoomVersion = known
	if _, err := event.Members(t.Event); err != nil {
		t.Problem = "event cannot be read: " + err.Error()
	}
	return t
}

// versionOfForm tells the version of a protoevent that came without room_version: only versions 1 and 2 may leave it
// out, and their references are pairs. The two differ in state resolution alone, so version 1 serves for both.
func versionOfForm(protoevent []byte) string {
	members, err := event.Members(protoevent)
	if err != nil {
		return ""
	}
	for _, m := range members {
		if m.Key != "auth_events" && m.Key != "prev_events" {
			continue
		}
		refs, err := event.Elements(m.Value)
		if err != nil {
			return ""
		}
		for _, ref := range refs {
			if pair, err := event.Elements(ref); err != nil || len(pair) != 2 {
				return ""
			}
		}
	}
	return "1"
}
