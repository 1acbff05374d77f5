package inspect

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"doorstep/client"
	"doorstep/flow"
	"doorstep/flow/event"
	"doorstep/flow/verify"
	"doorstep/flow/wording"
)

// Times that key documents are judged by.
const (
	mostKeyAge = 7 * oneDay      // others count a key for that long at the most. Spec: Publishing Keys, valid_until_ts
	fewHours   = time.Hour       // keys that are good for less are worth a warning
	lastMoment = 253402300799999 // ms since 1970, the end of the year 9999
)

// A keyDocument is a key document, taken apart. What it lists is there whatever it is worth.
type keyDocument struct {
	raw        []byte
	server     string // whose it has to be
	name       string
	current    []listedKey
	old        []listedKey
	signatures []event.Signature
	validUntil int64
	dated      bool // valid_until_ts is there, and an integer
	at         time.Time
}

// A listedKey is one member of verify_keys or old_verify_keys.
type listedKey struct {
	id     string
	key    verify.VerifyKey
	usable bool // it is an ed25519 key of 32 bytes
	// expired is the expired_ts of an old key, and dated whether it has one.
	expired int64
	dated   bool
}

// document reads the key document of an answer; nil where that is none, and then why.
func (x *evidence) document(e *flow.Entry) (*keyDocument, string) {
	switch {
	case x.unreached(e) != "":
		return nil, x.unreached(e)
	case !good(e):
		return nil, "there is no key document"
	}
	o, err := object(e)
	if err != nil {
		return nil, "there is no key document"
	}
	d := &keyDocument{raw: e.Response.Body, server: x.server, at: x.trace.Header.Created.Add(e.At)}
	d.name, _ = o.String("server_name")
	d.validUntil, d.dated = o.Int("valid_until_ts")
	d.current, d.old = listed(o.Get("verify_keys")), listed(o.Get("old_verify_keys"))
	d.signatures = event.JSONSignatures(d.raw)
	return d, ""
}

func listed(object []byte) []listedKey {
	members, _ := event.Members(object)
	var out []listedKey
	for _, m := range members {
		k := listedKey{id: m.Key}
		k.key, k.usable = verify.PublishedKey(m)
		k.expired, k.dated = intOf(m.Value, "expired_ts")
		out = append(out, k)
	}
	return out
}

func intOf(object []byte, member string) (int64, bool) {
	o, err := event.ReadObject(object)
	if err != nil {
		return 0, false
	}
	return o.Int(member)
}

// keyRows are the rows about the key document that an address gives.
func (x *evidence) keyRows(d client.Destination) []Row {
	e := x.answer(d.Address, client.KeysRequest())
	rows := []Row{x.keys(e)}
	doc, why := x.document(e)
	for _, claim := range keyClaims {
		r := Row{Kind: claim.kind}
		if doc == nil {
			rows = append(rows, r.open(why))
		} else {
			rows = append(rows, claim.of(doc, r))
		}
	}
	for i := range rows {
		rows[i].Address = d.Address
		if e != nil {
			rows[i] = rows[i].on(e.Seq)
		}
	}
	return rows
}

// keyClaims are the rows about what a key document says, each with what works it out.
var keyClaims = []struct {
	kind Kind
	of   func(*keyDocument, Row) Row
}{
	{KeysServerName, keysServerName}, {KeysEd25519, keysEd25519}, {KeysSignature, keysSignature},
	{KeysValidUntil, keysValidUntil}, {KeysIDs, keysIDs}, {KeysOld, keysOld},
}

func (x *evidence) keys(e *flow.Entry) Row {
	r := Row{Kind: Keys}
	switch why := x.unreached(e); {
	case why != "":
		return r.open(why)
	case e.Response == nil && noTLS(e):
		return r.open("no TLS connection stood")
	case !good(e):
		finding := blame(e)
		if finding == "" || finding == "endpoint-unrecognised" {
			finding = "key-document-missing"
		}
		r.timeout = timedOut(e)
		return r.fail(finding, x.inShort(e))
	}
	if _, err := object(e); err != nil {
		finding := "key-document-unusable"
		if f := blame(e); f != "" {
			finding = f
		}
		return r.fail(finding, wording.NotAnObject(e.Response.Body, err))
	}
	return r.pass(fmt.Sprintf("%s in %s", wording.Count(len(e.Response.Body), "byte"), milliseconds(e.Took)))
}

func keysServerName(d *keyDocument, r Row) Row {
	switch {
	case d.name == d.server:
		return r.pass(d.name)
	case d.name == "":
		return r.fail("key-document-unusable", "there is no server_name in it")
	case strings.EqualFold(d.name, d.server):
		return r.fail("server-name-case", fmt.Sprintf("it says %s, not %s", wording.Name(d.name), d.server))
	}
	return r.fail("wrong-server", fmt.Sprintf("it is that of %s", wording.Name(d.name)))
}

// usable are the current ed25519 keys.
func (d *keyDocument) usable() []listedKey {
	return slices.DeleteFunc(slices.Clone(d.current), func(k listedKey) bool { return !k.usable })
}

func keysEd25519(d *keyDocument, r Row) Row {
	keys := d.usable()
	if len(keys) == 0 {
		return r.fail("key-document-unusable", fmt.Sprintf("none of %s in verify_keys is one",
			wording.Count(len(d.current), "key")))
	}
	return r.pass(wording.List(idsOf(keys)))
}

func idsOf(keys []listedKey) []string {
	var out []string
	for _, k := range keys {
		out = append(out, k.id)
	}
	return out
}

func keysSignature(d *keyDocument, r Row) Row {
	keys := d.usable()
	if len(keys) == 0 {
		return r.open("there is no key that could have signed it")
	}
	var silent []listedKey
	for _, k := range keys {
		if !d.signedBy(k) {
			silent = append(silent, k)
		}
	}
	switch {
	case len(silent) == len(keys):
		return r.fail("key-document-unsigned", "none of its keys has signed it")
	case len(silent) > 0:
		return r.fail("", fmt.Sprintf("%s has not signed it: Dendrite refuses the document",
			wording.List(idsOf(silent))))
	}
	return r.pass("signed by " + wording.List(idsOf(keys)))
}

// signedBy reports whether a good signature of a key is on the document, under the name that it says.
func (d *keyDocument) signedBy(k listedKey) bool {
	return slices.ContainsFunc(d.signatures, func(s event.Signature) bool {
		return s.Server == d.name && s.KeyID == k.id && event.VerifyJSON(d.raw, s, k.key.Public)
	})
}

func keysValidUntil(d *keyDocument, r Row) Row {
	switch {
	case !d.dated:
		return r.fail("key-document-expired", "valid_until_ts is missing, or no integer")
	case d.validUntil > lastMoment:
		return r.fail("", fmt.Sprintf("valid_until_ts is %d: no time in milliseconds", d.validUntil))
	}
	left := time.UnixMilli(d.validUntil).Sub(d.at)
	until := time.UnixMilli(d.validUntil).UTC().Format("2006-01-02 15:04:05 UTC")
	switch {
	case left < 0:
		return r.fail("key-document-expired", fmt.Sprintf("until %s, %s ago", until, lasting(-left)))
	case left < fewHours:
		return r.warn("", fmt.Sprintf("until %s, %s left", until, lasting(left)))
	case left > mostKeyAge+fewHours:
		return r.warn("", fmt.Sprintf("until %s, in %s: others count seven days", until, lasting(left)))
	}
	return r.pass(fmt.Sprintf("until %s, %s left", until, lasting(left)))
}

// keysIDs looks at the IDs of current keys, and at what they are the IDs of.
func keysIDs(d *keyDocument, r Row) Row {
	var unknown []string
	for _, k := range d.current {
		algorithm, version, ok := strings.Cut(k.id, ":")
		switch {
		case !ok || algorithm == "" || version == "":
			return r.fail("", fmt.Sprintf("%s is no key ID", wording.Quote(k.id)))
		case strings.ContainsFunc(version, notInVersion):
			return r.warn("", fmt.Sprintf("%s: a version is letters, digits and underscores", wording.Quote(k.id)))
		case algorithm != "ed25519":
			unknown = append(unknown, k.id)
		case !k.usable:
			return r.fail("", fmt.Sprintf("%s is no ed25519 key: it is not 32 bytes in base64", wording.Name(k.id)))
		}
	}
	switch {
	case len(d.current) == 0:
		return r.open("there is no current key")
	case len(unknown) > 0:
		return r.warn("", fmt.Sprintf("of an unknown algorithm, and passed over: %s", wording.List(unknown)))
	}
	return r.pass(wording.Count(len(d.current), "current key"))
}

// notInVersion accepts what stands in no version of a key. Spec: appendices, Signing JSON; server-server, Publishing
// Keys.
func notInVersion(r rune) bool {
	return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '_')
}

func keysOld(d *keyDocument, r Row) Row {
	var future []string
	for _, k := range d.old {
		i := slices.IndexFunc(d.current, func(c listedKey) bool { return c.id == k.id })
		switch {
		case !k.dated:
			return r.fail("", fmt.Sprintf("%s has no expired_ts: Synapse refuses the document", wording.Name(k.id)))
		case i >= 0 && slices.Equal(d.current[i].key.Public, k.key.Public):
			return r.fail("", fmt.Sprintf("%s is current and expired", wording.Name(k.id)))
		case i >= 0:
			return r.fail("", fmt.Sprintf("%s is the ID of a current key and of another that has expired",
				wording.Name(k.id)))
		case k.expired > d.at.UnixMilli():
			future = append(future, k.id)
		}
	}
	switch {
	case len(d.old) == 0:
		return r.pass("there are none")
	case len(future) > 0:
		return r.warn("", "expired_ts is in the future: "+wording.List(future))
	}
	return r.pass(wording.List(idsOf(d.old)))
}
