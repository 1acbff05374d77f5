//go:build goexperiment.jsonv2

package opinion

import (
	"crypto/ed25519"
	"encoding/json/v2"
	"errors"
	"fmt"
	"time"

	"maunium.net/go/mautrix/crypto/canonicaljson"
	"maunium.net/go/mautrix/federation/eventauth"
	"maunium.net/go/mautrix/federation/pdu"
	"maunium.net/go/mautrix/federation/signutil"
	"maunium.net/go/mautrix/id"

	"doorstep/flow/auth"
	"doorstep/flow/event"
)

// The rules take the PDU type of version 3 and later, whose ID is its hash, unless they are told to look aside.
func init() { pdu.UseInternalMetaForGetEventID = true }

var mautrix = library{name: "mautrix", answers: map[question]func(subject) (string, error){
	contentHash: func(s subject) (string, error) {
		p, err := mautrixEvent(s.version, s.raw)
		if err != nil {
			return "", err
		}
		hash, err := p.CalculateContentHash()
		if err != nil {
			return "", err
		}
		return fmt.Sprintf("%x", hash), nil
	},
	claimedHash: func(s subject) (string, error) {
		p, err := mautrixEvent(s.version, s.raw)
		if err != nil {
			return "", err
		}
		return rightOrWrong(p.VerifyContentHash()), nil
	},
	eventID: func(s subject) (string, error) {
		p, err := mautrixEvent(s.version, s.raw)
		if err != nil {
			return "", err
		}
		name, err := p.GetEventID(id.RoomVersion(s.version.ID))
		return string(name), err
	},
	signedBytes: mautrixSignedBytes,
	signing: func(s subject) (string, error) {
		p, err := mautrixEvent(s.version, s.raw)
		if err != nil {
			return "", err
		}
		if err := p.Sign(id.RoomVersion(s.version.ID), signer, id.KeyID(signerKey.ID), signerKey.Private); err != nil {
			return "", err
		}
		switch p := p.(type) {
		case *pdu.PDU:
			return p.Signatures[signer][id.KeyID(signerKey.ID)], nil
		case *pdu.RoomV1PDU:
			return p.Signatures[signer][id.KeyID(signerKey.ID)], nil
		}
		return "", errors.New("another kind of PDU")
	},
	verifying: func(s subject) (string, error) {
		signed, err := mautrixSignedBytes(s)
		if err != nil {
			return "", err
		}
		return eachSignature(s, func(sig event.Signature, key ed25519.PublicKey) bool {
			return signutil.VerifyJSONCanonical(id.SigningKey(event.EncodeBase64(key)), sig.Base64, []byte(signed)) == nil
		}), nil
	},
	selection: func(s subject) (string, error) {
		p, err := mautrixEvent(s.version, s.raw)
		if err != nil {
			return "", err
		}
		var tuples []auth.Tuple
		for _, t := range p.AuthEventSelection(id.RoomVersion(s.version.ID)) {
			tuples = append(tuples, auth.Tuple{Type: t.Type, StateKey: t.StateKey})
		}
		return tupleText(tuples), nil
	},
	verdict: func(s subject) (string, error) {
		p, err := mautrixJudged(s, s.event)
		if err != nil {
			return allowed(err)
		}
		getEvents := func(ids []id.EventID) (list []*pdu.PDU, err error) {
			for _, name := range ids {
				a := s.lookUp(string(name))
				if a == nil {
					list = append(list, nil)
					continue
				}
				p, err := mautrixJudged(s, a)
				if err != nil {
					return nil, err
				}
				list = append(list, p)
			}
			return list, nil
		}
		getKey := func(server string, keyID id.KeyID, _ time.Time) (id.SigningKey, time.Time, error) {
			key, ok := s.keys[server][string(keyID)]
			if !ok {
				return "", time.Time{}, nil
			}
			return id.SigningKey(event.EncodeBase64(key)), time.Now().Add(time.Hour), nil
		}
		return allowed(eventauth.Authorize(id.RoomVersion(s.version.ID), p, getEvents, getKey))
	},
}}

func mautrixEvent(v *event.Version, raw []byte) (pdu.AnyPDU, error) {
	var p pdu.AnyPDU = &pdu.PDU{}
	if v.HashPairs {
		p = &pdu.RoomV1PDU{}
	}
	return p, json.Unmarshal(raw, p)
}

// mautrixJudged reads an event for the rules: those know one form of references and no event_id.
func mautrixJudged(s subject, e *event.Event) (*pdu.PDU, error) {
	raw := e.Raw()
	if s.version.HashPairs {
		authEvents, err := json.Marshal(nonNil(e.AuthEvents()))
		if err != nil {
			return nil, err
		}
		prevEvents, err := json.Marshal(nonNil(e.PrevEvents()))
		if err != nil {
			return nil, err
		}
		if raw, err = event.Edit(raw, []event.Member{{Key: "auth_events", Value: authEvents}, {Key: "prev_events", Value: prevEvents}}); err != nil {
			return nil, err
		}
	}
	p := &pdu.PDU{}
	if err := json.Unmarshal(raw, p); err != nil {
		return nil, err
	}
	p.InternalMeta = pdu.InternalMeta{EventID: id.EventID(e.ID()), Rejected: s.rejected[e.ID()]}
	return p, nil
}

func mautrixSignedBytes(s subject) (string, error) {
	p, err := mautrixEvent(s.version, s.raw)
	if err != nil {
		return "", err
	}
	var redacted any
	switch p := p.(type) {
	case *pdu.PDU:
		redacted = p.Clone().RedactForSignature(id.RoomVersion(s.version.ID))
	case *pdu.RoomV1PDU:
		redacted = p.Clone().RedactForSignature(id.RoomVersion(s.version.ID))
	}
	canonical, err := canonicaljson.Marshal(redacted)
	return string(canonical), err
}

func nonNil(list []string) []string {
	if list == nil {
		return []string{}
	}
	return list
}
