package event

import (
	"bytes"
	"iter"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func TestAccessors(t *testing.T) {
	raw := ` {"type":"m.room.member","state_key":"@b\u003ax","sender":"@a:x","room_id":"!r:x","depth":7,"origin_server_ts":1700000000001,` +
		`"event_id":"$e:x","auth_events":[["$1:x",{"sha256":"QUFB"}],["$2:x",{}],["$3:x"],"$4:x",[5,{}]],` +
		`"prev_events":[["$9:x",{"sha256":"!"}]],"content":{"member\u0073hip":"jo\u0069n","n":[ 1 ]},"hashes":{"sha256":"QUFB="}} `
	e := parse(t, version(t, "2"), raw)
	key, isState := e.StateKey()
	membership, _ := e.Content("membership")
	n, _ := e.Content("n")
	sender, _ := e.Field("sender")
	claimed, _ := e.ClaimedContentHash()
	for name, c := range map[string]struct{ got, want any }{
		"raw":        {string(e.Raw()), raw},
		"version":    {e.Version().ID, "2"},
		"ID":         {e.ID(), "$e:x"},
		"type":       {e.Type(), "m.room.member"},
		"state key":  {key, "@b:x"},
		"state":      {isState, true},
		"sender":     {e.Sender(), "@a:x"},
		"room":       {e.RoomID(), "!r:x"},
		"time":       {e.OriginServerTS(), int64(1700000000001)},
		"depth":      {e.Depth(), int64(7)},
		"auth":       {e.AuthEvents(), []string{"$1:x", "$2:x"}},
		"prev":       {e.PrevEvents(), []string{"$9:x"}},
		"references": {e.AuthReferences(), []Reference{{"$1:x", []byte("AAA")}, {"$2:x", nil}}},
		"no base64":  {e.PrevReferences(), []Reference{{"$9:x", nil}}},
		"membership": {e.Membership(), "join"},
		"content":    {string(membership) + string(n), `"jo\u0069n"[ 1 ]`},
		"field":      {string(sender), `"@a:x"`},
		"claim":      {string(claimed), "AAA"},
	} {
		if diff := cmp.Diff(c.want, c.got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
	if _, ok := e.ContentString("n"); ok {
		t.Error("an array is a string")
	}
	if _, ok := e.Content("x"); ok {
		t.Error("content has what it has not")
	}
	if _, ok := e.Field("x"); ok {
		t.Error("the event has what it has not")
	}
}

// A field of the wrong type gives the zero value, and spoils no other.
func TestWrongTypes(t *testing.T) {
	fields := []string{"event_id", "type", "state_key", "sender", "room_id", "depth", "origin_server_ts", "auth_events",
		"prev_events", "content", "hashes", "signatures"}
	good := map[string]string{"type": `"m.room.member"`, "state_key": `"k"`, "sender": `"s"`, "room_id": `"r"`,
		"depth":            "1",
		"origin_server_ts": "2", "event_id": `"e"`, "content": `{"membership":"join"}`, "hashes": `{"sha256":"QQ"}`,
		"signatures": `{"a":{"b":"c"}}`, "auth_events": `[["$a",{}]]`, "prev_events": `[["$p",{}]]`}
	type view struct {
		ID, Type, Key, Sender, Room, Membership string
		State, Claims                           bool
		TS, Depth                               int64
		Auth, Prev                              []string
		Signatures                              int
	}
	look := func(e *Event) view {
		key, state := e.StateKey()
		_, claims := e.ClaimedContentHash()
		return view{e.ID(), e.Type(), key, e.Sender(), e.RoomID(), e.Membership(), state, claims, e.OriginServerTS(),
			e.Depth(),
			e.AuthEvents(), e.PrevEvents(), len(e.Signatures())}
	}
	v := version(t, "1")
	for _, bad := range fields {
		for _, value := range []string{"null", "true", "1.5", "99999999999999999999", "7", `"x"`, `[1,null]`, `{"a":[]}`,
			`[]`, `{}`, `""`, "absent"} {
			for _, order := range [][]string{fields, slices.Collect(reversed(fields))} {
				var members []string
				for _, f := range order {
					switch {
					case f != bad:
						members = append(members, `"`+f+`":`+good[f])
					case value != "absent":
						members = append(members, `"`+f+`":`+value)
					}
				}
				got := look(parse(t, v, "{"+strings.Join(members, ",")+"}"))
				want := view{"e", "m.room.member", "k", "s", "r", "join", true, true, 2, 1, []string{"$a"}, []string{"$p"}, 1}
				text := map[string]string{`"x"`: "x"}[value]
				whole := map[string]int64{"7": 7}[value]
				switch bad {
				case "type":
					want.Type, want.Membership = text, ""
				case "state_key":
					want.Key, want.State = text, value[0] == '"'
				case "sender":
					want.Sender = text
				case "room_id":
					want.Room = text
				case "event_id":
					want.ID = text
				case "depth":
					want.Depth = whole
				case "origin_server_ts":
					want.TS = whole
				case "auth_events":
					want.Auth = nil
				case "prev_events":
					want.Prev = nil
				case "content":
					want.Membership = ""
				case "hashes":
					want.Claims = false
				case "signatures":
					want.Signatures = 0
				}
				if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
					t.Errorf("%s = %s: %s", bad, value, diff)
				}
			}
		}
	}
}

func TestNoTextIsLost(t *testing.T) {
	e := parse(t, version(t, "1"), `{"type":"t","state_key":7,"room_id":"r","event_id":"e"}`)
	if e.ID() != "e" || e.RoomID() != "r" || e.Type() != "t" || e.Sender() != "" {
		t.Errorf("ID %q, room %q, type %q, sender %q", e.ID(), e.RoomID(), e.Type(), e.Sender())
	}
}

func reversed(s []string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for _, v := range slices.Backward(s) {
			if !yield(v) {
				return
			}
		}
	}
}

// What is shown is what was hashed, however the event is spelled.
func TestShownBytes(t *testing.T) {
	e := parse(t, version(t, "10"), `{"unsigned":{"a":1},"z":1.50,"content":{"membership":"join","x":"\u0041"},"type":"m.room.member", "signatures":{},"hashes":{"sha256":"QQ"},"origin":"o"}`)
	if got, want := string(e.ContentHashBytes()), `{"content":{"membership":"join","x":"A"},"origin":"o","type":"m.room.member","z":1.50}`; got != want {
		t.Errorf("content hash covers %s", got)
	}
	if got, want := string(e.SignedBytes()), `{"content":{"membership":"join"},"hashes":{"sha256":"QQ"},"origin":"o","type":"m.room.member"}`; got != want {
		t.Errorf("signed are %s", got)
	}
	if got := e.AppendSignedBytes([]byte("before")); string(got) != "before"+string(e.SignedBytes()) {
		t.Errorf("appended %s", got)
	}
	if got, want := string(e.Redacted().Raw()), `{"content":{"membership":"join"},"hashes":{"sha256":"QQ"},"origin":"o","signatures":{},"type":"m.room.member","unsigned":{"a":1}}`; got != want {
		t.Errorf("redacted is %s", got)
	}
	other := parse(t, version(t, "10"), string(e.CanonicalBytes()))
	if other.ContentHash() != e.ContentHash() || other.ID() != e.ID() || !bytes.Equal(other.CanonicalBytes(),
		other.Raw()) {
		t.Error("the canonical spelling is another event")
	}
}

func TestHashKeepsOtherHashes(t *testing.T) {
	for in, want := range map[string]string{
		`{"a":1}`:                                 `"hashes":{"sha256":"`,
		`{"hashes":{"x":1,"sha256":"QQ","y":2}}`:  `"hashes":{"x":1,"sha256":"`,
		`{"hashes":null}`:                         `"hashes":{"sha256":"`,
		`{"content":{"n":1.5},"signatures":{}}`:   `"hashes":{"sha256":"`,
		`{"h\u0061shes":{"sha\u0032\u00356":""}}`: `"h\u0061shes":{"sha\u0032\u00356":"`,
	} {
		e, err := Hash(version(t, "10"), []byte(in))
		if err != nil {
			t.Errorf("%s: %v", in, err)
			continue
		}
		sum := e.ContentHash()
		if claimed, ok := e.ClaimedContentHash(); !ok || !bytes.Equal(claimed, sum[:]) || !strings.Contains(string(e.Raw()),
			want) {
			t.Errorf("%s became %s", in, e.Raw())
		}
	}
	if _, err := Hash(version(t, "10"), []byte(`[]`)); err == nil {
		t.Error("hashed an array")
	}
}
