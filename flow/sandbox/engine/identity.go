package engine

import (
	"doorstep/flow/event"
)

// identityName is the name that the identity server signs with. It has no address here: whoever has its key has signed.
const identityName = "identity.example"

// stepRevoked is the step of a history by which an invite to an address is taken back.
const stepRevoked = "the invite to an address is revoked"

// An Address says what there is about an invite to an address. The zero value: there is none, the user was invited.
type Address string

// The invites to an address.
const (
	Bound   Address = "bound"   // all is as it should be
	Forged  Address = "forged"  // another key has signed that the address is the user's
	Revoked Address = "revoked" // the invite to the address was taken back
)

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
