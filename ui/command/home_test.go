package command

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"doorstep/flow/sandbox"
	"doorstep/recordings"
)

// The user's own recordings are listed by what they are and how they ended, newest first; what is none is left out.
func TestRecentRecordings(t *testing.T) {
	t.Setenv("XDG_STATE_HOME", t.TempDir())
	recent := recentRecordings()
	if list, none := recent(t.Context()); len(list) != 0 || !strings.Contains(none, "recordings") {
		t.Fatalf("without a folder: %v, %q", list, none)
	}
	folder := filepath.Join(os.Getenv("XDG_STATE_HOME"), "doorstep", "recordings")
	if err := os.MkdirAll(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	write := func(name string, content []byte, at time.Time) {
		t.Helper()
		path := filepath.Join(folder, name)
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(path, at, at); err != nil {
			t.Fatal(err)
		}
	}
	day := time.Date(2026, 11, 26, 12, 0, 0, 0, time.Local)
	for i, name := range []string{"banned", "synapse-v11"} {
		r, err := recordings.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		write(name+".jsonl", content, day.Add(time.Duration(i)*time.Hour))
	}
	write("broken.jsonl", []byte("{}\n"), day)
	write("notes.txt", []byte("hello"), day)
	for range 2 { // the second time from what was kept
		list, _ := recent(t.Context())
		if len(list) != 2 {
			t.Fatalf("listed: %+v", list)
		}
		if a := list[0]; a.When != "2026-11-26 13:00" || a.Outcome != "joined" || !strings.HasPrefix(a.Title, "#join11:") {
			t.Errorf("the newest is %+v", a)
		}
		if b := list[1]; b.Outcome != "refused" || b.Title != "The user is banned from the room" ||
			!strings.HasSuffix(b.Name, "banned.jsonl") || b.Command != "doorstep replay "+b.Name {
			t.Errorf("the other is %+v", b)
		}
	}
}

// The home screen offers every scenario, in a group, and finds those with a finding by its words.
func TestHomeScenarios(t *testing.T) {
	list := homeScenarios()
	if len(list) != len(sandbox.Scenarios()) {
		t.Errorf("%d of %d scenarios are offered", len(list), len(sandbox.Scenarios()))
	}
	for _, s := range list {
		if s.Group == "" || (s.About == "") != (s.Finding == "") {
			t.Errorf("%s: group %q, finding %q, told as %q", s.Name, s.Group, s.Finding, s.About)
		}
	}
}
