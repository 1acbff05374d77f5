package client

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// A file is read up to its limit, and none that is longer; one without end is given up.
func TestFilesHaveLimits(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x")
	if err := os.WriteFile(path, []byte("four"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got, err := ReadFile(path, 4); err != nil || string(got) != "four" {
		t.Errorf("%q, %v", got, err)
	}
	if got, err := ReadFile(path, 3); got != nil || err == nil || !strings.Contains(err.Error(), "more than 3 bytes") {
		t.Errorf("%q, %v", got, err)
	}
	const endless = "/dev/zero"
	if _, err := os.Stat(endless); err != nil {
		t.Skip("there is no file without end here: ", err)
	}
	if _, err := ReadAuthority(endless, endless, time.Now()); err == nil || !strings.Contains(err.Error(), "more than") {
		t.Errorf("an authority without end: %v", err)
	}
}
