package interop

import (
	"strings"
	"testing"
	"time"

	"doorstep/flow/interop/homeserver"
)

// A join whose answer never came may stand or not, and only the homeserver knows. --leave ends what the join began and
// no more: where the join never arrived, an invite is still an invite afterwards.
func TestLeavesOnlyWhatItJoined(t *testing.T) {
	t.Parallel()
	for _, software := range homeserver.All() {
		t.Run(software.Name, func(t *testing.T) {
			t.Parallel()
			authority := homeserver.NewAuthority(t)
			s := homeserver.Start(t, software, authority)
			alice := s.Register(t, "alice")
			for _, version := range []string{"1", "10", "12"} {
				for _, preset := range []string{"public_chat", "private_chat"} {
					for fault := range numberOfFaults {
						if fault == keepsTheAnswer {
							continue // until the user interrupts: see isCutShort
						}
						t.Run(version+" "+preset+" "+fault.String(), func(t *testing.T) {
							leavesOnlyWhatItJoined(t, newJoiner(t, authority), alice, version, preset, fault)
						})
					}
				}
			}
		})
	}
}

func leavesOnlyWhatItJoined(t *testing.T, j joiner, alice *homeserver.User, version, preset string, fault fault) {
	s := alice.Server
	room := alice.CreateRoom(t, homeserver.Room{Version: version, Preset: preset})
	before := ""
	if preset == "private_chat" {
		before = "invite"
		end := j.wait(t, room)
		alice.Invite(t, room, j.user())
		end()
	}
	if got := alice.Membership(t, room, j.user()); got != before {
		t.Fatalf("on %s the membership of %s is %q, want %q", s.Software, j.user(), got, before)
	}
	front := newFront(t, s, "send_join", fault)
	name := strings.ReplaceAll("undo-"+preset+"-v"+version+"-"+fault.String(), " ", "-") + ".jsonl"
	r := j.join(t, room, append(recordedAs(s.Software, name), "--via", s.Name, "--resolve", front.pin, "--leave")...)
	if r.Outcome == "joined" || r.ExitCode == 0 {
		t.Errorf("outcome %s, exit code %d, and nobody confirmed the join", r.Outcome, r.ExitCode)
	}
	want := before
	if fault.reaches() {
		want = "leave"
	}
	got := alice.Membership(t, room, j.user())
	if got == "" && want == "leave" { // a busy homeserver may not have taken the join: then it must not come later
		t.Logf("%s did not take the join of version %s, %s, %s", s.Software, version, preset, fault)
		time.Sleep(2 * time.Second)
		got, want = alice.Membership(t, room, j.user()), ""
	}
	if got != want {
		t.Errorf("afterwards on %s the membership of %s is %q, want %q", s.Software, j.user(), got, want)
	}
}
