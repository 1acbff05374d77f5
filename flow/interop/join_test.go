package interop

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"doorstep/client/freeport"
	"doorstep/flow/interop/homeserver"
)

// program is the built doorstep.
var program string

func TestMain(m *testing.M) {
	if os.Getenv(joinURL) != "" { // the test itself runs as the command of doorstep host
		os.Exit(clientJoin())
	}
	os.Exit(run(m))
}

func run(m *testing.M) int {
	dir, err := os.MkdirTemp("", "doorstep-interop")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	if err := os.Setenv("XDG_STATE_HOME", dir); err != nil { // where the program records what it runs
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	program = filepath.Join(dir, "doorstep")
	// From its own module and without this one's experiments: what is tested is what is shipped.
	build := exec.Command("go", "build", "-buildvcs=false", "-o", program, ".")
	build.Dir = filepath.Join("..", "..")
	build.Env = append(os.Environ(), "GOEXPERIMENT=")
	if out, err := build.CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "go build: %v\n%s", err, out)
		return 1
	}
	if err := os.Setenv("XDG_CONFIG_HOME", dir); err != nil { // the program sees no settings of whoever runs it
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return m.Run()
}

// A report is what doorstep --json says, as far as it is looked at here.
type report struct {
	Outcome  string                                                `json:"outcome"`
	ExitCode int                                                   `json:"exit_code"`
	RoomID   string                                                `json:"room_id"`
	Version  string                                                `json:"room_version"`
	UserID   string                                                `json:"user_id"`
	EventID  string                                                `json:"event_id"`
	Steps    []step                                                `json:"steps"`
	Checks   []struct{ ID, Subject, Outcome, Rule, Detail string } `json:"checks"`
	Counts   struct {
		State     int `json:"state"`
		AuthChain int `json:"auth_chain"`
		Events    int `json:"events"`
		Checks    struct {
			Pass, Fail, Warn int
			NotChecked       int `json:"not_checked"`
		} `json:"checks"`
	} `json:"counts"`
	Findings   []finding   `json:"findings"`
	Candidates []candidate `json:"candidates"`
	MayStand   bool        `json:"may_have_joined"`
	Undo       string      `json:"undo"` // a command
	Rejected   bool        `json:"rejected"`
	Invite     struct {
		RoomVersion string `json:"room_version"`
		Sender      string `json:"sender"`
		Form        string `json:"form"`
	} `json:"invite"`
	Probes []struct{ Name, Server, Result, Verdict string } `json:"probes"`
}

// A step is an arrow.
type step struct {
	ID, Kind, From, To, Server, Errcode, Error string
	Status                                     int
}

// A finding is a cause that the program found, with what it says about it.
type finding struct {
	ID, Severity, Title, Cause, Advice, Apart string
	Try                                       []string // commands
}

// text is all that a finding says.
func (f finding) text() string {
	return strings.Join(append([]string{f.Title, f.Cause, f.Advice, f.Apart}, f.Try...), "\n")
}

func (f finding) String() string { return f.ID + " (" + f.Severity + ")" }

// finding returns the finding of that ID.
func (r report) finding(id string) (f finding, ok bool) {
	for _, f := range r.Findings {
		if f.ID == id {
			return f, true
		}
	}
	return finding{}, false
}

// A candidate is a row of the table of join candidates.
type candidate struct {
	Server, Software, Error, Agrees string
	Status                          int
	RoomVersion                     string  `json:"room_version"`
	TookMS                          float64 `json:"took_ms"`
}

// A joiner is a joining server of ours: its name is its address, and stays.
type joiner struct {
	name, certificate, key, authority, signingKey string
}

func newJoiner(t *testing.T, authority *homeserver.Authority) joiner {
	t.Helper()
	dir := t.TempDir()
	j := joiner{name: fmt.Sprintf("127.0.0.1:%d", freeport.Port(t)), authority: authority.File, signingKey: filepath.Join(dir, "signing.key")}
	j.certificate, j.key = authority.Issue(t, dir)
	var seed [ed25519.SeedSize]byte
	_, _ = rand.Read(seed[:]) // never fails
	// A port can come back, and homeservers remember the keys of a name by their IDs: no two joiners share an ID.
	line := fmt.Sprintf("ed25519 joiner_%s %s\n", rand.Text(), base64.RawStdEncoding.EncodeToString(seed[:]))
	if err := os.WriteFile(j.signingKey, []byte(line), 0o600); err != nil {
		t.Fatal(err)
	}
	return j
}

// sameID returns a copy of a signing key file in which the key has that ID.
func sameID(t *testing.T, file, keyID string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	parts := strings.Fields(string(text))
	copied := filepath.Join(t.TempDir(), "signing.key")
	if err := os.WriteFile(copied, []byte(strings.Replace(keyID, ":", " ", 1)+" "+parts[2]+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return copied
}

func (j joiner) user() string { return "@you:" + j.name }

// args is the command line of a join that is sent without asking.
func (j joiner) args(target string, flags ...string) []string {
	args := []string{"join", target, "--user", j.user(), "--key", j.signingKey, "--listen", j.name, "--ca", j.authority, "--allow-private", "--yes"}
	if j.certificate != "" {
		args = append(args, "--tls-cert", j.certificate, "--tls-key", j.key)
	}
	return append(args, flags...)
}

// join runs the program to its end and returns what it says.
func (j joiner) join(t *testing.T, target string, flags ...string) report {
	t.Helper()
	return ran(t, append(j.args(target, "--json"), flags...))
}

// ran runs the program to its end with a command line that asks for JSON.
func ran(t *testing.T, args []string) report {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 90*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, program, args...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatalf("doorstep: %v", err)
	}
	var r report
	if err := json.Unmarshal(stdout.Bytes(), &r); err != nil {
		t.Fatalf("doorstep %v: %v\n%s%s", args, err, stdout.Bytes(), stderr.Bytes())
	}
	if got := cmd.ProcessState.ExitCode(); got != r.ExitCode {
		t.Errorf("exit code %d, and %d in the JSON", got, r.ExitCode)
	}
	if t.Failed() {
		t.Logf("doorstep %v said\n%s%s", args, stdout.Bytes(), stderr.Bytes())
	}
	return r
}

// tries runs a command that a finding offers, with what only we know added: who we are, and that it is to be done.
func (j joiner) tries(t *testing.T, command string) report {
	t.Helper()
	rest, ok := strings.CutPrefix(command, "doorstep join ")
	if !ok {
		t.Fatalf("no command that joins: %s", command)
	}
	// The shell reads the finding's part and nothing of ours: that goes through as arguments.
	script := exec.Command("sh", "-c", `printf '%s\0' `+rest)
	words, err := script.Output()
	if err != nil {
		t.Fatalf("%s: %v", command, err)
	}
	args := strings.Split(strings.TrimSuffix(string(words), "\x00"), "\x00")
	return ran(t, append(j.args(args[0], "--json"), args[1:]...))
}

// joined fails the test unless r is a join whose every check passed.
func joined(t *testing.T, r report, room, version string) {
	t.Helper()
	if r.Outcome != "joined" || r.ExitCode != 0 || r.RoomID != room || r.Version != version {
		t.Errorf("outcome %s, exit code %d, room %s, version %s; want joined, 0, %s, %s", r.Outcome, r.ExitCode, r.RoomID, r.Version, room, version)
	}
	if r.Counts.Events == 0 || r.Counts.Checks.Pass == 0 || r.Counts.Checks.Fail > 0 {
		t.Errorf("%d events, checks %+v: want some passed and none failed", r.Counts.Events, r.Counts.Checks)
	}
	if !t.Failed() {
		return
	}
	for _, s := range r.Steps {
		t.Logf("step %s %s %s: %d %s %s", s.ID, s.Kind, s.Server, s.Status, s.Errcode, s.Error)
	}
	for _, c := range r.Checks {
		if c.Outcome != "pass" {
			t.Logf("check %s of %s: %s, %s %s", c.ID, c.Subject, c.Outcome, c.Rule, c.Detail)
		}
	}
	for _, f := range r.Findings {
		t.Logf("finding %s (%s): %s", f.ID, f.Severity, f.Title)
	}
}

// Rooms of every version, with members, a ban, changed power levels and a name: joined by alias, verified, left.
func TestJoinsEveryVersion(t *testing.T) {
	t.Parallel()
	for _, software := range homeserver.All() {
		t.Run(software.Name, func(t *testing.T) {
			t.Parallel()
			authority := homeserver.NewAuthority(t)
			s := homeserver.Start(t, software, authority)
			j := newJoiner(t, authority)
			alice, bob, carol := s.Register(t, "alice"), s.Register(t, "bob"), s.Register(t, "carol")
			for n := 1; n <= 12; n++ {
				version := strconv.Itoa(n)
				t.Run("version "+version, func(t *testing.T) {
					room := alice.CreateRoom(t, homeserver.Room{Version: version, Preset: "public_chat", Alias: "join" + version, Name: "Version " + version})
					bob.Join(t, room)
					carol.Join(t, room)
					alice.SetState(t, room, homeserver.State{Type: "m.room.topic", Content: map[string]any{"topic": "first <topic> \u2028 & 😀"}})
					bob.Leave(t, room)
					alice.Ban(t, room, carol.ID)
					joined(t, j.join(t, alice.Alias("join"+version), recordedAs(software, "v"+version+".jsonl")...), room, version)
					if got := alice.Membership(t, room, j.user()); got != "join" {
						t.Errorf("on %s the membership of %s is %q, want join", software, j.user(), got)
					}
					joined(t, j.join(t, room, "--via", s.Name, "--leave", "--leave"), room, version) // twice: of somebody who is in already
					if got := alice.Membership(t, room, j.user()); got != "leave" {
						t.Errorf("on %s the membership of %s is %q, want leave", software, j.user(), got)
					}
				})
			}
		})
	}
}

// recordedAs returns the flags that record a join, when DOORSTEP_RECORDINGS names a folder for it: in a file with the
// homeserver's name before that name. The tests of the folder opinion read what they find there as well.
func recordedAs(software *homeserver.Software, name string) []string {
	dir := os.Getenv("DOORSTEP_RECORDINGS")
	if dir == "" {
		return nil
	}
	return []string{"--force", "--record", filepath.Join(dir, software.Name+"-"+name)}
}

// recordedHere is recordedAs for a test that reads the recording itself: there is one in any case.
func recordedHere(t *testing.T, software *homeserver.Software, name string) (file string, flags []string) {
	t.Helper()
	if flags = recordedAs(software, name); flags != nil {
		return flags[len(flags)-1], flags
	}
	file = filepath.Join(t.TempDir(), name)
	return file, []string{"--record", file}
}

// verifyStrictly has the program verify a recording and fails the test when any check of it fails.
func verifyStrictly(t *testing.T, file string) report {
	t.Helper()
	r := ran(t, []string{"verify", file, "--strict", "--json"})
	if r.ExitCode != 0 || r.Counts.Checks.Fail > 0 {
		t.Errorf("verify --strict: exit code %d, checks %+v; want 0, and none failed", r.ExitCode, r.Counts.Checks)
	}
	return r
}

// What a real server refuses is a refusal, with the finding that says why, and nobody becomes a member.
func TestIsRefused(t *testing.T) {
	t.Parallel()
	for _, software := range homeserver.All() {
		t.Run(software.Name, func(t *testing.T) {
			t.Parallel()
			authority := homeserver.NewAuthority(t)
			s := homeserver.Start(t, software, authority)
			j := newJoiner(t, authority)
			alice := s.Register(t, "alice")
			for i, c := range []struct {
				name    string
				room    homeserver.Room
				prepare func(room string)
				flags   []string
				want    string            // outcome, exit code, first finding
				instead map[string]string // by software
			}{
				{name: "not invited", room: homeserver.Room{Preset: "private_chat"}, want: "refused 1 not-invited"},
				{name: "banned", room: homeserver.Room{Preset: "public_chat"}, want: "refused 1 banned",
					prepare: func(room string) { alice.Ban(t, room, j.user()) }},
				{name: "not federated", room: homeserver.Room{Preset: "public_chat", CreationContent: map[string]any{"m.federate": false}}, want: "refused 1 not-federated"},
				{name: "version not offered", room: homeserver.Room{Preset: "public_chat"}, want: "refused 1 version-not-offered", flags: []string{"--room-versions", "1,9"}},
				{name: "everybody left", room: homeserver.Room{Preset: "public_chat"}, want: "refused 1 candidate-left",
					prepare: func(room string) { alice.Leave(t, room) },
					// It answers "servers":null, which the specification does not have.
					instead: map[string]string{"dendrite": "unreachable 3 room-abandoned"}},
				{name: "server denied", want: "refused 1 server-acl", room: homeserver.Room{Preset: "public_chat", InitialState: []homeserver.State{{Type: "m.room.server_acl",
					Content: map[string]any{"allow": []string{"*"}, "allow_ip_literals": false}}}}},
			} {
				t.Run(c.name, func(t *testing.T) {
					c.room.Version, c.room.Alias = "12", fmt.Sprintf("refused%d", i)
					room := alice.CreateRoom(t, c.room)
					if c.prepare != nil {
						c.prepare(room)
					}
					r := j.join(t, alice.Alias(c.room.Alias), append(recordedAs(software, strings.ReplaceAll(c.name, " ", "-")+".jsonl"), c.flags...)...)
					want := c.want
					if other := c.instead[software.Name]; other != "" {
						want = other
					}
					if got := ended(r); got != want {
						t.Errorf("outcome, exit code and finding: %s; want %s", got, want)
					}
				})
			}
		})
	}
}

// The form of 2015, which is that of version 1 rooms to this day, and an answer without members.
func TestJoinsInOtherForms(t *testing.T) {
	t.Parallel()
	for _, software := range homeserver.All() {
		t.Run(software.Name, func(t *testing.T) {
			t.Parallel()
			authority := homeserver.NewAuthority(t)
			s := homeserver.Start(t, software, authority)
			j := newJoiner(t, authority)
			alice, bob := s.Register(t, "alice"), s.Register(t, "bob")
			for _, version := range []string{"1", "6", "10", "12"} {
				t.Run("version "+version, func(t *testing.T) {
					room := alice.CreateRoom(t, homeserver.Room{Version: version, Preset: "public_chat", Alias: "form" + version})
					bob.Join(t, room)
					old := j.join(t, alice.Alias("form"+version), "--form", "2015", "--leave")
					if version == "1" {
						joined(t, old, room, version)
					} else if old.Outcome != "refused" || len(old.Findings) == 0 || old.Findings[0].ID != "version-not-offered" {
						t.Errorf("form 2015: outcome %s, findings %v; want refused, version-not-offered", old.Outcome, old.Findings)
					}
					whole := j.join(t, alice.Alias("form"+version), "--leave")
					joined(t, whole, room, version)
					part := j.join(t, alice.Alias("form"+version), append(recordedAs(software, "omit-members-v"+version+".jsonl"), "--omit-members", "--leave")...)
					joined(t, part, room, version)
					if omits := part.Counts.State < whole.Counts.State; omits != (software == homeserver.Synapse) {
						t.Errorf("%s: %d state events without members, %d with; Synapse alone leaves members out", software, part.Counts.State, whole.Counts.State)
					}
				})
			}
		})
	}
}

// A server whose certificate we do not trust is not talked to; a resident that cannot fetch our key does not talk to
// us.
func TestCannotBeReached(t *testing.T) {
	t.Parallel()
	for _, software := range homeserver.All() {
		t.Run(software.Name, func(t *testing.T) {
			t.Parallel()
			authority := homeserver.NewAuthority(t)
			s := homeserver.Start(t, software, authority)
			j := newJoiner(t, authority)
			alice := s.Register(t, "alice")
			room := alice.CreateRoom(t, homeserver.Room{Version: "12", Preset: "public_chat"})
			elsewhere := fmt.Sprintf("127.0.0.1:%d", freeport.Port(t)) // and not where our name leads
			// First the certificate: a chain of one, issued by nobody we know. What fails on our side leaves no trace on theirs.
			const want = "unreachable 3 incomplete-chain"
			if got := ended(j.join(t, room, "--via", s.Name, "--ca", homeserver.NewAuthority(t).File)); got != want {
				t.Errorf("--ca: outcome, exit code and finding: %s; want %s", got, want)
			}
			r := j.join(t, room, append(recordedAs(software, "listens-elsewhere.jsonl"), "--via", s.Name, "--listen", elsewhere)...)
			// Our address is one that homeservers do not call unless told to; nobody can see from here that this one would.
			if got := ended(r); got != "refused 1 key-unreachable" && got != "refused 1 own-address-private" {
				t.Errorf("--listen: outcome, exit code and finding: %s; want refused 1 key-unreachable or own-address-private", got)
			}
			if f, ok := r.finding("key-unreachable"); !ok || !strings.Contains(f.text(), elsewhere) {
				t.Errorf("--listen: findings %v; want key-unreachable, and that our name leads elsewhere: %s", r.Findings, f.text())
			}
		})
	}
}

// A room whose members may join another: the resident lends its signature.
func TestJoinsARestrictedRoom(t *testing.T) {
	t.Parallel()
	for _, software := range homeserver.All() {
		t.Run(software.Name, func(t *testing.T) {
			t.Parallel()
			authority := homeserver.NewAuthority(t)
			s := homeserver.Start(t, software, authority)
			j := newJoiner(t, authority)
			alice := s.Register(t, "alice")
			for _, version := range []string{"8", "9", "10", "11", "12"} {
				t.Run("version "+version, func(t *testing.T) {
					space := alice.CreateRoom(t, homeserver.Room{Version: version, Preset: "public_chat", Alias: "space" + version})
					rules := homeserver.State{Type: "m.room.join_rules", Content: map[string]any{"join_rule": "restricted",
						"allow": []map[string]any{{"type": "m.room_membership", "room_id": space}}}}
					room := alice.CreateRoom(t, homeserver.Room{Version: version, Preset: "private_chat", Alias: "restricted" + version, InitialState: []homeserver.State{rules}})
					if r := j.join(t, alice.Alias("restricted"+version)); r.Outcome != "refused" || r.ExitCode != 1 {
						t.Errorf("without the room it asks for: outcome %s, exit code %d; want refused, 1", r.Outcome, r.ExitCode)
					}
					joined(t, j.join(t, alice.Alias("space"+version)), space, version)
					// With members left out, alice's membership among them, who lets us in.
					joined(t, j.join(t, alice.Alias("restricted"+version), "--omit-members", "--leave"), room, version)
					joined(t, j.join(t, alice.Alias("restricted"+version), recordedAs(software, "restricted-v"+version+".jsonl")...), room, version)
					if got := alice.Membership(t, room, j.user()); got != "join" {
						t.Errorf("on %s the membership of %s is %q, want join", software, j.user(), got)
					}
				})
			}
		})
	}
}

// Who lets us in need not be anybody the rest of the room rests on. Synapse leaves such a membership out of an answer
// without members altogether; Dendrite does not get so far, as it has the join authorised by the administrator who
// left.
func TestJoinsWhereAMemberLetsUsIn(t *testing.T) {
	t.Parallel()
	want := map[string]string{
		homeserver.Synapse.Name:  "invalid 4 authoriser-left-out",
		homeserver.Dendrite.Name: "refused 1 authoriser-gone",
	}
	for _, software := range homeserver.All() {
		t.Run(software.Name, func(t *testing.T) {
			t.Parallel()
			authority := homeserver.NewAuthority(t)
			s := homeserver.Start(t, software, authority)
			j := newJoiner(t, authority)
			alice, bob := s.Register(t, "alice"), s.Register(t, "bob")
			for _, version := range []string{"10", "12"} {
				t.Run("version "+version, func(t *testing.T) {
					space := alice.CreateRoom(t, homeserver.Room{Version: version, Preset: "public_chat", Alias: "space" + version})
					bob.Join(t, space)
					rules := homeserver.State{Type: "m.room.join_rules", Content: map[string]any{"join_rule": "restricted",
						"allow": []map[string]any{{"type": "m.room_membership", "room_id": space}}}}
					room := alice.CreateRoom(t, homeserver.Room{Version: version, Preset: "private_chat", Alias: "member" + version, InitialState: []homeserver.State{rules}})
					bob.Join(t, room)
					alice.Leave(t, room)
					joined(t, j.join(t, alice.Alias("space"+version)), space, version)
					r := j.join(t, alice.Alias("member"+version), "--omit-members", "--leave")
					if got := ended(r); got != want[software.Name] {
						t.Errorf("outcome, exit code and finding: %s; want %s", got, want[software.Name])
					}
				})
			}
		})
	}
}
