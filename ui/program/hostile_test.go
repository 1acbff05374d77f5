package program

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"doorstep/client/freeport"
	"doorstep/flow/flowtest"
	"doorstep/flow/host"
	"doorstep/flow/sandbox"
	"doorstep/flow/sandbox/engine"
	"doorstep/flow/sandbox/sandboxtest"
	"doorstep/ui/command"
)

// A hostile answer takes no more memory than twice the largest answer that is taken, and comes to an end, whatever it
// looks like. The figures are in the log; the sizes are those that 30 MB hold.
func TestHostileAnswers(t *testing.T) {
	program := build(t)
	const limit, size = 500 << 20, 30_000_000
	many := func(one string) string { return one + strings.Repeat(","+one, size/(len(one)+1)-1) }
	numbered := func(n int, form string) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, form, i)
		}
		return b.String()[1:]
	}
	event := `,{"type":"m.x","state_key":"%[1]d","sender":"@a:s%[1]d.example","content":{},"depth":1,"auth_events":` +
		`["$%043[1]d"],"prev_events":[],"origin_server_ts":1,"hashes":{"sha256":"` + strings.Repeat("A", 43) +
		`"},"signatures":{"s%[1]d.example":{"ed25519:a":"` + strings.Repeat("A", 86) + `"}},"room_id":"!r:b.example"}`
	state := func(list string) string { return `{"auth_chain":[],"state":[` + list + `]}` }
	for _, c := range []struct{ name, body, says string }{
		{"empty objects", state(many("{}")), "over the limit|the limit of 1000 are shorter"},
		{"a list of v1 without an end", `[200,` + many("{}") + `]`, "a list of"},
		{"members", `{` + numbered(size/14, `,"%010d":1`) + `,"auth_chain":[],"state":[]}`, "over the limit of 1000 members"},
		{"servers in the room", `{"auth_chain":[],"state":[],"members_omitted":true,"servers_in_room":[` + many(`""`) + `]}`,
			"over the limit of 20000 servers"},
		{"lists in lists", state(strings.Repeat("[", size/2) + strings.Repeat("]", size/2)), ""},
		{"a key each", state(numbered(40_000, event)), "over the limit of 15000 servers"},
		{"create events", state(many(`{"type":"m.room.create","state_key":"","sender":"@a:b.example","content":{},` +
			`"room_id":"!r:b.example","depth":1,"auth_events":[],"prev_events":[],"origin_server_ts":1}`)), ""},
		{"long numbers", state(many(`{"depth":` + strings.Repeat("1", 1_000_000) + `}`)), ""},
	} {
		file := filepath.Join(t.TempDir(), "answer.json")
		if err := os.WriteFile(file, []byte(c.body), 0o600); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
		cmd := exec.CommandContext(ctx, program, "verify", "--json", "--room-version", "11", file)
		cmd.Env = append(os.Environ(), "XDG_STATE_HOME="+t.TempDir(), "GOMEMLIMIT=", "GOGC=")
		out, _ := cmd.Output() // its code says how it ended
		cancel()
		state := cmd.ProcessState
		peak := flowtest.Peak(state)
		t.Logf("%s: %d bytes, %d MB at the most, %s of work", c.name, len(c.body), peak>>20,
			(state.UserTime() + state.SystemTime()).Round(10*time.Millisecond))
		if state.ExitCode() != 4 {
			t.Errorf("%s: exit code %d", c.name, state.ExitCode())
		}
		if runtime.GOOS == "linux" && peak > 2*limit {
			t.Errorf("%s: %d bytes of memory, and the limit of an answer is %d", c.name, peak, limit)
		}
		if !anyIn(string(out), strings.Split(c.says, "|")) {
			t.Errorf("%s: it does not say %q", c.name, c.says)
		}
	}
}

func anyIn(text string, words []string) bool {
	for _, w := range words {
		if strings.Contains(text, w) {
			return true
		}
	}
	return false
}

// left counts what a program may leave behind of a run. Descriptors are 0 where the system does not list them.
type left struct{ goroutines, descriptors int }

// leftNow counts all goroutines but those that wait for signals: a command has one until its process ends, and here
// many commands run in one.
func leftNow() left {
	var now left
	for _, stack := range strings.Split(stacks(), "\n\n") {
		if !strings.Contains(stack, "command.newSignals") {
			now.goroutines++
		}
	}
	if files, err := os.ReadDir("/proc/self/fd"); err == nil {
		now.descriptors = len(files)
	}
	return now
}

// stacks are those of all goroutines.
func stacks() string {
	b := make([]byte, 4<<20)
	return string(b[:runtime.Stack(b, true)])
}

// settles waits until there are no more goroutines and descriptors than before, and says what there was. Who is late
// has a minute: nothing is judged by its pace.
func (before left) settles(t *testing.T, what string, runs int) {
	t.Helper()
	now := leftNow()
	for until := time.Now().Add(time.Minute); now.goroutines > before.goroutines || now.descriptors > before.descriptors; {
		if time.Now().After(until) {
			t.Fatalf("%s: after %d runs %d goroutines and %d descriptors, %d and %d before:\n%s", what, runs, now.goroutines,
				now.descriptors, before.goroutines, before.descriptors, stacks())
		}
		time.Sleep(20 * time.Millisecond) // between two counts
		now = leftNow()
	}
	t.Logf("%s: %d runs, %d goroutines and %d descriptors before, %d and %d after", what, runs, before.goroutines,
		before.descriptors, now.goroutines, now.descriptors)
}

// Whatever servers do, a run leaves no goroutine and no open descriptor behind: every scenario of the sandbox, and
// every room that can be hosted.
func TestHostileLeavesNothing(t *testing.T) {
	if leftNow().descriptors == 0 {
		t.Log("descriptors are not counted here")
	}
	if n := plays(t, sandbox.Scenarios()[:1]); n != 1 { // so that what is started once is there
		t.Fatal("no scenario ran")
	}
	before := leftNow()
	all := sandbox.Scenarios()
	if n := plays(t, all); n != len(all) {
		t.Errorf("%d of %d scenarios ran", n, len(all))
	}
	before.settles(t, "the sandbox", len(all))
	hosts(t, all)
}

// Nor do commands, inside a program that goes on: joins, checks, taps and hosts.
func TestHostileLeavesNothingOfCommands(t *testing.T) {
	for _, c := range []struct {
		what string
		run  func(t *testing.T)
	}{
		{"join", commandJoins}, {"check", commandChecks}, {"tap", commandTaps}, {"host", commandHosts},
	} {
		t.Run("once", func(t *testing.T) { c.run(t) })
		const times = 3
		before := leftNow()
		for range times {
			t.Run(c.what, func(t *testing.T) { c.run(t) }) // what it cleans up, it has by the end
		}
		before.settles(t, c.what, times)
	}
}

// plays runs scenarios to their ends, a few at a time, and returns how many ran.
func plays(t *testing.T, scenarios []engine.Scenario) int {
	const atATime = 8
	var wg sync.WaitGroup
	var ran atomic.Int64
	turns := make(chan struct{}, atATime)
	for _, s := range scenarios {
		wg.Add(1)
		turns <- struct{}{}
		go func() {
			defer func() { <-turns; wg.Done() }()
			run, stop, err := sandbox.Join(t.Context(), s, engine.JoinOptions{Tool: "test"})
			if err != nil {
				t.Errorf("%s: %v", s.Name, err)
				return
			}
			defer stop()
			run.Finish(t.Context())
			ran.Add(1)
		}()
	}
	wg.Wait()
	return int(ran.Load())
}

// hosts starts and stops every room that can be hosted.
func hosts(t *testing.T, scenarios []engine.Scenario) {
	before, n := leftNow(), 0
	for _, s := range scenarios {
		h, err := host.Start(t.Context(), host.Options{Scenario: s, Tool: "test", Listen: "127.0.0.1:0", User: "@me:127.0.0.1:1"})
		if err != nil {
			continue // it cannot be hosted, and nothing may be left of it either
		}
		h.Stop()
		n++
	}
	if n < 50 {
		t.Errorf("only %d rooms were hosted", n)
	}
	before.settles(t, "hosted", n)
}

// ends runs a command inside the test; it has to end with that code.
func ends(t *testing.T, code int, args ...string) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	if got := command.Run(append(args, "--no-record"), &stdout, &stderr); got != code {
		t.Errorf("doorstep %s: exit code %d, not %d\n%s%s", strings.Join(args, " "), got, code, last(stdout.String()),
			last(stderr.String()))
	}
}

func commandJoins(t *testing.T) {
	for name, code := range map[string]int{"public-v12": 0, "banned": 1, "no-create": 4, "truncated-answer": 1} {
		b := federation(t, name)
		ends(t, code, append([]string{"join", b.Alias, "--yes", "--leave", "--probe", "--json", "--timeout", "10s"}, b.Args()...)...)
	}
}

func commandChecks(t *testing.T) {
	b := federation(t, "public-v12")
	args := append([]string{"--server-name", engine.JoiningName, "--json"}, b.Args()[2:]...)
	ends(t, 0, append([]string{"check", engine.ResidentName}, args...)...)
	ends(t, 3, append([]string{"check", "127.0.0.1:1"}, args...)...)
}

func commandTaps(t *testing.T) {
	for name, code := range map[string]int{"public-v12": 0, "banned": 1} {
		b := federation(t, name)
		const server = engine.ResidentName
		stands := freeport.Address(t)
		done, files := make(chan struct{}), resident(t, b)
		go func() {
			defer close(done)
			ends(t, code, "tap", "--listen", stands, "--upstream", "https://"+b.Address(server), "--upstream-name", server,
				"--ca", b.CA, "--tls-cert", files+".crt", "--tls-key", files+".key", "--once", "--quiet", "300ms",
				"--fetch-keys", "--allow-private", "--record", t.TempDir(), "--json")
		}()
		listened(t, stands)
		args := append([]string{"join", b.Alias, "--yes", "--json", "--timeout", "10s"}, b.Args()...)
		for i, a := range args {
			if strings.HasPrefix(a, server+":8448:") {
				args[i] = server + ":8448:" + stands
			}
		}
		ends(t, code, args...)
		<-done
	}
}

// resident writes the certificate of the resident server and its key to files of that name, with .crt and .key.
func resident(t *testing.T, b *sandboxtest.Beside) (name string) {
	t.Helper()
	certificate, err := b.Authority.Certificate(engine.ResidentName)
	if err != nil {
		t.Error(err)
		return ""
	}
	name = filepath.Join(t.TempDir(), "resident")
	for file, text := range inPEM(t, certificate) {
		if err := os.WriteFile(name+file, text, 0o600); err != nil {
			t.Error(err)
		}
	}
	return name
}

func commandHosts(t *testing.T) {
	for name, expect := range map[string]string{"public-v12": "joined", "no-create": "refused", "bad-signature": "joined"} {
		ends(t, 0, "host", name, "--listen", "127.0.0.1:0", "--insecure", "--expect", expect, "--json", "--quiet", "500ms", "--",
			"sh", "-c", fmt.Sprintf(`doorstep join "$DOORSTEP_TARGET" --user @me:%s --ca "$DOORSTEP_CA" --allow-private --yes `+
				`--no-record --json >/dev/null`, freeport.Address(t)))
	}
}
