package signed

import (
	"doorstep/client"
	"doorstep/flow"
	"doorstep/flow/event"
	"doorstep/flow/verify"
	"doorstep/flow/wording"
)

// A KeyDocument is a key document in an exchange: whose it was to be, and whether it was taken for that.
type KeyDocument struct {
	Server  string            // whose keys were asked for
	Keys    verify.VerifyKeys // those it lists for whom it names itself, accepted or not
	Names   string            // the server it names
	Notary  string            // the server that passed it on; empty: none
	Problem string            // why it was not accepted; empty: it was
}

// keyDocument reads a key document of an exchange as of the server that was asked for it.
// Spec: server-server, Publishing keys; Querying keys through another server.
func keyDocument(s flow.State, t flow.Trace, e *flow.Entry, raw []byte) *KeyDocument {
	asked := e
	if e.Kind != flow.Request {
		asked = t.Entry(e.Answers)
	}
	from := e.Server
	if e.From == flow.Joining {
		from = s.Header.Joining
	}
	d := &KeyDocument{Server: from, Names: verify.DocumentServer(raw)}
	f := verify.Fetched{At: s.Header.Created.Add(e.At), Seq: e.Seq, Redacted: s.Header.Redacted != nil}
	own := verify.ReadFetched(d.Names, raw, f)
	if d.Keys = own.Keys; d.Keys == nil {
		d.Keys = verify.ListedKeys(raw)
	}
	if asked == nil || asked.Request == nil || asked.Request.Endpoint != client.NotaryQuery {
		if d.Problem = own.Problem; d.Names != d.Server {
			d.Problem = verify.ReadFetched(d.Server, raw, f).Problem
		}
		return d
	}
	d.Notary, d.Server = from, d.Names
	if subject := client.NotarySubject(asked.Request.Target); subject != "" {
		d.Server = subject
	}
	switch notary := s.Keys.Of(from); {
	case !notary.Known():
		d.Problem = "the keys of the notary " + wording.Name(from) + " are not known"
	case !f.Redacted && !verify.SignedBy(raw, notary):
		d.Problem = "the notary " + wording.Name(from) + " has not signed it with a key that is known"
	default:
		d.Problem = verify.ReadFetched(d.Server, raw, f).Problem
	}
	return d
}

// RefusedKeys says why a key document that came was not accepted; empty where it was, or the entry brought none.
func RefusedKeys(t flow.Trace, e *flow.Entry) string {
	asked := t.Entry(e.Answers)
	if e.Response == nil || e.Response.Status/100 != 2 || asked == nil || asked.Request == nil ||
		asked.From != flow.Joining ||
		asked.Request.Endpoint != client.ServerKeys {
		return ""
	}
	return e.KeyDocument(t.Header).Problem
}

// Holds reports whether a signature of the document verifies, and the key it is by: the document's own for the server
// it names, otherwise one that is known. known is false where there is no such key.
func (d *KeyDocument) Holds(s flow.State, raw []byte, sig event.Signature) (key verify.VerifyKey, known, holds bool) {
	if sig.Server == d.Names {
		key, known = d.Keys.Get(sig.KeyID)
	} else if ring := s.Keys.Of(sig.Server); ring != nil {
		key, known = ring.Keys.Get(sig.KeyID)
	}
	return key, known, known && event.VerifyJSON(raw, sig, key.Public)
}
