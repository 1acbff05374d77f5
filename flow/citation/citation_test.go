package citation

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParse(t *testing.T) {
	const api = specification + "server-server-api/"
	for cited, want := range map[string][]Place{
		"server-server: Joining Rooms":                {{"server-server: Joining Rooms", api + "#joining-rooms"}},
		"server-server: Joining Rooms, GET make_join": {{"server-server: Joining Rooms, GET make_join", api + "#get_matrixfederationv1make_joinroomiduserid"}},
		"server-server: Joining Rooms (403)":          {{"server-server: Joining Rooms (403)", api + "#joining-rooms"}},
		"server-server: Checks performed on receipt of a PDU, 3": {
			{"server-server: Checks performed on receipt of a PDU, 3", api + "#checks-performed-on-receipt-of-a-pdu"}},
		"server-server: TLS, Retrieving server keys; RFC 8446: Error alerts": {
			{"server-server: TLS", api + "#tls"}, {"server-server: Retrieving server keys", api + "#retrieving-server-keys"},
			{"RFC 8446: Error alerts", "https://www.rfc-editor.org/rfc/rfc8446"}},
		"server-server: Request Authentication; Resolving server names": {
			{"server-server: Request Authentication", api + "#request-authentication"},
			{"server-server: Resolving server names", api + "#resolving-server-names"}},
		"matrix-org/synapse#2641, element-hq/synapse#17822": {
			{"matrix-org/synapse#2641", "https://github.com/matrix-org/synapse/issues/2641"},
			{"element-hq/synapse#17822", "https://github.com/element-hq/synapse/issues/17822"}},
		"room version 9; matrix-org/matrix-spec-proposals#3373": {{"room version 9", specification + "rooms/v9/"},
			{"matrix-org/matrix-spec-proposals#3373", "https://github.com/matrix-org/matrix-spec-proposals/issues/3373"}},
		"room version 12: Event format": {{"room version 12: Event format", specification + "rooms/v12/#event-format-1"}},
		"room version 1: Event format":  {{"room version 1: Event format", specification + "rooms/v1/#event-format"}},
		"room versions: Event IDs":      {{"room versions: Event IDs", specification + "rooms/v4/#event-ids"}},
		"room versions 1, 3 and 4: Event IDs": {
			{"room versions 1, 3 and 4: Event IDs", specification + "rooms/v1/#event-ids"}},
		"2015 draft: Joining Rooms": {{"2015 draft: Joining Rooms", ""}},
		"Appendices, Event IDs, all | " + specification + "x/#y; room version 9; B | " + specification + "rooms/": {
			{"Appendices, Event IDs, all", specification + "x/#y"}, {"room version 9", specification + "rooms/v9/"},
			{"B", specification + "rooms/"}},
		"Elsewhere | https://evil.example/":        {{"Elsewhere", ""}},
		"Latest | https://spec.matrix.org/latest/": {{"Latest", ""}},
	} {
		if diff := cmp.Diff(want, Parse(cited)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", cited, diff)
		}
	}
}

// Whatever is cited, no link leads anywhere but to the places that are meant for it.
func FuzzParse(f *testing.F) {
	f.Add("server-server: TLS, x; a/b#1; RFC 1")
	f.Add("A | " + specification + "rooms/ | \x1b]8;;x")
	f.Add("https://evil.example/: x; room version 99: Event IDs; \x1b]8;;x")
	f.Fuzz(func(t *testing.T, cited string) {
		for _, r := range Parse(cited) {
			ok := r.URL == ""
			for _, begins := range []string{specification, "https://github.com/", "https://www.rfc-editor.org/rfc/rfc"} {
				ok = ok || strings.HasPrefix(r.URL, begins)
			}
			if !ok || strings.ContainsFunc(r.URL, func(r rune) bool { return r <= ' ' || r > '~' }) {
				t.Errorf("%q leads to %q", cited, r.URL)
			}
		}
	})
}
