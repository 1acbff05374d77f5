package auth

import (
	"crypto/ed25519"
	"strings"

	"doorstep/flow/event"
)

// A thirdPartyInvite is content.third_party_invite of an invite, as far as it can be read.
// Spec: client-server, m.room.member; server-server, Third-party invites.
type thirdPartyInvite struct {
	signed []byte // JSON text; nil when there is none, as below
	mxid   []byte
	token  []byte
}

func readInvite(raw []byte) thirdPartyInvite {
	signed := member(raw, "signed")
	return thirdPartyInvite{signed: signed, mxid: member(signed, "mxid"), token: member(signed, "token")}
}

// offeredKeys lists the keys of an m.room.third_party_invite event as written: public_key, then those of public_keys.
func offeredKeys(offer *event.Event) []string {
	var keys []string
	if key, ok := offer.ContentString("public_key"); ok {
		keys = append(keys, key)
	}
	if raw, ok := offer.Content("public_keys"); ok && isArray(raw) {
		elements, _ := event.Elements(raw)
		for _, element := range elements {
			if key, ok := text(member(element, "public_key")); ok {
				keys = append(keys, key)
			}
		}
	}
	return keys
}

// decodeKey reads an ed25519 key in unpadded base64 of either alphabet, which these two properties may use.
func decodeKey(s string) (ed25519.PublicKey, bool) {
	b, _, err := event.DecodeBase64(strings.NewReplacer("-", "+", "_", "/").Replace(s))
	return b, err == nil && len(b) == ed25519.PublicKeySize
}
