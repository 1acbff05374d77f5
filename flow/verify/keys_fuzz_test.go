package verify_test

import (
	"crypto/ed25519"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"doorstep/flow/event"
	"doorstep/flow/verify"
)

// FuzzKeys reads any key document, and any file of them: one is accepted only if a key that it lists has signed it, as
// it stands, for the server that it names.
func FuzzKeys(f *testing.F) {
	key := event.SigningKey{ID: "ed25519:1", Private: ed25519.NewKeyFromSeed(make([]byte, 32))}
	now := time.UnixMilli(1_700_000_000_000)
	doc := fmt.Sprintf(`{"server_name":"a.example","verify_keys":{"ed25519:1":{"key":%q}},"old_verify_keys":{"ed25519:0":{"key":%q,`+
		`"expired_ts":1}},"valid_until_ts":1700000001000}`, event.EncodeBase64(key.Public()), event.EncodeBase64(key.Public()))
	signed, err := event.SignJSON([]byte(doc), "a.example", key)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(signed)
	f.Add([]byte(doc))
	f.Add([]byte(`{"server_name":"A.example","verify_keys":{"ed25519:1":{"key":"x"}}}`))
	f.Add([]byte(`{"server_name":"a.example","verify_keys":[],"old_verify_keys":{"a":5}}`))
	honest, err := event.JSONSignedBytes(signed)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, doc []byte) {
		read := verify.ReadKeyDocument("a.example", doc, now, 3)
		if again := verify.ReadKeyDocument("a.example", doc, now, 3); !reflect.DeepEqual(read, again) {
			t.Fatalf("%s is another document the second time", doc)
		}
		if read.Known() != (read.Problem == "") || !read.Known() && len(read.Keys) > 0 {
			t.Fatalf("%s: known %v, %q, %v", doc, read.Known(), read.Problem, read.Keys)
		}
		if read.Known() {
			bytes, err := event.JSONSignedBytes(doc)
			vouched := false
			for _, sig := range event.JSONSignatures(doc) {
				if k, ok := read.Keys.Get(sig.KeyID); ok && sig.Server == "a.example" && !k.Old {
					vouched = vouched || event.VerifyJSON(doc, sig, k.Public)
				}
			}
			if err != nil || !vouched || verify.DocumentServer(doc) != "a.example" {
				t.Fatalf("%s is accepted: %v, %q", doc, err, verify.DocumentServer(doc))
			}
			if k, ok := read.Keys.Get("ed25519:1"); ok && k.Public.Equal(key.Public()) && string(bytes) != string(honest) {
				t.Fatalf("%s is accepted, and its key has not signed it", doc)
			}
		}
		verify.ListedKeys(doc)
		ring, err := verify.ReadKeyFile([]byte(`{"server_keys":[`+string(doc)+`]}`), now)
		if err != nil && strings.ContainsAny(err.Error(), "\n\x1b") {
			t.Fatalf("%q", err)
		}
		if of := ring.Of("a.example"); err == nil && read.Known() && json.Valid(doc) && !of.Known() {
			t.Fatalf("%s is accepted alone, and not in a file: %+v", doc, of)
		}
	})
}
