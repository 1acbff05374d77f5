package interop

import (
	"bytes"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"doorstep/client/freeport"
	"doorstep/flow/interop/homeserver"
)

// A logged homeserver is one of whose log parts are imported.
type logged struct {
	*homeserver.Server
	level string
}

// logOf returns a file with what a homeserver logs while something is done. DOORSTEP_LOGS names a folder for it: from
// there come the logs in flow/homelog/testdata, trimmed.
func (s logged) logOf(t *testing.T, name string, do func()) string {
	t.Helper()
	from := s.LogSize(t)
	do()
	time.Sleep(time.Second) // what is done last is not always logged first
	dir := os.Getenv("DOORSTEP_LOGS")
	if dir == "" {
		dir = t.TempDir()
	}
	file := filepath.Join(dir, fmt.Sprintf("%s-%s-%s-%s.log", s.Software.Name, s.Software.Version, s.level, name))
	if err := os.WriteFile(file, s.LogFrom(t, from), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// imported imports the only join in a log and returns what replaying it says.
func imported(t *testing.T, log string) report {
	t.Helper()
	var stderr bytes.Buffer
	file := filepath.Join(t.TempDir(), "join.jsonl")
	cmd := exec.CommandContext(t.Context(), program, "import", "--log", log, "-o", file)
	cmd.Stderr = &stderr
	if err := cmd.Run(); err != nil {
		text, _ := os.ReadFile(log)
		t.Fatalf("doorstep import --log: %v\n%s\n%s", err, stderr.Bytes(), text)
	}
	if testing.Verbose() {
		plain, _ := exec.CommandContext(t.Context(), program, "replay", file, "--plain").Output()
		t.Logf("%s:\n%s", filepath.Base(log), plain)
	}
	return ran(t, []string{"replay", file, "--json"})
}

// arrows are the steps of the handshake with what came of them, without what lies under them; gaps are marked.
func arrows(r report) string {
	var words []string
	for _, s := range r.Steps {
		switch {
		case s.ID == "R" || s.Kind == "local" || s.ID == "A1" || s.ID == "A8":
		case s.Kind == "gap":
			words = append(words, s.ID+"?")
		case s.Status != 0:
			words = append(words, fmt.Sprintf("%s:%d", s.ID, s.Status))
		default:
			words = append(words, s.ID)
		}
	}
	return strings.Join(words, " ")
}

// joins has a client join, whatever comes of it.
func joins(t *testing.T, u *homeserver.User, target string, via ...string) {
	t.Helper()
	query := ""
	if len(via) > 0 {
		query = "?" + url.Values{"via": via, "server_name": via}.Encode()
	}
	u.Do(t, http.MethodPost, "/_matrix/client/v3/join/"+url.PathEscape(target)+query, map[string]any{})
}

// What a homeserver logs of joins of its own, imported, tells how they ended and why, as far as it logs that.
func TestImportsLogsOfJoiningServers(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		software *homeserver.Software
		level    string
		form     homeserver.LogForm
		joined   string // the arrows of a join by alias, and below of others
		second   string
	}{
		{homeserver.Synapse, "INFO", homeserver.LogUsual, "A2:200 A3:200 A4:200 A5:200 A6:200 A7:200", "A4 A5 A4:200 A5:200 A6:200 A7:200"},
		{homeserver.Synapse, "INFO", homeserver.LogJSON, "A2:200 A3:200 A4:200 A5:200 A6:200 A7:200", "A4 A5 A4:200 A5:200 A6:200 A7:200"},
		{homeserver.Dendrite, "info", homeserver.LogUsual, "A2? A4? A6?", "A4 A5 A4? A6?"},
	} {
		t.Run(fmt.Sprint(c.software.Name, " ", c.form), func(t *testing.T) {
			t.Parallel()
			authority := homeserver.NewAuthority(t)
			other := homeserver.All()[(slices.Index(homeserver.All(), c.software)+1)%2]
			s := logged{homeserver.Start(t, c.software, authority, homeserver.Logs(c.level, c.form)), fmt.Sprint(strings.ToLower(c.level), c.form)}
			bob, alice := s.Register(t, "bob"), homeserver.Start(t, other, authority).Register(t, "alice")
			// Synapse asks no server again that did not answer just before.
			elsewhere := fmt.Sprintf("127.0.0.1:%d", freeport.Port(t))
			gone := fmt.Sprintf("127.0.0.1:%d", freeport.Port(t))
			for _, version := range []string{"10", "12"} {
				alice.CreateRoom(t, homeserver.Room{Version: version, Preset: "public_chat", Alias: "open" + version})
				r := imported(t, s.logOf(t, "join-v"+version, func() { joins(t, bob, alice.Alias("open"+version)) }))
				if got := arrows(r); got != c.joined || r.Outcome != "joined" || r.UserID != bob.ID || r.Counts.Checks.Pass > 0 {
					t.Errorf("version %s: %s, %s of %s, checks %+v; want %s", version, got, r.Outcome, r.UserID, r.Counts.Checks, c.joined)
				}
			}
			room := alice.CreateRoom(t, homeserver.Room{Version: "11", Preset: "public_chat", Alias: "second"})
			r := imported(t, s.logOf(t, "join-second", func() { joins(t, bob, room, gone, alice.Server.Name) }))
			if got := arrows(r); got != c.second || r.Outcome != "joined" || r.RoomID != room {
				t.Errorf("the second candidate: %s, %s of %s; want %s", got, r.Outcome, r.RoomID, c.second)
			}
			closed := alice.CreateRoom(t, homeserver.Room{Version: "10", Preset: "private_chat", Alias: "closed"})
			banned := alice.CreateRoom(t, homeserver.Room{Version: "12", Preset: "public_chat", Alias: "banned"})
			alice.Ban(t, banned, bob.ID)
			for _, f := range []struct{ name, target, via, want string }{
				{"join-not-invited", closed, alice.Server.Name, "refused 1 not-invited"},
				{"join-banned", alice.Alias("banned"), "", "refused 1 banned"},
				{"join-unknown-alias", alice.Alias("nothing"), "", "refused 1 alias-not-found"},
				{"join-unreachable", "!nowhere:" + elsewhere, elsewhere, "unreachable 3 no-candidate-answers"},
				{"join-alias-unreachable", "#nothing:" + elsewhere, "", "unreachable 3 directory-unreachable"},
			} {
				var via []string
				if f.via != "" {
					via = []string{f.via}
				}
				r := imported(t, s.logOf(t, f.name, func() { joins(t, bob, f.target, via...) }))
				if got := ended(r); got != f.want {
					t.Errorf("%s: outcome, exit code and finding: %s; want %s", f.name, got, f.want)
				}
			}
		})
	}
}

// What a resident logs of a join of ours tells the same steps with the same statuses as our recording of that join.
func TestImportsLogsOfResidents(t *testing.T) {
	t.Parallel()
	for _, software := range homeserver.All() {
		t.Run(software.Name, func(t *testing.T) {
			t.Parallel()
			authority := homeserver.NewAuthority(t)
			s := logged{homeserver.Start(t, software, authority, homeserver.Logs("", homeserver.LogUsual)), "info"}
			j := newJoiner(t, authority)
			alice := s.Register(t, "alice")
			for _, c := range []struct {
				name string
				room homeserver.Room
				ban  bool
			}{
				{"resident-v10", homeserver.Room{Version: "10", Preset: "public_chat"}, false},
				{"resident-v12", homeserver.Room{Version: "12", Preset: "public_chat"}, false},
				{"resident-not-invited", homeserver.Room{Version: "10", Preset: "private_chat"}, false},
				{"resident-banned", homeserver.Room{Version: "12", Preset: "public_chat"}, true},
			} {
				c.room.Alias = c.name
				room := alice.CreateRoom(t, c.room)
				if c.ban {
					alice.Ban(t, room, j.user())
				}
				var ours report
				log := s.logOf(t, c.name, func() { ours = j.join(t, alice.Alias(c.name)) })
				want := arrows(ours)
				if software == homeserver.Dendrite { // it logs refusals of make_join, and nothing besides
					if ours.Outcome == "joined" {
						continue
					}
					_, want, _ = strings.Cut(want, "A3:200 ")
				}
				r := imported(t, log)
				if got := arrows(r); got != want || r.Outcome != ours.Outcome || r.RoomID != ours.RoomID || r.UserID != j.user() ||
					len(r.Findings) > 0 && r.Findings[0].ID != ours.Findings[0].ID {
					t.Errorf("%s: %s, %s, %s, %s\nand we saw %s, %s, %s, %s", c.name, got, r.Outcome, r.RoomID, r.UserID, want, ours.Outcome,
						ours.RoomID, j.user())
				}
			}
		})
	}
}
