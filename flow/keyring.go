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
	Problem string               // why there are none; empty when a document was accepted
	asked   bool                 // a notary was asked as well
	Own     bool                 // our own key, known without asking
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
		if known := k.servers[s]; known != nil && known.Problem != "" && !known.asked {
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
	if known == nil || known.Problem == "" {
		return
	}
	read := &ServerKeys{Server: server}
	switch notary := k.servers[e.Server]; {
	case e.Kind == Failure:
		read.Problem = e.Failure.Message
	case e.Response.Status != 200:
		read.Problem = fmt.Sprintf("status %d", e.Response.Status)
	case notary == nil || notary.Problem != "":
		read.Problem = "the notary's own keys could not be had"
	default:
		read = readNotaryAnswer(server, e, notary, k.created.Add(e.At))
	}
	if read.Problem != "" {
		read.Problem = fmt.Sprintf("%s; the notary %s: %s", known.Problem, e.Server, read.Problem)
	}
	read.asked = true
	k.servers[server] = read
}

// readNotaryAnswer reads the documents that a notary has of server; those it did not sign are passed over.
func readNotaryAnswer(server string, e *Entry, notary *ServerKeys, now time.Time) *ServerKeys {
	out := &ServerKeys{Server: server, Problem: "has no document of it"}
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
			if documentServer(doc) != server {
				continue
			}
			if !signedBy(doc, notary) {
				out.Problem = "has not signed the document"
				continue
			}
			read := readKeyDocument(server, doc, now, e.Seq)
			if read.Problem != "" {
				out.Problem = read.Problem
				continue
			}
			for id, key := range read.Keys {
				key.Notary = notary.Server
				read.Keys[id] = key
			}
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
		k.servers[server] = &ServerKeys{Server: server, Problem: why}
	}
}

// learn takes in the answer to a request for a key document.
func (k KeyRing) learn(e *Entry) {
	if known := k.servers[e.Server]; known != nil && known.Problem == "" {
		return
	}
	if e.Kind == Failure {
		k.servers[e.Server] = &ServerKeys{Server: e.Server, Problem: e.Failure.Message}
		return
	}
	k.servers[e.Server] = parsed(e, func() *ServerKeys {
		if e.Response.Status != 200 {
			return &ServerKeys{Server: e.Server, Problem: fmt.Sprintf("its key document: status %d", e.Response.Status)}
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
		out.Problem = "its key document cannot be read: " + err.Error()
		return out
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
	if name != server {
		out.Problem = fmt.Sprintf("its key document is for %q", name)
		return out
	}
	out.Keys = map[string]VerifyKey{}
	validUntil = min(validUntil, now.Add(maxKeyAge).UnixMilli())
	for _, m := range old {
		if key, ok := publishedKey(m); ok {
			key.Old, key.Seq = true, seq
			out.Keys[key.ID] = key
		}
	}
	selfSigned := false
	signatures := event.JSONSignatures(doc)
	for _, m := range current {
		key, ok := publishedKey(m)
		if !ok {
			continue
		}
		key.ValidUntil, key.Seq = validUntil, seq
		out.Keys[key.ID] = key
		selfSigned = selfSigned || slices.ContainsFunc(signatures, func(s event.Signature) bool {
			return s.Server == server && s.KeyID == key.ID && event.VerifyJSON(doc, s, key.Public)
		})
	}
	if !selfSigned {
		out.Keys, out.Problem = nil, "none of the keys in its key document has signed the document"
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
