//go:build unix

package interop

import (
	"encoding/json"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"doorstep/client/freeport"
	"doorstep/flow/interop/homeserver"
)

// printed are the commands in a text that are there to be pasted: lines that are indented, those that follow each other
// together.
func printed(text string) []string {
	var out []string
	in := false
	for line := range strings.Lines(text) {
		command, indented := strings.CutPrefix(line, "    ")
		switch {
		case indented && in:
			out[len(out)-1] += command
		case indented:
			out = append(out, command)
		}
		in = indented
	}
	return out
}

// What doorstep lab prints is pasted as it is, into every shell there is, in a folder whose name needs quotes: the
// homeserver starts, the room is made, and the join is verified.
func TestLab(t *testing.T) {
	t.Parallel()
	for _, software := range homeserver.All() {
		t.Run(software.Name, func(t *testing.T) {
			t.Parallel()
			dir := filepath.Join(t.TempDir(), `it's "my" lab`)
			port := freeport.Port(t)
			said := labOf(t, software, dir, port)
			commands := printed(said)
			if len(commands) != 3 {
				t.Fatalf("%d commands are printed:\n%s", len(commands), said)
			}
			newTerminal(t, "sh", t.TempDir(), software).leaves(t, commands[0])
			for _, shell := range []string{"sh", "bash", "zsh"} {
				if _, err := exec.LookPath(shell); err != nil {
					t.Logf("%s is not installed: nothing is pasted into it", shell)
					continue
				}
				term := newTerminal(t, shell, t.TempDir())
				if said, errs, code := term.types(t, commands[1]); code != 0 || !strings.Contains(said, commands[2]) {
					t.Fatalf("%s: %s: exit code %d, %s\n%s", shell, commands[1], code, errs, said)
				}
				// As it is printed it asks before it joins; where nobody can be asked, it stops there.
				if out, errs, code := term.types(t, commands[2]); code != 0 || !strings.Contains(errs, "without --yes") {
					t.Errorf("%s: %s: exit code %d, %s\n%s", shell, commands[2], code, errs, out)
				}
				joinsWith(t, term, strings.TrimSuffix(commands[2], "\n"), fmt.Sprintf("#lab:localhost:%d", port))
			}
		})
	}
}

// Behind a proxy, and by a name that leads nowhere without help, a lab is joined as it is said.
func TestLabBehindAProxy(t *testing.T) {
	t.Parallel()
	for _, software := range homeserver.All() {
		t.Run(software.Name, func(t *testing.T) {
			t.Parallel()
			dir := filepath.Join(t.TempDir(), "lab")
			port, plain := freeport.Port(t), freeport.Port(t)
			said := labOf(t, software, dir, port, "--name", "hs.example", "--proxy", fmt.Sprint(plain))
			commands := printed(said)
			if len(commands) != 5 { // two of them are lines for nginx and Caddy
				t.Fatalf("%d blocks are printed:\n%s", len(commands), said)
			}
			term := newTerminal(t, "sh", t.TempDir(), software)
			term.leaves(t, commands[0])
			proxy(t, port, plain, filepath.Join(dir, "hs.example"))
			if said, errs, code := term.types(t, commands[3]); code != 0 {
				t.Fatalf("%s: exit code %d, %s\n%s", commands[3], code, errs, said)
			}
			joinsWith(t, term, strings.TrimSuffix(commands[4], "\n"), "behind a proxy")
		})
	}
}

// labOf configures a homeserver and returns what is said of it.
func labOf(t *testing.T, software *homeserver.Software, dir string, port int, flags ...string) string {
	t.Helper()
	args := append([]string{"lab", software.Name, dir, "--port", fmt.Sprint(port)}, flags...)
	out, err := exec.Command(program, args...).Output()
	if err != nil {
		t.Fatalf("doorstep %q: %v", args, err)
	}
	return string(out)
}

// joinsWith goes all the way with a command that joins.
func joinsWith(t *testing.T, term terminal, command, room string) {
	t.Helper()
	out, errs, _ := term.types(t, command+" --yes --json")
	var r report
	if err := json.Unmarshal([]byte(out), &r); err != nil {
		t.Fatalf("%s: %v: %s\n%s", command, err, errs, out)
	}
	if r.Outcome != "joined" || r.ExitCode != 0 || r.Counts.Checks.Fail != 0 || r.Counts.Checks.NotChecked != 0 {
		t.Errorf("%s: outcome %s, exit code %d, checks %+v, findings %v: %s", room, r.Outcome, r.ExitCode, r.Counts.Checks,
			r.Findings, errs)
	}
}
