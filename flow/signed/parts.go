package signed

import (
	"strconv"

	"doorstep/client"
	"doorstep/flow"
	"doorstep/flow/event"
	"doorstep/flow/verify"
)

// A SignedKind says what sort of thing carries a signature.
type SignedKind int

// The sorts of signed things.
const (
	Request SignedKind = iota // a request, by its X-Matrix header
	Event                     // a PDU
	Reply                     // the answer to send_join: the events of its lists, and the join
	Keys                      // a key document
	Object                    // any other JSON object, such as what vouches for an invite by a third party
)

// A Part is one signed thing in an exchange.
type Part struct {
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

// Parts lists what is signed in an entry, by the entry alone: the header of a request that is signed, and every
// signed object in the body. Spec: server-server, Request Authentication; appendices, Signing JSON.
func Parts(s flow.State, t flow.Trace, e *flow.Entry) []Part {
	switch {
	case e == nil:
		return nil
	case e.Build != nil:
		return []Part{{Kind: Event, Raw: e.Build.Event, Version: versionOf(s), Sent: true}}
	case e.Request != nil:
		out := signedIn(s, t, e, e.Request.Body)
		if signed, sent := e.Signed(); signed {
			out = append(out, Part{Kind: Request, Sent: sent})
		}
		return out
	case e.Response == nil:
		return nil
	case e.Step == flow.A7 && s.Template != nil && s.Reply != nil && s.Reply.Seq == e.Seq && s.Reply.Usable():
		if s.Reply.Signed(s.Template.RoomVersion) {
			return []Part{{Kind: Reply, Sent: true}}
		}
		return nil
	}
	return signedIn(s, t, e, e.Response.Body)
}

func versionOf(s flow.State) *event.Version {
	if s.Template == nil {
		return nil
	}
	return s.Template.RoomVersion
}

// signedIn lists the signed objects in a body, outermost first, in their order.
func signedIn(s flow.State, t flow.Trace, e *flow.Entry, body []byte) []Part {
	var out []Part
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
func signedObject(s flow.State, t flow.Trace, e *flow.Entry, where string, raw []byte, members []event.Member) Part {
	has := map[string]bool{}
	for _, m := range members {
		has[m.Key] = true
	}
	part := Part{Kind: Object, Where: where, Raw: raw, Sent: true}
	switch {
	case has["verify_keys"] || has["server_name"]:
		part.Kind, part.Keys = Keys, keyDocument(s, t, e, raw)
	case has["type"] && has["sender"]:
		part.Kind, part.Version = Event, versionIn(s, t, e)
	}
	return part
}

// versionIn returns the room version that the events of an exchange are read in: an invite names its own.
func versionIn(s flow.State, t flow.Trace, e *flow.Entry) *event.Version {
	asked := e
	if e.Kind != flow.Request {
		asked = t.Entry(e.Answers)
	}
	switch {
	case asked == nil || asked.Request == nil:
		return versionOf(s)
	case asked.Request.Endpoint == client.InviteV1: // of versions 1 and 2, which have the same events
		v, _ := event.Lookup("1")
		return v
	case asked.Request.Endpoint != client.Invite:
		return versionOf(s)
	}
	id, said := event.GetString(asked.Request.Body, "room_version")
	if !said {
		return nil
	}
	v, _ := event.Lookup(id)
	return v
}

// Work returns the work on an event that stands elsewhere than in the answer to send_join; false when it cannot be
// read. The rules are not asked about it.
func Work(s flow.State, p Part) (verify.EventWork, bool) {
	if p.Version == nil {
		return verify.EventWork{}, false
	}
	return verify.WorkOn(s.Evidence(), p.Version, p.Raw, p.Where)
}
