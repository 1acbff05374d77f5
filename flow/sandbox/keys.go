package sandbox

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"doorstep/client"
	"doorstep/flow/event"
)

// The IDs of keys that faults name: what every server signs with at first, and one that no server publishes.
const (
	firstKey = "ed25519:1"
	lostKey  = "ed25519:lost"
)

// keyValidity is how long a key document is good for.
const keyValidity = 24 * time.Hour

// A keyring is one server's signing keys.
type keyring struct {
	random  *random
	current event.SigningKey
	old     []oldKey
	lost    event.SigningKey
}

// An oldKey is a key that was given up at expired.
type oldKey struct {
	event.SigningKey
	expired time.Time
}

func newKeyring(r *random) *keyring {
	return &keyring{random: r, current: r.key(firstKey), lost: r.key(lostKey)}
}

// rotate replaces the present key.
func (k *keyring) rotate(at time.Time) {
	k.old = append(k.old, oldKey{k.current, at})
	k.current = k.random.key("ed25519:" + strconv.Itoa(len(k.old)+1))
}

// named returns the key with that ID; the present one where there is none.
func (k *keyring) named(id string) event.SigningKey {
	if id == lostKey {
		return k.lost
	}
	if i := slices.IndexFunc(k.old, func(o oldKey) bool { return o.ID == id }); i >= 0 {
		return k.old[i].SigningKey
	}
	return k.current
}

// document returns the key document a server publishes at now. fingerprints, as published in 2015, are the SHA-256 of its
// TLS certificates; nil leaves the field out. Spec: server-server, Publishing Keys.
func (k *keyring) document(server string, now time.Time, fingerprints [][32]byte) ([]byte, error) {
	type verifyKey struct {
		Key     string `json:"key"`
		Expired int64  `json:"expired_ts,omitempty"`
	}
	old := map[string]verifyKey{}
	for _, o := range k.old {
		old[o.ID] = verifyKey{event.EncodeBase64(o.Public()), o.expired.UnixMilli()}
	}
	doc := fields{
		"server_name": server, "valid_until_ts": now.Add(keyValidity).UnixMilli(), "old_verify_keys": old,
		"verify_keys": map[string]verifyKey{k.current.ID: {Key: event.EncodeBase64(k.current.Public())}},
	}
	if fingerprints != nil {
		var list []fields
		for _, hash := range fingerprints {
			list = append(list, fields{"sha256": event.EncodeBase64(hash[:])})
		}
		doc["tls_fingerprints"] = list
	}
	raw, err := encode(doc)
	if err != nil {
		return nil, err
	}
	return event.SignJSON(raw, server, k.current)
}

// A document is the key document of another server, accepted.
type document struct {
	raw        []byte
	validUntil time.Time
	current    map[string]ed25519.PublicKey
	old        map[string]expiredKey
}

type expiredKey struct {
	public  ed25519.PublicKey
	expired int64 // ms since the epoch
}

// documents are the key documents one server has fetched, kept as long as they are valid.
type documents struct {
	mu    sync.Mutex
	known map[string]*document
}

// document returns the key document of a server, fetched from it unless one is known that holds keyID; an empty keyID is in
// every document.
func (s *server) document(ctx context.Context, name, keyID string) (*document, error) {
	s.documents.mu.Lock()
	defer s.documents.mu.Unlock()
	now := s.federation.now()
	if d := s.documents.known[name]; d != nil && now.Before(d.validUntil) && d.lists(keyID) {
		return d, nil
	}
	raw, err := s.fetchDocument(ctx, name)
	if err != nil {
		return nil, err
	}
	d, err := readDocument(name, raw, now)
	if err != nil {
		return nil, fmt.Errorf("key document of %s: %w", name, err)
	}
	s.documents.known[name] = d
	return d, nil
}

func (s *server) fetchDocument(ctx context.Context, name string) ([]byte, error) {
	if name == s.name {
		return s.keyDocument()
	}
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	x := s.ask(ctx, name, client.KeysRequest())
	switch {
	case x.Failure != nil:
		return nil, fmt.Errorf("fetch the keys of %s: %s", name, x.Failure.Message)
	case x.Response.Status != 200:
		return nil, fmt.Errorf("fetch the keys of %s: status %d", name, x.Response.Status)
	}
	return x.Response.Body, nil
}

func (d *document) lists(keyID string) bool {
	_, old := d.old[keyID]
	return keyID == "" || old || d.current[keyID] != nil
}

// readDocument reads the key document of server. It is accepted when it is for that server, still valid, and signed by a
// key it lists. Its validity ends a week from now at the latest. Spec: server-server, Retrieving server keys.
func readDocument(server string, raw []byte, now time.Time) (*document, error) {
	members, err := event.Members(raw)
	if err != nil {
		return nil, err
	}
	d := &document{raw: raw, current: map[string]ed25519.PublicKey{}, old: map[string]expiredKey{}}
	name := ""
	for _, m := range members {
		switch m.Key {
		case "server_name":
			name, _ = event.String(m.Value)
		case "valid_until_ts":
			ms, err := strconv.ParseInt(string(m.Value), 10, 64)
			if err != nil {
				return nil, errors.New("valid_until_ts is not an integer")
			}
			d.validUntil = time.UnixMilli(min(ms, now.Add(7*24*time.Hour).UnixMilli()))
		case "verify_keys":
			for id, key := range publicKeys(m.Value) {
				d.current[id] = key.public
			}
		case "old_verify_keys":
			d.old = publicKeys(m.Value)
		}
	}
	if name != server {
		return nil, fmt.Errorf("it is for %q", name)
	}
	if !now.Before(d.validUntil) {
		return nil, errors.New("it is no longer valid")
	}
	for _, sig := range event.JSONSignatures(raw) {
		if key := d.current[sig.KeyID]; sig.Server == server && key != nil && event.VerifyJSON(raw, sig, key) {
			return d, nil
		}
	}
	return nil, errors.New("none of its keys has signed it")
}

// publicKeys reads an object of keys by ID; what is not an ed25519 key is left out.
func publicKeys(obj []byte) map[string]expiredKey {
	out := map[string]expiredKey{}
	members, _ := event.Members(obj) // none, if it cannot be read
	for _, m := range members {
		var key expiredKey
		parts, err := event.Members(m.Value)
		if err != nil || !strings.HasPrefix(m.Key, "ed25519:") {
			continue
		}
		for _, part := range parts {
			switch part.Key {
			case "key":
				text, _ := event.String(part.Value)
				key.public, _, _ = event.DecodeBase64(text)
			case "expired_ts":
				key.expired, _ = strconv.ParseInt(string(part.Value), 10, 64)
			}
		}
		if len(key.public) == ed25519.PublicKeySize {
			out[m.Key] = key
		}
	}
	return out
}

// requestKey is the key source for X-Matrix: the keys a server signs with at present.
func (s *server) requestKey(ctx context.Context, name, keyID string) (ed25519.PublicKey, error) {
	d, err := s.document(ctx, name, keyID)
	if err != nil {
		return nil, err
	}
	if key := d.current[keyID]; key != nil {
		return key, nil
	}
	return nil, errors.New("the key document does not list it among the present keys")
}

// signedBy errs unless e carries a good signature of a server, by a key that was valid when e was made.
// Spec: server-server, Validating hashes and signatures on received events; rooms/v5, Signing key validity period.
func (s *server) signedBy(ctx context.Context, e *event.Event, name string) error {
	err := fmt.Errorf("no signature of %s", name)
	for _, sig := range e.Signatures() {
		if sig.Server != name {
			continue
		}
		d, fetchErr := s.document(ctx, name, sig.KeyID)
		if fetchErr != nil {
			return fetchErr
		}
		ts := e.OriginServerTS()
		key, until := d.current[sig.KeyID], d.validUntil.UnixMilli()
		if key == nil {
			key, until = d.old[sig.KeyID].public, d.old[sig.KeyID].expired
		}
		switch {
		case key == nil:
			err = fmt.Errorf("%s does not list the key %s", name, sig.KeyID)
		case e.Version().KeyValidity && ts > until:
			err = fmt.Errorf("the key %s of %s was not valid when the event was made", sig.KeyID, name)
		case !e.Verify(sig, key):
			return fmt.Errorf("the signature of %s with %s does not match", name, sig.KeyID)
		default:
			return nil
		}
	}
	return err
}

// ownKeys answers with the server's own key document. Spec: server-server, Publishing Keys.
func (s *server) ownKeys(*request) *Reply {
	doc, err := s.keyDocument()
	if err != nil {
		return broken(err)
	}
	return &Reply{Status: 200, Body: rawJSON(doc)}
}

func (s *server) keyDocument() ([]byte, error) {
	return s.keys.document(s.name, s.federation.now(), s.fingerprints)
}

// mostQueried bounds the servers one notary query may name.
const mostQueried = 100

// queryKeys is the notary: it answers with the key documents of the server in the path, or of those the body names, each
// signed once more. Servers that cannot be reached are left out.
// Spec: server-server, Querying Keys Through Another Server.
func (s *server) queryKeys(q *request) *Reply {
	var names []string
	if len(q.path) > 0 {
		names = q.path
	} else {
		for _, m := range membersOf(q.body, "server_keys") {
			names = append(names, m.Key)
		}
	}
	if len(names) > mostQueried {
		return refuse(400, "M_TOO_LARGE", "Too many servers in one query")
	}
	list := []rawJSON{}
	for _, name := range names {
		d, err := s.document(q.ctx, name, "")
		if err != nil {
			continue
		}
		doc := d.raw
		if name != s.name {
			if doc, err = event.SignJSON(doc, s.name, s.keys.current); err != nil {
				continue
			}
		}
		list = append(list, doc)
	}
	return &Reply{Status: 200, Body: fields{"server_keys": list}}
}

// membersOf returns the members of the object at key of the object obj; none where there is no such object.
func membersOf(obj []byte, key string) []event.Member {
	outer, _ := event.Members(obj)
	for _, m := range outer {
		if m.Key == key {
			inner, _ := event.Members(m.Value)
			return inner
		}
	}
	return nil
}

// A random makes keys and names from a source of randomness. The first error of the source is kept in err.
type random struct {
	mu     sync.Mutex
	source io.Reader
	err    error
}

func newRandom(source io.Reader) *random {
	if source == nil {
		source = rand.Reader
	}
	return &random{source: source}
}

func (r *random) bytes(n int) []byte {
	r.mu.Lock()
	defer r.mu.Unlock()
	b := make([]byte, n)
	if _, err := io.ReadFull(r.source, b); err != nil && r.err == nil {
		r.err = fmt.Errorf("randomness: %w", err)
	}
	return b
}

func (r *random) key(id string) event.SigningKey {
	return event.SigningKey{ID: id, Private: ed25519.NewKeyFromSeed(r.bytes(ed25519.SeedSize))}
}

// name returns 18 letters, as homeservers use them for IDs.
func (r *random) name() string {
	const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	b := r.bytes(18)
	for i := range b {
		b[i] = letters[int(b[i])%len(letters)]
	}
	return string(b)
}
