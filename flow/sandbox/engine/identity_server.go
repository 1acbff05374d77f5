package engine

import (
	"context"
	"fmt"

	"doorstep/client"
	"doorstep/flow/auth"
	"doorstep/flow/event"
)

// identityName is the name that the identity server signs with. It has no address here: whoever has its key has signed.
const identityName = "identity.example"

// stepRevoked is the step of a history by which an invite to an address is taken back.
const stepRevoked = "the invite to an address is revoked"

// An identityServer knows whose an address is. It is no server of the federation: it tells the joining server, and is
// asked nothing.
type identityServer struct {
	key   event.SigningKey // which the room has
	other event.SigningKey // ... and one that it does not have
	token string           // of the invite to the address
}

// offers are the events by which somebody invites an address: the first holds the key that has to sign whose the
// address is, a second without it takes the invite back. Spec: client-server, m.room.third_party_invite.
func (i identityServer) offers(inviter string, a Address) []Draft {
	key := event.EncodeBase64(i.key.Public())
	valid := "https://" + identityName + "/_matrix/identity/v2/pubkey/isvalid"
	h := []Draft{{Step: "an address is invited", Kind: "m.room.third_party_invite", Sender: inviter, StateKey: i.token,
		Content: Fields{"display_name": "y...@m...", "public_key": key, "key_validity_url": valid,
			"public_keys": []Fields{{"public_key": key, "key_validity_url": valid}}}}}
	if a == Revoked {
		h = append(h, Draft{Step: stepRevoked, Kind: "m.room.third_party_invite", Sender: inviter, StateKey: i.token,
			Content: Fields{}})
	}
	return h
}

// signed says, signed, that the address of the invite is a user's.
// Spec: identity service, Invitation storage.
func (i identityServer) signed(inviter, user string, a Address) ([]byte, error) {
	raw, err := Encode(Fields{"mxid": user, "sender": inviter, "token": i.token})
	if err != nil {
		return nil, err
	}
	key := i.key
	if a == Forged {
		key = i.other
	}
	return event.SignJSON(raw, identityName, key)
}

// tell tells the joining server that the address is its user's, with the invite that waits for it.
// Spec: server-server, PUT 3pid/onbind.
func (i identityServer) tell(ctx context.Context, f *Federation, inviter string) error {
	signed, err := i.signed(inviter, f.UserID, f.Scenario.Invite.Address)
	if err != nil {
		return err
	}
	const address = "you@mail.example"
	body, err := Encode(Fields{"medium": "email", "address": address, "mxid": f.UserID, "invites": []Fields{{
		"medium": "email", "address": address, "mxid": f.UserID, "room_id": f.RoomID, "sender": inviter,
		"signed": RawJSON(signed)}}})
	if err != nil {
		return err
	}
	caller := &client.Client{Roots: f.Authority.Pool(), Now: f.Now, AllowPrivate: true, UserAgent: "Doorstep sandbox"}
	to := NameResolver{Federation: f}.Resolve(ctx, f.joining)
	if to.Failure != nil {
		return fmt.Errorf("onbind: %s", to.Failure.Message)
	}
	x := caller.Do(ctx, to.Destinations[0], client.Request{Endpoint: client.OnBind, Method: "PUT", Body: body,
		Target: "/_matrix/federation/v1/3pid/onbind"}, nil)
	switch {
	case x.Failure != nil:
		return fmt.Errorf("onbind: %s", x.Failure.Message)
	case x.Response.Status != 200:
		return fmt.Errorf("onbind: status %d: %.200q", x.Response.Status, x.Response.Body)
	}
	return nil
}

// exchangeInvite makes an invite of an invite to an address: it is judged like any event, sent to the user's server,
// and put into the room. Spec: server-server, PUT exchange_third_party_invite.
func (s *Server) exchangeInvite(q *request) *Reply {
	room := s.Federation.Room
	o, err := event.ReadObject(q.body)
	if err != nil {
		return Refuse(400, "M_BAD_JSON", "The body is not an object")
	}
	said := func(path ...string) string { text, _ := o.String(path...); return text }
	sender, user, third := said("sender"), said("state_key"), o.Get("content", "third_party_invite")
	switch {
	case s.deniedByACL(q.path[0], q.origin) != nil:
		return s.deniedByACL(q.path[0], q.origin)
	case s.unknownRoom(q.path[0]) != nil:
		return s.unknownRoom(q.path[0])
	case said("type") != "m.room.member" || said("content", "membership") != "invite" || said("room_id") != q.path[0]:
		return Refuse(400, "M_BAD_JSON", "The body is not an invite to the room in the path")
	case third == nil:
		return Refuse(400, "M_BAD_JSON", "The invite has no third_party_invite")
	case client.Domain(user) != q.origin || client.Domain(sender) != s.Name:
		return Refuse(403, "M_FORBIDDEN", "The user is not on the origin server, or the sender not on this one")
	}
	p := room.Proto("m.room.member", sender, user,
		Fields{"membership": "invite", "third_party_invite": RawJSON(third)}, s.Federation.Now())
	if verdict := room.allows(p); verdict.Outcome != auth.Allowed {
		return Refuse(403, "M_FORBIDDEN", "Rule "+verdict.Rule+": "+verdict.Reason)
	}
	invite, err := room.sign(s, p)
	if err == nil {
		err = s.inviteInto(q.ctx, invite)
	}
	if err != nil {
		return Refuse(500, "M_UNKNOWN", "The invite came to nothing: "+err.Error())
	}
	return &Reply{Status: 200, Body: Fields{}}
}
