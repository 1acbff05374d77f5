package flow

import (
	"strconv"
	"strings"

	"doorstep/client"
	"doorstep/flow/event"
	"doorstep/flow/verify"
)

// A SignedKind says what sort of thing carries a signature.
type SignedKind int

// The sorts of signed things.
const (
	SignedRequest SignedKind = iota // a request, by its X-Matrix header
	SignedEvent                     // a PDU
	SignedReply                     // the answer to send_join: the events of its lists, and the join
	SignedKeys                      // a key document
	SignedObject                    // any other JSON object, such as what vouches for an invite by a third party
)

// A SignedPart is one signed thing in an exchange.
type SignedPart struct {
	Kind    SignedKind
	Where   string         // its JSON pointer in the body; empty: all of it
	Raw     []byte         // the object; nil for SignedRequest and SignedReply
	Version *event.Version // SignedEvent: the room version it is read in; nil: it is not known
	Keys    *KeyDocument   // SignedKeys
	// Sent is false for a request that never went out: nobody has seen a signature of it.
	Sent bool
}

// mostSigned bounds how many signed things of one body are listed.
const mostSigned = 50

// SignedParts lists what is signed in an entry, by the entry alone: the header of a request that is signed, and every
// signed object in the body. Spec: server-server, Request Authentication; appendices, Signing JSON.
func SignedParts(s State, t Trace, e *Entry) []SignedPart {
	switch {
	case e == nil:
		return nil
	case e.Build != nil:
		return []SignedPart{{Kind: SignedEvent, Raw: e.Build.Event, Version: versionOf(s), Sent: true}}
	case e.Request != nil:
		out := signedIn(s, t, e, e.Request.Body)
		if signed, sent := e.Signed(); signed {
			out = append(out, SignedPart{Kind: SignedRequest, Sent: sent})
		}
		return out
	case e.Response == nil:
		return nil
	case e.Step == A7 && s.Template != nil && s.Reply != nil && s.Reply.Seq == e.Seq && s.Reply.Problem == "":
		if s.Reply.Signed(s.Template.RoomVersion) {
			return []SignedPart{{Kind: SignedReply, Sent: true}}
		}
		return nil
	}
	return signedIn(s, t, e, e.Response.Body)
}

func versionOf(s State) *event.Version {
	if s.Template == nil {
		return nil
	}
	return s.Template.RoomVersion
}

// signedIn lists the signed objects in a body, outermost first, in their order.
func signedIn(s State, t Trace, e *Entry, body []byte) []SignedPart {
	var out []SignedPart
	var walk func(where string, raw []byte, depth int)
	walk = func(where string, raw []byte, depth int) {
		const deepest = 8
		if depth > deepest || len(out) == mostSigned || len(raw) == 0 {
			return
		}
		if elements, err := event.Elements(raw); err == nil {
			for i, el := range elements {
				walk(where+"/"+strconv.Itoa(i), el, depth+1)
			}
			return
		}
		members, err := event.Members(raw)
		if err != nil {
			return
		}
		if len(event.JSONSignatures(raw)) > 0 {
			out = append(out, signedObject(s, t, e, where, raw, members))
		}
		for _, m := range members {
			if m.Key != "signatures" && m.Key != "unsigned" {
				walk(where+"/"+event.PointerToken(m.Key), m.Value, depth+1)
			}
		}
	}
	walk("", body, 0)
	return out
}

// signedObject tells what a signed object is by what it holds.
func signedObject(s State, t Trace, e *Entry, where string, raw []byte, members []event.Member) SignedPart {
	has := map[string]bool{}
	for _, m := range members {
		has[m.Key] = true
	}
	part := SignedPart{Kind: SignedObject, Where: where, Raw: raw, Sent: true}
	switch {
	case has["verify_keys"] || has["server_name"]:
		part.Kind, part.Keys = SignedKeys, keyDocument(s, t, e, raw)
	case has["type"] && has["sender"]:
		part.Kind, part.Version = SignedEvent, versionIn(s, t, e)
	}
	return part
}

// versionIn returns the room version that the events of an exchange are read in: an invite names its own.
func versionIn(s State, t Trace, e *Entry) *event.Version {
	asked := e
	if e.Kind != Request {
		asked = t.Entry(e.Answers)
	}
	if asked == nil || asked.Request == nil || asked.Request.Endpoint != client.Invite {
		return versionOf(s)
	}
	members, _ := event.Members(asked.Request.Body)
	for _, m := range members {
		if m.Key == "room_version" {
			id, _ := event.String(m.Value)
			v, _ := event.Lookup(id)
			return v
		}
	}
	return nil
}

// XMatrix returns the X-Matrix header of a request as it was sent; false when it has none that can be read.
func (e *Entry) XMatrix() (client.XMatrix, bool) {
	if e.Request == nil {
		return client.XMatrix{}, false
	}
	for _, f := range e.Request.Header {
		if strings.EqualFold(f.Name, "Authorization") && isXMatrix(f.Value) {
			x, err := client.ParseXMatrix(f.Value)
			return x, err == nil
		}
	}
	return client.XMatrix{}, false
}

func isXMatrix(value string) bool {
	scheme, _, _ := strings.Cut(strings.TrimSpace(value), " ")
	return strings.EqualFold(scheme, "X-Matrix")
}

// Signed reports whether a request is one between servers that is signed, and whether it went out. What it says for
// itself is its header; a request without any was never sent, and its endpoint says what it would have been.
func (e *Entry) Signed() (signed, sent bool) {
	if len(e.Request.Header) == 0 {
		return e.From == Joining && e.Request.Endpoint.Signed(), false
	}
	for _, f := range e.Request.Header {
		if strings.EqualFold(f.Name, "Authorization") && isXMatrix(f.Value) {
			return true, true
		}
	}
	return false, true
}

// WorkOn returns the work on an event that stands elsewhere than in the answer to send_join; false when it cannot be
// read. The rules are not asked about it.
func WorkOn(s State, p SignedPart) (verify.EventWork, bool) {
	if p.Version == nil {
		return verify.EventWork{}, false
	}
	return verify.WorkOn(s.evidence(), p.Version, p.Raw, p.Where)
}
