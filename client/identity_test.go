package client

import (
	"bytes"
	"crypto/ed25519"
	"encoding/json"
	"encoding/pem"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"doorstep/flow/event"
)

func TestReadKeys(t *testing.T) {
	const seed = "YJDBA9Xnr2sVqXD9Vj7XVUnmFZcZrlw8Md7kMW+3XA1"
	const public = "XGX0JRS2Af3be3knz2fBiRbApjm2Dh61gXDJA8kcJNI" // of the specification's test vectors
	block := func(kind, id string, n int) string {
		b := &pem.Block{Type: kind, Bytes: bytes.Repeat([]byte{7}, n), Headers: map[string]string{}}
		if id != "" {
			b.Headers["Key-ID"] = id
		}
		return string(pem.EncodeToMemory(b))
	}
	for _, tt := range []struct {
		name, text string
		ids        []string
		err        string
	}{
		{name: "Synapse", text: "ed25519 a_ABCD " + seed + "\n", ids: []string{"ed25519:a_ABCD"}},
		{name: "Synapse, padded, without a newline", text: "ed25519 1 " + seed + "=", ids: []string{"ed25519:1"}},
		{name: "several lines, blank ones, line ends of Windows", text: "ed25519 1 " + seed + "\r\n\r\ned25519 2 " + seed +
			"\r\n",
			ids: []string{"ed25519:1", "ed25519:2"}},
		{name: "Dendrite", text: "-----BEGIN MATRIX PRIVATE KEY-----\nKey-ID: ed25519:c8NsuQ\n\n" + seed[:42] +
			"0=\n-----END MATRIX PRIVATE KEY-----\n",
			ids: []string{"ed25519:c8NsuQ"}},
		{name: "Dendrite behind another block", text: block("CERTIFICATE", "", 9) + block("MATRIX PRIVATE KEY", "ed25519:1",
			32), ids: []string{"ed25519:1"}},

		{name: "empty", text: "", err: "holds no key"},
		{name: "old key line", text: "ed25519 a 1500000000000 " + seed, err: "line 1: has 4 words"},
		{name: "YAML", text: "server_name: a\nx: y", err: "line 1: has 2 words"},
		{name: "algorithm", text: "curve25519 a " + seed, err: "line 1: key ID"},
		{name: "version", text: "ed25519 a-b " + seed, err: "something other than letters"},
		{name: "short seed", text: "ed25519 a AAAA", err: "line 1: the seed has 3 bytes, not 32"},
		{name: "not base64", text: "ed25519 a !!!!", err: "line 1: the seed is not base64"},
		{name: "PEM of another kind", text: block("EC PRIVATE KEY", "", 32), err: `holds a PEM block "EC PRIVATE KEY"`},
		{name: "PEM cut off", text: "-----BEGIN MATRIX PRIVATE KEY-----\nKey-ID: ed25519:1\n", err: "no complete PEM block"},
		{name: "PEM without an ID", text: block("MATRIX PRIVATE KEY", "", 32), err: "no Key-ID"},
		{name: "PEM with a bare ID", text: block("MATRIX PRIVATE KEY", "c8NsuQ", 32), err: "not of the algorithm"},
		{name: "PEM with a long key", text: block("MATRIX PRIVATE KEY", "ed25519:1", 64), err: "has 64 bytes, not 32"},
		{name: "large", text: strings.Repeat("x", 70000), err: "is no key file"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "signing.key")
			if err := os.WriteFile(path, []byte(tt.text), 0o600); err != nil {
				t.Fatal(err)
			}
			keys, err := ReadKeys(path)
			if tt.err != "" {
				if err == nil || !strings.Contains(err.Error(), tt.err) || !strings.Contains(err.Error(), "signing.key") ||
					strings.Contains(err.Error(), "\n") || strings.Contains(err.Error(), seed) {
					t.Errorf("error %v, want one line with the file and %q", err, tt.err)
				}
				return
			}
			if err != nil || len(keys) != len(tt.ids) {
				t.Fatalf("%d keys, %v", len(keys), err)
			}
			for i, key := range keys {
				if key.ID != tt.ids[i] {
					t.Errorf("key %d is %s, want %s", i, key.ID, tt.ids[i])
				}
				if got := event.EncodeBase64(key.Public()); strings.Contains(tt.text, seed[:42]) && got != public {
					t.Errorf("key %d has the public half %s", i, got)
				}
			}
		})
	}
	if _, err := ReadKeys(filepath.Join(t.TempDir(), "absent")); err == nil || !strings.Contains(err.Error(), "absent") {
		t.Errorf("absent file: %v", err)
	}
}

func TestWriteKey(t *testing.T) {
	key, err := GenerateKey()
	if err != nil || !strings.HasPrefix(key.ID, "ed25519:a_") || checkKeyID(key.ID) != nil {
		t.Fatalf("generated %q, %v", key.ID, err)
	}
	path := filepath.Join(t.TempDir(), "signing.key")
	if err := WriteKey(path, key); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 && runtime.GOOS != "windows" { // there, modes say nothing
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	keys, err := ReadKeys(path)
	if err != nil || len(keys) != 1 || keys[0].ID != key.ID || !keys[0].Private.Equal(key.Private) {
		t.Errorf("read back %v, %v", keys, err)
	}
	if err := WriteKey(path, key); err == nil || !strings.Contains(err.Error(), "not overwritten") {
		t.Errorf("second write: %v", err)
	}
	if err := WriteKey(filepath.Join(path, "below"), key); err == nil {
		t.Error("wrote below a file")
	}
	block := &pem.Block{Type: pemKeyType, Headers: map[string]string{"Key-ID": key.ID}, Bytes: key.Private.Seed()}
	back, err := parseKeys(pem.EncodeToMemory(block))
	if err != nil || back[0].ID != key.ID || !back[0].Private.Equal(key.Private) {
		t.Errorf("Dendrite's form read back as %v, %v", back, err)
	}
}

func TestKeyDocument(t *testing.T) {
	id := testIdentity(t, "joining.example:8448")
	second, err := GenerateKey()
	if err != nil {
		t.Fatal(err)
	}
	id.Others = []event.SigningKey{second}
	for asked, want := range map[time.Duration]time.Duration{
		0: 24 * time.Hour, time.Minute: time.Hour, -time.Hour: time.Hour, 48 * time.Hour: 48 * time.Hour,
	} {
		raw, err := KeyDocument(*id, testNow, asked)
		if err != nil {
			t.Fatal(err)
		}
		var doc struct {
			ServerName    string                       `json:"server_name"`
			ValidUntil    int64                        `json:"valid_until_ts"`
			VerifyKeys    map[string]map[string]string `json:"verify_keys"`
			OldVerifyKeys map[string]any               `json:"old_verify_keys"`
		}
		if err := json.Unmarshal(raw, &doc); err != nil {
			t.Fatal(err)
		}
		if doc.ServerName != id.ServerName || doc.ValidUntil != testNow.Add(want).UnixMilli() || doc.OldVerifyKeys == nil ||
			len(doc.VerifyKeys) != 2 {
			t.Errorf("validity %v: %s", asked, raw)
		}
		sigs := event.JSONSignatures(raw)
		if len(sigs) != 2 {
			t.Fatalf("%d signatures on %s", len(sigs), raw)
		}
		for _, sig := range sigs {
			key, _, err := event.DecodeBase64(doc.VerifyKeys[sig.KeyID]["key"])
			if err != nil || sig.Server != id.ServerName || !event.VerifyJSON(raw, sig, ed25519.PublicKey(key)) {
				t.Errorf("signature by %s does not verify", sig.KeyID)
			}
		}
	}
}

func FuzzParseKeys(f *testing.F) {
	f.Add([]byte("ed25519 a_ABCD YJDBA9Xnr2sVqXD9Vj7XVUnmFZcZrlw8Md7kMW+3XA1\n"))
	f.Add([]byte("-----BEGIN MATRIX PRIVATE KEY-----\nKey-ID: ed25519:1\n\nAAAA\n-----END MATRIX PRIVATE KEY-----\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		keys, err := parseKeys(text)
		if err != nil {
			return
		}
		for _, key := range keys {
			back, err := parseKeys(KeyLine(key))
			if err != nil || back[0].ID != key.ID || !back[0].Private.Equal(key.Private) {
				t.Errorf("%s written and read again: %v", key.ID, err)
			}
		}
	})
}
