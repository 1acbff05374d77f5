package verify

import (
	"cmp"
	"crypto/ed25519"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"

	"doorstep/client"
	"doorstep/flow/event"
	"doorstep/flow/response"
	"doorstep/flow/wording"
)

// maxKeyAge is how long a key document is believed at the most, whatever it says of itself.
// Spec: server-server, Retrieving server keys.
const maxKeyAge = 7 * 24 * time.Hour

// A KeyRing holds the key documents a trace has seen, and why others are not on it.
type KeyRing struct {
	servers map[string]*ServerKeys
}

// ServerKeys is what is known of one server's keys.
type ServerKeys struct {
	Server  string
	Keys    VerifyKeys
	Fault   KeysFault // why there are none; empty when a document was accepted
	Problem string    // the same in words, of the notary as well where one was asked
	asked   bool      // a notary was asked as well
	Own     bool      // our own key, known without asking

	Refused []RefusedDocument // documents about this server that came and were not accepted, in order
	Expired []int             // entries of documents that were out of date when they came
}

// Known reports whether a document was accepted, so that there are keys; of no server at all it is false.
func (k *ServerKeys) Known() bool { return k != nil && k.Fault == "" }

// A KeysFault is why a server's keys are not known.
type KeysFault string

// The faults: nothing came, or what came is not a document, or is one and is not accepted.
const (
	KeysUnresolved KeysFault = "unresolved" // the server's name leads nowhere
	KeysNoAnswer   KeysFault = "no_answer"
	KeysStatus     KeysFault = "status"     // no success
	KeysUnreadable KeysFault = "unreadable" // not a JSON object
	KeysNameless   KeysFault = "nameless"   // it names no server
	KeysOtherName  KeysFault = "other_name" // it is for another server
	// it is for the same name with other capitals, and names are compared byte for byte
	KeysOtherCase KeysFault = "other_case"
	KeysNone      KeysFault = "no_keys"  // it lists no key that can be used
	KeysUnsigned  KeysFault = "unsigned" // none of the keys it lists has signed it
	KeysNotary    KeysFault = "notary"   // the notary has not signed it, or cannot be believed
)

// Answered reports whether something came, whatever it was, from the server that was asked.
func (f KeysFault) Answered() bool {
	return f != "" && f != KeysUnresolved && f != KeysNoAnswer && f != KeysStatus
}

// A RefusedDocument is a key document that came and was not accepted.
type RefusedDocument struct {
	Seq    int       // the entry it came in
	Fault  KeysFault // why
	Name   string    // the server it names
	Notary string    // who passed it on; empty: the server itself
}

// refuse notes why the keys of the server are not had from what came in an entry; name is what the document calls
// itself.
func (k *ServerKeys) refuse(seq int, fault KeysFault, name, detail string) *ServerKeys {
	k.Keys, k.Fault, k.Problem = nil, fault, keysProblem(fault, name, detail)
	if fault.Answered() {
		k.Refused = append(k.Refused, RefusedDocument{Seq: seq, Fault: fault, Name: name})
	}
	return k
}

// keysProblem says what a fault is.
func keysProblem(f KeysFault, name, detail string) string {
	switch f {
	case KeysStatus:
		return "its key document: status " + detail
	case KeysUnreadable:
		return "its key document cannot be read: " + detail
	case KeysNameless:
		return "its key document names no server"
	case KeysOtherName:
		return fmt.Sprintf("its key document is for %q", name)
	case KeysOtherCase:
		return fmt.Sprintf("its key document is for %q, in other capitals: server names are compared byte for byte", name)
	case KeysNone:
		return "its key document lists no key that can be used"
	case KeysUnsigned:
		return "none of the keys in its key document has signed the document"
	}
	return detail
}

// NewKeyRing returns a key ring that holds nobody's keys.
func NewKeyRing() KeyRing { return KeyRing{servers: map[string]*ServerKeys{}} }

// Clone returns a key ring that learns by itself.
func (k KeyRing) Clone() KeyRing { return KeyRing{maps.Clone(k.servers)} }

// AddOwn puts our own verify key, in unpadded base64, on the ring: it is known without asking. What is no key is left
// out.
func (k KeyRing) AddOwn(server, keyID, public string, created time.Time) {
	if b, _, err := event.DecodeBase64(public); err == nil && len(b) == ed25519.PublicKeySize {
		k.servers[server] = &ServerKeys{Server: server, Own: true, Keys: VerifyKeys{
			{ID: keyID, Public: b, checker: event.NewChecker(b), ValidUntil: created.Add(maxKeyAge).UnixMilli()},
		}}
	}
}

// Servers returns the servers whose keys were asked for, and our own, in order of name.
func (k KeyRing) Servers() []string { return slices.Sorted(maps.Keys(k.servers)) }

// Of returns what is known of server's keys; nil: it was never asked for.
func (k KeyRing) Of(server string) *ServerKeys { return k.servers[server] }

// Missing returns those of servers nothing is known of, in order.
func (k KeyRing) Missing(servers []string) []string {
	var out []string
	for _, s := range servers {
		if k.servers[s] == nil {
			out = append(out, s)
		}
	}
	return out
}

// Lacking returns those of servers that were asked for their keys and did not give them, nor did a notary, in order.
func (k KeyRing) Lacking(servers []string) []string {
	var out []string
	for _, s := range servers {
		if k.servers[s].Lacking() {
			out = append(out, s)
		}
	}
	return out
}

// WantNotary returns those of servers that did not give their keys themselves and for which no notary was asked, in
// order.
func (k KeyRing) WantNotary(servers []string) []string {
	var out []string
	for _, s := range servers {
		if known := k.servers[s]; known != nil && known.Fault != "" && !known.asked {
			out = append(out, s)
		}
	}
	return out
}

// A Fetched is what became of a request for key documents.
type Fetched struct {
	Seq      int       // the entry that ended it
	Server   string    // who was asked
	At       time.Time // when that was
	Failure  *client.Failure
	Response *client.Response // whole, where Failure is nil
	Redacted bool             // signatures and keys were taken out of the recording
}

// LearnFromNotary takes in a notary's answer about server. A document counts only when the notary has signed it, as
// well as the server itself. What is said of missing keys says both. Spec: server-server, Querying keys
// through another server.
func (k KeyRing) LearnFromNotary(f Fetched, server string) {
	known := k.servers[server]
	if known == nil || known.Known() {
		return
	}
	read := &ServerKeys{Server: server}
	switch notary := k.servers[f.Server]; {
	case f.Failure != nil:
		read.refuse(f.Seq, KeysNoAnswer, "", f.Failure.Message)
	case !response.Succeeds(f.Response):
		read.Fault, read.Problem = KeysStatus, fmt.Sprintf("status %d", f.Response.Status)
	case !notary.Known():
		read.Fault, read.Problem = KeysNotary, "the notary's own keys are not available"
	default:
		read = readNotaryAnswer(server, f, notary)
	}
	if read.Fault != "" {
		read.Fault, read.Problem = known.Fault, fmt.Sprintf("%s; the notary %s: %s", known.Problem, f.Server, read.Problem)
	}
	read.asked, read.Refused = true, slices.Concat(known.Refused, read.Refused)
	k.servers[server] = read
}

// Unresolved notes that a server's keys cannot be fetched because its name leads nowhere, and why.
func (k KeyRing) Unresolved(server, why string) {
	if k.servers[server] == nil {
		k.servers[server] = (&ServerKeys{Server: server}).refuse(0, KeysUnresolved, "", why)
	}
}

// Learn takes in what came of asking a server for its key document. Keys that are known are not forgotten for it.
func (k KeyRing) Learn(read *ServerKeys) {
	if known := k.servers[read.Server]; known == nil || known.Fault != "" {
		k.servers[read.Server] = read
	}
}

// ReadKeys reads what came of asking a server for its key document.
func ReadKeys(f Fetched) *ServerKeys {
	read := &ServerKeys{Server: f.Server}
	switch {
	case f.Failure != nil:
		return read.refuse(f.Seq, KeysNoAnswer, "", f.Failure.Message)
	case !response.Succeeds(f.Response):
		return read.refuse(f.Seq, KeysStatus, "", strconv.Itoa(f.Response.Status))
	}
	return ReadFetched(f.Server, f.Response.Body, f)
}

// source says where a key was learned, in words.
func (s *ServerKeys) source(k VerifyKey) string {
	switch {
	case s.Own:
		return "our own key"
	case k.Notary != "":
		return fmt.Sprintf("in the key document that %s passed on, entry %d", k.Notary, k.Seq)
	case k.Seq > 0:
		return fmt.Sprintf("in its key document, entry %d", k.Seq)
	}
	return "in the key documents given"
}

// Lacking reports whether a server was asked for its keys and neither it nor a notary gave any that can be used.
func (k *ServerKeys) Lacking() bool { return k != nil && k.Fault != "" }

func published(keys *ServerKeys) string {
	var ids []string
	for _, key := range keys.Keys {
		ids = append(ids, key.ID)
	}
	slices.SortFunc(ids, cmp.Compare[string])
	return wording.List(ids)
}

// A VerifyKey is one published key: where it was learned and for how long it is good.
type VerifyKey struct {
	ID         string
	Public     ed25519.PublicKey
	Seq        int    // the entry whose document listed it; 0: our own
	Notary     string // the server that passed the document on; empty: the server itself
	Old        bool   // listed under old_verify_keys: for events only
	ValidUntil int64  // ms since the epoch: the last moment it is valid for; for an old key its expired_ts

	checker *event.Checker // of Public; shared by every copy of the key
}

// VerifyKeys are keys of one server in the order of their IDs, each of which comes once.
type VerifyKeys []VerifyKey

// verifyKeys makes keys a VerifyKeys; of two with one ID the later counts.
func verifyKeys(keys []VerifyKey) VerifyKeys {
	slices.Reverse(keys)
	slices.SortStableFunc(keys, func(a, b VerifyKey) int { return cmp.Compare(a.ID, b.ID) })
	return slices.Clip(slices.CompactFunc(keys, func(a, b VerifyKey) bool { return a.ID == b.ID }))
}

// Get returns the key of that ID; false where there is none.
func (k VerifyKeys) Get(id string) (VerifyKey, bool) {
	i, ok := slices.BinarySearchFunc(k, id, func(key VerifyKey, id string) int { return cmp.Compare(key.ID, id) })
	if !ok {
		return VerifyKey{}, false
	}
	return k[i], true
}

// verifies reports whether sig is the key's signature of e.
func (k VerifyKey) verifies(e *event.Event, sig event.Signature) bool {
	if k.checker == nil {
		return e.Verify(sig, k.Public)
	}
	return e.VerifiedBy(sig, k.checker)
}
