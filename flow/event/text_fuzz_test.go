package event

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"
)

// FuzzText reads and writes any text: as a JSON string it is what encoding/json says, as a token of a pointer it comes
// back, and as base64 it is what the standard library reads, in either alphabet and with or without its end.
func FuzzText(f *testing.F) {
	for _, s := range []string{"", "a/b~c~1", `"\u0000\ud83d\ude00\ud800\/"`, "\u2028\x7f\xff", "YQ==", "YQ", "-_-_", "YR", "ed25519:a", `"a`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if utf8.ValidString(text) { // the caller's business
			quoted := Quote(text)
			if back, ok := String(quoted); !ok || back != text {
				t.Fatalf("%q is quoted %s, and read as %q", text, quoted, back)
			}
			if want := referenceString(text); !bytes.Equal(quoted, want) {
				t.Fatalf("%q is quoted %s, want %s", text, quoted, want)
			}
		}
		if s, ok := String([]byte(text)); ok && json.Valid([]byte(text)) {
			var want string
			if err := json.Unmarshal([]byte(text), &want); err != nil || utf8.ValidString(text) && !strings.ContainsRune(want, '\ufffd') &&
				s != want {
				t.Fatalf("%s is read as %q, encoding/json says %q, %v", text, s, want, err)
			}
		}
		if token := PointerToken(text); PointerKey(token) != text && len(text) <= maxPointer || strings.Contains(token, "/") {
			t.Fatalf("%q is the token %q, which is %q", text, token, PointerKey(token))
		}
		b, canonical, err := DecodeBase64(text)
		plain := strings.NewReplacer("-", "+", "_", "/").Replace(strings.TrimRight(text, "="))
		want, wrong := base64.RawStdEncoding.DecodeString(plain)
		if err == nil && (wrong != nil || !bytes.Equal(b, want)) {
			t.Fatalf("%q is read as %x, want %x, %v", text, b, want, wrong)
		}
		if err == nil && canonical != (EncodeBase64(b) == text) {
			t.Fatalf("%q: canonical %v, and it is written %q", text, canonical, EncodeBase64(b))
		}
		if got, canonical, err := DecodeBase64(EncodeBase64([]byte(text))); err != nil || !canonical || string(got) != text {
			t.Fatalf("%q comes back as %q, %v", text, got, err)
		}
		server, ok := ServerName(text)
		if ok && !strings.HasSuffix(text, ":"+server) {
			t.Fatalf("%q is of %q", text, server)
		}
		if ValidUserID(text) && (text[0] != '@' || !ok || !ValidServerName(server)) {
			t.Fatalf("%q is a user ID, of %q", text, server)
		}
	})
}
