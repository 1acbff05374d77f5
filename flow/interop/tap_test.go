package interop

import (
	"fmt"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"doorstep/flow"
	"doorstep/flow/interop/homeserver"
	"doorstep/flow/recording"
	"doorstep/flow/tap"
	"doorstep/flow/verify"
	"doorstep/flow/watch"
)

// tapped is a tap where a homeserver's name leads, before that homeserver.
func tapped(t *testing.T, s *homeserver.Server, over chan<- *watch.Join) *tap.Standing {
	t.Helper()
	certificate, key := s.CertificateFiles()
	stands, err := tap.Open(t.Context(), tap.Options{Tool: "doorstep test", Listen: s.Name,
		Upstream: "https://" + s.Listens(), CertFile: certificate, KeyFile: key, CAFile: s.Authority.File, FetchKeys: true, Private: true,
		Quiet: 2 * time.Second, OnOver: func(j *watch.Join) { over <- j }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(stands.Close)
	return stands
}

// TestTap has a Synapse and a Dendrite join each other's rooms of every version through taps, which see nothing wrong:
// every signature verifies, the joining server's own too, and the recordings say the same.
func TestTap(t *testing.T) {
	t.Parallel()
	authority := homeserver.NewAuthority(t)
	dendrite := homeserver.Start(t, homeserver.Dendrite, authority, homeserver.Behind(t))
	synapse := homeserver.Start(t, homeserver.Synapse, authority, homeserver.Behind(t))
	over := map[*homeserver.Server]chan *watch.Join{dendrite: make(chan *watch.Join, 100),
		synapse: make(chan *watch.Join, 100)}
	for s, c := range over {
		tapped(t, s, c)
	}
	users := []*homeserver.User{dendrite.Register(t, "alice"), synapse.Register(t, "bob")}
	for i, host := range users {
		guest := users[1-i]
		t.Run(guest.Server.Software.Name+" joins "+host.Server.Software.Name, func(t *testing.T) {
			t.Parallel()
			versions := map[string]string{} // by room
			for n := 1; n <= 12; n++ {
				version := strconv.Itoa(n)
				room := host.CreateRoom(t, homeserver.Room{Version: version, Preset: "public_chat", Alias: "tap" + version})
				versions[room] = version
				guest.Join(t, host.Alias("tap"+version), host.Server.Name)
				if got := host.Membership(t, room, guest.ID); got != "join" {
					t.Errorf("version %s: membership %q", version, got)
				}
			}
			for len(versions) > 0 {
				select {
				case j := <-over[host.Server]:
					room := flow.Fold(j.Trace()).RoomID
					if versions[room] == "" {
						t.Fatalf("a join of %q is over, which is none of these, or was over before", room)
					}
					passed(t, j, guest, room, versions[room])
					delete(versions, room)
				case <-time.After(time.Minute):
					t.Fatalf("no join is over of %v", versions)
				}
			}
		})
	}
}

// passed checks what a tap made of a join.
func passed(t *testing.T, j *watch.Join, guest *homeserver.User, room, version string) {
	t.Helper()
	trace := j.Trace()
	s := flow.Fold(trace)
	what := fmt.Sprintf("%s joins version %s", guest.Server.Software, version)
	if s.Outcome() != flow.Joined || s.RoomID != room || trace.Header.User != guest.ID || s.Template == nil ||
		s.Template.RoomVersion.ID != version {
		t.Errorf("%s: %s of %s by %s: %s", what, s.Outcome(), s.RoomID, trace.Header.User, s.WhyEnded())
		return
	}
	tally := s.Verification.Tally(verify.NoKind)
	if tally.Fail > 0 || tally.NotChecked > 0 || tally.Pass == 0 {
		t.Errorf("%s: checks %+v, lacking %v", what, tally, trace.Header.Imported.Missing)
	}
	if o, why, _ := s.VerifiedOutcome(); o != flow.Verified {
		t.Errorf("%s: %s: %s", what, o, why)
	}
	file := filepath.Join(t.TempDir(), "join.jsonl")
	if err := recording.Save(file, trace, false); err != nil {
		t.Fatal(err)
	}
	back, err := recording.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	if again := flow.Fold(back); again.Outcome() != s.Outcome() || again.Verification.Tally(verify.NoKind) != tally {
		t.Errorf("%s: recorded, it is %s with %+v", what, again.Outcome(), again.Verification.Tally(verify.NoKind))
	}
	t.Logf("%s: %d entries, %d checks", what, len(trace.Entries), tally.Pass)
}
