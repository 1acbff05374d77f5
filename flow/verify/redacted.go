package verify

import (
	"crypto/sha256"
	"fmt"
	"strings"

	"doorstep/flow/event"
	"doorstep/flow/wording"
)

// A Redaction is what is known of how an event came to be redacted. Nothing but the event itself is signed: By, Sender
// and Reason stand in its unsigned part, and are as true as the server that sent it.
type Redaction struct {
	Kept   []string // the keys of content that redaction leaves in an event of that type, in order of name
	Whole  bool     // redaction leaves all of the content, so that only other fields can be gone
	By     string   // the ID of the redaction event; empty: not said
	Sender string   // who sent that; empty: not said
	Reason string   // and why; empty: not said
}

// redactionOf returns how e was redacted; nil when its content hash holds, so that nothing is missing, when it holds
// more than redaction leaves, so that it was changed in another way, and when it claims no hash: redaction keeps that.
//
// A server redacts events of its own accord too, when it gets one whose content hash does not hold, and hands that on:
// nothing in the event tells the two apart. Spec: room versions, Redactions; client-server, Redactions.
func redactionOf(e *event.Event) *Redaction {
	claimed, ok := e.ClaimedContentHash()
	if !ok || len(claimed) != sha256.Size || e.ContentHashHolds() || !e.IsRedacted() {
		return nil
	}
	r := &Redaction{}
	r.Kept, r.Whole = e.Version().Keeps(e.Type())
	raw, _ := e.Field("unsigned")
	unsigned := valuesOf(raw)
	r.By, _ = event.String(unsigned["redacted_by"])
	because := unsigned["redacted_because"]
	fields := valuesOf(because)
	if pdu := fields["PDU"]; pdu != nil { // Dendrite writes its own record of the event there, with the event in it
		because, fields = pdu, valuesOf(pdu)
	}
	r.Sender, _ = event.String(fields["sender"])
	r.Reason, _ = event.String(valuesOf(fields["content"])["reason"])
	if r.By == "" {
		r.By, _ = event.String(fields["event_id"])
	}
	if r.By == "" && fields["hashes"] != nil { // the event as servers exchange it, which has no ID in it
		if by, err := event.Parse(e.Version(), because); err == nil {
			r.By = by.ID()
		}
	}
	return r
}

// valuesOf returns the members of an object by their keys; none when raw is no object.
func valuesOf(raw []byte) map[string][]byte {
	members, _ := event.Members(raw)
	fields := make(map[string][]byte, len(members))
	for _, m := range members {
		fields[m.Key] = m.Value
	}
	return fields
}

// words tells of the redaction of an event of type typ, as a sentence without its full stop.
func (r *Redaction) words(typ string) string {
	left := "nothing of its content"
	switch {
	case r.Whole:
		left = "all of its content, and drops other fields"
	case len(r.Kept) > 0:
		left = "of its content only " + strings.Join(r.Kept, ", ")
	}
	text := fmt.Sprintf("the %s event was redacted, and is used as it is: redaction leaves %s. The hash is that of the "+
		"event before; what was dropped is gone", wording.Name(typ), left)
	var who []string
	if r.By != "" {
		who = append(who, "by "+wording.Name(r.By))
	}
	if r.Sender != "" {
		who = append(who, "sent by "+wording.Name(r.Sender))
	}
	if r.Reason != "" {
		who = append(who, "with the reason "+wording.Quote(r.Reason))
	}
	if len(who) > 0 {
		text += ". By its unsigned part it was redacted " + strings.Join(who, ", ")
	}
	return text
}
