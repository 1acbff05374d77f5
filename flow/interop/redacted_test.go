package interop

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"

	"doorstep/flow/interop/homeserver"
)

// Rooms whose state was redacted are ordinary, and both homeservers hand such events out as what is left of them: their
// content hashes cannot hold, and nobody tampered with anything.
func TestJoinsRedactedState(t *testing.T) {
	t.Parallel()
	for _, software := range homeserver.All() {
		t.Run(software.Name, func(t *testing.T) {
			t.Parallel()
			authority := homeserver.NewAuthority(t)
			s := homeserver.Start(t, software, authority)
			j, alice, bob := newJoiner(t, authority), s.Register(t, "alice"), s.Register(t, "bob")
			for n := 1; n <= 12; n++ {
				version := strconv.Itoa(n)
				t.Run("version "+version, func(t *testing.T) {
					room, redacted := redactedRoom(t, alice, bob, version)
					recording, flags := recordedHere(t, software, "redacted-v"+version+".jsonl")
					r := j.join(t, alice.Alias("redacted"+version), append(flags, "--strict")...)
					joined(t, r, room, version)
					tellsOfRedaction(t, r, redacted)
					tellsOfRedaction(t, verifyStrictly(t, recording), redacted)
					if got := alice.Membership(t, room, j.user()); got != "join" {
						t.Errorf("on %s the membership of %s is %q, want join", software, j.user(), got)
					}
				})
			}
		})
	}
}

// redactedRoom makes a room and redacts events of its state, and one that is in the auth chain only. It returns the IDs
// of those that lost something the hash is made of.
func redactedRoom(t *testing.T, alice, bob *homeserver.User, version string) (room string, redacted []string) {
	t.Helper()
	const levels, member = "m.room.power_levels", "m.room.member"
	room = alice.CreateRoom(t, homeserver.Room{Version: version, Preset: "public_chat", Alias: "redacted" + version,
		PowerLevels: notified(nil)})
	bob.Join(t, room)
	named := map[string]any{"membership": "join", "displayname": "Bob"}
	topic := map[string]any{"topic": "something to regret"}
	redacted = []string{
		alice.StateEventID(t, room, levels, ""),
		alice.StateEventID(t, room, member, alice.ID),
		bob.SetState(t, room, homeserver.State{Type: member, Key: bob.ID, Content: named}),
		alice.SetState(t, room, homeserver.State{Type: levels, Content: otherLevels(alice, version)}),
		alice.SetState(t, room, homeserver.State{Type: "m.room.topic", Content: topic}),
	}
	for i, id := range redacted {
		alice.Redact(t, room, id, fmt.Sprintf("reason %d", i))
	}
	rules := alice.StateEventID(t, room, "m.room.join_rules", "")
	alice.Redact(t, room, rules, "nothing to lose")
	if alice.Server.Software == homeserver.Dendrite && (version == "11" || version == "12") {
		// It still writes origin and prev_state at the top of events, and redaction drops those from version 11 on.
		redacted = append(redacted, rules)
	}
	return room, redacted
}

// notified adds to the content of an m.room.power_levels what redaction drops in every version. It is the same in every
// event: Dendrite has the creator of a version 12 room change no level of notifications.
func notified(content map[string]any) map[string]any {
	with := map[string]any{"notifications": map[string]any{"room": 20}}
	maps.Copy(with, content)
	return with
}

// otherLevels is the content of a second m.room.power_levels. From version 12 on it must not name the creator.
func otherLevels(creator *homeserver.User, version string) map[string]any {
	users := map[string]any{}
	if version != "12" {
		users[creator.ID] = 100
	}
	return notified(map[string]any{"users": users, "events": map[string]any{"m.room.name": 50}})
}

// tellsOfRedaction fails the test unless r remarks upon those events and no others, fails none, and says in a finding
// that they were redacted.
func tellsOfRedaction(t *testing.T, r report, redacted []string) {
	t.Helper()
	var remarked []string
	for _, c := range r.Checks {
		if c.ID != "content_hash" || c.Outcome == "pass" {
			continue
		}
		remarked = append(remarked, c.Subject)
		if c.Outcome != "warn" || !strings.Contains(c.Detail, "redacted") {
			t.Errorf("content_hash of %s: %s, %q; want warn, and that it was redacted", c.Subject, c.Outcome, c.Detail)
		}
	}
	slices.Sort(remarked)
	slices.Sort(redacted)
	if !slices.Equal(remarked, redacted) {
		t.Errorf("remarks upon the content hashes of\n%q\nwant\n%q", remarked, redacted)
	}
	for _, f := range r.Findings {
		if f.Severity != "info" {
			t.Errorf("finding %s (%s): %s; nothing is wrong with this room", f.ID, f.Severity, f.Title)
		}
	}
	if !slices.ContainsFunc(r.Findings, func(f finding) bool { return strings.Contains(f.ID, "redact") }) {
		t.Errorf("no finding tells of redaction: %v", r.Findings)
	}
}
