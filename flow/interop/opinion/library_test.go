//go:build goexperiment.jsonv2

package opinion

import (
	"crypto/ed25519"
	"fmt"

	"doorstep/flow/event"
)

// A subject is an event and what is needed to answer questions about it.
type subject struct {
	name     string // what it is, or what is wrong with it
	version  *event.Version
	raw      []byte
	auth     []*event.Event  // what its auth_events name, in their order, without those that are not available
	create   *event.Event    // of the room
	rejected map[string]bool // IDs of events that were rejected
	keys     keys

	event *event.Event // raw as Doorstep reads it; nil when it does not
}

// keys are the public keys of the servers, by server name and key ID.
type keys map[string]map[string]ed25519.PublicKey

// A question about an event. Its answer is a text, the same from everybody who agrees.
type question string

const (
	isFormed    question = "format"       // fine, or drop
	contentHash question = "content hash" // hexadecimal
	claimedHash question = "claimed hash" // whether it is the content hash: right or wrong
	eventID     question = "event ID"
	signedBytes question = "signed bytes" // the redacted event, canonical, without signatures and unsigned
	signing     question = "signing"      // the signature it gets, base64
	verifying   question = "verifying"    // its signatures: server, key and whether it is valid, in order
	selection   question = "selection"    // the tuples its auth events are chosen from, sorted
	verdict     question = "verdict"      // allow or reject, by its own auth_events
)

var questions = []question{isFormed, contentHash, claimedHash, eventID, signedBytes, signing, verifying, selection,
	verdict}

// A library answers questions. Those it has no function for it was never meant to answer.
type library struct {
	name    string
	answers map[question]func(subject) (string, error)
}

// ask returns the library's answer and, when it is an error, what the library said. A library that panics has answered.
func (l library) ask(q question, s subject) (answer, detail string, asked bool) {
	f, ok := l.answers[q]
	if !ok {
		return "", "", false
	}
	defer func() {
		if r := recover(); r != nil {
			answer, detail, asked = "panic", fmt.Sprint(r), true
		}
	}()
	answer, err := f(s)
	if err != nil {
		detail = err.Error()
		if answer == "" {
			answer = "error"
		}
	}
	return answer, detail, true
}

func allowed(err error) (string, error) {
	if err != nil {
		return "reject", err
	}
	return "allow", nil
}

// authList returns what e's auth_events name, from known.
func authList(e *event.Event, known map[string]*event.Event) (list []*event.Event) {
	for _, id := range e.AuthEvents() {
		if a := known[id]; a != nil {
			list = append(list, a)
		}
	}
	return list
}

func (s subject) lookUp(id string) *event.Event {
	for _, a := range s.auth {
		if a.ID() == id {
			return a
		}
	}
	if s.create != nil && s.create.ID() == id {
		return s.create
	}
	return nil
}

func rightOrWrong(right bool) string {
	if right {
		return "right"
	}
	return "wrong"
}
