//go:build unix

package program

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"doorstep/client/freeport"
	"doorstep/ui/command"
)

// Whoever fills in a join on the screen is told, once the screen is closed, which of its keys others may read: the one
// that was typed, and the one of the profile that was chosen, each once.
func TestFormTellsOfKeys(t *testing.T) {
	dir := t.TempDir()
	signing, certs := filepath.Join(dir, "signing.key"), filepath.Join(dir, "certs")
	var out bytes.Buffer
	for _, args := range [][]string{{"keygen", signing}, {"certs", certs}} {
		if code := command.Run(args, &out, &out); code != 0 {
			t.Fatal(code, out.String())
		}
	}
	tls := filepath.Join(certs, "localhost.key")
	for file, mode := range map[string]os.FileMode{signing: 0o644, tls: 0o604} {
		if err := os.Chmod(file, mode); err != nil {
			t.Fatal(err)
		}
	}
	settings := filepath.Join(dir, "doorstep", "config.json")
	text, err := json.Marshal(map[string]any{"profiles": map[string]any{"mine": map[string]any{
		"user": "@me:" + freeport.Address(t), "tls_cert": filepath.Join(certs, "localhost.crt"), "tls_key": tls,
		"allow_private": true, "dry_run": true}}})
	if err == nil {
		err = os.Mkdir(filepath.Dir(settings), 0o700)
	}
	if err == nil {
		err = os.WriteFile(settings, text, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	c := process(t)
	c.Env = append(c.Env, "XDG_CONFIG_HOME="+dir)
	s := onTerminal(t, c)
	s.shows("Start here")
	s.keys("\x1b[B\x1b[B\x1b[B\r") // letters typed at once are one key
	s.shows("Profile")
	s.keys(" \t#a:127.0.0.1:1\t\t" + signing)
	s.shows("--profile mine --key")
	s.keys("\r")
	s.shows("Next: ")
	s.keys("q")
	s.until("the first screen", func(shown []byte) bool { return bytes.Count(shown, []byte("Start here")) > 1 })
	s.keys("q")
	code, _, stderr := s.ends()
	if code != 0 {
		t.Errorf("exit code %d: %s", code, stderr)
	}
	for _, want := range []string{"--key: other users of this machine may read or change that key (mode 0644): chmod 600 " +
		signing, "--tls-key: other users of this machine may read or change that key (mode 0604): chmod 600 " + tls} {
		if n := strings.Count(stderr, "doorstep: "+want+"\n"); n != 1 {
			t.Errorf("%q is said %d times: %s", want, n, stderr)
		}
	}
}
