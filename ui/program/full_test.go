//go:build unix

package program

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"doorstep/client/freeport"
	"doorstep/flow"
	"doorstep/flow/sandbox"
	"doorstep/ui/command"
)

func init() { helpers["limited"] = limited }

// limited is the program where files have room for $LIMIT bytes and no more, which is an error in writing and no
// signal.
func limited() {
	signal.Ignore(syscall.SIGXFSZ)
	room, err := strconv.ParseUint(os.Getenv("LIMIT"), 10, 64)
	var limit syscall.Rlimit
	if err == nil {
		err = syscall.Getrlimit(syscall.RLIMIT_FSIZE, &limit)
	}
	limit.Cur = room
	if err = errors.Join(err, syscall.Setrlimit(syscall.RLIMIT_FSIZE, &limit)); err != nil {
		panic(err)
	}
	os.Exit(command.Run(os.Args[1:], os.Stdout, os.Stderr))
}

// roomFor runs a command line of the program where files have room for so many bytes.
func roomFor(t *testing.T, room int, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	c := process(t, args...)
	c.Args[0] = "limited"
	c.Env = append(c.Env, "LIMIT="+strconv.Itoa(room))
	var out, said bytes.Buffer
	c.Stdout, c.Stderr = &out, &said
	_ = c.Run() // its code says how it ended
	return c.ProcessState.ExitCode(), out.String(), said.String()
}

// A disk that is full at any point of a recording ends no join: the result is printed, the code is its outcome's, the
// recording is named once and holds what there was room for.
func TestKillNoRoomForARecording(t *testing.T) {
	dir := t.TempDir()
	whole := filepath.Join(dir, "whole.jsonl")
	var out bytes.Buffer
	if code := command.Run([]string{"sandbox", "public-v12", "--json", "--record", whole}, &out, &out); code != 0 {
		t.Fatal(code, out.String())
	}
	info, err := os.Stat(whole)
	if err != nil {
		t.Fatal(err)
	}
	steps := 40
	if testing.Short() {
		steps = 8
	}
	full, entries := 0, 0
	for i := range steps {
		room := i * int(info.Size()) / steps
		file := filepath.Join(t.TempDir(), []string{"r.jsonl", "r.jsonl.gz"}[i%2])
		code, stdout, stderr := roomFor(t, room, "sandbox", "public-v12", "--json", "--record", file)
		trace, _ := recorded(t, file)
		named := strings.Count(stderr, syscall.EFBIG.Error())
		if trace == nil { // nothing was begun
			if code != 1 || named != 1 || stdout != "" || strings.Count(stderr, "\n") != 1 {
				t.Errorf("room for %d: exit code %d, %q, %q", room, code, stdout, stderr)
			}
			continue
		}
		if named == 0 && len(trace.Entries) == strings.Count(stdout, `"seq":`) {
			continue // packed it takes less
		}
		full++
		entries += len(trace.Entries)
		if code != 0 || named != 1 || !strings.Contains(stdout, `"outcome":"joined"`) {
			t.Errorf("room for %d: exit code %d, %.200q, %q", room, code, stdout, stderr)
		}
	}
	t.Logf("no room at %d points: %d joins to their end, with %d entries recorded", steps, full, entries)
	if full == 0 {
		t.Error("no join ran out of room")
	}
}

// Where there is no room, every command that writes files leaves each of them whole or as it was, says so in a line,
// and exits with 1.
func TestKillNoRoomForFiles(t *testing.T) {
	har := filepath.Join(t.TempDir(), "a.har")
	var out bytes.Buffer
	if code := command.Run([]string{"export", "--format", "har", "public-v12", "-o", har}, &out, &out); code != 0 {
		t.Fatal(code, out.String())
	}
	tried := 0
	for _, line := range []string{
		"export --format text public-v12 -o DIR/f --force", "export --format svg public-v12 -o DIR/f --force",
		"export --format html public-v12 -o DIR/f --force", "export --format har public-v12 -o DIR/f --force",
		"export --lesson public-v12 -o DIR/f --force", "redact public-v12 -o DIR/f --force",
		"redact public-v12 -o DIR/f.gz --force",
		"import HAR -o DIR/f --force", "replay public-v12 --json --record DIR/f --force", "keygen DIR/key",
		"certs DIR/lab one.example", "lab synapse DIR/lab", "host public-v12 --listen 127.0.0.1:0 --ca-out DIR/f --force -- true",
	} {
		for _, room := range []int{0, 1, 50, 200, 700, 1500, 4000} {
			dir := t.TempDir()
			for _, name := range []string{"f", "f.gz"} {
				if err := os.WriteFile(filepath.Join(dir, name), []byte("as it was"), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			args := strings.Fields(strings.NewReplacer("DIR", dir, "HAR", har).Replace(line))
			code, _, stderr := roomFor(t, room, args...)
			if !strings.Contains(stderr, syscall.EFBIG.Error()) {
				continue // there was room
			}
			tried++
			if code != 1 || strings.Count(stderr, syscall.EFBIG.Error()) != 1 {
				t.Errorf("%s: room for %d: exit code %d, %q", line, room, code, stderr)
			}
			wholeOrNot(t, dir, line)
		}
	}
	t.Logf("no room %d times: each file was whole or as it was", tried)
	if tried < 30 {
		t.Error("there was room")
	}
}

// A disk that is full under a tap changes no answer: every join that passes goes its way and is told, each recording
// that is not whole is named once, and the code is that of the join where one is asked for.
func TestKillNoRoomUnderATap(t *testing.T) {
	const server = "resident.example"
	for _, c := range []struct {
		scenario    string
		comes       flow.Outcome
		room, joins int // bytes that a file has room for
		named       int // recordings that are not whole
	}{
		{"public-v12", flow.Joined, 0, 1, 1}, {"public-v12", flow.Joined, 300, 1, 1}, {"public-v12", flow.Joined, 2500, 1, 1},
		{"not-invited", flow.Refused, 1000, 3, 3}, {"not-invited", flow.Refused, 1 << 20, 2, 0},
	} {
		t.Run(fmt.Sprintf("%s in %d bytes", c.scenario, c.room), func(t *testing.T) {
			scenario, ok := sandbox.Lookup(c.scenario)
			if !ok {
				t.Fatal("no such scenario")
			}
			dir := t.TempDir()
			f, listen, err := beforeTap(t.Context(), scenario, server, dir)
			if err != nil {
				t.Fatal(err)
			}
			defer f.Stop()
			p := process(t, "tap", "--listen", listen, "--upstream", "https://"+f.Address(server), "--upstream-name", server,
				"--ca", filepath.Join(dir, "ca.pem"), "--tls-cert", filepath.Join(dir, "cert.pem"),
				"--tls-key", filepath.Join(dir, "key.pem"), "--record", filepath.Join(dir, "joins"), "--json", "--quiet", "1s")
			if c.joins == 1 {
				p.Args = append(p.Args, "--once")
			}
			p.Args[0] = "limited"
			p.Env = append(p.Env, "LIMIT="+strconv.Itoa(c.room))
			var said bytes.Buffer
			p.Stderr = &said
			out, err := p.StdoutPipe()
			if err == nil {
				err = p.Start()
			}
			if err != nil {
				t.Fatal(err)
			}
			if !stands(t.Context(), listen) {
				t.Fatal("no tap stands there")
			}
			told := json.NewDecoder(out)
			for range c.joins { // one after the other: those of one user are one join while they go on
				trace, err := joinThrough(t.Context(), f, server, listen)
				if got := flow.Fold(trace).Outcome(); err != nil || got != c.comes {
					t.Errorf("the join is %s: %v", got, err)
				}
				var one struct {
					Outcome flow.Outcome `json:"outcome"`
				}
				if err := told.Decode(&one); err != nil || one.Outcome != c.comes {
					t.Errorf("a join is told as %q: %v", one.Outcome, err)
				}
			}
			want := 0
			if c.joins > 1 {
				want = 130
				_ = p.Process.Signal(os.Interrupt) // it waits for joins
			}
			_ = p.Wait() // its code says how it ended
			if code := p.ProcessState.ExitCode(); code != want {
				t.Errorf("exit code %d, not %d", code, want)
			}
			if n := strings.Count(said.String(), syscall.EFBIG.Error()); n != c.named {
				t.Errorf("%d recordings are named, not %d: %s", n, c.named, &said)
			}
			n := strings.Count(said.String(), "recording is not whole") + strings.Count(said.String(), "not recorded")
			if n != c.named {
				t.Errorf("%d recordings are said to be lost, not %d: %s", n, c.named, &said)
			}
		})
	}
}

// A disk that is full under a hosted room changes nothing of the join: it goes its way and is told, what is not
// recorded is named once, in the folder that was asked for and in the user's own alike, and the code is that of the join.
func TestKillNoRoomUnderAHost(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	doorstep := filepath.Join(t.TempDir(), "doorstep") // which the tests are by that name
	if err := os.Symlink(self, doorstep); err != nil {
		t.Fatal(err)
	}
	const joins = ` join "$DOORSTEP_TARGET" --user @me:127.0.0.1:PORT --insecure --allow-private --yes --json --no-record ` +
		`>/dev/null`
	for _, c := range []struct {
		scenario, expect string
		record           string // in the folder of the test; empty: the user's own recordings
		room             int    // bytes that a file has room for
		code, lost       int
	}{
		{"public-v12", "", "", 2000, 0, 1}, {"public-v12", "joined", "", 1000, 0, 1}, {"public-v12", "", "r.jsonl", 2000, 0, 1},
		{"public-v12", "", "joins/", 1000, 0, 1}, {"public-v12", "", "joins/", 1 << 20, 0, 0}, {"banned", "", "", 1000, 1, 1},
		{"banned", "", "joins/", 1000, 1, 1}, {"banned", "joined", "joins/", 1000, 1, 1},
	} {
		t.Run(fmt.Sprintf("%s in %d bytes of %q", c.scenario, c.room, c.record), func(t *testing.T) {
			args := []string{"host", c.scenario, "--listen", "127.0.0.1:0", "--insecure", "--json", "--quiet", "300ms"}
			if c.record != "" {
				args = append(args, "--record", t.TempDir()+"/"+c.record)
			}
			if c.expect != "" {
				args = append(args, "--expect", c.expect)
			}
			port := strconv.Itoa(freeport.Port(t))
			args = append(args, "--", "sh", "-c", doorstep+strings.ReplaceAll(joins, "PORT", port))
			code, stdout, stderr := roomFor(t, c.room, args...)
			came := flow.Joined
			if c.scenario == "banned" {
				came = flow.Refused
			}
			if code != c.code || !strings.HasPrefix(stdout, `{"doorstep":1,"outcome":"`+string(came)+`"`) {
				t.Errorf("exit code %d, %.300q, %q", code, stdout, stderr)
			}
			named := strings.Count(stderr, syscall.EFBIG.Error())
			said := strings.Count(stderr, "recording is not whole") + strings.Count(stderr, "not recorded")
			if named != c.lost || said != c.lost {
				t.Errorf("%d recordings are named, %d said to be lost, not %d: %s", named, said, c.lost, stderr)
			}
		})
	}
}

// Where not even the certificate that the command is to trust can be written, no room is hosted: that is said, with the
// code of what cannot be written, and nothing is left behind.
func TestKillNoRoomForAnAuthority(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	for _, room := range []int{0, 100} {
		code, stdout, stderr := roomFor(t, room, "host", "public-v12", "--listen", "127.0.0.1:0", "--json", "--", "true")
		if code != 1 || stdout != "" || strings.Count(stderr, syscall.EFBIG.Error()) != 1 || strings.Count(stderr, "\n") != 1 {
			t.Errorf("room for %d: exit code %d, %q, %q", room, code, stdout, stderr)
		}
	}
	if left, err := filepath.Glob(filepath.Join(dir, "doorstep-*")); err != nil || len(left) > 0 {
		t.Errorf("left behind are %q, %v", left, err)
	}
}

// wholeOrNot errs where a file was begun and not finished, and where nothing is to be seen of what was there before.
func wholeOrNot(t *testing.T, dir, line string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		content, err := os.ReadFile(name)
		switch base := d.Name(); {
		case strings.HasSuffix(base, ".part"):
			t.Errorf("%s: %s is left behind", line, base)
		case base == "f" || base == "f.gz":
			if string(content) != "as it was" {
				t.Errorf("%s: %s holds %d bytes: %.40q", line, base, len(content), content)
			}
		case len(content) == 0 || !bytes.HasSuffix(content, []byte("\n")):
			t.Errorf("%s: %s is half written: %q", line, base, content)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}
