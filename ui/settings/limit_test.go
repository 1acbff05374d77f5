package settings

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A file of settings that is too large is told as such, and not as one that breaks off where reading it was given up.
func TestTooLarge(t *testing.T) {
	path := filepath.Join(t.TempDir(), "settings.json")
	content := `{"ascii":true,"theme":"` + strings.Repeat("x", limit) + `"}`
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	k := Read(path)
	if len(k.Problems) != 1 || !strings.Contains(k.Problems[0], "more than 1048576 bytes") || k.ASCII {
		t.Errorf("%q", k.Problems)
	}
	if _, err := ReadProfile(path); err == nil || !strings.Contains(err.Error(), "more than 1048576 bytes") {
		t.Errorf("a profile: %v", err)
	}
}
