package interop

import (
	"testing"

	"doorstep/flow/interop/homeserver"
)

// Homeservers let somebody who is in the room join again, with a new event, and a leave afterwards takes them out. Who
// asks for both in one breath means to clean up after a test, not to lose a membership.
func TestKeepsAnExistingMember(t *testing.T) {
	t.Parallel()
	for _, software := range homeserver.All() {
		t.Run(software.Name, func(t *testing.T) {
			t.Parallel()
			authority := homeserver.NewAuthority(t)
			s := homeserver.Start(t, software, authority)
			j, alice := newJoiner(t, authority), s.Register(t, "alice")
			for _, version := range []string{"1", "6", "10", "11", "12"} {
				t.Run("version "+version, func(t *testing.T) {
					keepsAnExistingMember(t, j, alice, version)
				})
			}
		})
	}
}

func keepsAnExistingMember(t *testing.T, j joiner, alice *homeserver.User, version string) {
	s := alice.Server
	room := alice.CreateRoom(t, homeserver.Room{Version: version, Preset: "public_chat", Alias: "member" + version})
	joined(t, j.join(t, alice.Alias("member"+version)), room, version)
	for _, c := range []struct {
		name, membership string
		flags            []string
	}{
		{"already-member", "join", []string{"--leave"}},
		{"already-member-omit-members", "join", []string{"--leave", "--omit-members"}},
		{"already-member-stays", "join", nil},
		{"already-member-leaves", "leave", []string{"--leave", "--leave"}},
	} {
		recording := recordedAs(s.Software, c.name+"-v"+version+".jsonl")
		r := j.join(t, room, append(append(recording, "--via", s.Name), c.flags...)...)
		if f, ok := r.finding("already-member"); !ok {
			t.Errorf("%q: findings %v; want already-member", c.flags, r.Findings)
		} else if f.Severity == "error" && r.ExitCode == 0 {
			t.Errorf("%q: already-member is an error, and the exit code is 0", c.flags)
		}
		if got := alice.Membership(t, room, j.user()); got != c.membership {
			t.Errorf("%q: on %s the membership of %s is %q, want %s", c.flags, s.Software, j.user(), got, c.membership)
		}
	}
}
