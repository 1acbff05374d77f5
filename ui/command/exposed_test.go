package command

import (
	"bytes"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"doorstep/flow/otlp"
)

// Every flag that names a key is one whose file is looked at; what others name is no file with a private key.
func TestEveryKeyIsLookedAt(t *testing.T) {
	no := []string{"fetch-keys", "keys"} // whether keys are fetched, and a file of public ones
	found := map[string]bool{}
	var walk func(c *cobra.Command)
	walk = func(c *cobra.Command) {
		c.Flags().VisitAll(func(f *pflag.Flag) {
			if strings.Contains(f.Name, "key") && !slices.Contains(no, f.Name) {
				if found[f.Name] = true; !slices.Contains(keyFlags, f.Name) {
					t.Errorf("%s --%s: a file with a key that is not looked at", c.CommandPath(), f.Name)
				}
			}
		})
		for _, sub := range c.Commands() {
			walk(sub)
		}
	}
	walk((&program{}).root())
	if len(found) != len(keyFlags) {
		t.Errorf("flags are %v, looked at %v", found, keyFlags)
	}
}

// A key that others may read is told once, whatever names it; one that is its owner's or a group's, or none, is not.
func TestExposedKeyIsToldOnce(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("modes say nothing on Windows")
	}
	dir := t.TempDir()
	var said bytes.Buffer
	p := &program{stderr: &said}
	for mode, told := range map[os.FileMode]bool{0o600: false, 0o640: false, 0o644: true, 0o620: true, 0o602: true} {
		file := filepath.Join(dir, mode.String())
		if err := os.WriteFile(file, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(file, mode); err != nil {
			t.Fatal(err)
		}
		said.Reset()
		p.warnOfKey("--key", file)
		p.warnOfKey("--key", file)
		if n := strings.Count(said.String(), "chmod 600"); n != map[bool]int{true: 1}[told] {
			t.Errorf("%s is told %d times: %s", mode, n, &said)
		}
	}
	said.Reset()
	p.warnOfKey("--key", "")
	p.warnOfKey("--key", dir)
	p.warnOfKey("--key", filepath.Join(dir, "none"))
	if said.Len() > 0 {
		t.Errorf("no key, and told: %s", &said)
	}
}

// Every file that a lab keeps a secret in is looked at, by whatever uses the lab again; what others may read is not told.
func TestLabKeysAreLookedAt(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("modes say nothing on Windows")
	}
	homeserver := httptest.NewServer(http.NotFoundHandler())
	defer homeserver.Close()
	dir, again := labAt(t, homeserver.Listener.Addr().String())
	var secret []string
	err := filepath.WalkDir(filepath.Dir(dir), func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		content, err := os.ReadFile(name)
		switch filepath.Ext(name) {
		case ".key", ".secret":
			secret = append(secret, name)
		default:
			if bytes.Contains(content, []byte("PRIVATE KEY")) {
				t.Errorf("%s holds a key, and its name does not say so", name)
			}
		}
		if err == nil {
			err = os.Chmod(name, 0o644)
		}
		return err
	})
	if err != nil || len(secret) < 5 {
		t.Fatalf("secrets are %q, %v", secret, err)
	}
	for _, args := range [][]string{{"lab", "room", dir}, {"lab", "join", "#a:localhost:8448", dir},
		{"lab", "join", "#a:localhost:8448", dir, "--json"}, again} {
		out := said(args...)
		for _, file := range secret {
			if n := strings.Count(out.stderr, "doorstep: lab: other users of this machine may read or change that key "+
				"(mode 0644): chmod 600 "+file+"\n"); n != 1 {
				t.Errorf("%q: %s is told of %d times: %s", args, file, n, out.stderr)
			}
		}
		if n := strings.Count(out.stderr, "chmod 600"); n != len(secret) {
			t.Errorf("%q: %d files are told of, not %d: %s", args, n, len(secret), out.stderr)
		}
	}
}

// So is the key by which a collector knows who sends, whichever variable names it.
func TestCollectorKeyIsLookedAt(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("modes say nothing on Windows")
	}
	collector := httptest.NewServer(http.NotFoundHandler())
	defer collector.Close()
	file := filepath.Join(t.TempDir(), "client.key")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(file, 0o604); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{otlp.EnvKey, otlp.EnvTracesKey} {
		t.Setenv(otlp.EnvKey, "")
		t.Setenv(name, file)
		for _, args := range [][]string{{"export", "--otlp", collector.URL, "--no-redact", "banned"},
			{"sandbox", "banned", "--otlp", collector.URL, "--json", "--no-record"}} {
			if out := said(args...); strings.Count(out.stderr, name+": other users") != 1 {
				t.Errorf("%q: %s", args, out.stderr)
			}
		}
	}
}
