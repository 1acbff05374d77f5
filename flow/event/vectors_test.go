package event

import (
	"bytes"
	"crypto/ed25519"
	"fmt"
	"strings"
	"testing"
)

// The appendix's key. Its last base64 digit has stray low bits, which decoders must let pass.
const (
	appendixSeed   = "YJDBA9Xnr2sVqXD9Vj7XVUnmFZcZrlw8Md7kMW+3XA1"
	appendixPublic = "XGX0JRS2Af3be3knz2fBiRbApjm2Dh61gXDJA8kcJNI"
)

func appendixKey(t testing.TB) SigningKey {
	t.Helper()
	seed, canonical, err := DecodeBase64(appendixSeed)
	if err != nil || canonical {
		t.Fatalf("seed: canonical %v, %v", canonical, err)
	}
	key := SigningKey{ID: "ed25519:1", Private: ed25519.NewKeyFromSeed(seed)}
	if got := EncodeBase64(key.Public()); got != appendixPublic {
		t.Fatalf("public key %s, want %s", got, appendixPublic)
	}
	return key
}

func version(t testing.TB, id string) *Version {
	t.Helper()
	v, ok := Lookup(id)
	if !ok {
		t.Fatalf("no version %q", id)
	}
	return v
}

func parse(t testing.TB, v *Version, raw string) *Event {
	t.Helper()
	e, err := Parse(v, []byte(raw))
	if err != nil {
		t.Fatalf("%v in %s", err, raw)
	}
	return e
}

// Spec: appendices, cryptographic test vectors, JSON signing.
func TestAppendixSignedJSON(t *testing.T) {
	key := appendixKey(t)
	for _, c := range []struct{ obj, sig string }{
		{`{}`, "K8280/U9SSy9IVtjBuVeLr+HpOB4BQFWbg+UZaADMtTdGYI7Geitb76LTrr5QV/7Xg4ahLwYGYZzuHGZKM5ZAQ"},
		{`{"one":1,"two":"Two"}`, "KqmLSbO39/Bzb0QIYE82zqLwsA+PDzYIpIRA2sRQ4sL53+sN6/fpNSoqE7BP7vBZhG6kYdD13EIMJpvhJI+6Bw"},
	} {
		signed, err := SignJSON([]byte(c.obj), "domain", key)
		if err != nil {
			t.Fatal(err)
		}
		sigs := JSONSignatures(signed)
		if len(sigs) != 1 || sigs[0].Server != "domain" || sigs[0].KeyID != "ed25519:1" || sigs[0].Base64 != c.sig {
			t.Errorf("%s: got %+v", signed, sigs)
		} else if !VerifyJSON(signed, sigs[0], key.Public()) {
			t.Errorf("%s does not verify", signed)
		}
	}
}

// Spec: appendices, cryptographic test vectors, event signing. The IDs and the signature of v11 were computed by other
// means.
func TestAppendixEvents(t *testing.T) {
	const minimal = `{"room_id":"!x:domain","sender":"@a:domain","origin":"domain","origin_server_ts":1000000,"signatures":{},"hashes":{},"type":"X","content":{},"prev_events":[],"auth_events":[],"depth":3,"unsigned":{"age_ts":1000000}}`
	const message = `{"content":{"body":"Here is the message content"},"event_id":"$0:domain","hashes":{},"origin":"domain","origin_server_ts":1000000,"type":"m.room.message","room_id":"!r:domain","sender":"@u:domain","signatures":{},"unsigned":{"age_ts":1000000}}`
	const v1sig = "KxwGjPSDEtvnFgU00fwFz+l6d2pJM6XBIaMEn81SXPTRl16AqLAYqfIReFGZlHi5KLjAWbOoMszkwsQma+lYAg"
	const v11sig = "Jxp+1glFcZM+nnHpY0EkedRR7u0VmKsJYGnQqIvqus3UvL5X/p1y6wSkLhGoTBel6MZ9lrMIzUqrjqFquWJKBw"
	const hash = "5jM4wQpv6lnBo7CLIghJuHdW+s2CMBJPUOGOC89ncos"
	for _, c := range []struct{ version, raw, hash, sig, id string }{
		{"1", minimal, hash, v1sig, ""},
		{"3", minimal, hash, v1sig, "$8yif6p8EqgoSten2BLje9ntKm720NyFLWQv9tn8memc"},
		{"4", minimal, hash, v1sig, "$8yif6p8EqgoSten2BLje9ntKm720NyFLWQv9tn8memc"},
		{"10", minimal, hash, v1sig, "$8yif6p8EqgoSten2BLje9ntKm720NyFLWQv9tn8memc"},
		{"11", minimal, hash, v11sig, "$70O_oKlXzFbkfu0KE88USi98DjSWrOELrPj-8tisl8I"},
		{"12", minimal, hash, v11sig, "$70O_oKlXzFbkfu0KE88USi98DjSWrOELrPj-8tisl8I"},
		{"1", message, "onLKD1bGljeBWQhWZ1kaP9SorVmRQNdN5aM2JYU2n/g",
			"Wm+VzmOUOz08Ds+0NTWb1d4CZrVsJSikkeRxh6aCcUwu6pNC78FunoD7KNWzqFn241eYHYMGCA5McEiVPdhzBA", "$0:domain"},
	} {
		key := appendixKey(t)
		e, err := Hash(version(t, c.version), []byte(c.raw))
		if err != nil {
			t.Fatal(err)
		}
		if e, err = e.Sign("domain", key); err != nil {
			t.Fatal(err)
		}
		sum := e.ContentHash()
		claimed, ok := e.ClaimedContentHash()
		if got := EncodeBase64(sum[:]); got != c.hash || !ok || !bytes.Equal(claimed, sum[:]) {
			t.Errorf("v%s: content hash %s, claimed %x; want %s", c.version, got, claimed, c.hash)
		}
		sigs := e.Signatures()
		if len(sigs) != 1 || sigs[0].Base64 != c.sig || !e.Verify(sigs[0], key.Public()) {
			t.Errorf("v%s: signatures %+v, want %s", c.version, sigs, c.sig)
		}
		if e.ID() != c.id {
			t.Errorf("v%s: ID %s, want %s", c.version, e.ID(), c.id)
		}
	}
}

// One hash, two spellings: "/" and "+" in v3 are "_" and "-" in v4.
func TestEventIDSpelling(t *testing.T) {
	seen := map[string]bool{}
	for ts := range 200 {
		text := fmt.Sprintf(`{"type":"X","room_id":"!r:domain","sender":"@a:domain","content":{},"depth":1,"origin_server_ts":%d,"auth_events":[],"prev_events":[]}`, ts)
		v3, v4 := parse(t, version(t, "3"), text).ID(), parse(t, version(t, "4"), text).ID()
		if want := strings.NewReplacer("/", "_", "+", "-").Replace(v3); v4 != want {
			t.Fatalf("v4 ID %s, want %s", v4, want)
		}
		for _, c := range []string{"/", "+"} {
			seen[c] = seen[c] || strings.Contains(v3, c)
		}
	}
	if !seen["/"] || !seen["+"] {
		t.Errorf("no ID of 200 held both letters that differ: %v", seen)
	}
}

// A v12 room is named by its create event's reference hash; a create event that brings a room_id names itself.
func TestRoomIDOfCreate(t *testing.T) {
	const create = `{"type":"m.room.create","state_key":"","sender":"@a:domain","content":{"room_version":"12"},"depth":1,"origin_server_ts":1,"auth_events":[],"prev_events":[]}`
	e := parse(t, version(t, "12"), create)
	if want := "!" + e.ID()[1:]; e.RoomID() != want {
		t.Errorf("room ID %s, want %s", e.RoomID(), want)
	}
	with, err := Edit(e.Raw(), []Member{{Key: "room_id", Value: []byte(`"!own:choice"`)}})
	if err != nil {
		t.Fatal(err)
	}
	if smuggled := parse(t, e.Version(), string(with)); smuggled.RoomID() != "!own:choice" || smuggled.ID() == e.ID() {
		t.Errorf("create with a room_id: room %s, ID %s", smuggled.RoomID(), smuggled.ID())
	}
}
