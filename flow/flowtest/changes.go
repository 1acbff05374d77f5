package flowtest

import (
	"bytes"

	"doorstep/flow/event"
)

// Edited returns a Change's After that sets one member of the signed event.
func Edited(key, value string) func(*event.Event) (*event.Event, error) {
	return func(e *event.Event) (*event.Event, error) {
		raw, err := event.Edit(e.Raw(), []event.Member{{Key: key, Value: []byte(value)}})
		if err != nil {
			return nil, err
		}
		return event.Parse(e.Version(), raw)
	}
}

// Turned turns over one bit of every signature by server.
func Turned(e *event.Event) (*event.Event, error) {
	raw := e.Raw()
	for _, s := range e.Signatures() {
		b := bytes.Clone(s.Bytes)
		b[0] ^= 1
		raw = bytes.ReplaceAll(raw, []byte(s.Base64), []byte(event.EncodeBase64(b)))
	}
	return event.Parse(e.Version(), raw)
}

// UnsignedAs gives an event an unsigned part.
func UnsignedAs(e *event.Event, unsigned string) (*event.Event, error) {
	raw, err := event.Edit(e.Raw(), []event.Member{{Key: "unsigned", Value: []byte(unsigned)}})
	if err != nil {
		return nil, err
	}
	return event.Parse(e.Version(), raw)
}

// RedactedAs redacts an event, and says so in unsigned in one of the ways servers do.
func RedactedAs(unsigned string) func(*event.Event) (*event.Event, error) {
	return func(e *event.Event) (*event.Event, error) {
		left := e.Redacted()
		if unsigned == "" {
			return left, nil
		}
		return UnsignedAs(left, unsigned)
	}
}

// ComesBack returns a change of the answer that adds the join, signed by a.example and then changed by f.
func ComesBack(f func(*Room, *event.Event) []byte) func(*Room, *Answer) {
	return func(r *Room, a *Answer) {
		e, err := r.Events["join"].Sign("a.example", KeyOf("a.example"))
		if err != nil {
			r.T.Fatal(err)
		}
		raw := e.Raw()
		if f != nil {
			raw = f(r, e)
		}
		a.Extra = append(a.Extra, `"event":`+string(raw))
	}
}

// Raw makes a change of an event a change of its bytes.
func Raw(f func(*event.Event) (*event.Event, error)) func(*Room, *event.Event) []byte {
	return func(r *Room, e *event.Event) []byte {
		e, err := f(e)
		if err != nil {
			r.T.Fatal(err)
		}
		return e.Raw()
	}
}

// AlsoBy returns a Change's After that adds the signature of another server.
func AlsoBy(server string) func(*event.Event) (*event.Event, error) {
	return func(e *event.Event) (*event.Event, error) { return e.Sign(server, KeyOf(server)) }
}

const (
	Restricted = `{"join_rule":"restricted","allow":[{"type":"m.room_membership","room_id":"!parent:a.example"}]}`
	LetIn      = `{"membership":"join","join_authorised_via_users_server":"@alice:a.example"}`
)

// Old is a key that b.example has given up.
var Old = KeyNamed("b.example", "ed25519:old")
