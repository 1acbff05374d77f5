package flow

import (
	"slices"
	"testing"

	"doorstep/client"
)

// Capitals in a server name are named where they may be why the server refuses, and not where it refuses for another reason.
func TestServerNameCase(t *testing.T) {
	asked := func(target string, via ...string) *script {
		return newScript(func(h *Header) { h.Target, h.Via = target, via }).joins()
	}
	unknown, destination := refusalBody("M_NOT_FOUND"), `{"errcode":"M_UNAUTHORIZED","error":"Destination mismatch in auth header, received: 'A.example'"}`
	for name, tt := range map[string]struct {
		s    *script
		want bool
	}{
		"alias, not found":          {asked("#r:A.example").does(404, unknown), true},
		"alias, wrong destination":  {asked("#r:A.example").does(401, destination), true},
		"alias in small letters":    {asked("#r:a.example").does(404, unknown), false},
		"localpart with a capital":  {asked("#R:a.example").does(404, unknown), false},
		"alias, server breaks down": {asked("#r:A.example").does(500, `{"errcode":"M_UNKNOWN"}`), false},
		"via, wrong destination":    {asked("!r:a.example", "A.example").does(401, destination), true},
		"via, room unknown":         {asked("!r:a.example", "A.example").does(404, unknown), true},
		"via, banned":               {asked("!r:a.example", "A.example").does(403, forbade), false},
		"via, not invited":          {asked("!r:a.example", "A.example").does(403, uninvited), false},
		"via, no connection":        {asked("!r:a.example", "A.example").does(0, "connection refused while connecting"), false},
		"directory's candidate":     {asked("#r:b.example").does(200, `{"room_id":"!r:a.example","servers":["A.example"]}`).does(401, destination), true},
		"document's m.server": {asked("!r:a.example", "a.example").finds([]string{"192.0.2.3:443"}, `*3 `+wellKnown1+` => 200, m.server "M.a.example:443", good for 24 h (the default)`).
			gets(saysStatus(421, html404)), true},
		"document's m.server, and it works": {asked("!r:a.example", "a.example").finds([]string{"192.0.2.3:443"}, `*3 `+wellKnown1+` => 200, m.server "M.a.example:443", good for 24 h (the default)`).
			gets(says200()), false},
		"key document": {asked("!r:a.example", "a.example").exchange(R, Resident, "c.example", client.KeysRequest(), saysStatus(200, `{"server_name":"C.example"}`)), true},
	} {
		t.Run(name, func(t *testing.T) {
			found := Findings(tt.s.trace)
			got := slices.ContainsFunc(found, func(f Finding) bool { return f.ID == "server-name-case" })
			if got != tt.want {
				t.Errorf("named: %t, want %t; all: %+v", got, tt.want, found)
			}
			if got && Fold(tt.s.trace).Stopped != nil && found[0].ID != "server-name-case" {
				t.Errorf("%s comes first", found[0].ID)
			}
		})
	}
}
