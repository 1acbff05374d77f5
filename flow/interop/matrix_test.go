package interop

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"doorstep/client/freeport"
	"doorstep/flow/interop/homeserver"
)

// What needs no more than a homeserver, a joining server, and a user who makes rooms.
func TestJoinsOneServer(t *testing.T) {
	t.Parallel()
	for _, software := range homeserver.All() {
		t.Run(software.Name, func(t *testing.T) {
			t.Parallel()
			authority := homeserver.NewAuthority(t)
			s := homeserver.Start(t, software, authority)
			j, alice := newJoiner(t, authority), s.Register(t, "alice")
			for _, c := range []struct {
				name string
				test func(*testing.T, *homeserver.Server, joiner, *homeserver.User)
			}{
				{"next candidate", asksTheNextCandidate},
				{"encoding", joinsWithIDsThatNeedEncoding},
				{"not found", isNotFound},
				{"invite", joinsByInvite},
				{"cut short", isCutShort},
				{"waived certificate", isBannedBehindACertificate},
				{"unusual user IDs", joinsWithUnusualUserIDs},
			} {
				t.Run(c.name, func(t *testing.T) { c.test(t, s, j, alice) })
			}
		})
	}
}

// ended is how a run ended: outcome, exit code, and the first finding.
func ended(r report) string {
	s := fmt.Sprintf("%s %d", r.Outcome, r.ExitCode)
	if len(r.Findings) > 0 {
		s += " " + r.Findings[0].ID
	}
	return s
}

// asksTheNextCandidate: one that nobody serves is left for the next.
func asksTheNextCandidate(t *testing.T, s *homeserver.Server, j joiner, alice *homeserver.User) {
	room := alice.CreateRoom(t, homeserver.Room{Version: "11", Preset: "public_chat"})
	dead := fmt.Sprintf("127.0.0.1:%d", freeport.Port(t))
	r := j.join(t, room, "--via", dead, "--via", s.Name, "--leave")
	joined(t, r, room, "11")
	tried := false
	for _, step := range r.Steps {
		tried = tried || step.Server == dead && step.Error != ""
	}
	if !tried {
		t.Errorf("%s was not tried first", dead)
	}
	if got := alice.Membership(t, room, j.user()); got != "leave" {
		t.Errorf("on %s the membership of %s is %q, want leave", s.Software, j.user(), got)
	}
}

// joinsWithIDsThatNeedEncoding: IDs that need encoding wherever they stand in a path or a query.
func joinsWithIDsThatNeedEncoding(t *testing.T, s *homeserver.Server, j joiner, alice *homeserver.User) {
	for i, c := range []struct{ alias, user string }{
		{"50%+ä/ö?&=#x", "@you:"},
		{"%2F%25", "@a/b=c+d-e.f_g:"},
		{"😀'\"<>|^`{}", "@/:"},
	} {
		room := alice.CreateRoom(t, homeserver.Room{Version: "10", Preset: "public_chat", Alias: c.alias})
		user := c.user + j.name
		var recording []string
		if i == 0 {
			recording = recordedAs(s.Software, "encoded.jsonl")
		}
		joined(t, j.join(t, alice.Alias(c.alias), append(recording, "--user", user)...), room, "10")
		if got := alice.Membership(t, room, user); got != "join" {
			t.Errorf("%s: on %s the membership of %s is %q, want join", c.alias, s.Software, user, got)
		}
		joined(t, j.join(t, room, "--via", s.Name, "--user", user, "--leave", "--leave"), room, "10")
		if got := alice.Membership(t, room, user); got != "leave" {
			t.Errorf("%s: on %s the membership of %s is %q, want leave", c.alias, s.Software, user, got)
		}
	}
}

// isNotFound: what does not exist is not found, an alias, a room.
func isNotFound(t *testing.T, s *homeserver.Server, j joiner, alice *homeserver.User) {
	if got := ended(j.join(t, alice.Alias("nobody"), recordedAs(s.Software, "unknown-alias.jsonl")...)); got != "refused 1 alias-not-found" {
		t.Errorf("unknown alias: %s", got)
	}
	want := map[*homeserver.Software]string{homeserver.Synapse: "refused 1 room-unknown", homeserver.Dendrite: "refused 1 bare-internal-error"}[s.Software]
	if got := ended(j.join(t, "!nowhere:"+s.Name, "--via", s.Name)); got != want {
		t.Errorf("unknown room: %s, want %s", got, want)
	}
}

// isBannedBehindACertificate: what its user waived is not why the join stopped.
func isBannedBehindACertificate(t *testing.T, s *homeserver.Server, j joiner, alice *homeserver.User) {
	room := alice.CreateRoom(t, homeserver.Room{Version: "10", Preset: "public_chat"})
	alice.Ban(t, room, j.user())
	j.authority = homeserver.NewAuthority(t).File
	r := j.join(t, room, append(recordedAs(s.Software, "banned-insecure.jsonl"), "--via", s.Name, "--insecure")...)
	if got := ended(r); got != "refused 1 banned" {
		t.Errorf("outcome, exit code and finding: %s; want refused 1 banned", got)
	}
	for _, f := range r.Findings {
		if f.Severity == "error" && strings.Contains(f.text(), "certificate") {
			t.Errorf("%s is an error, and --insecure was given: %s", f.ID, f.Title)
		}
	}
}

// joinsWithUnusualUserIDs: letters that only user IDs of long ago have. Synapse lets them in, Dendrite does not read
// them.
func joinsWithUnusualUserIDs(t *testing.T, s *homeserver.Server, j joiner, alice *homeserver.User) {
	room := alice.CreateRoom(t, homeserver.Room{Version: "10", Preset: "public_chat"})
	for _, localpart := range []string{"ü", "with blank", "😀", "Capital"} {
		t.Run(localpart, func(t *testing.T) {
			name := "user-" + strings.ReplaceAll(localpart, " ", "-") + ".jsonl"
			r := j.join(t, room, append(recordedAs(s.Software, name), "--via", s.Name, "--user", "@"+localpart+":"+j.name)...)
			if s.Software == homeserver.Synapse || localpart == "Capital" {
				joined(t, r, room, "10")
				return
			}
			if r.Outcome != "refused" || r.ExitCode != 1 || len(r.Findings) == 0 || r.Findings[0].ID == "unexplained-refusal" {
				t.Errorf("outcome %s, exit code %d, findings %v; want refused, 1, and why", r.Outcome, r.ExitCode, r.Findings)
			}
		})
	}
}

// joinsByInvite: who was invited may come in by the room ID. The invite reaches a listener of ours that serves our keys
// and signs it: that of a run which waits for a server that never answers.
func joinsByInvite(t *testing.T, s *homeserver.Server, j joiner, alice *homeserver.User) {
	for _, version := range []string{"1", "10", "12"} {
		t.Run("version "+version, func(t *testing.T) {
			room := alice.CreateRoom(t, homeserver.Room{Version: version, Preset: "private_chat"})
			if got := ended(j.join(t, room, "--via", s.Name)); got != "refused 1 not-invited" {
				t.Errorf("without an invite: %s", got)
			}
			end := j.wait(t, room)
			alice.Invite(t, room, j.user())
			end()
			if got := alice.Membership(t, room, j.user()); got != "invite" {
				t.Fatalf("on %s the membership of %s is %q, want invite", s.Software, j.user(), got)
			}
			joined(t, j.join(t, room, append(recordedAs(s.Software, "invited-v"+version+".jsonl"), "--via", s.Name)...), room, version)
			if got := alice.Membership(t, room, j.user()); got != "join" {
				t.Errorf("on %s the membership of %s is %q, want join", s.Software, j.user(), got)
			}
		})
	}
}

// wait starts a run that waits for a server which takes connections and says nothing, and returns what interrupts it.
// Its listener serves meanwhile.
func (j joiner) wait(t *testing.T, room string) (end func()) {
	t.Helper()
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { silent.Close() })
	cmd := exec.Command(program, j.args(room, "--ndjson", "--via", silent.Addr().String())...)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewReader(out)
	if _, err := lines.ReadString('\n'); err != nil { // the first entry: the listener is up, it took our client's request
		t.Fatalf("doorstep said nothing: %v", err)
	}
	return func() {
		_ = cmd.Process.Signal(syscall.SIGINT)
		rest, err := io.ReadAll(lines)
		if err != nil {
			t.Fatal(err)
		}
		_ = cmd.Wait()
		cancelled(t, string(rest))
		if got := cmd.ProcessState.ExitCode(); got != 130 {
			t.Errorf("interrupted while it waits: exit code %d, want 130", got)
		}
	}
}

// What needs both homeservers in one room.
func TestJoinsTwoServers(t *testing.T) {
	t.Parallel()
	authority := homeserver.NewAuthority(t)
	synapse, dendrite := homeserver.Start(t, homeserver.Synapse, authority), homeserver.Start(t, homeserver.Dendrite, authority)
	j, alice, bob := newJoiner(t, authority), synapse.Register(t, "alice"), dendrite.Register(t, "bob")
	t.Run("candidates", func(t *testing.T) { comparesCandidates(t, j, alice, bob) })
	t.Run("big room", func(t *testing.T) { joinsABigRoom(t, j, alice, bob) })
}

// comparesCandidates: both are asked, and neither is joined.
func comparesCandidates(t *testing.T, j joiner, alice, bob *homeserver.User) {
	room := alice.CreateRoom(t, homeserver.Room{Version: "10", Preset: "public_chat", Alias: "both"})
	bob.Join(t, alice.Alias("both"))
	dead := fmt.Sprintf("127.0.0.1:%d", freeport.Port(t))
	r := j.join(t, alice.Alias("both"), append(recordedAs(homeserver.Synapse, "and-dendrite-dry-run.jsonl"), "--via", dead, "--candidates", "all", "--dry-run")...)
	if r.Outcome != "dry_run" || r.ExitCode != 0 {
		t.Errorf("outcome %s, exit code %d; want dry_run, 0", r.Outcome, r.ExitCode)
	}
	rows := map[string]candidate{}
	for _, c := range r.Candidates {
		rows[c.Server] = c
	}
	for _, s := range []*homeserver.Server{alice.Server, bob.Server} {
		c := rows[s.Name]
		if c.Status != 200 || c.RoomVersion != "10" || c.Agrees == "" || !strings.Contains(strings.ToLower(c.Software), s.Software.Name) || c.TookMS <= 0 {
			t.Errorf("%s: %+v; want a protoevent of version 10, and what it runs", s.Software, c)
		}
	}
	if c := rows[dead]; c.Status != 0 || c.Error == "" {
		t.Errorf("a server that is not there: %+v", c)
	}
	for _, u := range []*homeserver.User{alice, bob} {
		if got := u.Membership(t, room, j.user()); got != "" {
			t.Errorf("after a dry run the membership on %s is %q", u.Server.Software, got)
		}
	}
	joined(t, j.join(t, alice.Alias("both"), append(recordedAs(homeserver.Synapse, "and-dendrite.jsonl"), "--candidates", "all")...), room, "10")
}

// joinsABigRoom: a room of more than a thousand state events comes whole, from whoever is asked, and every claim of it
// is checked. Synapse makes it: Dendrite takes longer with every event.
func joinsABigRoom(t *testing.T, j joiner, alice, bob *homeserver.User) {
	const extra = 1000
	room := alice.CreateRoom(t, homeserver.Room{Version: "12", Preset: "public_chat"})
	for n := range extra {
		alice.SetState(t, room, homeserver.State{Type: "example.state", Key: fmt.Sprintf("key %d", n),
			Content: map[string]any{"n": n, "text": "state <event> \u2028 & 😀"}})
	}
	bob.Join(t, room, alice.Server.Name)
	for n, u := range []*homeserver.User{alice, bob} {
		if n > 0 { // what the server before did: heard of later, it would be resolved against what comes now
			hearsOf(t, u, room, j.user(), "leave")
		}
		state := u.StateCount(t, room)
		if state <= extra {
			t.Fatalf("the room has %d state events", state)
		}
		r := j.join(t, room, append(recordedAs(u.Server.Software, "big.jsonl.gz"), "--via", u.Server.Name, "--leave")...)
		joined(t, r, room, "12")
		if r.Counts.State != state || r.Counts.Events < state || r.Counts.Checks.NotChecked > 0 {
			t.Errorf("%s: %d state events of %d, %d events, checks %+v", u.Server.Software, r.Counts.State, state, r.Counts.Events, r.Counts.Checks)
		}
		if got := u.Membership(t, room, j.user()); got != "leave" {
			t.Errorf("on %s the membership of %s is %q, want leave", u.Server.Software, j.user(), got)
		}
	}
}

// hearsOf waits until the homeserver of u has taken a membership that another homeserver sent it: it answers /send
// before it has looked at the PDUs.
func hearsOf(t *testing.T, u *homeserver.User, room, user, membership string) {
	t.Helper()
	got := ""
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); time.Sleep(100 * time.Millisecond) {
		if got = u.Membership(t, room, user); got == membership {
			return
		}
	}
	t.Fatalf("on %s the membership of %s stays %q, want %s", u.Server.Software, user, got, membership)
}

// isCutShort: a join was sent and its user interrupts before the answer is there: the program says so in every form of
// output, with one exit code, and the command it prints leaves the room.
func isCutShort(t *testing.T, s *homeserver.Server, j joiner, alice *homeserver.User) {
	for _, form := range []string{"--plain", "--json", "--ndjson"} {
		t.Run(form, func(t *testing.T) {
			room := alice.CreateRoom(t, homeserver.Room{Version: "10", Preset: "public_chat"})
			stdout, stderr := j.interrupted(t, room, form, s)
			if got := alice.Membership(t, room, j.user()); got != "join" {
				t.Fatalf("on %s the membership of %s is %q, want join\n%s%s", s.Software, j.user(), got, stdout, stderr)
			}
			command := undoCommand(t, form, stdout, stderr)
			ctx, cancel := context.WithTimeout(t.Context(), 60*time.Second)
			defer cancel()
			if out, err := exec.CommandContext(ctx, "sh", "-c", program+" "+command).CombinedOutput(); err != nil {
				t.Fatalf("%s: %v\n%s", command, err, out)
			}
			if got := alice.Membership(t, room, j.user()); got != "leave" {
				t.Errorf("on %s the membership of %s is %q, want leave", s.Software, j.user(), got)
			}
		})
	}
}

// interrupted runs a join that is interrupted once the homeserver has taken it, and returns what it printed.
func (j joiner) interrupted(t *testing.T, room, form string, s *homeserver.Server) (stdout, stderr string) {
	t.Helper()
	front := newFront(t, s, "send_join", keepsTheAnswer)
	ctx, cancel := context.WithTimeout(t.Context(), 60*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, program, j.args(room, form, "--via", s.Name, "--resolve", front.pin)...)
	var out, errors strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &errors
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	select {
	case <-front.taken:
	case <-ctx.Done():
	}
	_ = cmd.Process.Signal(syscall.SIGINT)
	_ = cmd.Wait()
	if got := cmd.ProcessState.ExitCode(); got != 130 {
		t.Errorf("exit code %d, want 130", got)
	}
	return out.String(), errors.String()
}

// undoCommand returns the arguments of the command that leaves again, from where that form of output has it.
func undoCommand(t *testing.T, form, stdout, stderr string) string {
	t.Helper()
	_, command, ok := strings.Cut(strings.TrimSpace(stderr), "to leave again:\ndoorstep ")
	if form != "--plain" {
		r := cancelled(t, stdout)
		if !r.MayStand {
			t.Error("may_have_joined is not set, and the homeserver took the join")
		}
		command, ok = strings.CutPrefix(r.Undo, "doorstep ")
	}
	if !ok || strings.Contains(command, "\n") {
		t.Fatalf("no command that leaves again in %s%s", stdout, stderr)
	}
	return command
}

// cancelled returns the report at the end of what the program printed as JSON and fails the test unless it says, in
// every place, that its user ended the run.
func cancelled(t *testing.T, stdout string) report {
	t.Helper()
	text := strings.TrimSpace(stdout)
	text = text[strings.LastIndex(text, "\n")+1:]
	var last struct {
		report         // --json
		Result *report // --ndjson
	}
	if err := json.Unmarshal([]byte(text), &last); err != nil {
		t.Fatalf("%v in %s", err, stdout)
	}
	r := last.report
	if last.Result != nil {
		r = *last.Result
	}
	if r.Outcome != "cancelled" || r.ExitCode != 130 {
		t.Errorf("outcome %s, exit code %d; want cancelled, 130", r.Outcome, r.ExitCode)
	}
	for _, f := range r.Findings {
		if f.ID == "keys-unavailable" || f.ID == "no-candidate-answers" {
			t.Errorf("finding %s of a run that its user ended: %s", f.ID, f.Title)
		}
	}
	return r
}
