package event

import (
	"bytes"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// joinIn returns a member event of the version as a joining server builds it, hashed and signed.
func joinIn(t testing.TB, v *Version, key SigningKey) *Event {
	t.Helper()
	ref := func(n int) string {
		digits := strings.Repeat(fmt.Sprint(n), 43)
		if v.HashPairs {
			return fmt.Sprintf(`["$%d:resident",{"sha256":%q}]`, n, EncodeBase64(bytes.Repeat([]byte{byte(n)}, 32)))
		}
		return `"$` + digits[:42] + `0"`
	}
	room := "!room:resident"
	if v.RoomIDIsCreate {
		room = "!" + strings.Repeat("r", 42) + "o"
	}
	raw := fmt.Sprintf(`{"type":"m.room.member", "room_id":%q,"sender":"@us:joining","state_key":"@us:joining",`+
		`"content":{"membership":"join","displayname":"U\u0073 \/ \ud83d\udc08"},"depth":12,"origin_server_ts":1700000000000,`+
		`"auth_events":[%s,%s],"prev_events":[%s]`, room, ref(1), ref(2), ref(3))
	if v.IDs == IDChosen {
		raw += `,"event_id":"$ours:joining"`
	}
	e, err := Hash(v, []byte(raw+"}"))
	if err != nil {
		t.Fatal(err)
	}
	if e, err = e.Sign("joining", key); err != nil {
		t.Fatal(err)
	}
	return e
}

func TestRoundTrip(t *testing.T) {
	key := appendixKey(t)
	other := SigningKey{ID: "ed25519:2", Private: ed25519.NewKeyFromSeed(bytes.Repeat([]byte{7}, 32))}
	for _, v := range Versions() {
		t.Run("v"+v.ID, func(t *testing.T) {
			e := joinIn(t, v, key)
			if p := e.Problems(); p != nil {
				t.Errorf("problems: %v", p)
			}
			e, err := e.Sign("resident", other)
			if err != nil {
				t.Fatal(err)
			}
			var servers []string
			for _, sig := range e.Signatures() {
				servers = append(servers, sig.Server+" "+sig.KeyID)
				public := map[string]ed25519.PublicKey{"joining": key.Public(), "resident": other.Public()}
				for server, key := range public {
					if e.Verify(sig, key) != (server == sig.Server) {
						t.Errorf("signature of %s with the key of %s: %v", sig.Server, server, e.Verify(sig, key))
					}
				}
			}
			if diff := cmp.Diff([]string{"joining ed25519:1", "resident ed25519:2"}, servers); diff != "" {
				t.Error(diff)
			}
			again, err := e.Sign("joining", key)
			if err != nil || !bytes.Equal(again.Raw(), e.Raw()) {
				t.Errorf("signing again changed %s to %s, %v", e.Raw(), again.Raw(), err)
			}
			sum := e.ContentHash()
			if claimed, ok := e.ClaimedContentHash(); !ok || !bytes.Equal(claimed, sum[:]) {
				t.Errorf("claims %x, is %x", claimed, sum)
			}
			if !strings.Contains(string(e.Raw()), `"displayname":"U\u0073 \/ \ud83d\udc08"`) {
				t.Errorf("bytes did not stay: %s", e.Raw())
			}
		})
	}
}

// Every byte of a signed event is changed in turn, to several others each. What redaction keeps breaks the signature;
// what it does not breaks the content hash alone; and what neither covers breaks neither.
func TestEveryChangeIsFound(t *testing.T) {
	key := appendixKey(t)
	for _, id := range []string{"1", "3", "10", "11", "12"} {
		v := version(t, id)
		e := joinIn(t, v, key)
		raw := bytes.Replace(e.CanonicalBytes(), []byte(`,"type"`), []byte(`,"spare":"s","type"`), 1)
		raw = bytes.Replace(raw, []byte(`"type":"m.room.member"`), []byte(`"type":"m.room.member","unsigned":{"age":1}`), 1)
		e, err := Hash(v, raw)
		if err != nil {
			t.Fatal(err)
		}
		if e, err = e.Sign("joining", key); err != nil {
			t.Fatal(err)
		}
		raw = e.Raw()
		public, sig := key.Public(), e.Signatures()[0]
		tried := map[string]int{}
		for i := range raw {
			for _, flip := range []byte{0x01, 0x02, 0x10, 0x20} {
				changed := bytes.Clone(raw)
				changed[i] ^= flip
				m, err := Parse(v, changed)
				if err != nil {
					tried["unreadable"]++
					continue
				}
				if bytes.Equal(m.CanonicalBytes(), e.CanonicalBytes()) {
					tried["same value"]++ // \u0073 and the like: no change at all
					continue
				}
				where := coverage(e, m)
				tried[where]++
				signed, hashed := m.Verify(sig, public), m.ContentHash() == e.ContentHash()
				if wantSigned, wantHashed := !strings.Contains(where, "signature"), !strings.Contains(where,
					"hash"); signed != wantSigned || hashed != wantHashed {
					t.Fatalf("v%s: %s\nchanged at %d (%s): signature holds %v, content hash %v", id, changed, i, where, signed, hashed)
				}
				if v.IDs != IDChosen && (m.ID() == e.ID()) != signed {
					t.Fatalf("v%s: %s: ID unchanged %v, signature holds %v", id, changed, m.ID() == e.ID(), signed)
				}
			}
		}
		for _, where := range []string{"signature hash", "hash", "signature", "neither", "unreadable"} {
			if tried[where] < 10 {
				t.Errorf("v%s: only %d changes of kind %q, of %v", id, tried[where], where, tried)
			}
		}
	}
}

// coverage says by what the difference of a and b is covered. It reads both with encoding/json, and knows one event: a
// member's.
func coverage(a, b *Event) string {
	decode := func(e *Event) map[string]any {
		var m map[string]any
		d := json.NewDecoder(bytes.NewReader(e.Raw()))
		d.UseNumber()
		if err := d.Decode(&m); err != nil {
			panic(err)
		}
		return m
	}
	x, y := decode(a), decode(b)
	found := map[string]bool{}
	historical := a.version.ID != "11" && a.version.ID != "12"
	for _, m := range []map[string]any{x, y} {
		for key := range m {
			if cmp.Equal(x[key], y[key]) {
				if (x[key] == nil) == (y[key] == nil) {
					continue
				}
			}
			switch key {
			case "unsigned", "signatures":
				continue
			case "hashes":
				found["signature"] = true
				continue
			case "content":
				found["hash"] = true
				cx, _ := x[key].(map[string]any)
				cy, _ := y[key].(map[string]any)
				if !cmp.Equal(cx["membership"], cy["membership"]) || x["type"] != y["type"] || (cx == nil) != (cy == nil) {
					found["signature"] = true
				}
				continue
			case "origin", "membership", "prev_state":
				found["hash"] = true
				if historical {
					found["signature"] = true
				}
				continue
			}
			found["hash"] = true
			for _, kept := range []string{"event_id", "type", "room_id", "sender", "state_key", "depth", "prev_events",
				"auth_events", "origin_server_ts"} {
				if key == kept {
					found["signature"] = true
				}
			}
		}
	}
	switch {
	case found["signature"] && found["hash"]:
		return "signature hash"
	case found["signature"]:
		return "signature"
	case found["hash"]:
		return "hash"
	}
	return "neither"
}

func TestVerifyOddKeysAndSignatures(t *testing.T) {
	key := appendixKey(t)
	e := joinIn(t, version(t, "10"), key)
	good := e.Signatures()[0]
	for name, c := range map[string]struct {
		sig []byte
		key ed25519.PublicKey
	}{
		"no signature":    {nil, key.Public()},
		"short signature": {good.Bytes[:63], key.Public()},
		"long signature":  {append(bytes.Clone(good.Bytes), 0), key.Public()},
		"no key":          {good.Bytes, nil},
		"short key":       {good.Bytes, key.Public()[:31]},
		"long key":        {good.Bytes, append(bytes.Clone(key.Public()), 0)},
		"zero key":        {good.Bytes, make([]byte, 32)},
		"zero signature":  {make([]byte, 64), key.Public()},
	} {
		if e.Verify(Signature{Bytes: c.sig}, c.key) || VerifyJSON([]byte(`{}`), Signature{Bytes: c.sig}, c.key) {
			t.Errorf("%s: verified", name)
		}
	}
	if !e.Verify(good, key.Public()) {
		t.Error("the good one does not verify")
	}
	for _, private := range []ed25519.PrivateKey{nil, make([]byte, 32)} {
		bad := SigningKey{ID: "ed25519:1", Private: private}
		if _, err := e.Sign("x", bad); err == nil {
			t.Error("signed an event with no key")
		}
		if _, err := SignJSON([]byte(`{}`), "x", bad); err == nil {
			t.Error("signed JSON with no key")
		}
		if bad.Public() != nil {
			t.Error("half a key has a public one")
		}
	}
}

func TestSignaturesListed(t *testing.T) {
	raw := `{"signatures":{"b":{"ed25519:2":"QQ","ed25519:1":"QQ=="},"a":{"x":"no base64!","y":7},"c":[],"d":"QQ"}}`
	want := []Signature{
		{Server: "a", KeyID: "x", Base64: "no base64!"},
		{Server: "b", KeyID: "ed25519:1", Base64: "QQ==", Bytes: []byte("A")},
		{Server: "b", KeyID: "ed25519:2", Base64: "QQ", Bytes: []byte("A")},
	}
	if diff := cmp.Diff(want, parse(t, version(t, "1"), raw).Signatures()); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(want, JSONSignatures([]byte(raw))); diff != "" {
		t.Error(diff)
	}
	for _, none := range []string{`{}`, `{"signatures":[]}`, `{"signatures":null}`, `[]`,
		`{"signatures":{},"signatures":{}}`, `{`} {
		if got := JSONSignatures([]byte(none)); got != nil {
			t.Errorf("%s: %v", none, got)
		}
	}
}

func TestSignJSON(t *testing.T) {
	key := appendixKey(t)
	for _, c := range []struct{ name, in, want string }{ // SIG stands for the signature made
		{"added at the end", `{"b" : 1, "a":2 }`, `{"b" : 1, "a":2,"signatures":{"domain":{"ed25519:1":"SIG"}} }`},
		{"next to others", `{"signatures":{"other":{"k":"s"}},"a":1}`,
			`{"signatures":{"other":{"k":"s"},"domain":{"ed25519:1":"SIG"}},"a":1}`},
		{"next to another key's", `{"signatures":{"domain":{"k":"s"}}}`,
			`{"signatures":{"domain":{"k":"s","ed25519:1":"SIG"}}}`},
		{"in place of an older one", `{"signatures":{"domain":{"ed25519:1":"old","k":"s"}}}`,
			`{"signatures":{"domain":{"ed25519:1":"SIG","k":"s"}}}`},
		{"in place of what is none", `{"signatures":[1],"a":1}`, `{"signatures":{"domain":{"ed25519:1":"SIG"}},"a":1}`},
		{"unsigned is not covered", `{"unsigned":{"age":1.5}}`,
			`{"unsigned":{"age":1.5},"signatures":{"domain":{"ed25519:1":"SIG"}}}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			signed, err := SignJSON([]byte(c.in), "domain", key)
			if err != nil {
				t.Fatal(err)
			}
			message, err := JSONSignedBytes([]byte(c.in))
			if err != nil {
				t.Fatal(err)
			}
			sig := EncodeBase64(ed25519.Sign(key.Private, message))
			if want := strings.Replace(c.want, "SIG", sig, 1); string(signed) != want {
				t.Errorf("got %s, want %s", signed, want)
			}
			made := Signature{}
			for _, s := range JSONSignatures(signed) {
				if s.Server == "domain" && s.KeyID == key.ID {
					made = s
				}
			}
			if !VerifyJSON(signed, made, key.Public()) {
				t.Error("does not verify")
			}
			changed, err := Edit(signed, []Member{{Key: "more", Value: []byte(`0`)}})
			if err != nil || VerifyJSON(changed, made, key.Public()) {
				t.Errorf("verifies after a change: %v", err)
			}
		})
	}
	for _, in := range []string{`[]`, `"x"`, `{"a":1.5}`, `{"a":-0}`, `{"a":1,"a":1}`, `{`, ``} {
		if signed, err := SignJSON([]byte(in), "domain", key); err == nil {
			t.Errorf("signed %s: %s", in, signed)
		}
		if VerifyJSON([]byte(in), Signature{Bytes: make([]byte, 64)}, key.Public()) {
			t.Errorf("%s verifies", in)
		}
	}
	var syntax *SyntaxError
	if _, err := JSONSignedBytes([]byte(`{"unsigned":[1.5],"a":[0,"1.5",2.5]}`)); !errors.As(err,
		&syntax) || syntax.Path != "/a/2" || syntax.Kind != BadNumber {
		t.Errorf("got %v", err)
	}
}

func TestConcurrentUse(t *testing.T) {
	key := appendixKey(t)
	e := joinIn(t, version(t, "12"), key)
	sig, signed := e.Signatures()[0], string(e.SignedBytes())
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 50 {
				if !e.Verify(sig, key.Public()) || string(e.SignedBytes()) != signed || len(e.AuthEvents()) != 2 ||
					e.Problems() != nil || e.Redacted().ID() != e.ID() || e.Membership() != "join" {
					t.Error("another answer with other readers running")
					return
				}
			}
		})
	}
	all.Wait()
}

// signatureTexts are what stands under signatures: the plain case, and what comes close to it.
var signatureTexts = []string{
	`{"a.example":{"ed25519:1":"AQ"}}`, `{"a.example":{"ed25519:1":"AQ"}} `, `{"a.example":{"ed25519:1":"AQ=="}}`,
	`{"a.example":{"ed25519:1":""}}`, `{"":{"":""}}`, `{}`, `{"a.example":{}}`, `{"a.example":{"ed25519:1":1}}`,
	`{"a.example":{"ed25519:1":"A\u0051"}}`, `{"a\".example":{"ed25519:1":"AQ"}}`, `{"a.example":{"ed25519\/:1":"AQ"}}`,
	`{"a.example":{"ed25519:1":"AQ","ed25519:2":"AQ"}}`, `{"a.example":{"ed25519:1":"AQ"},"b.example":{"ed25519:1":"AQ"}}`,
	"{\"a.example\":{\"ed25519:1\":\"A\xff\"}}", "{\"a.\xffexample\":{\"ed25519:1\":\"AQ\"}}", `"a.example":{"ed25519:1":"AQ"}`,
	`{"a.example":"ed25519:1":"AQ"}}`, `{"a.example":[{"ed25519:1":"AQ"}]}`,
}

// The short way of reading a single signature finds what the long one does.
func TestSoleSignature(t *testing.T) {
	short := 0
	for _, text := range signatureTexts {
		sig, ok := soleSignature([]byte(text))
		if !ok || !Valid([]byte(text)) {
			continue
		}
		short++
		if all := allSignatures([]byte(text)); len(all) != 1 || !reflect.DeepEqual(all[0], sig) {
			t.Errorf("%s: %+v, the long way %+v", text, sig, all)
		}
	}
	if short != 4 {
		t.Errorf("%d of the texts were read the short way", short)
	}
}

// Canonical base64 is what EncodeBase64 gives again.
func TestCanonicalBase64(t *testing.T) {
	const digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
	for _, start := range []string{"", "A", "AB", "ABC", "ABCDE", "ABCDEF"} {
		for _, last := range digits {
			for _, padding := range []string{"", "=", "=="} {
				s := start + string(last) + padding
				b, canonical, err := DecodeBase64(s)
				if err == nil && canonical != (EncodeBase64(b) == s) {
					t.Errorf("%q: canonical %t", s, canonical)
				}
			}
		}
	}
}
