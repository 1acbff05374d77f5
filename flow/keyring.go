package flow

import (
	"crypto/ed25519"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"doorstep/client"
	"doorstep/flow/event"
)

// maxKeyAge is how long a key document is believed at the most, whatever it says of itself.
// Spec: server-server, Retrieving server keys.
const maxKeyAge = 7 * 24 * time.Hour

// A KeyRing holds the key documents a trace has seen, and why others could not be had.
type KeyRing struct {
	created time.Time
	servers map[string]*ServerKeys
}

// ServerKeys is what is known of one server's keys.
type ServerKeys struct {
	Server  string
	Keys    map[string]VerifyKey // by key ID
	Fault   KeysFault            // why there are none; empty when a document was accepted
	Problem string               // the same in words, of the notary as well where one was asked
	asked   bool                 // a notary was asked as well
	Own     bool                 // our own key, known without asking

	Refused []RefusedDocument // documents about this server that came and were not accepted, in order
	Expired []int             // entries of documents that were out of date when they came
}

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
	KeysOtherCase  KeysFault = "other_case" // it is for the same name with other capitals, and names are compared byte for byte
	KeysNone       KeysFault = "no_keys"    // it lists no key that can be used
	KeysUnsigned   KeysFault = "unsigned"   // none of the keys it lists has signed it
	KeysNotary     KeysFault = "notary"     // the notary has not signed it, or cannot be believed
)

// answered reports whether something came, whatever it was, from the server that was asked.
func (f KeysFault) answered() bool {
	return f != "" && f != KeysUnresolved && f != KeysNoAnswer && f != KeysStatus
}

// A RefusedDocument is a key document that came and was not accepted.
type RefusedDocument struct {
	Seq    int       // the entry it came in
	Fault  KeysFault // why
	Name   string    // the server it names
	Notary string    // who passed it on; empty: the server itself
}

// refuse notes why the keys of the server are not had from what came in an entry; name is what the document calls itself.
func (k *ServerKeys) refuse(seq int, fault KeysFault, name, detail string) *ServerKeys {
	k.Keys, k.Fault, k.Problem = nil, fault, keysProblem(fault, name, detail)
	if fault.answered() {
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

// A VerifyKey is one published key: where it was learned and for how long it is good.
type VerifyKey struct {
	ID         string
	Public     ed25519.PublicKey
	Seq        int    // the entry whose document listed it; 0: our own
	Notary     string // the server that passed the document on; empty: the server itself
	Old        bool   // listed under old_verify_keys: for events only
	ValidUntil int64  // ms since the epoch: the last moment it is valid for; for an old key its expired_ts
}

func newKeyRing(h Header) KeyRing {
	k := KeyRing{created: h.Created, servers: map[string]*ServerKeys{}}
	if public, _, err := event.DecodeBase64(h.VerifyKey); err == nil && len(public) == ed25519.PublicKeySize {
		k.servers[h.Joining] = &ServerKeys{Server: h.Joining, Own: true, Keys: map[string]VerifyKey{
			h.KeyID: {ID: h.KeyID, Public: public, ValidUntil: h.Created.Add(maxKeyAge).UnixMilli()},
		}}
	}
	return k
}

// Of returns what is known of server's keys; nil: it was never asked for.
func (k KeyRing) Of(server string) *ServerKeys { return k.servers[server] }

// missing returns those of servers nothing is known of, in order.
func (k KeyRing) missing(servers []string) []string {
	var out []string
	for _, s := range servers {
		if k.servers[s] == nil {
			out = append(out, s)
		}
	}
	return out
}

// unhad returns those of servers whose keys they did not give themselves, and no notary was asked for.
func (k KeyRing) unhad(servers []string) []string {
	var out []string
	for _, s := range servers {
		if known := k.servers[s]; known != nil && known.Fault != "" && !known.asked {
			out = append(out, s)
		}
	}
	return out
}

// learnFromNotary takes in a notary's answer about server. A document counts only when the notary has signed it, as well as
// the server itself. What is said of keys that could not be had says both.
// Spec: server-server, Querying keys through another server.
func (k KeyRing) learnFromNotary(e *Entry, server string) {
	known := k.servers[server]
	if known == nil || known.Fault == "" {
		return
	}
	read := &ServerKeys{Server: server}
	switch notary := k.servers[e.Server]; {
	case e.Kind == Failure:
		read.refuse(e.Seq, KeysNoAnswer, "", e.Failure.Message)
	case !succeeds(e.Response):
		read.Fault, read.Problem = KeysStatus, fmt.Sprintf("status %d", e.Response.Status)
	case notary == nil || notary.Fault != "":
		read.Fault, read.Problem = KeysNotary, "the notary's own keys could not be had"
	default:
		read = readNotaryAnswer(server, e, notary, k.created.Add(e.At))
	}
	if read.Fault != "" {
		read.Fault, read.Problem = known.Fault, fmt.Sprintf("%s; the notary %s: %s", known.Problem, e.Server, read.Problem)
	}
	read.asked, read.Refused = true, slices.Concat(known.Refused, read.Refused)
	k.servers[server] = read
}

// readNotaryAnswer reads the documents that a notary has of server; those it did not sign are passed over.
func readNotaryAnswer(server string, e *Entry, notary *ServerKeys, now time.Time) *ServerKeys {
	out := &ServerKeys{Server: server, Fault: KeysNotary, Problem: "has no document of it"}
	members, err := event.Members(e.Response.Body)
	if err != nil {
		out.Problem = "its answer cannot be read: " + err.Error()
		return out
	}
	for _, m := range members {
		if m.Key != "server_keys" {
			continue
		}
		documents, _ := event.Elements(m.Value)
		for _, doc := range documents {
			if !strings.EqualFold(documentServer(doc), server) {
				continue
			}
			if !signedBy(doc, notary) {
				out.Problem = "has not signed the document"
				out.Refused = append(out.Refused, RefusedDocument{Seq: e.Seq, Fault: KeysNotary, Name: server, Notary: notary.Server})
				continue
			}
			read := readKeyDocument(server, doc, now, e.Seq)
			if read.Fault != "" {
				out.Problem = read.Problem
				for _, r := range read.Refused {
					r.Notary = notary.Server
					out.Refused = append(out.Refused, r)
				}
				continue
			}
			for id, key := range read.Keys {
				key.Notary = notary.Server
				read.Keys[id] = key
			}
			read.Refused = out.Refused
			return read
		}
	}
	return out
}

// signedBy reports whether a document carries a good signature by a current key of that server.
func signedBy(doc []byte, server *ServerKeys) bool {
	return slices.ContainsFunc(event.JSONSignatures(doc), func(sig event.Signature) bool {
		key, ok := server.Keys[sig.KeyID]
		return ok && !key.Old && sig.Server == server.Server && event.VerifyJSON(doc, sig, key.Public)
	})
}

// unreachable notes why server's keys cannot be had.
func (k KeyRing) unreachable(server, why string) {
	if k.servers[server] == nil {
		k.servers[server] = (&ServerKeys{Server: server}).refuse(0, KeysUnresolved, "", why)
	}
}

// learn takes in the answer to a request for a key document.
func (k KeyRing) learn(e *Entry) {
	if known := k.servers[e.Server]; known != nil && known.Fault == "" {
		return
	}
	if e.Kind == Failure {
		k.servers[e.Server] = (&ServerKeys{Server: e.Server}).refuse(e.Seq, KeysNoAnswer, "", e.Failure.Message)
		return
	}
	k.servers[e.Server] = parsed(e, func() *ServerKeys {
		if !succeeds(e.Response) {
			return (&ServerKeys{Server: e.Server}).refuse(e.Seq, KeysStatus, "", strconv.Itoa(e.Response.Status))
		}
		return readKeyDocument(e.Server, e.Response.Body, k.created.Add(e.At), e.Seq)
	})
}

// readKeyDocument reads the key document doc of server, fetched at now. It is accepted only when it names that server
// and at least one of the keys it lists has signed it. Keys that are not 32 bytes are left out.
// Spec: server-server, Publishing keys.
func readKeyDocument(server string, doc []byte, now time.Time, seq int) *ServerKeys {
	out := &ServerKeys{Server: server}
	members, err := event.Members(doc)
	if err != nil {
		return out.refuse(seq, KeysUnreadable, "", err.Error())
	}
	var name string
	var current, old []event.Member
	validUntil := int64(0)
	for _, m := range members {
		switch m.Key {
		case "server_name":
			name, _ = event.String(m.Value)
		case "verify_keys":
			current, _ = event.Members(m.Value)
		case "old_verify_keys":
			old, _ = event.Members(m.Value)
		case "valid_until_ts":
			validUntil, _ = strconv.ParseInt(string(m.Value), 10, 64)
		}
	}
	switch {
	case name == server:
	case name == "":
		return out.refuse(seq, KeysNameless, "", "")
	case strings.EqualFold(name, server):
		return out.refuse(seq, KeysOtherCase, name, "")
	default:
		return out.refuse(seq, KeysOtherName, name, "")
	}
	if validUntil < now.UnixMilli() {
		out.Expired = []int{seq}
	}
	out.Keys = map[string]VerifyKey{}
	validUntil = min(validUntil, now.Add(maxKeyAge).UnixMilli())
	for _, m := range old {
		if key, ok := publishedKey(m); ok {
			key.Old, key.Seq = true, seq
			out.Keys[key.ID] = key
		}
	}
	listed, selfSigned := false, false
	signatures := event.JSONSignatures(doc)
	for _, m := range current {
		key, ok := publishedKey(m)
		if !ok {
			continue
		}
		key.ValidUntil, key.Seq = validUntil, seq
		out.Keys[key.ID] = key
		listed = true
		selfSigned = selfSigned || slices.ContainsFunc(signatures, func(s event.Signature) bool {
			return s.Server == server && s.KeyID == key.ID && event.VerifyJSON(doc, s, key.Public)
		})
	}
	switch {
	case !listed:
		return out.refuse(seq, KeysNone, name, "")
	case !selfSigned:
		return out.refuse(seq, KeysUnsigned, name, "")
	}
	return out
}

func publishedKey(m event.Member) (VerifyKey, bool) {
	key := VerifyKey{ID: m.Key}
	if !strings.HasPrefix(m.Key, "ed25519:") {
		return key, false
	}
	fields, err := event.Members(m.Value)
	if err != nil {
		return key, false
	}
	for _, f := range fields {
		switch f.Key {
		case "key":
			text, _ := event.String(f.Value)
			if b, _, err := event.DecodeBase64(text); err == nil && len(b) == ed25519.PublicKeySize {
				key.Public = b
			}
		case "expired_ts":
			key.ValidUntil, _ = strconv.ParseInt(string(f.Value), 10, 64)
		}
	}
	return key, key.Public != nil
}

// signers returns the servers that must have signed something in the reply, in order of first need.
func (s State) signers() []string {
	if s.Reply == nil || s.Reply.Problem != "" || s.Template == nil {
		return nil
	}
	return s.Reply.Events(s.Template.RoomVersion).signers()
}

// signers returns the servers whose signatures the events must carry, in order of first need.
func (r *ReplyEvents) signers() []string {
	r.once.Do(func() {
		seen := map[string]bool{}
		need := func(e *event.Event) {
			if e == nil {
				return
			}
			for _, server := range RequiredSigners(e) {
				if !seen[server] {
					seen[server] = true
					r.signedBy = append(r.signedBy, server)
				}
			}
		}
		for _, list := range [][]ReplyEvent{r.State, r.AuthChain} {
			for _, e := range list {
				need(e.Event)
			}
		}
		if r.Returned != nil {
			need(r.Returned.Event)
		}
	})
	return r.signedBy
}

// RequiredSigners returns the servers whose signatures an event must carry: the sender's, except of an invite by third
// party, whose sender's server may not know of it; in versions 1 and 2 also that of the event ID; of a join allowed by a
// restricted rule also that of the user who authorised it.
// Spec: server-server, Validating hashes and signatures on received events.
func RequiredSigners(e *event.Event) []string {
	var out []string
	add := func(server string) {
		if _, err := client.ParseServerName(server); err == nil && !slices.Contains(out, server) {
			out = append(out, server)
		}
	}
	membership := e.Membership()
	_, thirdParty := e.Content("third_party_invite")
	if !(membership == "invite" && thirdParty) {
		add(client.Domain(e.Sender()))
	}
	if e.Version().IDs == event.IDChosen {
		add(client.Domain(e.ID()))
	}
	if authoriser, ok := e.ContentString("join_authorised_via_users_server"); ok && membership == "join" && e.Version().Restricted {
		add(client.Domain(authoriser))
	}
	return out
}

// ReplyEvents are the events of a reply, read in a room version. Their order is that of the reply.
type ReplyEvents struct {
	State     []ReplyEvent
	AuthChain []ReplyEvent
	Returned  *ReplyEvent // the join event the resident returned; nil: none

	once     sync.Once
	signedBy []string
}

// A ReplyEvent is one event of a reply. Event is nil when its bytes cannot be read, and Err says why.
type ReplyEvent struct {
	Pointer string // where it is in the reply: "/state/3"
	Event   *event.Event
	Err     error
}

// Events reads the reply's events in room version v, once.
func (r *Reply) Events(v *event.Version) *ReplyEvents {
	r.readEvents.Do(func() {
		read := func(pointer string, raw []byte) ReplyEvent {
			e, err := event.Parse(v, raw)
			return ReplyEvent{Pointer: pointer, Event: e, Err: err}
		}
		out := &ReplyEvents{State: make([]ReplyEvent, len(r.State)), AuthChain: make([]ReplyEvent, len(r.AuthChain))}
		inParallel(len(r.State), 64, func(i int) { out.State[i] = read("/state/"+strconv.Itoa(i), r.State[i]) })
		inParallel(len(r.AuthChain), 64, func(i int) { out.AuthChain[i] = read("/auth_chain/"+strconv.Itoa(i), r.AuthChain[i]) })
		if r.Event != nil && string(r.Event) != "null" {
			e := read("/event", r.Event)
			out.Returned = &e
		}
		r.events = out
	})
	return r.events
}
