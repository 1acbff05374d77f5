package client

import (
	"encoding/json"
	"net/url"
	"slices"
	"strings"
	"testing"
)

// FuzzNames reads any text as everything that names something: what is taken is the text taken apart, and the same by
// whatever way it comes; an error is one short line.
func FuzzNames(f *testing.F) {
	for _, s := range []string{"@a:b.example", "#r:b.example:8448", "!r:[::1]", "!opaque", "https://matrix.to/#/%23r%3Ab?via=a&via=b",
		"matrix:r/r:b?via=a", "matrix://x/roomid/r:b/e/x", "a.example:8448:127.0.0.1,[::1]:80", "[::1]:1:::1", "@:b", "!é:b",
		"https://matrix.to/#/!r:b/$e?via=%zz"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		told := func(err error) {
			if err != nil && (len(err.Error()) > 2000 || strings.ContainsAny(err.Error(), "\n\x1b")) {
				t.Errorf("%q: error is no short line: %v", s, err)
			}
		}
		u, userErr := ParseUserID(s)
		a, aliasErr := ParseAlias(s)
		r, roomErr := ParseRoomID(s)
		for _, c := range []struct {
			err                   error
			id, sigil, local, far string
		}{{userErr, u.ID, "@", u.Localpart, u.Domain}, {aliasErr, a.ID, "#", a.Localpart, a.Domain},
			{roomErr, r.ID, "!", r.Opaque, r.Domain}} {
			told(c.err)
			if c.err != nil {
				continue
			}
			whole := c.sigil + c.local
			if c.far != "" {
				whole += ":" + c.far
			}
			if c.id != s || whole != s || Domain(s) != c.far {
				t.Errorf("%q is taken apart as %q and %q", s, c.local, c.far)
			}
		}
		ref, err := ParseRoomRef(s)
		told(err)
		if err == nil {
			if _, err := ParseRoomRef(ref.Room); err != nil {
				t.Errorf("%q leads to %q, which is no room: %v", s, ref.Room, err)
			}
			link := "https://matrix.to/#/" + url.PathEscape(ref.Room) + "?" + url.Values{"via": ref.Via}.Encode()
			if again, err := ParseRoomRef(link); err != nil || again.Room != ref.Room || !slices.Equal(again.Via, ref.Via) {
				t.Errorf("%q leads to %q, and %q to %q, %v", s, ref, link, again, err)
			}
		}
		if name, addresses, err := ParsePin(s); err != nil {
			told(err)
		} else if rest, ok := strings.CutSuffix(s, ":"+addresses); !ok || strings.TrimRight(rest, "0123456789") !=
			strings.TrimRight(name, "0123456789") {
			t.Errorf("pin %q is taken apart as %q and %q", s, name, addresses)
		} else if at, err := (pins{name: addresses}).find(hostAndPort(t, name)); err != nil || len(at) == 0 {
			t.Errorf("pin %q leads nowhere: %v", s, err)
		}
	})
}

func hostAndPort(t *testing.T, name string) (string, int) {
	n, err := ParseServerName(name)
	if err != nil {
		t.Fatal(err)
	}
	return n.Host, n.Port
}

// FuzzCalls reads any body as those that others send us, and any target as one of theirs: what is taken out of them is
// in them, and no token is left in a target that is masked.
func FuzzCalls(f *testing.F) {
	f.Add("PUT", "/_matrix/federation/v2/invite/!r:a/$e?access_token=secret_1&x=%20", `{"event":{"type":"m.room.member"},"room_version":"10",`+
		`"invite_room_state":[]}`)
	f.Add("PUT", "/_matrix/federation/v1/3pid/onbind", `{"mxid":"@a:b","invites":[{"room_id":"!r:a","sender":"@b:c","signed":`+
		`{"token":"t"}}]}`)
	f.Add("PUT", "/_matrix/federation/v1/invite/%21r%3Aa/$e", `{"type":"m.room.member","unsigned":{"invite_room_state":[]}}`)
	f.Add("GET", "/_matrix/federation/v1/make_join/!r:a/@b:c?ver=1&ver=2&access%5Ftoken=secret_2", `[]`)
	f.Fuzz(func(t *testing.T, method, target, body string) {
		if version, ev, shown, ok := InviteParts([]byte(body)); ok && json.Valid([]byte(body)) {
			if !json.Valid(ev) || !strings.Contains(body, string(ev)) || shown != nil && !json.Valid(shown) ||
				len(version) > len(body) {
				t.Errorf("%s: the invite %s, beside %s", body, ev, shown)
			}
		}
		if call, ok := ReadBind([]byte(body)); ok && json.Valid([]byte(body)) {
			for _, i := range call.Invites {
				if i.RoomID == "" || i.Sender == "" || !json.Valid(i.Signed) {
					t.Errorf("%s: %+v", body, i)
				}
			}
		}
		e, names := EndpointOf(method, target)
		if e == "" && names != nil {
			t.Errorf("%s %s is nothing, and names %q", method, target, names)
		}
		QueryOf(target)
		masked := MaskTarget(target)
		if again := MaskTarget(masked); again != masked {
			t.Errorf("%q masked is %q, and again %q", target, masked, again)
		}
		if token := QueryOf(masked).Get("access_token"); token != "" {
			t.Errorf("%q masked is %q, with the token %q", target, masked, token)
		}
	})
}
