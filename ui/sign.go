package ui

import (
	"bytes"
	"fmt"
	"strings"
	"time"

	"doorstep/client"
	"doorstep/flow"
	"doorstep/flow/event"
	"doorstep/flow/export"
	"doorstep/flow/signed"
	"doorstep/flow/verify"
	"doorstep/render"
)

// signed lists what on the row is signed.
func (s *scene) signed() []signed.Part {
	if s.row.id.ghost && s.next != nil {
		if s.next.Work == flow.Ask && s.next.Request.Endpoint.Signed() {
			return []signed.Part{{Kind: signed.Request, Sent: true}}
		}
		return nil
	}
	return signed.Parts(s.state, s.trace, s.entry())
}

// lacksSigned says that nothing on the row is signed; empty when something is.
func (s *scene) lacksSigned() string {
	if len(s.signed()) == 0 {
		return "nothing on this row is signed"
	}
	return ""
}

// sign shows the work behind the signatures on the row: the exact bytes, the hashes, the keys, the verdicts. on is the
// event of the answer that it is about, where the row is the answer.
func (s *scene) sign(on subject) *prose {
	b := s.prose()
	parts := s.signed()
	for _, p := range parts {
		if len(parts) > 1 && p.Where != "" {
			b.title("At " + p.Where + " of the body")
		}
		s.signedPart(b, p, on)
	}
	if len(parts) == 0 {
		b.note(s.lacksSigned())
	}
	return &b.prose
}

func (s *scene) signedPart(b *proseBuilder, p signed.Part, on subject) {
	e := s.entry()
	switch p.Kind {
	case signed.Reply:
		s.replyWork(b, on)
	case signed.Event:
		s.pduWork(b, p)
	case signed.Keys:
		s.keysWork(b, p)
	case signed.Object:
		s.objectWork(b, p)
	case signed.Request:
		if e == nil {
			s.requestWork(b, s.trace.Header.Joining, s.next.Server, &s.next.Request, p.Sent)
			return
		}
		origin, destination := s.trace.Header.Joining, e.Server
		if e.To == flow.Joining {
			origin, destination = destination, origin
		}
		if x, ok := e.XMatrix(); ok { // what the header says is what was signed
			origin = x.Origin
			if x.Destination != "" {
				destination = x.Destination
			}
		}
		s.requestWork(b, origin, destination, e.Request, p.Sent)
	}
}

// pduWork shows the work on an event outside the answer to send_join: one of ours, or one in somebody's request to us.
func (s *scene) pduWork(b *proseBuilder, p signed.Part) {
	if id, where := s.signedEvent(); id != "" && where == verify.SentCopy {
		if _, ok := s.work(id, where); ok {
			s.workOn(b, id, where)
			return
		}
	}
	if w, ok := signed.Work(s.state, p); ok {
		s.showWork(b, w)
		return
	}
	if p.Version == nil {
		b.note("The room version that would say how this event is hashed and redacted is not known.")
	} else {
		b.text(b.Fail, b.g.Fail+" it breaks the event format of room version "+p.Version.ID)
	}
	for _, sig := range event.JSONSignatures(p.Raw) {
		b.blank()
		s.namedSignature(b, sig)
		b.text(b.Wait, "not checked")
	}
}

// signedEvent names the event of the row: its ID, and which copy of it. Empty: none.
func (s *scene) signedEvent() (id, where string) {
	e := s.entry()
	switch {
	case e == nil:
	case e.Build != nil:
		return e.Build.EventID, verify.SentCopy
	case e.Request != nil:
		if m := s.state.Of(e); m.Build != nil && bytes.Equal(e.Request.Body, m.Build.Event) {
			return m.Build.EventID, verify.SentCopy
		}
	case s.answer():
		if on := s.replyEvent(); on != nil && on.Event != nil {
			return on.Event.ID(), on.Pointer
		}
		if s.state.Build != nil {
			return s.state.Build.EventID, ""
		}
	}
	return "", ""
}

// answer reports whether the row is the answer to send_join, with events in it.
func (s *scene) answer() bool {
	e := s.entry()
	return e != nil && e.Response != nil && e.Step == flow.A7 && s.state.Template != nil && s.state.Reply != nil &&
		s.state.Reply.Seq == e.Seq && s.state.Reply.Problem == ""
}

// replyEvent is the event of the answer that the cursor of the body is on, or the one that was returned; nil: neither.
func (s *scene) replyEvent() *verify.ReplyEvent {
	events := s.state.Reply.Events(s.state.Template.RoomVersion)
	field := s.field
	if s.state.Reply.List { // pointers into the list of two that v1 answers with
		field = strings.TrimPrefix(field, "/1")
	}
	for _, list := range [][]verify.ReplyEvent{events.State, events.AuthChain} {
		for i := range list {
			if p := list[i].Pointer; field == p || strings.HasPrefix(field, p+"/") {
				return &list[i]
			}
		}
	}
	return events.Returned
}

func (s *scene) replyWork(b *proseBuilder, on subject) {
	if on.from == selectedInEvents {
		b.note("The event selected in the tab Events. Moving the cursor of the body chooses another.")
		s.workOn(b, on.id, on.where)
		return
	}
	b.note("This follows the cursor of the body: put it on an event to see how that one was hashed, signed and judged.")
	if on := s.replyEvent(); on != nil && on.Event == nil {
		b.field("event", on.Pointer)
		b.text(b.Fail, on.Err.Error())
		if on.Pointer != "/event" {
			return
		}
		b.note("What came back as our join cannot be read: the copy that was sent is what there is.")
		b.blank()
	}
	id, where := s.signedEvent()
	s.workOn(b, id, where)
}

// workOn shows the work on one copy of an event; where is empty for the copy that counts.
func (s *scene) workOn(b *proseBuilder, id, where string) {
	w, ok := s.work(id, where)
	if !ok {
		b.note("the event cannot be read")
		return
	}
	s.showWork(b, w)
	if !w.Counts {
		return
	}
	if sent, ok := s.work(id, verify.SentCopy); ok && sent.NotYetCosigned != "" && w.Where != verify.SentCopy {
		b.title("The copy as it was sent")
		s.awaiting(b, sent)
	}
}

// awaiting says of our join as it was sent what it lacks, and who judges what.
func (s *scene) awaiting(b *proseBuilder, w verify.EventWork) {
	b.note("The same event, not yet signed by " + w.NotYetCosigned + ", whose user lets ours in: it signs before it " +
		"sends the join back.")
	for _, sig := range w.Signatures {
		s.signatureWork(b, sig)
	}
}

// copyWords says of a copy that is not the one that counts what it is; empty where that is not known.
func copyWords(w verify.EventWork) string {
	what := "This copy is not the one that goes into the room."
	if w.NotYetCosigned != "" {
		what = "This is the copy as it was sent, not yet signed by " + w.NotYetCosigned + "."
	}
	switch w.JudgedAt {
	case "":
		if w.NotYetCosigned == "" {
			return ""
		}
		return what + " No copy that it has signed can be used."
	case "/event":
		return what + " What counts, and is judged, is the copy that came back."
	case verify.SentCopy:
		return what + " What counts, and is judged, is our own copy, as it was sent."
	}
	return what + " What counts, and is judged, is the copy at " + w.JudgedAt + "."
}

func (s *scene) showWork(b *proseBuilder, w verify.EventWork) {
	b.field("event", strings.TrimSpace(w.Where+"  "+w.EventID))
	judged := w.ByAuthEvents.Check.Kind != verify.NoKind || w.JudgedAt != ""
	if words := copyWords(w); judged && !w.Counts && words != "" {
		b.note(words)
	}
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
	of := ""
	if judged && !w.Counts && w.JudgedAt == "/event" {
		of = ", of the copy that came back"
	}
	s.judging(b, "4. The authorisation rules, by the events it names"+of, w.ByAuthEvents)
	if w.ByState != nil {
		s.judging(b, "5. The authorisation rules, by the state before it"+of, *w.ByState)
	}
	b.title("To work it out again")
	b.note("y r copies these commands for a shell with openssl.")
	for _, line := range export.Redo(w) {
		b.bytes(b.Dim, []byte(line))
	}
}

func (s *scene) signatureWork(b *proseBuilder, w verify.SignatureWork) {
	b.blank()
	server := w.Server
	if w.Required {
		server += ", which must sign such an event"
	}
	b.field("server", server)
	switch {
	case w.Awaited:
		b.text(b.Wait, render.NotChecked.Glyph(b.g)+" not signed when it was sent: "+w.Source)
		return
	case w.KeyID == "":
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
	case v == verify.Pass:
		b.text(b.OK, b.g.OK+" the signature holds")
	case v == verify.Fail:
		b.text(b.Fail, b.g.Fail+" the signature does not hold")
	case w.Verifies:
		b.text(b.Warn, b.g.Warn+" the arithmetic holds, but by a key that was not valid then: it does not count")
	default:
		b.text(b.Warn, b.g.Warn+" not checked")
	}
}

func (s *scene) naming(b *proseBuilder, w verify.EventWork) {
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

// namedSignature shows a signature as it is written.
func (s *scene) namedSignature(b *proseBuilder, sig event.Signature) {
	b.field("server", sig.Server)
	b.field("key ID", sig.KeyID)
	b.field("signature", sig.Base64)
}

// signature shows one signature of a JSON object, the key that it claims, and whether it holds.
func (s *scene) signature(b *proseBuilder, sig event.Signature, raw []byte) {
	b.blank()
	s.namedSignature(b, sig)
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
	s.verified(b, key, ok, keys.Own, ok && event.VerifyJSON(raw, sig, key.Public))
}

// verified shows the key of a signature, how long it is relied on, and whether the signature holds.
func (s *scene) verified(b *proseBuilder, key verify.VerifyKey, known, own, holds bool) {
	if !known {
		b.text(b.Warn, b.g.Warn+" not checked: the server does not publish that key")
		return
	}
	b.field("verify key", event.EncodeBase64(key.Public))
	valid := time.UnixMilli(key.ValidUntil).UTC().Format("2006-01-02 15:04:05 UTC")
	switch {
	case own:
		b.note("our own key")
	case key.Old:
		b.field("given up", valid)
	case key.ValidUntil > 0:
		b.field("relied on until", valid)
	}
	if holds {
		b.text(b.OK, b.g.OK+" the signature holds")
		return
	}
	b.text(b.Fail, b.g.Fail+" the signature does not hold")
}

// covered shows the bytes that the signatures of a JSON object cover; false when there are none.
func (s *scene) covered(b *proseBuilder, what string, raw []byte) bool {
	bytes, err := event.JSONSignedBytes(raw)
	if err != nil {
		b.text(b.Fail, err.Error())
		return false
	}
	b.note("They cover " + what + " in canonical JSON, without unsigned and signatures: " + count(len(bytes), "byte"))
	b.bytes(b.String, bytes)
	return true
}

// keysWork shows a key document: whether it was accepted, and its signatures, its own server's by the keys that it
// lists.
func (s *scene) keysWork(b *proseBuilder, p signed.Part) {
	d := p.Keys
	b.title("The signatures of the key document")
	b.field("asked for", "the keys of "+d.Server)
	if d.Notary != "" {
		b.field("passed on by", "the notary "+d.Notary)
	}
	if d.Problem == "" {
		b.text(b.OK, b.g.OK+" accepted: it names that server, and a key that it lists has signed it")
	} else {
		b.text(b.Fail, b.g.Fail+" not accepted: "+d.Problem)
	}
	if !s.covered(b, "the document", p.Raw) {
		return
	}
	for _, sig := range event.JSONSignatures(p.Raw) {
		b.blank()
		s.namedSignature(b, sig)
		key, known, holds := d.Holds(s.state, p.Raw, sig)
		if d.Problem != "" {
			key.ValidUntil = 0 // nobody relies on it
			if sig.Server == d.Names && known {
				b.note("by a key that the document lists itself; that does not make it the document asked for")
			}
		}
		s.verified(b, key, known, sig.Server == s.trace.Header.Joining && key.ID == s.trace.Header.KeyID, holds)
	}
}

// objectWork shows any other signed object.
func (s *scene) objectWork(b *proseBuilder, p signed.Part) {
	b.title("The signatures of the object")
	if !s.covered(b, "the object", p.Raw) {
		return
	}
	for _, sig := range event.JSONSignatures(p.Raw) {
		s.signature(b, sig, p.Raw)
	}
}

// requestWork shows what the X-Matrix signature of a request covers. The signature itself is kept in no trace.
func (s *scene) requestWork(b *proseBuilder, origin, destination string, r *client.Request, sent bool) {
	b.title("The X-Matrix signature of the request")
	if !sent {
		b.note("This request never went out: no server saw a signature of it.")
	}
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
	covers := "It covers"
	if !sent {
		covers = "It would have covered"
	}
	b.note(fmt.Sprintf(covers+" these %s: canonical JSON of method, uri, origin, destination and, if there is a "+
		"body, content.", count(len(covered), "byte")))
	b.bytes(b.String, covered)
	if origin == s.trace.Header.Joining {
		b.field("key ID", s.trace.Header.KeyID)
		b.field("verify key", s.trace.Header.VerifyKey)
	}
	if !sent {
		return
	}
	b.note("The signature itself is left out of every trace: whoever has it could repeat the request.")
}
