package auth

import (
	"crypto/ed25519"
	"strconv"
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

// text unescapes the JSON string raw; false when it is none, or nil.
func text(raw []byte) (string, bool) {
	if len(raw) == 0 || raw[0] != '"' {
		return "", false
	}
	return event.String(raw)
}

// member returns the value at key in the JSON object obj, nil when obj is no object or has no such key.
func member(obj []byte, key string) []byte {
	if !isObject(obj) {
		return nil
	}
	members, err := event.Members(obj)
	if err != nil {
		return nil
	}
	for _, m := range members {
		if m.Key == key {
			return m.Value
		}
	}
	return nil
}

func isObject(raw []byte) bool { return len(raw) > 0 && raw[0] == '{' }

func isArray(raw []byte) bool { return len(raw) > 0 && raw[0] == '[' }

// maxInviteChecks bounds the signature checks for one invite. Real ones need one or two; an event of legal size could
// ask for half a million.
const maxInviteChecks = 256

// signedByInvite reports whether a signature in signed is by a key that the m.room.third_party_invite event offers.
func (j *judge) signedByInvite(signed []byte, offer *event.Event) bool {
	signatures := event.JSONSignatures(signed)
	checks := 0
	for _, key := range offeredKeys(offer) {
		public, ok := decodeKey(key)
		j.note("public key offered", key, offer.ID())
		if !ok {
			continue
		}
		for _, sig := range signatures {
			if !strings.HasPrefix(sig.KeyID, "ed25519:") {
				continue
			}
			if checks++; checks > maxInviteChecks {
				j.cannot("the invite has over ", strconv.Itoa(maxInviteChecks), " pairs of keys and signatures, and the first ones do not match")
				return false
			}
			if event.VerifyJSON(signed, sig, public) {
				j.note("signature that matches", sig.Server+" "+sig.KeyID, "event")
				return true
			}
		}
	}
	return false
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
