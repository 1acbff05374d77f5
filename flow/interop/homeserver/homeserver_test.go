package homeserver

import (
	"crypto/tls"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestServesItsKeyDocumentOverTLS(t *testing.T) {
	t.Parallel()
	for _, software := range All() {
		t.Run(software.Name, func(t *testing.T) {
			s := Start(t, software, NewAuthority(t))
			t.Logf("%s %s answered %s after it was launched", software.Name, software.Version, s.Started.Round(time.Millisecond))
			resp, err := s.http.Get(s.BaseURL + "/_matrix/key/v2/server")
			if err != nil {
				t.Fatal(err)
			}
			defer resp.Body.Close()
			var document struct {
				ServerName string `json:"server_name"`
				VerifyKeys map[string]struct {
					Key string
				} `json:"verify_keys"`
				ValidUntil int64 `json:"valid_until_ts"`
			}
			if err := json.NewDecoder(resp.Body).Decode(&document); err != nil {
				t.Fatal(err)
			}
			if document.ServerName != s.Name {
				t.Errorf("server_name is %q, want %q", document.ServerName, s.Name)
			}
			if got, want := document.VerifyKeys[s.KeyID].Key, base64.RawStdEncoding.EncodeToString(s.Key); got != want {
				t.Errorf("key %s is %q, want %q", s.KeyID, got, want)
			}
			if left := time.Until(time.UnixMilli(document.ValidUntil)); left < time.Hour {
				t.Errorf("the key document is valid for another %s, want an hour or more", left)
			}

			trusting := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: NewAuthority(t).Pool}}}
			if resp, err := trusting.Get(s.BaseURL + "/_matrix/key/v2/server"); err == nil {
				resp.Body.Close()
				t.Error("a client that trusts another authority was served")
			}
		})
	}
}

func TestCreatesRoomsOfEveryVersion(t *testing.T) {
	t.Parallel()
	for _, software := range All() {
		t.Run(software.Name, func(t *testing.T) {
			s := Start(t, software, NewAuthority(t))
			alice, bob := s.Register(t, "alice"), s.Register(t, "bob")
			versions := alice.RoomVersions(t)
			t.Logf("%s creates rooms of the versions %q", software.Name, versions)
			for n := 1; n <= 12; n++ {
				version := strconv.Itoa(n)
				room := alice.CreateRoom(t, Room{
					Version: version, Preset: "public_chat", Alias: "v" + version, Name: "Version " + version,
					PowerLevels:  map[string]any{"invite": 50},
					InitialState: []State{{Type: "m.room.topic", Content: map[string]any{"topic": "twelve of them"}}},
				})
				bob.Join(t, alice.Alias("v"+version))
				alice.SetState(t, room, State{Type: "m.room.join_rules", Content: map[string]any{"join_rule": "invite"}})
				alice.Send(t, room, "m.room.message", map[string]any{"msgtype": "m.text", "body": "hello"})
				alice.Ban(t, room, bob.ID)
				want := []string{"join", "ban", ""}
				got := []string{alice.Membership(t, room, alice.ID), alice.Membership(t, room, bob.ID), alice.Membership(t, room, "@carol:"+s.Name)}
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("version %s: memberships of alice, bob and a stranger (-want +got):\n%s", version, diff)
				}
			}
		})
	}
}

// Two homeservers of different make join each other's rooms: their certificates, keys and names are such that they
// federate, so that a join of ours that fails does so for a reason of its own.
func TestFederateWithEachOther(t *testing.T) {
	t.Parallel()
	authority := NewAuthority(t)
	dendrite, synapse := Start(t, Dendrite, authority), Start(t, Synapse, authority)
	users := []*User{dendrite.Register(t, "alice"), synapse.Register(t, "bob")}
	for i, host := range users {
		guest := users[1-i]
		t.Run(guest.Server.Software.Name+" joins "+host.Server.Software.Name, func(t *testing.T) {
			for n := 1; n <= 12; n++ {
				version := strconv.Itoa(n)
				room := host.CreateRoom(t, Room{Version: version, Preset: "public_chat", Alias: "both" + version})
				guest.Join(t, host.Alias("both"+version), host.Server.Name)
				if got := host.Membership(t, room, guest.ID); got != "join" {
					t.Errorf("version %s: membership of %s on %s is %q, want join", version, guest.ID, host.Server.Software, got)
				}
			}
		})
	}
}
