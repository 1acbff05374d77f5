package export_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"doorstep/flow"
	"doorstep/flow/export"
	"doorstep/flow/flowtest"
	"doorstep/flow/recording"
	"doorstep/flow/verify"
	"doorstep/recordings"
)

// shells returns the POSIX shells of this machine, and says which are missing.
func shells(t *testing.T, names ...string) []string {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("the commands are for a shell of Unix, with its programs in their places")
	}
	if _, err := exec.LookPath("openssl"); err != nil {
		t.Skip("openssl is not installed: what the commands come to was not tried")
	}
	var out []string
	for _, name := range names {
		path, err := exec.LookPath(name)
		if err != nil {
			t.Logf("%s is not installed: the commands were not tried in it", name)
			continue
		}
		out = append(out, path)
	}
	if out == nil {
		t.Skip("no POSIX shell here")
	}
	return out
}

// redone runs the script of w and returns its exit code and what it printed, both streams.
func redone(t *testing.T, shell, path string, w verify.EventWork) (int, string) {
	t.Helper()
	dir, temp := t.TempDir(), t.TempDir()
	cmd := exec.Command(shell)
	cmd.Dir, cmd.Stdin = dir, strings.NewReader(string(export.Redo(w))+"\n")
	cmd.Env = []string{"PATH=" + path, "TMPDIR=" + temp}
	out, err := cmd.CombinedOutput()
	if _, exited := err.(*exec.ExitError); err != nil && !exited {
		t.Fatal(err)
	}
	for _, d := range []string{dir, temp} {
		if left, err := os.ReadDir(d); err != nil || len(left) > 0 {
			t.Errorf("%s: it leaves %v behind in %s (%v)", w.EventID, left, d, err)
		}
	}
	return cmd.ProcessState.ExitCode(), string(out)
}

const everything = "/usr/local/bin:/usr/bin:/bin"

func embedded(t *testing.T, name string) flow.Trace {
	t.Helper()
	trace := flowtest.Embedded(t, name)
	return trace
}

// The commands say of every embedded recording's join, and of events of every room version, what is true of it:
// everything is the same, and every signature verifies.
func TestShellRedo(t *testing.T) {
	all := shells(t, "dash", "bash", "zsh")
	versions := map[string]bool{}
	scripts, from := 0, 0
	for _, name := range recordings.Names() {
		s := flow.Fold(embedded(t, name))
		if s.Build == nil {
			continue
		}
		from++
		version := s.Template.RoomVersion.ID
		ids := []string{s.Build.EventID}
		if v := s.Verification; v != nil && !versions[version] {
			versions[version] = true
			for i, e := range v.Sets().Events {
				if i < 3 && e.Event != nil {
					ids = append(ids, e.ID)
				}
			}
		}
		for n, id := range ids {
			for _, w := range s.ShowWork(id) {
				code, said := redone(t, all[n%len(all)], everything, w)
				saysTheSame(t, name, w, code, said)
				scripts++
			}
		}
	}
	t.Logf("%d scripts of %d recordings, over %d shells", scripts, from, len(all))
	if len(versions) != 12 {
		t.Errorf("events of %d room versions were tried", len(versions))
	}
}

// saysTheSame checks what the script said of an event that holds.
func saysTheSame(t *testing.T, name string, w verify.EventWork, code int, said string) {
	t.Helper()
	lines := strings.Split(said, "\n")
	want := []string{"content hash: same"}
	if w.Redacted != nil {
		want[0] = "content hash: not compared, the event was redacted and its hash covers what was dropped"
	}
	if w.ComputedID != "" {
		want = append(want, "event ID: same")
	}
	for _, x := range w.Signatures {
		if x.PublicKey != "" {
			want = append(want, "signature of "+x.Server+" with "+x.KeyID+": verifies")
		}
	}
	for _, line := range want {
		if !slices.Contains(lines, line) {
			t.Errorf("%s, %s %s: no line %q in\n%s", name, w.Where, w.EventID, line, said)
		}
	}
	if code != 0 {
		t.Errorf("%s, %s %s: exit code %d:\n%s", name, w.Where, w.EventID, code, said)
	}
	for _, line := range lines {
		if line != "" && !strings.Contains(line, ": ") {
			t.Errorf("%s: a line without a label: %q", name, line)
		}
	}
}

// tampered returns the recording with one text replaced in everything that was sent and that came.
func tampered(t *testing.T, name, from, to string) flow.State {
	t.Helper()
	var b bytes.Buffer
	if err := recording.Write(&b, embedded(t, name)); err != nil {
		t.Fatal(err)
	}
	changed := strings.ReplaceAll(b.String(), from, to)
	if changed == b.String() {
		t.Fatalf("%s: %q is not in it", name, from)
	}
	trace, err := recording.Read(strings.NewReader(changed))
	if err != nil {
		t.Fatal(err)
	}
	return flow.Fold(trace)
}

// What does not hold is said, whatever it is, and the exit code tells.
func TestShellRedoTampered(t *testing.T) {
	sh := shells(t, "dash", "bash", "zsh")
	whole := flow.Fold(embedded(t, "public-v11"))
	join := whole.Build.EventID
	own := whole.ShowWork(join)[0]
	signature := own.Signatures[0]
	other := "A" + signature.Signature[1:]
	if signature.Signature[0] == 'A' {
		other = "B" + signature.Signature[1:]
	}
	for _, c := range []struct {
		name, from, to string
		says           []string
	}{
		{"content", `\"membership\":\"join\"`, `\"membership\":\"join\",\"displayname\":\"Eve\"`,
			[]string{"content hash: differs", ": verifies"}},
		{"claimed hash", own.ContentClaimed, "$(touch x)", []string{"content hash: differs",
			"content hash, as given: $(touch x)", ": does not verify"}},
		{"no hash", `\"sha256\":\"` + own.ContentClaimed + `\"`, "", []string{"content hash: missing"}},
		{"signature", signature.Signature, other, []string{"content hash: same", "event ID: same", ": does not verify"}},
		{"no base64", signature.Signature, "?" + signature.Signature[1:], []string{"event ID: same", ": cannot be read"}},
		{"no signature", `\"` + signature.KeyID + `\":\"` + signature.Signature + `\"`, "",
			[]string{"signature of joining.example: "}},
		{"depth", `\"depth\":`, `\"depth\":1`, []string{"event ID: differs", ": does not verify"}},
	} {
		s := tampered(t, "public-v11", c.from, c.to)
		works := s.ShowWork(join)
		if len(works) == 0 {
			t.Errorf("%s: no work", c.name)
			continue
		}
		for _, shell := range sh {
			code, said := redone(t, shell, everything, works[len(works)-1])
			if code != 1 && c.name != "no signature" || !containsAll(said, c.says) {
				t.Errorf("%s in %s: exit code %d, want lines with %q:\n%s", c.name, shell, code, c.says, said)
			}
		}
	}
}

func containsAll(text string, parts []string) bool {
	return !slices.ContainsFunc(parts, func(p string) bool { return !strings.Contains(text, p) })
}

// Only openssl and what every POSIX system has is needed, and what is missing is named; so is an openssl that cannot
// do it.
func TestShellRedoTools(t *testing.T) {
	w := flow.Fold(embedded(t, "public-v12"))
	work := w.ShowWork(w.Build.EventID)[0]
	for _, shell := range shells(t, "dash", "bash", "zsh") {
		for _, c := range []struct {
			tools []string
			code  int
			says  string
		}{
			{[]string{"openssl", "rm", "mkdir"}, 0, "content hash: same"},
			{[]string{"openssl", "rm", "mktemp"}, 0, "event ID: same"},
			{[]string{"rm", "mktemp"}, 2, "openssl is missing"},
			{[]string{"openssl", "mktemp"}, 2, "rm is missing"},
		} {
			code, said := redone(t, shell, onlyTools(t, c.tools, nil), work)
			if code != c.code || !strings.Contains(said, c.says) {
				t.Errorf("%s with %v: exit code %d, %q", shell, c.tools, code, said)
			}
		}
		old := map[string]string{"openssl": "#!/bin/sh\n[ \"$1\" != pkeyutl ] || exit 1\nPATH=" + everything +
			" exec openssl \"$@\"\n"}
		code, said := redone(t, shell, onlyTools(t, []string{"rm", "mktemp"}, old), work)
		if code != 2 || !strings.Contains(said, "this openssl cannot verify ed25519") || strings.Contains(said,
			"does not verify") {
			t.Errorf("%s with an old openssl: exit code %d, %q", shell, code, said)
		}
	}
}

// onlyTools makes a folder that holds these programs and nothing else.
func onlyTools(t *testing.T, tools []string, scripts map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for _, tool := range tools {
		path, err := exec.LookPath(tool)
		if err != nil {
			t.Skipf("%s is not installed", tool)
		}
		if err := os.Symlink(path, filepath.Join(dir, tool)); err != nil {
			t.Fatal(err)
		}
	}
	for name, script := range scripts {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(script), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// Whatever stands in the folder where the commands run, they leave it alone.
func TestShellRedoLeavesTheFolderAlone(t *testing.T) {
	s := flow.Fold(embedded(t, "public-v12"))
	w := s.ShowWork(s.Build.EventID)[0]
	for _, shell := range shells(t, "dash", "bash", "zsh") {
		dir := t.TempDir()
		target := filepath.Join(dir, "precious")
		if err := os.WriteFile(target, []byte("precious"), 0o600); err != nil {
			t.Fatal(err)
		}
		names := []string{"content", "signed", "content.json", "signed.json", "1.key", "1.sig", "example", "example.key",
			"key1.der", "signature1"}
		for _, name := range names {
			if err := os.Symlink(target, filepath.Join(dir, name)); err != nil {
				t.Fatal(err)
			}
		}
		cmd := exec.Command(shell)
		cmd.Dir, cmd.Stdin = dir, strings.NewReader(string(export.Redo(w))+"\n")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("%s: %v\n%s", shell, err, out)
		}
		left, err := os.ReadDir(dir)
		if b, _ := os.ReadFile(target); err != nil || string(b) != "precious" || len(left) != len(names)+1 {
			t.Errorf("%s: the folder holds %d files, and the one its links lead to %q", shell, len(left), b)
		}
	}
}
