package engine

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"sync"
	"time"

	"doorstep/flow/event"
)

// A keyring is one server's signing keys.
type keyring struct {
	random  *Random
	Current event.SigningKey
	old     []oldKey
	lost    event.SigningKey
}

// An oldKey is a key that was given up at expired.
type oldKey struct {
	event.SigningKey
	expired time.Time
}

func newKeyring(r *Random) *keyring {
	return &keyring{random: r, Current: r.Key(r.keyID(FirstKey)), lost: r.Key(r.keyID(LostKey))}
}

// rotate replaces the present key.
func (k *keyring) rotate(at time.Time) {
	k.old = append(k.old, oldKey{k.Current, at})
	k.Current = k.random.Key(k.random.keyID("ed25519:" + strconv.Itoa(len(k.old)+1)))
}

// named returns the key that a fault names, FirstKey or LostKey; the present one where it names none.
func (k *keyring) named(id string) event.SigningKey {
	switch {
	case id == LostKey:
		return k.lost
	case id == FirstKey && len(k.old) > 0:
		return k.old[0].SigningKey
	}
	return k.Current
}

// document returns the key document a server publishes at now. fingerprints, as published in 2015, are the SHA-256 of
// its TLS certificates; nil leaves the field out. Spec: server-server, Publishing Keys.
func (k *keyring) document(server string, now time.Time, fingerprints [][32]byte) ([]byte, error) {
	type verifyKey struct {
		Key     string `json:"key"`
		Expired int64  `json:"expired_ts,omitempty"`
	}
	old := map[string]verifyKey{}
	for _, o := range k.old {
		old[o.ID] = verifyKey{event.EncodeBase64(o.Public()), o.expired.UnixMilli()}
	}
	doc := Fields{
		"server_name": server, "valid_until_ts": now.Add(keyValidity).UnixMilli(), "old_verify_keys": old,
		"verify_keys": map[string]verifyKey{k.Current.ID: {Key: event.EncodeBase64(k.Current.Public())}},
	}
	if fingerprints != nil {
		var list []Fields
		for _, hash := range fingerprints {
			list = append(list, Fields{"sha256": event.EncodeBase64(hash[:])})
		}
		doc["tls_fingerprints"] = list
	}
	raw, err := Encode(doc)
	if err != nil {
		return nil, err
	}
	return event.SignJSON(raw, server, k.Current)
}

// A Document is the key document of another server, accepted.
type Document struct {
	raw        []byte
	ValidUntil time.Time
	Current    map[string]ed25519.PublicKey
	Old        map[string]expiredKey
}

type expiredKey struct {
	Public  ed25519.PublicKey
	Expired int64 // ms since the epoch
}

// documents are the key documents one server has fetched, kept as long as they are valid.
type documents struct {
	mu    sync.Mutex
	known map[string]*Document
	busy  map[string]chan struct{} // by name, those that are being fetched; closed when that is over
}

// take waits until nobody else fetches the document of a server, and then keeps others from it until release is
// called. It errs when ctx ends first.
func (d *documents) take(ctx context.Context, name string) (release func(), err error) {
	for {
		d.mu.Lock()
		busy := d.busy[name]
		if busy == nil {
			done := make(chan struct{})
			d.busy[name] = done
			d.mu.Unlock()
			return func() {
				d.mu.Lock()
				defer d.mu.Unlock()
				delete(d.busy, name)
				close(done)
			}, nil
		}
		d.mu.Unlock()
		select {
		case <-busy:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// get returns the document of a server, where one is known that is still valid and lists keyID.
func (d *documents) get(name, keyID string, now time.Time) *Document {
	d.mu.Lock()
	defer d.mu.Unlock()
	if known := d.known[name]; known != nil && now.Before(known.ValidUntil) && known.lists(keyID) {
		return known
	}
	return nil
}

// put keeps a document; over the bound none is kept that was not known before.
func (d *documents) put(name string, doc *Document) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.known[name] != nil || len(d.known) < mostDocuments {
		d.known[name] = doc
	}
}

// mostDocuments is how many key documents a server keeps.
const mostDocuments = 1000

// ReadDocument reads the key document of server. It is accepted when it is for that server, still valid, and signed
// by a key it lists. Its validity ends a week from now at the latest. Spec: server-server, Retrieving server keys.
func ReadDocument(server string, raw []byte, now time.Time) (*Document, error) {
	o, err := event.ReadObject(raw)
	if err != nil {
		return nil, err
	}
	d := &Document{raw: raw, Current: map[string]ed25519.PublicKey{}, Old: publicKeys(o.Get("old_verify_keys"))}
	if ms, ok := o.Int("valid_until_ts"); ok {
		d.ValidUntil = time.UnixMilli(min(ms, now.Add(7*24*time.Hour).UnixMilli()))
	} else if o.Get("valid_until_ts") != nil {
		return nil, errors.New("valid_until_ts is not an integer")
	}
	for id, key := range publicKeys(o.Get("verify_keys")) {
		d.Current[id] = key.Public
	}
	if name, _ := o.String("server_name"); name != server {
		return nil, fmt.Errorf("it is for %q", name)
	}
	if !now.Before(d.ValidUntil) {
		return nil, errors.New("it is no longer valid")
	}
	for _, sig := range event.JSONSignatures(raw) {
		if key := d.Current[sig.KeyID]; sig.Server == server && key != nil && event.VerifyJSON(raw, sig, key) {
			return d, nil
		}
	}
	return nil, errors.New("none of its keys has signed it")
}

func (d *Document) lists(keyID string) bool {
	_, old := d.Old[keyID]
	return keyID == "" || old || d.Current[keyID] != nil
}

// publicKeys reads an object of keys by ID; what is not an ed25519 key is left out.
func publicKeys(obj []byte) map[string]expiredKey {
	out := map[string]expiredKey{}
	members, _ := event.Members(obj) // none, if it cannot be read
	for _, m := range members {
		o, err := event.ReadObject(m.Value)
		if err != nil || !strings.HasPrefix(m.Key, "ed25519:") {
			continue
		}
		var key expiredKey
		text, _ := o.String("key")
		key.Public, _, _ = event.DecodeBase64(text)
		key.Expired, _ = o.Int("expired_ts")
		if len(key.Public) == ed25519.PublicKeySize {
			out[m.Key] = key
		}
	}
	return out
}

// keyValidity is how long a key document is good for.
const keyValidity = 24 * time.Hour

// The IDs of keys that faults name: what every server signs with at first, and one that no server publishes. In a run
// that is hosted they are longer: see Random.run.
const (
	FirstKey = "ed25519:1"
	LostKey  = "ed25519:lost"
)

// A Random makes keys and names from a source of randomness. The first error of the source is kept in err.
type Random struct {
	mu     sync.Mutex
	source io.Reader
	err    error
	// in the ID of every key of a run that is hosted: homeservers remember the keys of a name by their IDs for long, and
	// the next run has the same names, and other keys. Empty: the run has its names for itself
	run string
}

// NewRandom returns what keys and names are made of; nil: the system's randomness.
func NewRandom(source io.Reader) *Random {
	if source == nil {
		source = rand.Reader
	}
	return &Random{source: source}
}

func (r *Random) bytes(n int) []byte {
	r.mu.Lock()
	defer r.mu.Unlock()
	b := make([]byte, n)
	if _, err := io.ReadFull(r.source, b); err != nil && r.err == nil {
		r.err = fmt.Errorf("randomness: %w", err)
	}
	return b
}

// keyID is the ID of a key in this run.
func (r *Random) keyID(id string) string {
	algorithm, version, _ := strings.Cut(id, ":")
	return algorithm + ":" + r.run + version
}

// Key makes a signing key of that ID.
func (r *Random) Key(id string) event.SigningKey {
	return event.SigningKey{ID: id, Private: ed25519.NewKeyFromSeed(r.bytes(ed25519.SeedSize))}
}

// name returns 18 letters, as homeservers use them for IDs.
func (r *Random) name() string {
	const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	b := r.bytes(18)
	for i := range b {
		b[i] = letters[int(b[i])%len(letters)]
	}
	return string(b)
}
