package client

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"time"

	"doorstep/flow/event"
	"doorstep/flow/safely"
)

// An Identity is who the joining server is: its name and the key it signs with.
type Identity struct {
	ServerName string
	Key        event.SigningKey
	// Others are further current keys of a key file. They are published in the key document and sign it, nothing else.
	Others []event.SigningKey
}

const (
	keyFileLimit = 64 << 10
	pemKeyType   = "MATRIX PRIVATE KEY"
)

// GenerateKey makes a signing key with an ID of the form "ed25519:a_XXXX".
func GenerateKey() (event.SigningKey, error) {
	_, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return event.SigningKey{}, fmt.Errorf("generate a signing key: %w", err)
	}
	return event.SigningKey{ID: "ed25519:a_" + rand.Text()[:4], Private: private}, nil
}

// ReadKeys reads a signing key file: lines of Synapse's form ("ed25519 VERSION BASE64SEED") or a PEM block of
// Dendrite's (MATRIX PRIVATE KEY). The first key is the one to sign with; further lines of Synapse's form are current
// keys too. Errors are one line, name the file, and never hold a part of a key.
func ReadKeys(path string) ([]event.SigningKey, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("signing key: %w", err)
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, keyFileLimit+1))
	if err != nil {
		return nil, fmt.Errorf("signing key: %w", err)
	}
	if len(text) > keyFileLimit {
		return nil, fmt.Errorf("signing key %q: is no key file: it is over %d bytes long", path, keyFileLimit)
	}
	keys, err := parseKeys(text)
	if err != nil {
		return nil, fmt.Errorf("signing key %q: %w", path, err)
	}
	return keys, nil
}

func parseKeys(text []byte) ([]event.SigningKey, error) {
	if bytes.Contains(text, []byte("-----BEGIN")) {
		key, err := parsePEMKey(text)
		return []event.SigningKey{key}, err
	}
	var keys []event.SigningKey
	for i, line := range strings.Split(string(text), "\n") {
		fields := strings.Fields(line)
		if len(fields) == 0 {
			continue
		}
		if len(fields) != 3 {
			return nil, fmt.Errorf("line %d: has %d words, not the three of \"ed25519 VERSION SEED\"", i+1, len(fields))
		}
		seed, _, err := event.DecodeBase64(fields[2])
		if err != nil {
			return nil, fmt.Errorf("line %d: the seed is not base64", i+1)
		}
		key, err := newKey(fields[0]+":"+fields[1], seed)
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", i+1, err)
		}
		keys = append(keys, key)
	}
	if len(keys) == 0 {
		return nil, errors.New("holds no key")
	}
	return keys, nil
}

func parsePEMKey(text []byte) (event.SigningKey, error) {
	other := ""
	for {
		block, rest := pem.Decode(text)
		switch {
		case block == nil && other != "":
			return event.SigningKey{}, fmt.Errorf("holds a PEM block %q, not %q", clip(other), pemKeyType)
		case block == nil:
			return event.SigningKey{}, errors.New("holds no complete PEM block")
		case block.Type != pemKeyType:
			other, text = block.Type, rest
			continue
		}
		id := block.Headers["Key-ID"]
		if id == "" {
			return event.SigningKey{}, errors.New("the PEM block has no Key-ID")
		}
		return newKey(id, block.Bytes)
	}
}

func newKey(id string, seed []byte) (event.SigningKey, error) {
	if err := checkKeyID(id); err != nil {
		return event.SigningKey{}, err
	}
	if len(seed) != ed25519.SeedSize {
		return event.SigningKey{}, fmt.Errorf("the seed has %d bytes, not %d", len(seed), ed25519.SeedSize)
	}
	return event.SigningKey{ID: id, Private: ed25519.NewKeyFromSeed(seed)}, nil
}

// checkKeyID errs unless id is "ed25519:" and a version of letters, digits and underscores.
// Spec: server-server, Publishing Keys.
func checkKeyID(id string) error {
	algorithm, version, ok := strings.Cut(id, ":")
	if !ok || algorithm != "ed25519" {
		return fmt.Errorf("key ID %q: is not of the algorithm ed25519", clip(id))
	}
	for i := range len(version) {
		if c := version[i]; !isDNSByte(c) && c != '_' || c == '-' || c == '.' {
			return fmt.Errorf("key ID %q: the version holds something other than letters, digits and '_'", clip(id))
		}
	}
	if version == "" {
		return fmt.Errorf("key ID %q: has no version", id)
	}
	return nil
}

// KeyLine gives key as a line of Synapse's key file, with its newline. It holds the private key.
func KeyLine(key event.SigningKey) []byte {
	return []byte(strings.Replace(key.ID, ":", " ", 1) + " " + event.EncodeBase64(key.Private.Seed()) + "\n")
}

// WriteKey writes key to a new file in Synapse's form, readable by its owner only. It never overwrites a file.
func WriteKey(path string, key event.SigningKey) error {
	err := safely.WriteBytes(path, safely.Options{Mode: safely.Private}, KeyLine(key))
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("signing key %q: the file exists; it is not overwritten", path)
	}
	if err != nil {
		return fmt.Errorf("signing key: %w", err)
	}
	return nil
}

const (
	keyValidity    = 24 * time.Hour
	minKeyValidity = time.Hour
)

// KeyDocument makes the signed key document of id as JSON, valid until now + validity: a day when that is zero, and
// never less than the hour a publisher has to leave. Spec: server-server, Publishing Keys.
func KeyDocument(id Identity, now time.Time, validity time.Duration) ([]byte, error) {
	if validity == 0 {
		validity = keyValidity
	}
	type key struct {
		Key string `json:"key"`
	}
	keys := append([]event.SigningKey{id.Key}, id.Others...)
	verify := map[string]key{}
	for _, k := range keys {
		verify[k.ID] = key{event.EncodeBase64(k.Public())}
	}
	doc, err := json.Marshal(struct {
		OldVerifyKeys struct{}       `json:"old_verify_keys"`
		ServerName    string         `json:"server_name"`
		ValidUntil    int64          `json:"valid_until_ts"`
		VerifyKeys    map[string]key `json:"verify_keys"`
	}{ServerName: id.ServerName, ValidUntil: now.Add(max(validity, minKeyValidity)).UnixMilli(), VerifyKeys: verify})
	if err != nil {
		return nil, fmt.Errorf("make the key document: %w", err)
	}
	for _, k := range keys {
		if doc, err = event.SignJSON(doc, id.ServerName, k); err != nil {
			return nil, fmt.Errorf("sign the key document: %w", err)
		}
	}
	return doc, nil
}
