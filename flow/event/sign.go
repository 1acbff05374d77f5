package event

import (
	"cmp"
	"crypto/ed25519"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// A Signature is one entry of the signatures of an event or another JSON object.
type Signature struct {
	Server, KeyID string
	Base64        string // as written
	Bytes         []byte // decoded; nil when not base64
}

// Signatures returns the signatures in the order of their servers and key IDs. What is not a string under an object
// under an object is left out.
func (e *Event) Signatures() []Signature { return signaturesIn(e.signatures.of(e.raw)) }

func signaturesIn(value []byte) []Signature {
	if sig, ok := soleSignature(value); ok {
		return []Signature{sig}
	}
	return allSignatures(value)
}

func allSignatures(value []byte) []Signature {
	var all []Signature
	servers := objectReader{src: value}
	for s, ok := servers.next(); ok; s, ok = servers.next() {
		entries := value[s.start:s.end]
		keys := objectReader{src: entries}
		for k, ok := keys.next(); ok; k, ok = keys.next() {
			if text, ok := String(entries[k.start:k.end]); ok {
				all = append(all, newSignature(s.key(value), k.key(entries), text))
			}
		}
	}
	slices.SortFunc(all, func(a, b Signature) int {
		return cmp.Or(cmp.Compare(a.Server, b.Server), cmp.Compare(a.KeyID, b.KeyID))
	})
	return all
}

func newSignature(server, keyID, text string) Signature {
	sig := Signature{Server: server, KeyID: keyID, Base64: text}
	if b, _, err := DecodeBase64(text); err == nil {
		sig.Bytes = b
	}
	return sig
}

// soleSignature reads what nearly every event has: {"SERVER":{"KEY ID":"BASE64"}}, without escapes and white space.
// false where value, which is JSON, is anything else.
func soleSignature(value []byte) (Signature, bool) {
	texts := string(value)
	server, rest, ok := cutString(texts, `{"`, `":`)
	if !ok || !utf8.ValidString(texts) {
		return Signature{}, false
	}
	keyID, rest, ok := cutString(rest, `{"`, `":`)
	if !ok {
		return Signature{}, false
	}
	text, rest, ok := cutString(rest, `"`, `"`)
	if !ok || rest != "}}" {
		return Signature{}, false
	}
	return newSignature(server, keyID, text), true
}

// cutString returns the string between begin and end at the start of s, where that has no escapes, and what follows.
func cutString(s, begin, end string) (text, rest string, ok bool) {
	if s, ok = strings.CutPrefix(s, begin); !ok {
		return "", "", false
	}
	quote := strings.IndexByte(s, '"')
	if quote < 0 || strings.IndexByte(s[:quote], '\\') >= 0 {
		return "", "", false
	}
	rest, ok = strings.CutPrefix(s[quote:], end)
	return s[:quote], rest, ok
}

// Verify reports whether sig is a signature of e by the holder of key, in crypto/ed25519's verdict. It looks at
// sig.Bytes alone; whether the key is the one that server and key ID stand for is the caller's to know.
func (e *Event) Verify(sig Signature, key ed25519.PublicKey) bool {
	t := tapes.Get().(*tape)
	t.out = e.AppendSignedBytes(t.out[:0])
	ok := verify(key, t.out, sig.Bytes)
	t.release()
	return ok
}

// verify is ed25519.Verify that does not panic on a key of the wrong length.
func verify(key ed25519.PublicKey, message, sig []byte) bool {
	return NewChecker(key).Verify(message, sig)
}

// A SigningKey is an ed25519 key with its Matrix key ID, "ed25519:VERSION".
type SigningKey struct {
	ID      string
	Private ed25519.PrivateKey
}

// Public returns the public half; nil when the private key has not the length of one.
func (k SigningKey) Public() ed25519.PublicKey {
	if len(k.Private) != ed25519.PrivateKeySize {
		return nil
	}
	return k.Private.Public().(ed25519.PublicKey)
}

// sign returns the signature of message as it is written in JSON.
func (k SigningKey) sign(message []byte) ([]byte, error) {
	if len(k.Private) != ed25519.PrivateKeySize {
		return nil, fmt.Errorf("signing key %q has %d bytes, not %d", k.ID, len(k.Private), ed25519.PrivateKeySize)
	}
	return Quote(EncodeBase64(ed25519.Sign(k.Private, message))), nil
}

// Sign returns e with server's signature by key added, in place of one by that key ID; other signatures and all other
// bytes stay. Spec: server-server, signing events.
func (e *Event) Sign(server string, key SigningKey) (*Event, error) {
	sig, err := key.sign(e.SignedBytes())
	if err != nil {
		return nil, err
	}
	signed, err := addSignature(e.raw, e.signatures.of(e.raw), server, Member{Key: key.ID, Value: sig})
	if err != nil {
		return nil, err
	}
	return Parse(e.version, signed)
}

// addSignature returns obj with one signature more in its signatures, which are there now.
func addSignature(obj, there []byte, server string, sig Member) ([]byte, error) {
	own, _ := find(there, server)
	own, err := setIn(own, sig)
	if err != nil {
		return nil, err
	}
	there, err = setIn(there, Member{Key: server, Value: own})
	if err != nil {
		return nil, err
	}
	return Edit(obj, []Member{{Key: "signatures", Value: there}})
}

// SignJSON returns the JSON object with a signature added under signatures (key documents, X-Matrix, third-party
// invites); all other bytes stay as they were. It errs as JSONSignedBytes does, or when the key is none.
// Spec: appendices, Signing JSON.
func SignJSON(obj []byte, server string, key SigningKey) ([]byte, error) {
	message, err := JSONSignedBytes(obj)
	if err != nil {
		return nil, err
	}
	sig, err := key.sign(message)
	if err != nil {
		return nil, err
	}
	there, _ := find(obj, "signatures")
	return addSignature(obj, there, server, Member{Key: key.ID, Value: sig})
}

// JSONSignedBytes returns what a signature of obj covers: canonical, without signatures and unsigned. It errs
// (*SyntaxError) when obj is no object, cannot be read in one way only, or what is signed has no strict canonical form.
func JSONSignedBytes(obj []byte) ([]byte, error) {
	t, err := readObject(obj, keepNumbers)
	defer t.release()
	if err != nil {
		return nil, err
	}
	for c := t.nodes[0].first; c != 0; c = t.nodes[c].next {
		n := &t.nodes[c]
		n.field = fieldOf(t.key(c))
		if t.odd == 0 || n.field == fieldSignatures || n.field == fieldUnsigned {
			continue
		}
		for _, at := range oddNumbers(obj[n.start:n.end], 1) {
			at += int(n.start)
			end, _, _ := scanNumber(obj, at)
			return nil, fail(BadNumber, at, "%s", badNumber(obj[at:end])).in(obj)
		}
	}
	return t.appendFields(make([]byte, 0, len(obj)), ^setOf(fieldSignatures, fieldUnsigned), nil, ""), nil
}

// JSONSignatures lists the signatures obj carries, as Event.Signatures does; nil when obj cannot be read.
func JSONSignatures(obj []byte) []Signature {
	t, err := readObject(obj, keepNumbers)
	defer t.release()
	if err != nil {
		return nil
	}
	there, _ := find(obj, "signatures")
	return signaturesIn(there)
}

// VerifyJSON reports whether sig is a signature of obj by the holder of key; false also when obj has no strict
// canonical form.
func VerifyJSON(obj []byte, sig Signature, key ed25519.PublicKey) bool {
	message, err := JSONSignedBytes(obj)
	return err == nil && verify(key, message, sig.Bytes)
}
