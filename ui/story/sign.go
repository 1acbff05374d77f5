package story

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
	"doorstep/flow/wording"
	"doorstep/render"
)

// signed lists what on the row is signed.
func (s *Scene) signed() []signed.Part {
	if s.Row.ID.Ghost && s.Next != nil {
		if s.Next.Work == flow.Ask && s.Next.Request.Endpoint.Signed() {
			return []signed.Part{{Kind: signed.Request, Sent: true}}
		}
		return nil
	}
	return signed.Parts(s.State, s.Trace, s.Entry())
}

// LacksSigned says that nothing on the row is signed; empty when something is.
func (s *Scene) LacksSigned() string {
	if len(s.signed()) == 0 {
		return "nothing on this row is signed"
	}
	return ""
}

// Sign shows the work behind the signatures on the row: the exact bytes, the hashes, the keys, the verdicts. on is the
// event of the answer that it is about, where the row is the answer.
func (s *Scene) Sign(on Subject) *Prose {
	b := s.Prose()
	parts := s.signed()
	for _, p := range parts {
		if len(parts) > 1 && p.Where != "" {
			b.Section("At " + p.Where + " of the body")
		}
		s.signedPart(b, p, on)
	}
	if len(parts) == 0 {
		b.Remark(s.LacksSigned())
	}
	return &b.Prose
}

func (s *Scene) signedPart(b *Builder, p signed.Part, on Subject) {
	e := s.Entry()
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
			s.requestWork(b, s.Trace.Header.Joining, s.Next.Server, &s.Next.Request, p.Sent)
			return
		}
		origin, destination := s.Trace.Header.Joining, e.Server
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
func (s *Scene) pduWork(b *Builder, p signed.Part) {
	if id, where := s.SignedEvent(); id != "" && where == verify.SentCopy {
		if _, ok := s.Work(id, where); ok {
			s.WorkOn(b, id, where)
			return
		}
	}
	if w, ok := signed.Work(s.State, p); ok {
		s.showWork(b, w)
		return
	}
	if p.Version == nil {
		b.Remark("The room version that would say how this event is hashed and redacted is not known.")
	} else {
		b.Put(b.Fail, b.Glyphs.Fail+" it breaks the event format of room version "+p.Version.ID)
	}
	for _, sig := range event.JSONSignatures(p.Raw) {
		b.Blank()
		s.namedSignature(b, sig)
		b.Put(b.Wait, "not checked")
	}
}

// SignedEvent names the event of the row: its ID, and which copy of it. Empty: none.
func (s *Scene) SignedEvent() (id, where string) {
	e := s.Entry()
	switch {
	case e == nil:
	case e.Build != nil:
		return e.Build.EventID, verify.SentCopy
	case e.Request != nil:
		if m := s.State.Of(e); m.Build != nil && bytes.Equal(e.Request.Body, m.Build.Event) {
			return m.Build.EventID, verify.SentCopy
		}
	case s.Answer():
		if on := s.replyEvent(); on != nil && on.Event != nil {
			return on.Event.ID(), on.Pointer()
		}
		if s.State.Build != nil {
			return s.State.Build.EventID, ""
		}
	}
	return "", ""
}

// Answer reports whether the row is the answer to send_join, with events in it.
func (s *Scene) Answer() bool {
	e := s.Entry()
	return e != nil && e.Response != nil && e.Step == flow.A7 && s.State.Template != nil && s.State.Reply != nil &&
		s.State.Reply.Seq == e.Seq && s.State.Reply.Usable()
}

// replyEvent is the event of the answer that the cursor of the body is on, or the one that was returned; nil: neither.
func (s *Scene) replyEvent() *verify.ReplyEvent {
	events := s.State.Reply.Events(s.State.Template.RoomVersion)
	field := s.Field
	if s.State.Reply.List { // pointers into the list of two that v1 answers with
		field = strings.TrimPrefix(field, "/1")
	}
	if on := events.Holding(field); on != nil {
		return on
	}
	return events.Returned
}

func (s *Scene) replyWork(b *Builder, on Subject) {
	if on.From == SelectedInEvents {
		b.Remark("The event selected in the tab Events. Moving the cursor of the body chooses another.")
		s.WorkOn(b, on.ID, on.Where)
		return
	}
	b.Remark("This follows the cursor of the body: put it on an event to see how that one was hashed, signed and judged.")
	if on := s.replyEvent(); on != nil && on.Event == nil {
		b.Field("event", on.Pointer())
		b.Put(b.Fail, on.Err.Error())
		if on.Pointer() != "/event" {
			return
		}
		b.Remark("What came back as our join cannot be read: the copy that was sent is what there is.")
		b.Blank()
	}
	id, where := s.SignedEvent()
	s.WorkOn(b, id, where)
}

// WorkOn shows the work on one copy of an event; where is empty for the copy that counts.
func (s *Scene) WorkOn(b *Builder, id, where string) {
	w, ok := s.Work(id, where)
	if !ok {
		b.Remark("the event cannot be read")
		return
	}
	s.showWork(b, w)
	if !w.Counts {
		return
	}
	if sent, ok := s.Work(id, verify.SentCopy); ok && sent.NotYetCosigned != "" && w.Where != verify.SentCopy {
		b.Section("The copy as it was sent")
		s.awaiting(b, sent)
	}
}

// awaiting says of our join as it was sent what it lacks, and who judges what.
func (s *Scene) awaiting(b *Builder, w verify.EventWork) {
	b.Remark("The same event, not yet signed by " + w.NotYetCosigned + ", whose user lets ours in: it signs before it " +
		"sends the join back.")
	for _, sig := range w.Signatures {
		s.signatureWork(b, sig)
	}
}

func (s *Scene) showWork(b *Builder, w verify.EventWork) {
	b.Field("event", strings.TrimSpace(w.Where+"  "+w.EventID))
	b.Point(OfType(w.Event.Type()))
	judged := w.ByAuthEvents.Check.Kind != verify.NoKind || w.JudgedAt != ""
	if words := copyWords(w); judged && !w.Counts && words != "" {
		b.Remark(words)
	}
	b.SectionOf(OfTerm("content hash"), "1. The content hash")
	b.Remark("SHA-256 of the event in canonical JSON, without unsigned, signatures and hashes: " +
		wording.Count(len(w.ContentBytes), "byte"))
	b.bytes(b.String, w.ContentBytes)
	b.Point(OfTerm("canonical JSON"))
	b.Field("SHA-256 in unpadded base64", w.ContentComputed)
	b.Point(OfTerm("unpadded base64"))
	switch {
	case s.redacted():
		b.Put(b.Wait, notOfRedacted)
	case w.ContentClaimed == "":
		b.Put(b.Warn, b.Glyphs.Warn+" hashes.sha256 is missing")
	case w.ContentClaimed == w.ContentComputed:
		b.Put(b.OK, b.Glyphs.OK+" hashes.sha256 says the same")
	default:
		b.Put(b.Fail, b.Glyphs.Fail+" hashes.sha256 says "+w.ContentClaimed)
	}
	b.SectionOf(OfTerm("signature"), "2. The signatures")
	b.Remark("They cover the redacted event in canonical JSON, without unsigned and signatures: " +
		wording.Count(len(w.SignedBytes), "byte"))
	b.bytes(b.String, w.SignedBytes)
	b.Point(OfTerm("canonical JSON"))
	for _, sig := range w.Signatures {
		s.signatureWork(b, sig)
	}
	s.naming(b, w)
	of := ""
	if judged && !w.Counts && w.JudgedAt == "/event" {
		of = ", of the copy that came back"
	}
	s.judging(b, "4. The authorisation rules, by the events it names"+of, w.ByAuthEvents, w.Event)
	if w.ByState != nil {
		s.judging(b, "5. The authorisation rules, by the state before it"+of, *w.ByState, w.Event)
	}
	if s.redacted() {
		return
	}
	b.Section("To work it out again")
	b.Remark("y r copies these commands for a shell with openssl.")
	for line := range strings.Lines(string(export.Redo(w))) {
		b.bytes(b.Dim, []byte(strings.TrimSuffix(line, "\n")))
	}
}

func (s *Scene) signatureWork(b *Builder, w verify.SignatureWork) {
	b.Blank()
	server := w.Server
	if w.Required {
		server += ", which must sign such an event"
	}
	b.Field("server", server)
	b.Point(OfTerm("server name"))
	switch {
	case w.Awaited:
		b.Put(b.Wait, render.NotChecked.Glyph(b.Glyphs)+" not signed when it was sent: "+w.Source)
		return
	case w.KeyID == "":
		b.Put(b.Fail, b.Glyphs.Fail+" "+w.Source)
		return
	}
	b.Field("key ID", w.KeyID)
	b.Point(OfTerm("key ID"))
	b.Field("signature", w.Signature)
	if w.PublicKey != "" {
		b.Field("verify key", w.PublicKey)
		b.Point(OfTerm("signing key"))
	}
	if w.Source != "" {
		b.Field("key from", w.Source)
	}
	if w.Window != "" {
		b.Field("good", w.Window)
	}
	switch v := w.Verdict(); {
	case s.redacted():
		b.Put(b.Wait, notOfRedacted)
	case v == verify.Pass:
		b.Put(b.OK, b.Glyphs.OK+" the signature holds")
	case v == verify.Fail:
		b.Put(b.Fail, b.Glyphs.Fail+" the signature does not hold")
	case w.Verifies:
		b.Put(b.Warn, b.Glyphs.Warn+" the arithmetic holds, but by a key that was not valid then: it does not count")
	default:
		b.Put(b.Warn, b.Glyphs.Warn+" not checked")
	}
}

func (s *Scene) naming(b *Builder, w verify.EventWork) {
	b.SectionOf(OfTerm("event ID"), "3. The event ID")
	if w.ComputedID == "" {
		b.Remark("In versions 1 and 2 the sender's server chooses it; it is a field of the event.")
		b.Field("event_id", w.EventID)
		return
	}
	alphabet := "URL-safe base64"
	if w.Event.Version().IDs == event.IDStdBase64 {
		alphabet = "standard base64, as in version 3 only"
	}
	b.Remark("From version 3 on it is no field: it is $ and the reference hash, SHA-256 of the bytes that are signed, " +
		"in unpadded " + alphabet + ".")
	b.Field("event ID", w.ComputedID)
	if s.redacted() {
		b.Put(b.Wait, "This one is a pseudonym: that of the event as the redaction left it. "+
			"What the event was called cannot be checked.")
	}
}

// namedSignature shows a signature as it is written.
func (s *Scene) namedSignature(b *Builder, sig event.Signature) {
	b.Field("server", sig.Server)
	b.Point(OfTerm("server name"))
	b.Field("key ID", sig.KeyID)
	b.Point(OfTerm("key ID"))
	b.Field("signature", sig.Base64)
}

// signature shows one signature of a JSON object, the key that it claims, and whether it holds.
func (s *Scene) signature(b *Builder, sig event.Signature, raw []byte) {
	b.Blank()
	s.namedSignature(b, sig)
	keys := s.State.Keys.Of(sig.Server)
	switch {
	case s.redacted():
		b.Put(b.Wait, notOfRedacted)
		return
	case keys == nil:
		b.Put(b.Wait, "not checked: the keys of "+sig.Server+" were not fetched")
		return
	case !keys.Known():
		b.Put(b.Warn, b.Glyphs.Warn+" not checked: "+keys.Problem)
		return
	}
	key, ok := keys.Keys.Get(sig.KeyID)
	s.verified(b, key, ok, keys.Own, ok && event.VerifyJSON(raw, sig, key.Public))
}

// verified shows the key of a signature, how long it is relied on, and whether the signature holds.
func (s *Scene) verified(b *Builder, key verify.VerifyKey, known, own, holds bool) {
	if !known {
		b.Put(b.Warn, b.Glyphs.Warn+" not checked: the server does not publish that key")
		return
	}
	b.Field("verify key", event.EncodeBase64(key.Public))
	b.Point(OfTerm("signing key"))
	valid := time.UnixMilli(key.ValidUntil).UTC().Format("2006-01-02 15:04:05 UTC")
	switch {
	case own:
		b.Remark("our own key")
	case key.Old:
		b.Field("given up", valid)
	case key.ValidUntil > 0:
		b.Field("relied on until", valid)
	}
	switch {
	case s.redacted():
		b.Put(b.Wait, notOfRedacted)
		return
	case holds:
		b.Put(b.OK, b.Glyphs.OK+" the signature holds")
		return
	}
	b.Put(b.Fail, b.Glyphs.Fail+" the signature does not hold")
}

// covered shows the bytes that the signatures of a JSON object cover; false when there are none.
func (s *Scene) covered(b *Builder, what string, raw []byte) bool {
	bytes, err := event.JSONSignedBytes(raw)
	if err != nil {
		b.Put(b.Fail, err.Error())
		return false
	}
	b.Remark("They cover " + what + " in canonical JSON, without unsigned and signatures: " +
		wording.Count(len(bytes), "byte"))
	b.bytes(b.String, bytes)
	b.Point(OfTerm("canonical JSON"))
	return true
}

// keysWork shows a key document: whether it was accepted, and its signatures, its own server's by the keys that it
// lists.
func (s *Scene) keysWork(b *Builder, p signed.Part) {
	d := p.Keys
	b.SectionOf(OfTerm("signing key"), "The signatures of the key document")
	b.Field("asked for", "the keys of "+d.Server)
	if d.Notary != "" {
		b.Field("passed on by", "the notary "+d.Notary)
		b.Point(OfTerm("notary"))
	}
	if s.redacted() {
		b.Put(b.Wait, notOfRedacted)
	} else if d.Problem == "" {
		b.Put(b.OK, b.Glyphs.OK+" accepted: it names that server, and a key that it lists has signed it")
	} else {
		b.Put(b.Fail, b.Glyphs.Fail+" not accepted: "+d.Problem)
	}
	if !s.covered(b, "the document", p.Raw) {
		return
	}
	for _, sig := range event.JSONSignatures(p.Raw) {
		b.Blank()
		s.namedSignature(b, sig)
		key, known, holds := d.Holds(s.State, p.Raw, sig)
		if d.Problem != "" {
			key.ValidUntil = 0 // nobody relies on it
			if sig.Server == d.Names && known {
				b.Remark("by a key that the document lists itself; that does not make it the document asked for")
			}
		}
		s.verified(b, key, known, sig.Server == s.Trace.Header.Joining && key.ID == s.Trace.Header.KeyID, holds)
	}
}

// objectWork shows any other signed object.
func (s *Scene) objectWork(b *Builder, p signed.Part) {
	b.SectionOf(OfTerm("signature"), "The signatures of the object")
	if !s.covered(b, "the object", p.Raw) {
		return
	}
	for _, sig := range event.JSONSignatures(p.Raw) {
		s.signature(b, sig, p.Raw)
	}
}

// requestWork shows what the X-Matrix signature of a request covers. The signature itself is kept in no trace.
func (s *Scene) requestWork(b *Builder, origin, destination string, r *client.Request, sent bool) {
	b.SectionOf(OfTerm("X-Matrix"), "The X-Matrix signature of the request")
	if !sent {
		b.Remark("This request never went out: no server saw a signature of it.")
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
		b.Put(b.Fail, err.Error())
		return
	}
	covers := "It covers"
	if !sent {
		covers = "It would have covered"
	}
	b.Remark(fmt.Sprintf(covers+" these %s: canonical JSON of method, uri, origin, destination and, if there is a "+
		"body, content.", wording.Count(len(covered), "byte")))
	b.bytes(b.String, covered)
	b.Point(OfTerm("canonical JSON"))
	if origin == s.Trace.Header.Joining {
		b.Field("key ID", s.Trace.Header.KeyID)
		b.Point(OfTerm("key ID"))
		b.Field("verify key", s.Trace.Header.VerifyKey)
		b.Point(OfTerm("signing key"))
	}
	if !sent {
		return
	}
	b.Remark("The signature itself is left out of every trace: whoever has it could repeat the request.")
}
