//go:build goexperiment.jsonv2

package opinion

import (
	"crypto/ed25519"
	"encoding/json"
	"errors"

	gmsl "github.com/matrix-org/gomatrixserverlib"
	"github.com/matrix-org/gomatrixserverlib/spec"
	"github.com/tidwall/sjson"

	"doorstep/flow/auth"
	"doorstep/flow/event"
)

var gomatrixserverlib = library{name: "gomatrixserverlib", answers: map[question]func(subject) (string, error){
	isFormed: func(s subject) (string, error) {
		if _, err := gmslVersion(s.version).NewEventFromUntrustedJSON(s.raw); err != nil {
			return "drop", err
		}
		return "fine", nil
	},
	// It computes the hash on the way in and keeps only whether it had to redact.
	claimedHash: func(s subject) (string, error) {
		e, err := gmslVersion(s.version).NewEventFromUntrustedJSON(s.raw)
		if err != nil {
			return "", err
		}
		return rightOrWrong(!e.Redacted()), nil
	},
	eventID: func(s subject) (string, error) {
		e, err := gmslEvent(s.version, s.raw)
		if err != nil {
			return "", err
		}
		return e.EventID(), nil
	},
	signedBytes: func(s subject) (string, error) {
		redacted, err := gmslVersion(s.version).RedactEventJSON(s.raw)
		if err != nil {
			return "", err
		}
		for _, key := range []string{"signatures", "unsigned"} {
			if redacted, err = sjson.DeleteBytes(redacted, key); err != nil {
				return "", err
			}
		}
		canonical, err := gmsl.CanonicalJSON(redacted)
		return string(canonical), err
	},
	signing: func(s subject) (string, error) {
		e, err := gmslEvent(s.version, s.raw)
		if err != nil {
			return "", err
		}
		var signed struct {
			Signatures map[string]map[string]string
		}
		if err := json.Unmarshal(e.Sign(signer, gmsl.KeyID(signerKey.ID), signerKey.Private).JSON(), &signed); err != nil {
			return "", err
		}
		return signed.Signatures[signer][signerKey.ID], nil
	},
	verifying: func(s subject) (string, error) {
		redacted, err := gmslVersion(s.version).RedactEventJSON(s.raw)
		if err != nil {
			return "", err
		}
		return eachSignature(s, func(sig event.Signature, key ed25519.PublicKey) bool {
			return gmsl.VerifyJSON(sig.Server, gmsl.KeyID(sig.KeyID), key, redacted) == nil
		}), nil
	},
	selection: func(s subject) (string, error) {
		e, err := gmslEvent(s.version, s.raw)
		if err != nil {
			return "", err
		}
		var tuples []auth.Tuple
		for _, t := range gmsl.StateNeededForAuth([]gmsl.PDU{e}).Tuples() {
			// What it needs, it says, not what is to be listed: in version 12 the create event is the one and not the other.
			if t.EventType == spec.MRoomCreate && s.version.RoomIDIsCreate {
				continue
			}
			tuples = append(tuples, auth.Tuple{Type: t.EventType, StateKey: t.StateKey})
		}
		return tupleText(tuples), nil
	},
	verdict: func(s subject) (string, error) {
		e, err := gmslEvent(s.version, s.raw)
		if err != nil {
			return allowed(err)
		}
		listed := s.auth
		if s.version.RoomIDIsCreate && s.create != nil {
			listed = append([]*event.Event{s.create}, listed...) // its AuthEventIDs does the same
		}
		var list []gmsl.PDU
		for _, a := range listed {
			p, err := gmslEvent(s.version, a.Raw())
			if err != nil {
				return allowed(err)
			}
			list = append(list, p)
		}
		provider, err := gmsl.NewAuthEvents(list)
		if err != nil {
			return allowed(err)
		}
		return allowed(gmsl.Allowed(e, provider, func(_ spec.RoomID, sender spec.SenderID) (*spec.UserID, error) {
			return spec.NewUserID(string(sender), true)
		}))
	},
}}

func gmslVersion(v *event.Version) gmsl.IRoomVersion {
	return gmsl.MustGetRoomVersion(gmsl.RoomVersion(v.ID))
}

func gmslEvent(v *event.Version, raw []byte) (gmsl.PDU, error) {
	canonical, err := gmsl.CanonicalJSON(raw)
	if err != nil {
		return nil, err
	}
	e, err := gmslVersion(v).NewEventFromTrustedJSON(canonical, false)
	if err == nil && e == nil {
		return nil, errors.New("no event and no error")
	}
	return e, err
}
