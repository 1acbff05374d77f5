package redact_test

import (
	"bytes"
	"errors"
	"regexp"
	"slices"
	"strings"
	"testing"

	"doorstep/flow/flowtest"
	"doorstep/flow/recording"
	"doorstep/flow/redact"
)

// odd is a recording with a name in every place that has one, also where none belongs.
const odd = `{"doorstep_recording":1,"created":"2026-01-01T00:00:00Z","tool":"secret.example 1","source":"secret.example",` +
	`"title":"a talk with @eve:secret.example","joining":"secret.example","user_id":"@eve:secret.example",` +
	`"target":"#talk:other.example","form":"current","send_to":"same","via":["https://secret.example/x"],"like":"secret.example",` +
	`"key_id":"ed25519:secret_one","verify_key":"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8","left_out":["secret.example"]}
{"seq":1,"at":1,"kind":"request","step":"A2","from":"joining","to":"directory","server":"other.example","endpoint":` +
	`"secret.example","method":"EVE","target":"/x/%40eve%3Asecret.example/10.1.2.3?via=[2001:470::1]:1","header":[{"name":` +
	`"X-secret.example","value":"@eve:secret.example"},{"name":"Authorization","value":"X-Matrix origin=secret.example,` +
	`key=\"ed25519:secret_one\",sig=\"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8AAQIDBAUGBwgJCgsMDQ4P\""}],` +
	`"body":"{\"secret.example\":[\"{\\\"a\\\":\\\"@eve:secret.example\\\"}\"],\"content\":{\"@eve:secret.example\":1}}"}
{"seq":2,"at":2,"kind":"failure","step":"A3","from":"directory","to":"joining","answers":1,"status":502,"reason":` +
	`"secret.example","body":"<p>10.1.2.3 of secret.example: @eve:secret.example","failure":{"kind":"tls","message":` +
	`"certificate: valid for *.secret.example, not for other.example"},"connection":{"address":"10.1.2.3:8448","tls":` +
	`{"certificates":[{"subject":"CN=secret.example,O=Eve","issuer":"CN=Eve","names":["*.secret.example","10.1.2.3"],` +
	`"not_before":"2026-01-01T00:00:00Z","not_after":"2026-01-01T00:00:00Z","sha256":` +
	`"000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"}]},"timings":{}}}
{"seq":3,"at":3,"kind":"secret.example","with":"@eve:secret.example"}
`

// ending is the end of a pseudonym of a host.
var ending = regexp.MustCompile(`^(?:s?erver|rver|ver|er|r)?_?\d*\.example(?::\d+)?$`)

// FuzzTrace redacts whatever can be read: it can be read again, redacting that changes nothing, and no name is left.
func FuzzTrace(f *testing.F) {
	f.Add([]byte(odd))
	var b bytes.Buffer
	if err := recording.Write(&b, flowtest.SomeTrace()); err != nil {
		f.Fatal(err)
	}
	f.Add(b.Bytes())
	f.Fuzz(func(t *testing.T, file []byte) {
		trace, err := recording.Read(bytes.NewReader(file))
		if err != nil && !errors.Is(err, recording.ErrTruncated) {
			return
		}
		whole := written(t, trace)
		once := written(t, redact.Trace(trace, "doorstep test"))
		again := reread(t, once)
		if twice := written(t, redact.Trace(again, "doorstep test")); !bytes.Equal(once, twice) {
			t.Errorf("redacted twice:\n%s\n%s", once, twice)
		}
		names := slices.DeleteFunc(flowtest.Secrets(t, whole), func(s string) bool {
			// A word of the protocol may be anybody's name as well; it is left where it is a word. So is the
			// end of a pseudonym.
			return strings.HasPrefix(s, "prose ") || ending.MatchString(s) || !strings.ContainsAny(s, ".@#!$") || len(s) < 6
		})
		for _, s := range flowtest.Leaks(t, once, names) {
			t.Errorf("%q is still in it:\n%s\n%s", s, whole, once)
		}
	})
}
