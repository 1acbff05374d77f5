package interop

import (
	"strconv"
	"strings"
	"testing"

	"doorstep/flow/interop/homeserver"
)

// Who joins a room that was replaced is told so, and which room took its place.
func TestTellsOfAReplacedRoom(t *testing.T) {
	t.Parallel()
	for _, software := range homeserver.All() {
		t.Run(software.Name, func(t *testing.T) {
			t.Parallel()
			authority := homeserver.NewAuthority(t)
			s := homeserver.Start(t, software, authority)
			j, alice := newJoiner(t, authority), s.Register(t, "alice")
			for n := 1; n <= 12; n++ {
				version := strconv.Itoa(n)
				t.Run("version "+version, func(t *testing.T) {
					room := alice.CreateRoom(t, homeserver.Room{Version: version, Preset: "public_chat", Alias: "old" + version})
					other := alice.CreateRoom(t, homeserver.Room{Version: version, Preset: "public_chat"})
					alice.SetState(t, room, tombstone(map[string]any{"body": "we have moved", "replacement_room": other}))
					r := j.join(t, alice.Alias("old"+version), recordedAs(software, "tombstone-v"+version+".jsonl")...)
					joined(t, r, room, version)
					j.joinsReplacement(t, r, other, version)
				})
			}
			t.Run("upgraded", func(t *testing.T) {
				room := alice.CreateRoom(t, homeserver.Room{Version: "10", Preset: "public_chat", Alias: "upgraded"})
				other := alice.Upgrade(t, room, "12")
				r := j.join(t, room, append(recordedAs(software, "upgraded-v10.jsonl"), "--via", s.Name)...)
				joined(t, r, room, "10")
				j.joinsReplacement(t, r, other, "12")
				joined(t, j.join(t, alice.Alias("upgraded")), other, "12") // the alias has moved along
			})
		})
	}
}

// A tombstone that names no room, or that was redacted, replaces the room by none that could be joined.
func TestTombstoneWithoutReplacement(t *testing.T) {
	t.Parallel()
	for _, software := range homeserver.All() {
		t.Run(software.Name, func(t *testing.T) {
			t.Parallel()
			authority := homeserver.NewAuthority(t)
			s := homeserver.Start(t, software, authority)
			j, alice := newJoiner(t, authority), s.Register(t, "alice")
			for _, version := range []string{"10", "12"} {
				for name, content := range map[string]map[string]any{
					"redacted": {"body": "we have moved", "replacement_room": "!elsewhere:" + s.Name},
					"closed":   {"body": "closed for good"},
				} {
					if name == "closed" && software == homeserver.Synapse {
						continue // it answers 400, "Content has no replacement_room key"
					}
					t.Run(name+" "+version, func(t *testing.T) {
						room := alice.CreateRoom(t, homeserver.Room{Version: version, Preset: "public_chat", Alias: name + version})
						id := alice.SetState(t, room, tombstone(content))
						if name == "redacted" {
							alice.Redact(t, room, id, "not yet")
						}
						r := j.join(t, alice.Alias(name+version), recordedAs(software, "tombstone-"+name+"-v"+version+".jsonl")...)
						joined(t, r, room, version)
						for _, f := range r.Findings {
							if strings.Contains(f.text(), "!elsewhere") {
								t.Errorf("finding %s names a room that the tombstone does not name (any more): %s", f.ID, f.text())
							}
						}
					})
				}
			}
		})
	}
}

func tombstone(content map[string]any) homeserver.State {
	return homeserver.State{Type: "m.room.tombstone", Content: content}
}

// joinsReplacement fails the test unless r names the room that took the place of the one joined, with a command that
// joins it.
func (j joiner) joinsReplacement(t *testing.T, r report, other, version string) {
	t.Helper()
	f, ok := r.finding("room-replaced")
	if !ok || !strings.Contains(f.text(), other) || len(f.Try) == 0 {
		t.Errorf("findings %v; want room-replaced with a command for %s: %s", r.Findings, other, f.text())
		return
	}
	joined(t, j.tries(t, f.Try[0]), other, version)
}
