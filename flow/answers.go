package flow

import (
	"bytes"
	"fmt"
	"strconv"
	"sync"

	"doorstep/client"
	"doorstep/flow/event"
)

// A Refusal is an answer that is no success: whose word it is, the status, and what the body says, as far as it can be read.
type Refusal struct {
	Speaker     Speaker
	Status      int
	Errcode     string // empty when the body has none
	Message     string // the body's error text, untrusted
	RoomVersion string // with M_INCOMPATIBLE_ROOM_VERSION
	RetryAfter  int64  // milliseconds; 0: not said
}

// refusalOf reads an error body. Homeservers use several shapes; whatever cannot be read stays empty.
func refusalOf(r *client.Response) *Refusal {
	f := readRefusal(r)
	f.Speaker = speakerOf(r, f)
	return f
}

func readRefusal(r *client.Response) *Refusal {
	f := &Refusal{Status: r.Status}
	members, err := event.Members(r.Body)
	if err != nil {
		return f
	}
	for _, m := range members {
		switch m.Key {
		case "errcode":
			f.Errcode, _ = event.String(m.Value)
		case "error", "message":
			if f.Message == "" {
				f.Message, _ = event.String(m.Value)
			}
		case "room_version":
			f.RoomVersion, _ = event.String(m.Value)
		case "retry_after_ms":
			f.RetryAfter, _ = strconv.ParseInt(string(m.Value), 10, 64)
		}
	}
	return f
}

// A DirectoryAnswer is what A3 said: the room and the join candidates.
type DirectoryAnswer struct {
	Seq       int
	RoomID    string
	Servers   []string
	Abandoned bool   // servers is null: the directory knows of nobody in the room
	Problem   string // why it cannot be used; empty when it can
}

func directoryAnswer(e *Entry) *DirectoryAnswer {
	return parsed(e, func() *DirectoryAnswer {
		a := &DirectoryAnswer{Seq: e.Seq}
		members, err := event.Members(e.Response.Body)
		if err != nil {
			a.Problem = notAnObject(e.Response.Body, err)
			return a
		}
		found := false
		for _, m := range members {
			switch m.Key {
			case "room_id":
				a.RoomID, _ = event.String(m.Value)
			case "servers":
				if a.Abandoned = string(m.Value) == "null"; a.Abandoned {
					found = true
					continue
				}
				elements, err := event.Elements(m.Value)
				if err != nil {
					a.Problem = "servers is not a list"
					return a
				}
				found = true
				for i, el := range elements {
					name, ok := event.String(el)
					if !ok {
						a.Problem = fmt.Sprintf("servers[%d] is not a string", i)
						return a
					}
					a.Servers = append(a.Servers, name)
				}
			}
		}
		switch {
		case a.RoomID == "":
			a.Problem = "room_id is missing"
		case !found:
			a.Problem = "servers is missing"
		default:
			if _, err := client.ParseRoomID(a.RoomID); err != nil {
				a.Problem = err.Error()
			}
		}
		return a
	})
}

// notAnObject says what is wrong with a body that had to be a JSON object.
func notAnObject(body []byte, err error) string {
	if len(bytes.TrimSpace(body)) == 0 {
		return "the body is empty"
	}
	return "not a JSON object: " + err.Error()
}

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

func templateAnswer(e *Entry) *Template {
	return parsed(e, func() *Template {
		t := &Template{Seq: e.Seq, Server: e.Server}
		members, err := event.Members(e.Response.Body)
		if err != nil {
			t.Problem = notAnObject(e.Response.Body, err)
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
	})
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

// A Reply is what A7 said: the room as it was before the join. Its events are still text; Verification reads them.
type Reply struct {
	Seq            int
	Server         string
	List           bool // the two-element list of v1
	Body           []byte
	State          [][]byte
	AuthChain      [][]byte
	Event          []byte // the returned join event; nil: none
	MembersOmitted bool
	ServersInRoom  []string // nil: not given
	Problem        string   // why nothing can be made of it
	Field          string   // the JSON pointer Problem is about

	readEvents sync.Once
	events     *ReplyEvents
}

func replyAnswer(e *Entry) *Reply {
	return parsed(e, func() *Reply {
		r := &Reply{Seq: e.Seq, Server: e.Server, Body: e.Response.Body}
		body, problem := unwrapReply(r.Body)
		r.List = body.list
		if problem != "" {
			r.Problem = problem
			return r
		}
		members, err := event.Members(body.object)
		if err != nil {
			r.Problem = notAnObject(body.object, err)
			return r
		}
		seen := map[string]bool{}
		for _, m := range members {
			seen[m.Key] = true
			if r.Field, r.Problem = r.read(m); r.Problem != "" {
				return r
			}
		}
		for _, key := range []string{"state", "auth_chain"} {
			if !seen[key] {
				r.Field, r.Problem = "/"+key, key+" is missing"
				return r
			}
		}
		return r
	})
}

func (r *Reply) read(m event.Member) (field, problem string) {
	var err error
	switch m.Key {
	case "state":
		r.State, err = event.Elements(m.Value)
	case "auth_chain":
		r.AuthChain, err = event.Elements(m.Value)
	case "event":
		r.Event = m.Value
	case "members_omitted":
		switch string(m.Value) {
		case "true":
			r.MembersOmitted = true
		case "false":
		default:
			return "/members_omitted", "members_omitted is not a boolean"
		}
	case "servers_in_room":
		var names [][]byte
		if names, err = event.Elements(m.Value); err == nil {
			r.ServersInRoom = []string{}
			for i, n := range names {
				name, ok := event.String(n)
				if !ok {
					return fmt.Sprintf("/servers_in_room/%d", i), "a server name is not a string"
				}
				r.ServersInRoom = append(r.ServersInRoom, name)
			}
		}
	}
	if err != nil {
		return "/" + m.Key, m.Key + " is not a list"
	}
	return "", ""
}

type unwrapped struct {
	object []byte
	list   bool
	status int // the first element of a list
}

// unwrapReply takes the object out of the two-element list of send_join v1. A list is taken only when it has exactly
// two elements of which the first is an integer. Spec: server-server r0.1.4, PUT v1/send_join.
func unwrapReply(body []byte) (unwrapped, string) {
	i := 0
	for i < len(body) && (body[i] == ' ' || body[i] == '\t' || body[i] == '\n' || body[i] == '\r') {
		i++
	}
	if i == len(body) || body[i] != '[' {
		return unwrapped{object: body, status: 200}, ""
	}
	u := unwrapped{list: true}
	elements, err := event.Elements(body)
	if err != nil {
		return u, "not JSON: " + err.Error()
	}
	if len(elements) != 2 {
		return u, fmt.Sprintf("a list of %d elements, where the old form has two", len(elements))
	}
	if u.status, err = strconv.Atoi(string(elements[0])); err != nil {
		return u, "the first element of the list is not an integer"
	}
	u.object = elements[1]
	return u, ""
}
