package flow

import (
	"fmt"

	"doorstep/client"
	"doorstep/flow/event"
	"doorstep/flow/verify"
	"doorstep/flow/wording"
)

// A DirectoryAnswer is what A3 said: the room and the join candidates.
type DirectoryAnswer struct {
	Seq       int
	RoomID    string
	Servers   []string
	Abandoned bool   // servers is null: the directory knows of nobody in the room
	Problem   string // why it cannot be used; empty when it can
}

// Usable reports whether the answer names a room and join candidates as it should.
func (a *DirectoryAnswer) Usable() bool { return a.Problem == "" }

// readDirectory reads the body of a good answer of a directory server. Spec: server-server, GET query/directory.
func readDirectory(seq int, body []byte) *DirectoryAnswer {
	a := &DirectoryAnswer{Seq: seq}
	o, err := event.ReadObject(body)
	if err != nil {
		a.Problem = wording.NotAnObject(body, err)
		return a
	}
	a.RoomID, _ = o.String("room_id")
	servers := o.Get("servers")
	a.Abandoned = string(servers) == "null"
	if a.Servers, a.Problem = serverList(servers); a.Problem != "" {
		return a
	}
	switch {
	case a.RoomID == "":
		a.Problem = "room_id is missing"
	case servers == nil:
		a.Problem = "servers is missing"
	default:
		if _, err := client.ParseRoomID(a.RoomID); err != nil {
			a.Problem = err.Error()
		}
	}
	return a
}

// serverList reads a list of server names, as texts; none where it is missing or null.
func serverList(raw []byte) (names []string, problem string) {
	if raw == nil || string(raw) == "null" {
		return nil, ""
	}
	elements, err := event.Elements(raw)
	if err != nil {
		return nil, "servers is not a list"
	}
	for i, el := range elements {
		name, ok := event.String(el)
		if !ok {
			return names, fmt.Sprintf("servers[%d] is not a string", i)
		}
		names = append(names, name)
	}
	return names, ""
}

// Directory returns what a good answer of a directory server (A3) says.
func (e *Entry) Directory() *DirectoryAnswer {
	return parsed(e, func() *DirectoryAnswer { return readDirectory(e.Seq, e.Response.Body) })
}

// Template returns what a good answer to make_join (A5), or to make_leave (U2), holds.
func (e *Entry) Template() *verify.Template {
	return parsed(e, func() *verify.Template { return verify.ReadTemplate(e.Seq, e.Server, e.Response.Body) })
}

// Reply returns what a good answer to send_join (A7) holds.
func (e *Entry) Reply() *verify.Reply {
	return parsed(e, func() *verify.Reply { return verify.ReadReply(e.Seq, e.Server, e.Response.Body) })
}

// KeyDocument returns what an answer to a request for a key document gives, or why it gives nothing; h is the header of
// its trace.
func (e *Entry) KeyDocument(h Header) *verify.ServerKeys {
	return parsed(e, func() *verify.ServerKeys { return verify.ReadKeys(e.fetched(h)) })
}

// fetched is an answer to a request for key documents.
func (e *Entry) fetched(h Header) verify.Fetched {
	return verify.Fetched{Seq: e.Seq, Server: e.Server, At: h.Created.Add(e.At), Failure: e.Failure, Response: e.Response,
		Redacted: h.Redacted != nil}
}
