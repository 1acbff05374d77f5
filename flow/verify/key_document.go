package verify

import (
	"crypto/ed25519"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"doorstep/flow/event"
)

// What of a key document is looked at: a server has a handful of keys, and signs with one or two of them.
const (
	mostKeys       = 1000
	mostSelfSigned = 16
)

// A standing says how the moment an event was made lies to the time a key is good for.
type standing uint8

const (
	inTime    standing = iota
	atTheEdge          // the very moment an old key expired: homeservers differ
	outOfTime
)

// at returns how the moment ts, in ms since the epoch, lies to the time k is good for.
// Spec: server-server, Publishing keys (expired_ts, valid_until_ts).
func (k VerifyKey) at(ts int64) standing {
	switch {
	case ts < k.ValidUntil, ts == k.ValidUntil && !k.Old:
		return inTime
	case ts == k.ValidUntil:
		return atTheEdge
	}
	return outOfTime
}

// window says for how long k is good, in words.
func (k VerifyKey) window() string {
	if k.Old {
		return "retired at " + moment(k.ValidUntil)
	}
	return "valid until " + moment(k.ValidUntil)
}

// moment gives a time in ms since the epoch as text.
func moment(ms int64) string {
	const first, last = -62135596800000, 253402300799999 // the years 1 to 9999
	if ms < first || ms > last {
		return fmt.Sprintf("%d ms since 1970", ms)
	}
	return time.UnixMilli(ms).UTC().Format("2006-01-02 15:04:05.000") + " UTC"
}

// ReadKeyDocument reads the key document doc of server, fetched at now. It is accepted only when it names that server
// and at least one of the keys it lists has signed it. Keys that are not 32 bytes are left out.
// Spec: server-server, Publishing keys.
func ReadKeyDocument(server string, doc []byte, now time.Time, seq int) *ServerKeys {
	return ReadFetched(server, doc, Fetched{At: now, Seq: seq})
}

// ReadFetched is ReadKeyDocument for a document that was fetched with f. Of a redacted recording nobody can tell who
// has signed it.
func ReadFetched(server string, doc []byte, f Fetched) *ServerKeys {
	now, seq := f.At, f.Seq
	out := &ServerKeys{Server: server}
	o, err := event.ReadObject(doc)
	if err != nil {
		return out.refuse(seq, KeysUnreadable, "", err.Error())
	}
	current, _ := event.Members(o.Get("verify_keys"))
	old, _ := event.Members(o.Get("old_verify_keys"))
	validUntil, _ := o.Int("valid_until_ts")
	name, _ := o.String("server_name")
	switch {
	case name == server:
	case name == "":
		return out.refuse(seq, KeysNameless, "", "")
	case strings.EqualFold(name, server):
		return out.refuse(seq, KeysOtherCase, name, "")
	default:
		return out.refuse(seq, KeysOtherName, name, "")
	}
	if n := len(current) + len(old); n > mostKeys {
		return out.refuse(seq, KeysUnreadable, name, fmt.Sprintf("it lists %d keys, over the limit of %d keys", n, mostKeys))
	}
	if validUntil < now.UnixMilli() {
		out.Expired = []int{seq}
	}
	var keys []VerifyKey
	validUntil = min(validUntil, now.Add(maxKeyAge).UnixMilli())
	for _, m := range old {
		if key, ok := PublishedKey(m); ok {
			key.Old, key.Seq = true, seq
			keys = append(keys, key)
		}
	}
	listed, selfSigned, tried := false, f.Redacted, 0
	signatures := event.JSONSignatures(doc)
	for _, m := range current {
		key, ok := PublishedKey(m)
		if !ok {
			continue
		}
		key.ValidUntil, key.Seq = validUntil, seq
		keys = append(keys, key)
		listed = true
		selfSigned = selfSigned || slices.ContainsFunc(signatures, func(s event.Signature) bool {
			if s.Server != server || s.KeyID != key.ID || tried == mostSelfSigned {
				return false
			}
			tried++
			return event.VerifyJSON(doc, s, key.Public)
		})
	}
	out.Keys = verifyKeys(keys)
	switch {
	case !listed:
		return out.refuse(seq, KeysNone, name, "")
	case !selfSigned && tried == mostSelfSigned:
		return out.refuse(seq, KeysUnreadable, name, fmt.Sprintf("none of its first %d own signatures verifies, and that is "+
			"the limit of signatures", mostSelfSigned))
	case !selfSigned:
		return out.refuse(seq, KeysUnsigned, name, "")
	}
	return out
}

// PublishedKey reads one member of verify_keys or old_verify_keys; false where it is no ed25519 key. ValidUntil is its
// expired_ts, 0 where it has none.
func PublishedKey(m event.Member) (VerifyKey, bool) {
	key := VerifyKey{ID: m.Key}
	if !strings.HasPrefix(m.Key, "ed25519:") {
		return key, false
	}
	o, err := event.ReadObject(m.Value)
	if err != nil {
		return key, false
	}
	text, _ := o.String("key")
	if b, _, err := event.DecodeBase64(text); err == nil && len(b) == ed25519.PublicKeySize {
		key.Public, key.checker = b, event.NewChecker(b)
	}
	key.ValidUntil, _ = o.Int("expired_ts")
	return key, key.Public != nil
}

// SignedBy reports whether a document carries a good signature by a current key of that server.
func SignedBy(doc []byte, server *ServerKeys) bool {
	return slices.ContainsFunc(event.JSONSignatures(doc), func(sig event.Signature) bool {
		key, ok := server.Keys.Get(sig.KeyID)
		return ok && !key.Old && sig.Server == server.Server && event.VerifyJSON(doc, sig, key.Public)
	})
}

// readNotaryAnswer reads the documents that a notary has of server; those it did not sign are passed over.
func readNotaryAnswer(server string, f Fetched, notary *ServerKeys) *ServerKeys {
	out := &ServerKeys{Server: server, Fault: KeysNotary, Problem: "has no document of it"}
	o, err := event.ReadObject(f.Response.Body)
	if err != nil {
		out.Problem = "its answer cannot be read: " + err.Error()
		return out
	}
	documents, _ := o.Elements("server_keys")
	for _, doc := range documents {
		if !strings.EqualFold(DocumentServer(doc), server) {
			continue
		}
		if !f.Redacted && !SignedBy(doc, notary) {
			out.Problem = "has not signed the document"
			out.Refused = append(out.Refused, RefusedDocument{Seq: f.Seq, Fault: KeysNotary, Name: server,
				Notary: notary.Server})
			continue
		}
		read := ReadFetched(server, doc, f)
		if !read.Known() {
			out.Problem = read.Problem
			for _, r := range read.Refused {
				r.Notary = notary.Server
				out.Refused = append(out.Refused, r)
			}
			continue
		}
		for i := range read.Keys {
			read.Keys[i].Notary = notary.Server
		}
		read.Refused = out.Refused
		return read
	}
	return out
}

// DocumentServer returns the server that a key document names; empty where it names none.
func DocumentServer(doc []byte) string {
	s, _ := event.GetString(doc, "server_name")
	return strings.TrimSpace(s)
}

// ListedKeys returns the keys that a document lists, whatever they are worth.
func ListedKeys(raw []byte) VerifyKeys {
	var out []VerifyKey
	members, _ := event.Members(raw)
	for _, m := range members {
		if m.Key != "verify_keys" && m.Key != "old_verify_keys" {
			continue
		}
		listed, _ := event.Members(m.Value)
		for _, l := range listed {
			if key, ok := PublishedKey(l); ok {
				key.Old = m.Key == "old_verify_keys"
				out = append(out, key)
			}
		}
	}
	return verifyKeys(out)
}

// ReadKeyFile reads key documents as a notary hands them out. Of two documents of one server, a key comes from the
// first that lists it; a document that cannot be accepted counts only where there is no other.
// Spec: server-server, Querying keys through another server.
func ReadKeyFile(doc []byte, now time.Time) (KeyRing, error) {
	k := NewKeyRing()
	if doc == nil {
		return k, nil
	}
	o, err := event.ReadObject(doc)
	if err != nil {
		return k, fmt.Errorf("key documents: %w", err)
	}
	documents, ok := o.Elements("server_keys")
	switch {
	case o.Get("server_keys") == nil:
		return k, errors.New(`key documents: there is no "server_keys"`)
	case !ok:
		return k, errors.New(`key documents: "server_keys" is not a list`)
	}
	for i, d := range documents {
		server := DocumentServer(d)
		if server == "" {
			return k, fmt.Errorf("key documents: number %d has no server_name", i+1)
		}
		read := ReadKeyDocument(server, d, now, 0)
		known := k.servers[server]
		switch {
		case !known.Known():
			k.servers[server] = read
		case read.Known():
			known.Keys = verifyKeys(slices.Concat(read.Keys, known.Keys))
		}
	}
	return k, nil
}
