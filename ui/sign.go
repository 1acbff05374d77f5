package ui

import (
	"bytes"
	"crypto/ed25519"
	"fmt"
	"strings"
	"time"

	"doorstep/client"
	"doorstep/flow"
	"doorstep/flow/event"
)

// A signedThing is what carries signatures on a row.
type signedThing int

const (
	nothingSigned  signedThing = iota
	ourEvent                   // the event of L1, and what is sent of it
	replyEvent                 // an event of the answer to send_join
	keyDocument                // a key document
	requestItself              // a request between servers
	requestToCome              // the same, before it is sent
	eventInRequest             // the event in somebody's request to us: an invite
)

// signed tells what on the row is signed.
func (s *scene) signed() signedThing {
	e := s.entry()
	switch {
	case s.row.id.ghost && s.next != nil && s.next.Work == flow.Ask:
		return requestToCome
	case e == nil:
	case e.Build != nil:
		return ourEvent
	case e.Request != nil && e.Request.Endpoint == client.Invite:
		return eventInRequest
	case e.Request != nil && signedEndpoint(e.Request.Endpoint):
		return requestItself
	case e.Response != nil && e.Step == flow.A7 && s.state.Reply != nil && s.state.Reply.Seq == e.Seq && s.state.Template != nil:
		return replyEvent
	case e.Response != nil && e.Response.Status == 200 && e.Step == flow.R && len(event.JSONSignatures(e.Response.Body)) > 0:
		return keyDocument
	}
	return nothingSigned
}

// signedEndpoint reports whether requests to an endpoint carry an X-Matrix signature.
func signedEndpoint(e client.Endpoint) bool {
	switch e {
	case client.QueryDirectory, client.MakeJoin, client.SendJoinV1, client.SendJoinV2, client.MakeLeave, client.SendLeave, client.Invite, client.Send:
		return true
	}
	return false
}

// sign shows the work behind the signatures on the row: the exact bytes, the hashes, the keys, the verdicts.
func (s *scene) sign() *prose {
	b, e := s.prose(), s.entry()
	switch s.signed() {
	case ourEvent:
		s.eventWork(b)
	case replyEvent:
		s.replyWork(b)
	case keyDocument:
		s.documentWork(b, e.Response.Body)
	case requestToCome:
		s.requestWork(b, s.trace.Header.Joining, s.next.Server, &s.next.Request)
	case requestItself:
		origin, destination := s.trace.Header.Joining, e.Server
		if e.To == flow.Joining {
			origin, destination = destination, origin
		}
		if id, _ := s.signedEvent(); id != "" {
			s.eventWork(b)
		}
		s.requestWork(b, origin, destination, e.Request)
	case eventInRequest:
		s.requestWork(b, e.Server, s.trace.Header.Joining, e.Request)
	default:
		b.note(s.lacks(signTab))
	}
	return &b.prose
}

// signedEvent names the event whose work the tab shows: its ID, and which copy of it. Empty: none.
func (s *scene) signedEvent() (id, where string) {
	e := s.entry()
	switch s.signed() {
	case ourEvent:
		return e.Build.EventID, "sent"
	case requestItself:
		if s.state.Build != nil && bytes.Equal(e.Request.Body, s.state.Build.Event) {
			return s.state.Build.EventID, "sent"
		}
	case replyEvent:
		if on := s.replyEvent(); on != nil && on.Event != nil {
			return on.Event.ID(), on.Pointer
		}
		if s.state.Build != nil {
			return s.state.Build.EventID, "sent"
		}
	}
	return "", ""
}

// replyEvent is the event of the answer that the cursor of the body is on, or the one that was returned; nil: neither.
func (s *scene) replyEvent() *flow.ReplyEvent {
	events := s.state.Reply.Events(s.state.Template.RoomVersion)
	for _, list := range [][]flow.ReplyEvent{events.State, events.AuthChain} {
		for i := range list {
			if p := list[i].Pointer; s.field == p || strings.HasPrefix(s.field, p+"/") {
				return &list[i]
			}
		}
	}
	return events.Returned
}

func (s *scene) replyWork(b *proseBuilder) {
	b.note("This follows the cursor of the body: put it on an event to see how that one was hashed, signed and judged.")
	if on := s.replyEvent(); on != nil && on.Event == nil {
		b.field("event", on.Pointer)
		b.text(b.Fail, on.Err.Error())
		return
	}
	s.eventWork(b)
}

// eventWork shows how the signed event is hashed, signed, named and judged.
func (s *scene) eventWork(b *proseBuilder) {
	id, where := s.signedEvent()
	s.workOn(b, id, where)
}

// workOn shows the work on one copy of an event.
func (s *scene) workOn(b *proseBuilder, id, where string) {
	w, ok := s.work(id, where)
	if !ok {
		b.note("the event cannot be read")
		return
	}
	b.field("event", w.Where+"  "+w.EventID)
	b.title("1. The content hash")
	b.note("SHA-256 of the event in canonical JSON, without unsigned, signatures and hashes: " + count(len(w.ContentBytes), "byte"))
	b.bytes(b.String, w.ContentBytes)
	b.field("SHA-256 in unpadded base64", w.ContentComputed)
	switch {
	case w.ContentClaimed == "":
		b.text(b.Warn, b.g.Warn+" hashes.sha256 is missing")
	case w.ContentClaimed == w.ContentComputed:
		b.text(b.OK, b.g.OK+" hashes.sha256 says the same")
	default:
		b.text(b.Fail, b.g.Fail+" hashes.sha256 says "+w.ContentClaimed)
	}
	b.title("2. The signatures")
	b.note("They cover the redacted event in canonical JSON, without unsigned and signatures: " + count(len(w.SignedBytes), "byte"))
	b.bytes(b.String, w.SignedBytes)
	for _, sig := range w.Signatures {
		s.signatureWork(b, sig)
	}
	s.naming(b, w)
	s.judging(b, "4. The authorisation rules, by the events it names", w.ByAuthEvents)
	if w.ByState != nil {
		s.judging(b, "5. The authorisation rules, by the state before it", *w.ByState)
	}
	b.title("To work it out again")
	b.note("y r copies these commands for a shell with openssl.")
	for _, line := range w.Redo {
		b.bytes(b.Dim, []byte(line))
	}
}

func (s *scene) signatureWork(b *proseBuilder, w flow.SignatureWork) {
	b.blank()
	server := w.Server
	if w.Required {
		server += ", which must sign such an event"
	}
	b.field("server", server)
	if w.KeyID == "" {
		b.text(b.Fail, b.g.Fail+" "+w.Source)
		return
	}
	b.field("key ID", w.KeyID)
	b.field("signature", w.Signature)
	if w.PublicKey != "" {
		b.field("verify key", w.PublicKey)
	}
	if w.Source != "" {
		b.field("key from", w.Source)
	}
	if w.Window != "" {
		b.field("good", w.Window)
	}
	switch v := w.Verdict(); {
	case v == flow.Pass:
		b.text(b.OK, b.g.OK+" the signature holds")
	case v == flow.Fail:
		b.text(b.Fail, b.g.Fail+" the signature does not hold")
	case w.Verifies:
		b.text(b.Warn, b.g.Warn+" the arithmetic holds, but by a key that was not valid then: it does not count")
	default:
		b.text(b.Warn, b.g.Warn+" not checked")
	}
}

func (s *scene) naming(b *proseBuilder, w flow.EventWork) {
	b.title("3. The event ID")
	if w.ComputedID == "" {
		b.note("In versions 1 and 2 the sender's server chooses it; it is a field of the event.")
		b.field("event_id", w.EventID)
		return
	}
	alphabet := "URL-safe base64"
	if w.Event.Version().IDs == event.IDStdBase64 {
		alphabet = "standard base64, as in version 3 only"
	}
	b.note("From version 3 on it is no field: it is $ and the reference hash, SHA-256 of the bytes that are signed, in unpadded " + alphabet + ".")
	b.field("event ID", w.ComputedID)
}

// signature shows one signature, the key that it claims, and whether it holds.
func (s *scene) signature(b *proseBuilder, sig event.Signature, holds func(ed25519.PublicKey) bool) {
	b.blank()
	b.field("server", sig.Server)
	b.field("key ID", sig.KeyID)
	b.field("signature", sig.Base64)
	keys := s.state.Keys.Of(sig.Server)
	switch {
	case keys == nil:
		b.text(b.Wait, "not checked: the keys of "+sig.Server+" were not fetched")
		return
	case keys.Problem != "":
		b.text(b.Warn, b.g.Warn+" not checked: "+keys.Problem)
		return
	}
	key, ok := keys.Keys[sig.KeyID]
	if !ok {
		b.text(b.Warn, b.g.Warn+" not checked: the server does not publish that key")
		return
	}
	b.field("verify key", event.EncodeBase64(key.Public))
	valid := time.UnixMilli(key.ValidUntil).UTC().Format("2006-01-02 15:04:05 UTC")
	switch {
	case keys.Own:
		b.note("our own key")
	case key.Old:
		b.field("given up", valid)
	default:
		b.field("relied on until", valid)
	}
	if holds(key.Public) {
		b.text(b.OK, b.g.OK+" the signature holds")
		return
	}
	b.text(b.Fail, b.g.Fail+" the signature does not hold")
}

func (s *scene) documentWork(b *proseBuilder, doc []byte) {
	covered, err := event.JSONSignedBytes(doc)
	if err != nil {
		b.text(b.Fail, err.Error())
		return
	}
	b.title("The signatures of the key document")
	b.note("They cover the document in canonical JSON, without unsigned and signatures: " + count(len(covered), "byte"))
	b.bytes(b.String, covered)
	for _, sig := range event.JSONSignatures(doc) {
		s.signature(b, sig, func(key ed25519.PublicKey) bool { return event.VerifyJSON(doc, sig, key) })
	}
}

// requestWork shows what the X-Matrix signature of a request covers. The signature itself is kept in no trace.
func (s *scene) requestWork(b *proseBuilder, origin, destination string, r *client.Request) {
	b.title("The X-Matrix signature of the request")
	members := []event.Member{
		{Key: "method", Value: event.Quote(r.Method)},
		{Key: "uri", Value: event.Quote(r.Target)},
		{Key: "origin", Value: event.Quote(origin)},
		{Key: "destination", Value: event.Quote(destination)},
	}
	if len(r.Body) > 0 {
		members = append(members, event.Member{Key: "content", Value: r.Body})
	}
	covered, err := event.Edit([]byte("{}"), members)
	if err == nil {
		covered, err = event.Canonical(covered, false)
	}
	if err != nil {
		b.text(b.Fail, err.Error())
		return
	}
	b.note(fmt.Sprintf("It covers these %s: canonical JSON of method, uri, origin, destination and, if there is a body, content.", count(len(covered), "byte")))
	b.bytes(b.String, covered)
	if origin == s.trace.Header.Joining {
		b.field("key ID", s.trace.Header.KeyID)
		b.field("verify key", s.trace.Header.VerifyKey)
	}
	b.note("The signature itself is left out of every trace: whoever has it could repeat the request.")
}
