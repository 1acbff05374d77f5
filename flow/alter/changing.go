package alter

import (
	"bytes"
	"errors"
	"net/url"
	"slices"
	"strings"

	"doorstep/client"
	"doorstep/flow"
	"doorstep/flow/event"
)

// wrongSignature is 64 zero bytes: as long as a signature, and none of any key's.
var wrongSignature = event.EncodeBase64(make([]byte, 64))

func withoutAuthorization(d *Draft, _ Known) error {
	n := len(d.Header)
	if d.Header = slices.DeleteFunc(d.Header, isAuthorization); len(d.Header) == n {
		return errors.New("the request is not signed as it is")
	}
	return nil
}

// xMatrix sets one parameter of the X-Matrix header.
func xMatrix(name, value string) func(*Draft, Known) error {
	return func(d *Draft, _ Known) error {
		i := slices.IndexFunc(d.Header, isAuthorization)
		if i < 0 {
			return errors.New("the request is not signed as it is")
		}
		x, err := client.ParseXMatrix(d.Header[i].Value)
		if err != nil {
			return err
		}
		switch name {
		case "destination":
			x.Destination = value
		case "sig":
			x.Sig = value
		case "key":
			x.Key = value
		}
		d.Header[i].Value = x.String()
		return nil
	}
}

// query sets a parameter of the target's query to values, none of which takes it out.
func query(name string, values []string) func(*Draft, Known) error {
	return func(d *Draft, _ Known) error {
		if name == "omit_members" && d.Endpoint != client.SendJoinV2 {
			return errors.New("the endpoint of version 1 has no such parameter")
		}
		path, old, _ := strings.Cut(d.Target, "?")
		var pairs []string
		for pair := range strings.SplitSeq(old, "&") {
			if key, _, _ := strings.Cut(pair, "="); pair != "" && key != name {
				pairs = append(pairs, pair)
			}
		}
		for _, v := range values {
			pairs = append(pairs, name+"="+client.EscapePath(v))
		}
		d.Target = path
		if len(pairs) > 0 {
			d.Target += "?" + strings.Join(pairs, "&")
		}
		if !d.Changed() {
			return errors.New("the request says so as it is")
		}
		return nil
	}
}

// idsFrom is the place of the first ID in the path "/_matrix/federation/v1/make_join/ID/ID", between slashes.
const idsFrom = 5

// pathSegment changes an ID in the path: of those after the endpoint's name, from 0.
func pathSegment(n int, change func(string) string) func(*Draft, Known) error {
	return func(d *Draft, _ Known) error {
		path, query, asks := strings.Cut(d.Target, "?")
		segments := strings.Split(path, "/")
		at := idsFrom + n
		if at >= len(segments) {
			return errors.New("the path has no such part")
		}
		id, err := url.PathUnescape(segments[at])
		if err != nil {
			return err
		}
		segments[at] = client.EscapePath(change(id))
		d.Target = strings.Join(segments, "/")
		if asks {
			d.Target += "?" + query
		}
		return nil
	}
}

// onServer is a user of the same name on another server.
func onServer(user, server string) string {
	return strings.TrimSuffix(user, client.Domain(user)) + server
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

func otherCandidate(d *Draft, k Known) error {
	if len(k.Others) == 0 {
		return errors.New("there is no other candidate")
	}
	d.Server = k.Others[0]
	if slices.ContainsFunc(d.Header, isAuthorization) {
		return xMatrix("destination", d.Server)(d, k)
	}
	return nil
}

// seal has the event hashed and signed otherwise.
func seal(s flow.Sealing) func(*Draft, Known) error {
	return func(d *Draft, _ Known) error { d.Sealing = s; return nil }
}

// redactOtherwise has the event redacted by the rules from the other side of version 11. Such a server still puts its
// origin into events of later versions.
func redactOtherwise(d *Draft, k Known) error {
	d.Sealing = flow.Sealing{RedactAs: "11"}
	if !d.Version.RedactsInContent {
		return nil
	}
	d.Sealing.RedactAs = "10"
	sender, _ := event.GetString(d.Body, "sender")
	return field("origin", string(event.Quote(client.Domain(sender))))(d, k)
}

// field sets a field of the event in the body.
func field(name, value string) func(*Draft, Known) error {
	return func(d *Draft, _ Known) (err error) {
		d.Body, err = event.Edit(d.Body, []event.Member{{Key: name, Value: []byte(value)}})
		return err
	}
}

// content sets a field of the event's content.
func content(name, value string) func(*Draft, Known) error {
	return func(d *Draft, k Known) error {
		changed, err := event.Edit(event.Get(d.Body, "content"), []event.Member{{Key: name, Value: []byte(value)}})
		if err != nil {
			return err
		}
		return field("content", string(changed))(d, k)
	}
}

func otherRoom(d *Draft, k Known) error {
	room, ok := event.GetString(d.Body, "room_id")
	if !ok {
		return errors.New("the event names no room")
	}
	return field("room_id", string(event.Quote(otherName(room))))(d, k)
}

func otherSender(d *Draft, k Known) error {
	sender, _ := event.GetString(d.Body, "sender")
	other := string(event.Quote(onServer(sender, elsewhere)))
	if err := field("sender", other)(d, k); err != nil {
		return err
	}
	return field("state_key", other)(d, k)
}

// listCreate puts the create event of a room of version 12 into auth_events: the room ID is its ID.
func listCreate(d *Draft, k Known) error {
	room, _ := event.GetString(d.Body, "room_id")
	listed, err := event.Elements(event.Get(d.Body, "auth_events"))
	if err != nil {
		return err
	}
	listed = append(listed, event.Quote("$"+strings.TrimPrefix(room, "!")))
	return field("auth_events", list(listed))(d, k)
}

// dropAuth takes the events of a type out of auth_events.
func dropAuth(kind string) func(*Draft, Known) error {
	return func(d *Draft, k Known) error {
		listed, err := event.Elements(event.Get(d.Body, "auth_events"))
		if err != nil {
			return err
		}
		n := len(listed)
		listed = slices.DeleteFunc(listed, func(reference []byte) bool { return k.names(reference, kind) })
		if len(listed) == n {
			return errors.New("which of the auth_events is " + kind + " is not known, or none is")
		}
		return field("auth_events", list(listed))(d, k)
	}
}

// replacedAuth has auth_events name, in place of the event of a type, the one that it replaced.
func replacedAuth(kind string) func(*Draft, Known) error {
	return func(d *Draft, k Known) error {
		listed, err := event.Elements(event.Get(d.Body, "auth_events"))
		if err != nil {
			return err
		}
		for i, reference := range listed {
			if !k.names(reference, kind) || k.Replaced == nil {
				continue
			}
			id, _ := referred(reference)
			if older, ok := k.Replaced(id); ok {
				listed[i] = older
				return field("auth_events", list(listed))(d, k)
			}
		}
		return errors.New("an older " + kind + " is not known, or there was none")
	}
}

// names reports whether a reference is known to name an event of a type.
func (k Known) names(reference []byte, kind string) bool {
	id, ok := referred(reference)
	if !ok || k.Type == nil {
		return false
	}
	is, known := k.Type(id)
	return known && is == kind
}

// referred returns the ID that a reference names.
func referred(reference []byte) (id string, ok bool) {
	if pair, err := event.Elements(reference); err == nil && len(pair) > 0 { // versions 1 and 2 add a hash
		return event.String(pair[0])
	}
	return event.String(reference)
}

func list(elements [][]byte) string { return "[" + string(bytes.Join(elements, []byte(","))) + "]" }
