package interop

import (
	"testing"

	"doorstep/flow/interop/homeserver"
)

// Homeservers let somebody who is in the room join again, with a new event, and a leave afterwards takes them out. Who
// asks for both in one breath means to clean up after a test, not to lose a membership.
func TestKeepsAnExistingMember(t *testing.T) {
	for _, software := range homeserver.All() {
		t.Run(software.Name, func(t *testing.T) {
			authority := homeserver.NewAuthority(t)
			s := homeserver.Start(t, software, authority)
			j, alice := newJoiner(t, authority), s.Register(t, "alice")
			for _, version := range []string{"1", "6", "10", "11", "12"} {
				t.Run("version "+version, func(t *testing.T) {
					room := alice.CreateRoom(t, homeserver.Room{Version: version, Preset: "public_chat", Alias: "member" + version})
					joined(t, j.join(t, alice.Alias("member"+version)), room, version)
					r := j.join(t, alice.Alias("member"+version), append(recordedAs(software, "already-member-v"+version+".jsonl"), "--leave")...)
					if f, ok := r.finding("already-member"); !ok {
						t.Errorf("findings %v; want already-member", r.Findings)
					} else if f.Severity == "error" && r.ExitCode == 0 {
						t.Errorf("already-member is an error, and the exit code is 0")
					}
					if got := alice.Membership(t, room, j.user()); got != "join" {
						t.Errorf("--leave: on %s the membership of %s is %q, want join", software, j.user(), got)
					}
					part := j.join(t, room, append(recordedAs(software, "already-member-omit-members-v"+version+".jsonl"), "--via", s.Name, "--omit-members", "--leave")...)
					if got := alice.Membership(t, room, j.user()); got != "join" {
						t.Errorf("--omit-members --leave: on %s the membership of %s is %q, want join; findings %v", software, j.user(), got, part.Findings)
					}
					again := j.join(t, room, "--via", s.Name)
					joined(t, again, room, version)
					if _, ok := again.finding("already-member"); !ok {
						t.Errorf("without --leave: findings %v; want already-member", again.Findings)
					}
					j.join(t, room, "--via", s.Name, "--leave", "--leave")
					if got := alice.Membership(t, room, j.user()); got != "leave" {
						t.Errorf("--leave --leave: on %s the membership of %s is %q, want leave", software, j.user(), got)
					}
				})
			}
		})
	}
}
