package diagnose_test

import (
	"slices"
	"testing"

	"doorstep/client"
	"doorstep/flow"
	"doorstep/flow/diagnose"
	"doorstep/flow/flowtest"
)

// Capitals in a server name are named where they may be why the server refuses, and not where it refuses for another
// reason.
func TestServerNameCase(t *testing.T) {
	asked := func(target string, via ...string) *flowtest.Script {
		return flowtest.NewScript(func(h *flow.Header) { h.Target, h.Via = target, via }).Joins()
	}
	unknown, destination := flowtest.RefusalBody("M_NOT_FOUND"), `{"errcode":"M_UNAUTHORIZED","error":"Destination mismatch in auth header, received: 'A.example'"}`
	for name, tt := range map[string]struct {
		s    *flowtest.Script
		want bool
	}{
		"alias, not found":          {asked("#r:A.example").Does(404, unknown), true},
		"alias, wrong destination":  {asked("#r:A.example").Does(401, destination), true},
		"alias in small letters":    {asked("#r:a.example").Does(404, unknown), false},
		"localpart with a capital":  {asked("#R:a.example").Does(404, unknown), false},
		"alias, server breaks down": {asked("#r:A.example").Does(500, `{"errcode":"M_UNKNOWN"}`), false},
		"via, wrong destination":    {asked("!r:a.example", "A.example").Does(401, destination), true},
		"via, room unknown":         {asked("!r:a.example", "A.example").Does(404, unknown), true},
		"via, banned":               {asked("!r:a.example", "A.example").Does(403, forbade), false},
		"via, not invited":          {asked("!r:a.example", "A.example").Does(403, uninvited), false},
		"via, no connection": {asked("!r:a.example", "A.example").Does(0, "connection refused while connecting"),
			false},
		"directory's candidate": {asked("#r:b.example").Does(200, `{"room_id":"!r:a.example","servers":["A.example"]}`).
			Does(401, destination), true},
		"document's m.server": {asked("!r:a.example", "a.example").Finds([]string{"192.0.2.3:443"},
			`*3 `+wellKnown1+` => 200, m.server "M.a.example:443", good for 24 h (the default)`).
			Gets(flowtest.SaysStatus(421, html404)), true},
		"document's m.server, and it works": {asked("!r:a.example", "a.example").
			Finds([]string{"192.0.2.3:443"}, `*3 `+wellKnown1+` => 200, m.server "M.a.example:443", good for 24 h (the default)`).
			Gets(flowtest.Says200()), false},
		"key document": {asked("!r:a.example", "a.example").Exchange(flow.R, flow.Resident, "c.example",
			client.KeysRequest(), flowtest.SaysStatus(200, `{"server_name":"C.example"}`)), true},
	} {
		t.Run(name, func(t *testing.T) {
			found := diagnose.Findings(tt.s.Trace, flow.Fold(tt.s.Trace))
			got := slices.ContainsFunc(found, func(f diagnose.Finding) bool { return f.ID == "server-name-case" })
			if got != tt.want {
				t.Errorf("named: %t, want %t; all: %+v", got, tt.want, found)
			}
			if got && flow.Fold(tt.s.Trace).Stopped != nil && found[0].ID != "server-name-case" {
				t.Errorf("%s comes first", found[0].ID)
			}
		})
	}
}
