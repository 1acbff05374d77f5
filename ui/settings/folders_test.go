package settings

import (
	"path/filepath"
	"testing"
)

// Files are where the XDG variables say, and in the home where those say nothing that counts.
func TestFolders(t *testing.T) {
	home := t.TempDir()
	t.Setenv("HOME", home)
	t.Setenv("XDG_CONFIG_HOME", "not/absolute")
	if got, err := File(); err != nil || got != filepath.Join(home, ".config", "doorstep", "config.json") {
		t.Errorf("settings in %q, %v", got, err)
	}
	t.Setenv("HOME", "")
	if got, err := File(); err == nil {
		t.Errorf("without a home, settings in %q", got)
	}
}
