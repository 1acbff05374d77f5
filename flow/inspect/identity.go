package inspect

import (
	"bytes"
	"fmt"
	"slices"

	"doorstep/client"
	"doorstep/flow"
	"doorstep/flow/event"
	"doorstep/flow/response"
	"doorstep/flow/verify"
	"doorstep/flow/wording"
)

// identityRows are the rows about what the server makes of who asks, and about all of its addresses together.
func (x *evidence) identityRows() []Row {
	return []Row{x.sameKeys(), x.notaryKeys(), x.xMatrix(), x.signedPaths(), x.reachesUs()}
}

// documents of the addresses that gave one that is the server's own.
func (x *evidence) ownDocuments() (docs []*keyDocument, seqs []int) {
	for _, d := range x.own {
		e := x.answer(d.Address, client.KeysRequest())
		if doc, _ := x.document(e); doc != nil && doc.name == x.server && len(doc.usable()) > 0 {
			docs, seqs = append(docs, doc), append(seqs, e.Seq)
		}
	}
	return docs, seqs
}

// sameAs reports whether two documents have the same current keys.
func (d *keyDocument) sameAs(other *keyDocument) bool {
	return slices.EqualFunc(d.sorted(), other.sorted(), func(a, b listedKey) bool {
		return a.id == b.id && bytes.Equal(a.key.Public, b.key.Public)
	})
}

func (d *keyDocument) sorted() []listedKey {
	out := d.usable()
	slices.SortFunc(out, func(a, b listedKey) int { return bytes.Compare([]byte(a.id), []byte(b.id)) })
	return out
}

func (x *evidence) sameKeys() Row {
	docs, seqs := x.ownDocuments()
	r := Row{Kind: SameKeys}.on(seqs...)
	if len(docs) < 2 {
		return r.open("fewer than two addresses gave a key document of the server")
	}
	for _, d := range docs[1:] {
		if !d.sameAs(docs[0]) {
			return r.fail("", fmt.Sprintf("one has %s, another %s", wording.List(idsOf(docs[0].sorted())),
				wording.List(idsOf(d.sorted()))))
		}
	}
	return r.pass(fmt.Sprintf("from %d addresses", len(docs)))
}

// notaryAnswer is what the notary said last of the server's keys; nil where it was not asked.
func (x *evidence) notaryAnswer() *flow.Entry {
	for i := range slices.Backward(x.trace.Entries) {
		e := &x.trace.Entries[i]
		asked := x.trace.Entry(e.Answers)
		if e.Answers > 0 && asked != nil && asked.Request != nil && asked.From == flow.Joining &&
			asked.Request.Endpoint == client.NotaryQuery && e.Server == x.trace.Header.Notary {
			return e
		}
	}
	return nil
}

func (x *evidence) notaryKeys() Row {
	r := Row{Kind: NotaryKeys}
	e := x.notaryAnswer()
	switch {
	case x.trace.Header.Notary == "":
		return r.open("no notary was named: --notary NAME")
	case e == nil:
		return r.open("the notary " + x.trace.Header.Notary + " was not asked, or not found")
	case !good(e):
		return r.on(e.Seq).open(x.trace.Header.Notary + ": " + x.inShort(e))
	}
	r = r.on(e.Seq)
	docs, seqs := x.ownDocuments()
	if len(docs) == 0 {
		return r.open("there is nothing to compare with: the server gave no key document of its own")
	}
	r = r.on(seqs[0])
	theirs := x.listedByNotary(e)
	switch {
	case theirs == nil:
		return r.warn("", x.trace.Header.Notary+" has no key document of it, and could not fetch one")
	case !theirs.sameAs(docs[0]):
		return r.warn("", fmt.Sprintf("%s has %s, the server gives %s", x.trace.Header.Notary,
			wording.List(idsOf(theirs.sorted())), wording.List(idsOf(docs[0].sorted()))))
	}
	return r.pass(fmt.Sprintf("%s has %s, too", x.trace.Header.Notary, wording.List(idsOf(theirs.sorted()))))
}

// listedByNotary is the document of the server in a notary's answer; nil where there is none.
func (x *evidence) listedByNotary(e *flow.Entry) *keyDocument {
	documents, err := event.Elements(event.Get(e.Response.Body, "server_keys"))
	if err != nil {
		return nil
	}
	for _, raw := range documents {
		o, err := event.ReadObject(raw)
		if err == nil && verify.DocumentServer(raw) == x.server {
			return &keyDocument{raw: raw, server: x.server, name: x.server, current: listed(o.Get("verify_keys"))}
		}
	}
	return nil
}

// taken reports whether a homeserver found the signature of the request for devices in order: it says that the user has
// some or none, or that there is no such user.
func taken(e *flow.Entry) bool {
	return whole(e) && e.Speaker() == response.Homeserver &&
		(response.Succeeds(e.Response) || e.Response.Status == 404 &&
			response.RefusalOf(e.Response).Errcode == "M_NOT_FOUND")
}

// signedAnswers are what came of the signed requests, in their order; those not asked are left out.
func (x *evidence) signedAnswers() []*flow.Entry {
	var out []*flow.Entry
	for _, q := range SignedRequests(x.server) {
		if e := x.signed(q); e != nil {
			out = append(out, e)
		}
	}
	return out
}

// whyUnsigned says why no signed request was sent.
func (x *evidence) whyUnsigned() string {
	if x.trace.Header.KeyID == "" {
		return "nothing to sign with: --key FILE and --server-name NAME"
	}
	return "no address has a certificate that holds, so nothing signed is sent there: --insecure"
}

func (x *evidence) xMatrix() Row {
	r := Row{Kind: XMatrix}
	all := x.signedAnswers()
	if len(all) == 0 {
		return r.open(x.whyUnsigned())
	}
	for _, e := range all {
		if taken(e) {
			return r.on(e.Seq).pass(fmt.Sprintf("it takes our request as that of %s: %s", x.trace.Header.Joining,
				x.inShort(e)))
		}
	}
	e := all[0]
	r = r.on(e.Seq)
	if gaveUp(e) {
		return r.open("the check was ended")
	}
	r.timeout = timedOut(e)
	if !whole(e) {
		return r.fail(blame(e), x.inShort(e))
	}
	return r.fail(x.whyRefused(e), x.inShort(e))
}

// whyRefused names the finding of the refusal of a signed request.
func (x *evidence) whyRefused(e *flow.Entry) string {
	message := response.RefusalOf(e.Response).Message
	says := func(words []string) bool { return response.Says(message, words...) }
	switch {
	case e.Speaker() != response.Homeserver:
		return blame(e)
	case says(response.SaysFederationDenied):
		return "federation-denied"
	case says(response.SaysKeyMissing), says(response.SaysKeyOrSignature) && !x.keyFetched():
		if len(x.refusedCalls()) > 0 {
			return "own-certificate-refused"
		}
		return "key-unreachable"
	case says(response.SaysSignatureWrong), says(response.SaysKeyOrSignature):
		return "signature-refused"
	case says(response.SaysNoHeader):
		return "authorization-stripped"
	case says(response.SaysBadHeader):
		return "authorization-malformed"
	case says(response.SaysDestination):
		return "wrong-destination"
	}
	return blame(e)
}

func (x *evidence) signedPaths() Row {
	r := Row{Kind: SignedPaths}
	all := x.signedAnswers()
	switch {
	case len(all) == 0:
		return r.open(x.whyUnsigned())
	case len(all) < 2:
		return r.on(all[0].Seq).open("there is one spelling to compare")
	}
	plain, escaped := all[0], all[1]
	r = r.on(plain.Seq, escaped.Seq)
	switch {
	case x.cutShort(plain) || x.cutShort(escaped):
		return r.open(x.whyUnasked())
	case taken(plain) && taken(escaped):
		return r.pass("both spellings are taken")
	case taken(plain):
		return r.fail("proxy-decodes-path", "taken without escapes; with them: "+x.inShort(escaped))
	case taken(escaped):
		return r.fail("proxy-decodes-path", "taken with escapes; without them: "+x.inShort(plain))
	}
	return r.open("neither is taken, for another reason than the path")
}

// keyFetches are the requests for our key that reached our listener.
func (x *evidence) keyFetches() []*flow.Entry {
	return slices.DeleteFunc(slices.Clone(x.inbound), func(e *flow.Entry) bool {
		return e.Request.Endpoint != client.ServerKeys && e.Request.Endpoint != client.NotaryQuery
	})
}

func (x *evidence) keyFetched() bool { return len(x.keyFetches()) > 0 }

// refusedCalls are the connections to our listener that were ended over our certificate.
func (x *evidence) refusedCalls() []*flow.Entry {
	return slices.DeleteFunc(slices.Clone(x.calls), func(e *flow.Entry) bool {
		return !slices.Contains([]client.Alert{client.AlertBadCertificate, client.AlertUnsupported, client.AlertRevoked,
			client.AlertExpired, client.AlertUnknownCertificate, client.AlertUnknownCA}, e.Failure.Alert)
	})
}

func (x *evidence) reachesUs() Row {
	r := Row{Kind: Inbound}
	fetches, calls, all := x.keyFetches(), x.calls, x.signedAnswers()
	switch {
	case x.trace.Header.Listen == "":
		return r.open("nothing listens here: --key FILE, --server-name NAME and --listen ADDR")
	case len(fetches) > 0:
		came := "it came"
		if c := fetches[0].Connection; c != nil { // a recording need not say
			came += " from " + wording.Name(c.Address)
		}
		return r.on(fetches[0].Seq).pass(came)
	case len(all) == 0:
		return r.open(x.whyUnsigned())
	case len(x.refusedCalls()) > 0:
		e := x.refusedCalls()[0]
		return r.on(e.Seq).fail("own-certificate-refused", "it came, and hung up: "+e.Failure.Message)
	case len(calls) > 0:
		return r.on(calls[0].Seq).fail("inbound-connection-failed", "somebody came, and sent nothing: "+
			calls[0].Failure.Message)
	case slices.ContainsFunc(all, taken):
		return r.open("it did not come, and takes our signature: it has our key already, or asks a notary for it")
	case whole(all[0]) && x.whyRefused(all[0]) == "key-unreachable":
		return r.on(all[0].Seq).fail("key-unreachable", "it did not come, and says that it lacks our key")
	}
	return r.open("it did not come, and nothing shows that it had to")
}
