package engine

import (
	"bytes"
	"encoding/json"
	"fmt"
	"time"

	"doorstep/client"
	"doorstep/flow/event"
)

// A Proto is an event before it is hashed and signed: what a template shows, and what the room's own events start from.
type Proto struct {
	version  *event.Version
	kind     string
	roomID   string // empty for a version 12 create event
	Sender   string
	StateKey string
	redacts  string // the ID of the event it redacts: then it has no state key
	Content  Fields
	Auth     []*event.Event // in the order of auth events selection
	prev     []*event.Event
	Depth    int64
	ts       time.Time
	eventID  string // versions 1 and 2: the name the sender's server chose; empty in today's templates
	origin   string // empty: left out
}

// MarshalJSON gives the event with its references in the form of its room version.
func (p *Proto) MarshalJSON() ([]byte, error) {
	o := Fields{
		"type": p.kind, "sender": p.Sender, "state_key": p.StateKey, "content": p.Content, "depth": p.Depth,
		"origin_server_ts": p.ts.UnixMilli(), "auth_events": references(p.version, p.Auth),
		"prev_events": references(p.version, p.prev),
	}
	if p.redacts != "" {
		delete(o, "state_key")
		if !p.version.RedactsInContent {
			o["redacts"] = p.redacts
		}
	}
	for key, value := range map[string]string{"room_id": p.roomID, "event_id": p.eventID, "origin": p.origin} {
		if value != "" {
			o[key] = value
		}
	}
	return Encode(o)
}

// references names events as auth_events and prev_events do: by ID, in versions 1 and 2 with the reference hash
// next to it.
func references(v *event.Version, events []*event.Event) []any {
	refs := []any{}
	for _, e := range events {
		if v.HashPairs {
			hash := e.ReferenceHash()
			refs = append(refs, []any{e.ID(), Fields{"sha256": event.EncodeBase64(hash[:])}})
		} else {
			refs = append(refs, e.ID())
		}
	}
	return refs
}

// Event returns p hashed, signed by the sender's server; unhashed and signed, where given, change it on the way.
func (p *Proto) Event(key event.SigningKey, unhashed, signed func([]byte) ([]byte, error)) (*event.Event, error) {
	raw, err := Encode(p)
	if err != nil {
		return nil, err
	}
	if unhashed != nil {
		if raw, err = unhashed(raw); err != nil {
			return nil, err
		}
	}
	if raw, err = event.Canonical(raw, true); err != nil {
		return nil, fmt.Errorf("canonical form of %s: %w", p.kind, err)
	}
	e, err := event.Hash(p.version, raw)
	if err != nil {
		return nil, fmt.Errorf("hash %s: %w", p.kind, err)
	}
	if e, err = e.Sign(client.Domain(p.Sender), key); err != nil {
		return nil, fmt.Errorf("sign %s: %w", p.kind, err)
	}
	if signed == nil {
		return e, nil
	}
	if raw, err = signed(e.Raw()); err != nil {
		return nil, err
	}
	return event.Parse(p.version, raw)
}

// Encode gives v as JSON, without the HTML escapes that homeservers do not write either.
func Encode(v any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}
