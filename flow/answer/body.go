package answer

import (
	"bytes"
	"errors"
	"fmt"
	"slices"

	"doorstep/flow/event"
)

// errRefusal tells that there is nothing to change in an answer that refuses.
var errRefusal = errors.New("the answer refuses as it is")

// set sets a member of the answer's object.
func set(key, value string) func(*Draft, Known) error {
	return func(d *Draft, _ Known) error {
		return d.inObject(func(obj []byte) ([]byte, error) {
			return event.Edit(obj, []event.Member{{Key: key, Value: []byte(value)}})
		})
	}
}

// without takes members out of the answer's object.
func without(keys ...string) func(*Draft, Known) error {
	return func(d *Draft, _ Known) error {
		return d.inObject(func(obj []byte) ([]byte, error) { return event.Edit(obj, nil, keys...) })
	}
}

// inObject changes the object that an answer is. In version 1 of send_join that is the second element of a list.
func (d *Draft) inObject(change func(obj []byte) ([]byte, error)) error {
	if d.Status != 200 {
		return errRefusal
	}
	if !bytes.HasPrefix(d.Body, []byte("[")) {
		changed, err := change(d.Body)
		if err == nil {
			d.Body = changed
		}
		return err
	}
	parts, err := event.Elements(d.Body)
	if err != nil || len(parts) != 2 {
		return errors.New("the answer is no pair of a status and an object")
	}
	changed, err := change(parts[1])
	if err == nil {
		d.Body = list([][]byte{parts[0], changed})
	}
	return err
}

// inTemplate changes the event of a template.
func inTemplate(change func(d *Draft, event []byte) ([]byte, error)) func(*Draft, Known) error {
	return func(d *Draft, _ Known) error {
		return d.inObject(func(obj []byte) ([]byte, error) {
			changed, err := change(d, event.Get(obj, "event"))
			if err != nil {
				return nil, err
			}
			return event.Edit(obj, []event.Member{{Key: "event", Value: changed}})
		})
	}
}

// templateField sets a field of the event of a template.
func templateField(key, value string) func(*Draft, Known) error {
	return inTemplate(func(_ *Draft, e []byte) ([]byte, error) {
		return event.Edit(e, []event.Member{{Key: key, Value: []byte(value)}})
	})
}

// templateWithout takes a field out of the event of a template.
func templateWithout(key string) func(*Draft, Known) error {
	return inTemplate(func(_ *Draft, e []byte) ([]byte, error) { return event.Edit(e, nil, key) })
}

// templateContent sets a field of the content of the event of a template.
func templateContent(key, value string) func(*Draft, Known) error {
	return inTemplate(func(_ *Draft, e []byte) ([]byte, error) { return inContent(e, key, value) })
}

// inContent sets a field of an event's content.
func inContent(e []byte, key, value string) ([]byte, error) {
	content, err := event.Edit(event.Get(e, "content"), []event.Member{{Key: key, Value: []byte(value)}})
	if err != nil {
		return nil, err
	}
	return event.Edit(e, []event.Member{{Key: "content", Value: content}})
}

// The lists of events of an answer to send_join.
const (
	inState = "state"
	inChain = "auth_chain"
)

// onLists changes lists of an answer to send_join, each by itself. It errs where none of them changes.
func onLists(names []string, change func(d *Draft, k Known, events [][]byte) ([][]byte, error)) func(*Draft,
	Known) error {
	return func(d *Draft, k Known) error {
		return d.inObject(func(obj []byte) ([]byte, error) {
			changed := false
			for _, name := range names {
				was, err := event.Elements(event.Get(obj, name))
				if err != nil {
					return nil, err
				}
				now, err := change(d, k, slices.Clone(was))
				if err != nil {
					return nil, err
				}
				changed = changed || !slices.EqualFunc(was, now, bytes.Equal)
				if obj, err = event.Edit(obj, []event.Member{{Key: name, Value: list(now)}}); err != nil {
					return nil, err
				}
			}
			if !changed {
				return nil, errors.New("the answer has no event that it changes")
			}
			return obj, nil
		})
	}
}

// A match says whether an event is one that is meant.
type match func(raw []byte) bool

// ofType matches the state events of a type, with the empty state key.
func ofType(kind string) match {
	return func(raw []byte) bool {
		typ, _ := event.GetString(raw, "type")
		key, _ := event.GetString(raw, "state_key")
		return typ == kind && key == ""
	}
}

// change changes the events that match; the lists that hold none stay as they are.
func change(names []string, is match, with func(d *Draft, k Known, raw []byte) ([]byte, error)) func(*Draft,
	Known) error {
	return onLists(names, func(d *Draft, k Known, events [][]byte) ([][]byte, error) {
		for i, raw := range events {
			if !is(raw) {
				continue
			}
			changed, err := with(d, k, raw)
			if err != nil {
				return nil, err
			}
			events[i] = changed
		}
		return events, nil
	})
}

// leaveOut takes the events that match out of lists.
func leaveOut(names []string, is match) func(*Draft, Known) error {
	return onLists(names, func(_ *Draft, _ Known, events [][]byte) ([][]byte, error) {
		return slices.DeleteFunc(events, func(raw []byte) bool { return is(raw) }), nil
	})
}

// sealed has what a change makes of an event hashed and signed again.
func sealed(with func(raw []byte) ([]byte, error)) func(*Draft, Known, []byte) ([]byte, error) {
	return func(d *Draft, k Known, raw []byte) ([]byte, error) {
		changed, err := with(raw)
		if err != nil {
			return nil, err
		}
		return k.seal(d.Version, changed)
	}
}

// asItIs leaves what a change makes of an event with the hash and the signature that it had.
func asItIs(with func(raw []byte) ([]byte, error)) func(*Draft, Known, []byte) ([]byte, error) {
	return func(_ *Draft, _ Known, raw []byte) ([]byte, error) { return with(raw) }
}

// contentOf returns a change that sets a field of an event's content.
func contentOf(key, value string) func([]byte) ([]byte, error) {
	return func(raw []byte) ([]byte, error) { return inContent(raw, key, value) }
}

// turnSignature turns over one bit of the first signature of an event.
func turnSignature(raw []byte) ([]byte, error) {
	servers, err := event.Members(event.Get(raw, "signatures"))
	if err != nil || len(servers) == 0 {
		return nil, errors.New("the event has no signature")
	}
	keys, err := event.Members(servers[0].Value)
	if err != nil || len(keys) == 0 {
		return nil, errors.New("the event has no signature")
	}
	text, _ := event.String(keys[0].Value)
	sig, _, err := event.DecodeBase64(text)
	if err != nil || len(sig) == 0 {
		return nil, fmt.Errorf("the signature of %s cannot be read", servers[0].Key)
	}
	sig[0] ^= 1
	keys[0].Value = event.Quote(event.EncodeBase64(sig))
	if servers[0].Value, err = event.Edit(servers[0].Value, keys[:1]); err != nil {
		return nil, err
	}
	signatures, err := event.Edit(event.Get(raw, "signatures"), servers[:1])
	if err != nil {
		return nil, err
	}
	return event.Edit(raw, []event.Member{{Key: "signatures", Value: signatures}})
}

// list gives values as a JSON list.
func list(elements [][]byte) []byte {
	out := append([]byte("["), bytes.Join(elements, []byte(","))...)
	return append(out, ']')
}
