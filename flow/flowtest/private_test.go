package flowtest

import (
	"crypto/ed25519"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"net/url"
	"slices"
	"testing"
)

// A private key is found in whatever spelling it stands, whole or cut; its public half, and another key, are none of
// it.
func TestFindPrivate(t *testing.T) {
	seed := []byte("\xfb\xef\xbe every alphabet differs \xff\xfa\xf5~~>?"[:ed25519.SeedSize])
	key := ed25519.NewKeyFromSeed(seed)
	ps := []Private{{"the key", seed}, {"a token", []byte("syt_swordfish_of_alice")}}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	b64 := base64.StdEncoding.EncodeToString(seed)
	inJSON, err := json.Marshal(`{"k":"` + b64 + `/"}`)
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"raw": "x" + string(seed) + "x", "hex": hex.EncodeToString(seed), "HEX": fmt.Sprintf("%X", seed),
		"base64": b64, "unpadded": base64.RawStdEncoding.EncodeToString(seed), "URL": base64.URLEncoding.EncodeToString(seed),
		"escaped": url.QueryEscape(b64), "escaped raw": url.PathEscape(string(seed)), "JSON in JSON": string(inJSON),
		"cut": b64[:20] + "…", "the end": "…" + b64[20:], "both halves": base64.StdEncoding.EncodeToString(key),
		"PEM":      string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})),
		"coloured": spread(b64, "\x1b[1;31m", "\n  \x1b[0m"), "broken": spread(b64, "\r\n", " "),
		"of Go": fmt.Sprintf("%x", key), "one byte before": base64.StdEncoding.EncodeToString(append([]byte("a"), seed...)),
		"two bytes before": base64.StdEncoding.EncodeToString(append([]byte("ab"), seed...)),
	} {
		if got := FindPrivate(text, ps); !slices.Equal(got, []string{"the key"}) {
			t.Errorf("%s: %q in %q", name, got, text)
		}
	}
	if got := FindPrivate("?access_token=syt_swordfish%5Fof_alice", ps); !slices.Equal(got, []string{"a token"}) {
		t.Errorf("of a token: %q", got)
	}
	public := base64.StdEncoding.EncodeToString(key[ed25519.SeedSize:])
	if got := FindPrivate(public+hex.EncodeToString(key[ed25519.SeedSize:])+"syt_sword oX", ps); got != nil {
		t.Errorf("nothing of it is here: %q", got)
	}
}

// spread puts what stands between in turns between every six characters of a text.
func spread(text string, between ...string) (out string) {
	for i := 0; i < len(text); i += 6 {
		out += text[i:min(i+6, len(text))] + between[i/6%len(between)]
	}
	return out
}
