package verify

import (
	"doorstep/client"
	"doorstep/flow/event"
)

// authoriserOf returns the server whose signature a join needs because one of its users let it in; empty when none did.
// Spec: server-server, Restricted rooms.
func authoriserOf(e *event.Event) string {
	if !e.Version().Restricted || e.Membership() != "join" {
		return ""
	}
	user, _ := e.ContentString("join_authorised_via_users_server")
	return client.Domain(user)
}

// restsOnSignature reports whether the rules look at a signature to judge e: that of the server that let a user in, or
// that of an invite by a third party. Spec: room versions, Authorisation rules, m.room.member.
func restsOnSignature(e *event.Event) bool {
	_, thirdParty := e.Content("third_party_invite")
	return e.Type() == "m.room.member" && (thirdParty && e.Membership() == "invite" || authoriserOf(e) != "")
}
