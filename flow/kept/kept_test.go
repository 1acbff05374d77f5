package kept

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"doorstep/flow"
	"doorstep/flow/recording"
)

// run keeps the recording of a run of one entry and returns its recorder.
func run(created time.Time, what string) *Recorder {
	r := New(flow.Header{Created: created, Joining: "joining.example", User: "@you:joining.example",
		Target: "#room:directory.example", Form: flow.FormCurrent, SendTo: flow.SendToSame}, what, Most)
	_ = r.Entry(flow.Trace{}, &flow.Entry{Seq: 1, Kind: flow.Local, Step: flow.L1, From: flow.Joining, To: flow.Joining})
	r.Close()
	return r
}

var noon = time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)

func TestKept(t *testing.T) {
	state := t.TempDir()
	t.Setenv("XDG_STATE_HOME", state)
	if all, err := List(); len(all) != 0 || err != nil {
		t.Fatalf("before the first: %v, %v", all, err)
	}
	r := run(noon, "sandbox-banned")
	want := filepath.Join(state, "doorstep", "recordings", "20260102T120000.000Z-sandbox-banned.jsonl")
	if r.File() != want || r.Err() != nil {
		t.Fatalf("%q, %v", r.File(), r.Err())
	}
	if _, err := recording.Open(want); err != nil {
		t.Error(err)
	}
	for name, mode := range map[string]os.FileMode{want: 0o600, filepath.Dir(want): 0o700 | os.ModeDir} {
		info, err := os.Stat(name)
		if err != nil || info.Mode() != mode && runtime.GOOS != "windows" { // there, modes say nothing
			t.Errorf("%s: %v, %v", name, info.Mode(), err)
		}
	}
	again := run(noon, "sandbox-banned") // in the same millisecond
	if again.File() == want || again.Err() != nil {
		t.Errorf("%q, %v", again.File(), again.Err())
	}
	for _, name := range []string{Last, strings.TrimSuffix(filepath.Base(again.File()), ".jsonl")} {
		if file, found := Find(name); !found || file != again.File() {
			t.Errorf("%s: %q, %t", name, file, found)
		}
	}
	if _, found := Find("../recordings/" + Last); found {
		t.Error("a path is taken for a name")
	}
}

// The oldest make room, and nothing does that was not named here.
func TestNewestStay(t *testing.T) {
	state := t.TempDir()
	t.Setenv("XDG_STATE_HOME", state)
	folder := filepath.Join(state, "doorstep", "recordings")
	if err := os.MkdirAll(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	foreign := []string{"20200101T000000.000Z-mine.txt", "mine.jsonl", "20200101T000000.000Z-UPPER.jsonl"}
	for _, name := range foreign {
		if err := os.WriteFile(filepath.Join(folder, name), []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(filepath.Join(folder, "20200101T000000.000Z-folder.jsonl"), 0o700); err != nil {
		t.Fatal(err)
	}
	for i := range Most + 5 {
		if r := run(noon.Add(time.Duration(i)*time.Hour), fmt.Sprint("n", i)); r.Err() != nil {
			t.Fatal(r.Err())
		}
	}
	all, err := List()
	if err != nil || len(all) != Most || !strings.HasSuffix(all[0].Name, fmt.Sprint("-n", Most+4)) ||
		!strings.HasSuffix(all[Most-1].Name, "-n5") {
		t.Errorf("%d kept, %v: %v", len(all), err, all)
	}
	for _, name := range append(foreign, "20200101T000000.000Z-folder.jsonl") {
		if _, err := os.Stat(filepath.Join(folder, name)); err != nil {
			t.Error(err)
		}
	}
}

// A folder that cannot be made is an error to ask for, and no error of the run.
func TestFolderThatCannotBeMade(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("XDG_STATE_HOME", file)
	r := run(noon, "join")
	if r.Err() == nil || r.File() != "" {
		t.Errorf("%q, %v", r.File(), r.Err())
	}
}

// A run that did nothing leaves no file.
func TestNothingToKeep(t *testing.T) {
	t.Setenv("XDG_STATE_HOME", t.TempDir())
	r := New(flow.Header{Created: noon}, "join", Most)
	r.Close()
	if all, _ := List(); len(all) != 0 || r.File() != "" {
		t.Errorf("%v, %q", all, r.File())
	}
}

func TestNames(t *testing.T) {
	for _, what := range []string{"join", "", "-", "../../etc/passwd", "\x1b[2J", "Größe", strings.Repeat("a", 100)} {
		if name := nameOf(noon, what); !ours().MatchString(name) {
			t.Errorf("%q: %q", what, name)
		}
	}
}

func TestFolder(t *testing.T) {
	home, state := t.TempDir(), t.TempDir()
	t.Setenv("HOME", home)
	t.Setenv("USERPROFILE", home) // that of Windows
	of := filepath.Join(home, ".local", "state", "doorstep", "recordings")
	for state, want := range map[string]string{
		"": of, "relative": of, state: filepath.Join(state, "doorstep", "recordings"),
	} {
		t.Setenv("XDG_STATE_HOME", state)
		if got, err := Folder(); err != nil || got != want {
			t.Errorf("%q: %q, %v", state, got, err)
		}
	}
}
