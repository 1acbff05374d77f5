package flow

import (
	"crypto/ed25519"
	"fmt"

	"doorstep/client"
	"doorstep/flow/event"
)

// SealEvent hashes and signs an event that is filled in, in the way that how says. The private key of id signs, unless
// how asks for a wrong one; other is that one, and goes by the ID of ours.
func SealEvent(
	v *event.Version, filled []byte, id *client.Identity, how Sealing, other ed25519.PrivateKey,
) (*event.Event, error) {
	sealed, err := event.Hash(v, filled)
	if err != nil {
		return nil, fmt.Errorf("hash the event: %w", err)
	}
	if sealed, err = spoilHash(sealed, how.Hash); err != nil {
		return nil, fmt.Errorf("hash the event: %w", err)
	}
	key := id.Key
	if how.Key == SealedWrong {
		key.Private = other
	}
	switch {
	case how.Key == SealedNot:
		return sealed, nil
	case how.RedactAs == "" || how.RedactAs == v.ID:
		sealed, err = sealed.Sign(id.ServerName, key)
	default:
		sealed, err = signRedactedAs(sealed, how.RedactAs, id.ServerName, key)
	}
	if err != nil {
		return nil, fmt.Errorf("sign the event: %w", err)
	}
	return sealed, nil
}

// spoilHash puts another content hash into e, or none.
func spoilHash(e *event.Event, how Sealed) (*event.Event, error) {
	var set []event.Member
	var drop []string
	switch how {
	case SealedWrong:
		hash := e.ContentHash()
		hash[0] ^= 1
		set = append(set, event.Member{Key: "hashes", Value: JSONObject("sha256", event.EncodeBase64(hash[:]))})
	case SealedNot:
		drop = append(drop, "hashes")
	default:
		return e, nil
	}
	raw, err := event.Edit(e.Raw(), set, drop...)
	if err != nil {
		return nil, err
	}
	return event.Parse(e.Version(), raw)
}

// signRedactedAs signs e as the rules of another room version redact it.
func signRedactedAs(e *event.Event, version, server string, key event.SigningKey) (*event.Event, error) {
	v, ok := event.Lookup(version)
	if !ok {
		return nil, fmt.Errorf("room version %q is not one of 1 to 12", version)
	}
	other, err := event.Parse(v, e.Raw())
	if err != nil {
		return nil, err
	}
	if other, err = other.Sign(server, key); err != nil {
		return nil, err
	}
	return event.Parse(e.Version(), other.Raw())
}
