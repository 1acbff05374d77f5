package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"doorstep/flow/host"
	"doorstep/flow/sandbox"
	"doorstep/flow/sandbox/engine"
	"doorstep/flow/sandbox/sandboxtest"
	"doorstep/ui/command"
)

// left counts what a program may leave behind of a run. Descriptors are 0 where the system does not list them.
type left struct{ goroutines, descriptors int }

// leftNow counts all goroutines but those that wait for signals: a command has one until its process ends, and here many
// commands run in one.
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

// settles waits until there are no more goroutines and descriptors than before, and says what there was. Who is late has
// a minute: nothing is judged by its pace.
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

// Whatever servers do, a run leaves no goroutine and no open descriptor behind: every scenario of the sandbox, and every
// room that can be hosted.
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

// federation starts the servers of a scenario, until the test ends.
func federation(t *testing.T, name string) *sandboxtest.Beside {
	t.Helper()
	b, err := sandboxtest.Start(t.Context(), name, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Stop)
	return b
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
		stands := freeAddress(t)
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
				`--no-record --json >/dev/null`, freeAddress(t)))
	}
}
