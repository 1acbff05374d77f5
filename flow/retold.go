package flow

import (
	"doorstep/client"
	"doorstep/flow/event"
	"doorstep/flow/verify"
)

// What follows tells a handshake from the requests of a joining server that is not this program: they were recorded by
// another one.

// ArrowOf says which arrow a request of that kind is, and between whom.
func ArrowOf(e client.Endpoint) (step StepID, from, to Role) {
	switch e {
	case client.ClientJoin:
		return A1, Client, Joining
	case client.QueryDirectory:
		return A2, Joining, Directory
	case client.MakeJoin:
		return A4, Joining, Resident
	case client.SendJoinV1, client.SendJoinV2:
		return A6, Joining, Resident
	case client.MakeLeave:
		return U1, Joining, Resident
	case client.SendLeave:
		return U3, Joining, Resident
	}
	return R, Joining, Resident
}

// BuildOf tells the making of an event from the event that was sent and the answer whose template it was made of; nil
// where it cannot be read as one.
func BuildOf(h Header, template *Entry, membership string, sent []byte) *Build {
	t := verify.ReadTemplate(template.Seq, template.Server, template.Response.Body)
	if t.RoomVersion == nil {
		return nil
	}
	made, err := event.Parse(t.RoomVersion, sent)
	if err != nil {
		return nil
	}
	b := &Build{Membership: membership, Template: template.Seq, RoomVersion: t.RoomVersion.ID, Origin: h.Joining,
		OriginServerTS: made.OriginServerTS(), KeyID: h.KeyID, EventID: made.ID(), Event: made.Raw()}
	for _, s := range made.Signatures() {
		if s.Server == h.Joining {
			b.KeyID = s.KeyID
		}
	}
	if b.KeyID == h.KeyID {
		b.VerifyKey = h.VerifyKey
	}
	return b
}
