package command

import (
	"bytes"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
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
