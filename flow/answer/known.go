package answer

import (
	"fmt"

	"doorstep/client"
	"doorstep/flow/event"
)

// Known is what a change may need besides the draft. The zero value knows nothing.
type Known struct {
	// Key returns what a server signs with; false where that server is not ours. Nil: none is.
	Key func(server string) (event.SigningKey, bool)
	// User is who wants to join; empty: nobody knows.
	User string
}

// seal hashes an event anew and has its sender's server sign it. It gets another ID by that: where IDs are no hashes,
// one that is made of the old.
func (k Known) seal(v *event.Version, raw []byte) ([]byte, error) {
	if v == nil {
		return nil, fmt.Errorf("the room's version is not known")
	}
	sender, _ := event.GetString(raw, "sender")
	server := client.Domain(sender)
	if k.Key == nil {
		return nil, fmt.Errorf("no server's key is ours")
	}
	key, ok := k.Key(server)
	if !ok {
		return nil, fmt.Errorf("the key of %q is not ours", server)
	}
	bare, err := event.Edit(raw, nil, "hashes", "signatures")
	if err != nil {
		return nil, err
	}
	if id, chosen := event.GetString(bare, "event_id"); chosen && v.IDs == event.IDChosen {
		bare, err = event.Edit(bare, []event.Member{{Key: "event_id", Value: event.Quote(otherName(id))}})
		if err != nil {
			return nil, err
		}
	}
	if bare, err = event.Canonical(bare, false); err != nil {
		return nil, err
	}
	e, err := event.Hash(v, bare)
	if err != nil {
		return nil, err
	}
	if e, err = e.Sign(server, key); err != nil {
		return nil, err
	}
	return e.Raw(), nil
}

// otherName turns the first letter after an ID's sigil into another.
func otherName(id string) string {
	if len(id) < 2 {
		return id
	}
	letter := "A"
	if id[1] == 'A' {
		letter = "B"
	}
	return id[:1] + letter + id[2:]
}
