package safely

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// holds errs unless the folder holds files of these contents, and nothing else.
func holds(t *testing.T, folder string, want map[string]string) {
	t.Helper()
	there, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range there {
		got, err := os.ReadFile(filepath.Join(folder, d.Name()))
		if content, ok := want[d.Name()]; !ok || err != nil || string(got) != content {
			t.Errorf("%s holds %q, %v", d.Name(), got, err)
		}
	}
	if len(there) != len(want) {
		t.Errorf("there are %v", there)
	}
}

func TestWrite(t *testing.T) {
	folder := t.TempDir()
	name := filepath.Join(folder, "a")
	if err := WriteBytes(name, Options{}, []byte("one")); err != nil {
		t.Fatal(err)
	}
	if err := WriteBytes(name, Options{}, []byte("two")); !errors.Is(err, fs.ErrExist) {
		t.Error(err)
	}
	holds(t, folder, map[string]string{"a": "one"})
	if err := os.Chmod(name, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := WriteBytes(name, Options{Force: true}, []byte("two")); err != nil {
		t.Fatal(err)
	}
	holds(t, folder, map[string]string{"a": "two"})
	if info, err := os.Stat(name); err != nil || runtime.GOOS != "windows" && info.Mode() != Private {
		t.Errorf("written over it has the mode %v, %v", info.Mode(), err)
	}
	broken := errors.New("broken")
	err := Write(name, Options{Force: true}, func(w io.Writer) error {
		_, _ = io.WriteString(w, "three")
		return broken
	})
	if !errors.Is(err, broken) {
		t.Error(err)
	}
	holds(t, folder, map[string]string{"a": "two"})
}

// A symbolic link is refused, where it leads nowhere too; another name of a file keeps what it held.
func TestLinks(t *testing.T) {
	folder, elsewhere := t.TempDir(), t.TempDir()
	target := filepath.Join(elsewhere, "mine")
	if err := os.WriteFile(target, []byte("mine"), 0o644); err != nil {
		t.Fatal(err)
	}
	link, dangling, second := filepath.Join(folder, "l"), filepath.Join(folder, "d"), filepath.Join(folder, "s")
	for _, err := range []error{os.Symlink(target, link), os.Symlink(filepath.Join(elsewhere, "new"), dangling),
		os.Link(target, second)} {
		if err != nil {
			t.Skip("no links here: ", err)
		}
	}
	for _, name := range []string{link, dangling} {
		for _, force := range []bool{false, true} {
			var refused *LinkError
			if err := WriteBytes(name, Options{Force: force}, []byte("theirs")); !errors.As(err, &refused) {
				t.Errorf("%s, by force: %v: %v", name, force, err)
			}
		}
	}
	if err := WriteBytes(second, Options{Force: true}, []byte("theirs")); err != nil {
		t.Error(err)
	}
	holds(t, elsewhere, map[string]string{"mine": "mine"})
	if got, err := os.ReadFile(second); err != nil || string(got) != "theirs" {
		t.Errorf("%q, %v", got, err)
	}
}

// What is put in the place of a file meanwhile is not written over, nor written through.
func TestMeanwhile(t *testing.T) {
	for _, force := range []bool{false, true} {
		folder, elsewhere := t.TempDir(), t.TempDir()
		name, target := filepath.Join(folder, "a"), filepath.Join(elsewhere, "mine")
		f, err := Create(name, Options{Force: force})
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(target, []byte("mine"), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(target, name); err != nil {
			t.Skip("no links here: ", err)
		}
		_, _ = f.Write([]byte("ours"))
		err = f.Place()
		if force && err != nil || !force && !errors.Is(err, fs.ErrExist) {
			t.Errorf("by force: %v: %v", force, err)
		}
		if err := f.Close(); err != nil {
			t.Error(err)
		}
		holds(t, elsewhere, map[string]string{"mine": "mine"})
		holds(t, folder, map[string]string{"a": map[bool]string{true: "ours", false: "mine"}[force]})
	}
}

// A file is seen with what was written before it was placed, and grows from then on.
func TestPlace(t *testing.T) {
	folder := t.TempDir()
	f, err := Create(filepath.Join(folder, "a"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	write := func(s string) {
		t.Helper()
		if _, err := f.Write([]byte(s)); err != nil {
			t.Fatal(err)
		}
	}
	write("head ")
	if _, err := os.Lstat(filepath.Join(folder, "a")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("it is there already: %v", err)
	}
	if err := f.Place(); err != nil {
		t.Fatal(err)
	}
	holds(t, folder, map[string]string{"a": "head "})
	write("body")
	holds(t, folder, map[string]string{"a": "head body"})
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	g, err := Create(filepath.Join(folder, "b"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := g.Close(); err != nil { // before it was placed
		t.Error(err)
	}
	holds(t, folder, map[string]string{"a": "head body"})
}

// The names of errors are those that were asked for: the other name of a file that is not in its place is nobody's.
func TestNamesInErrors(t *testing.T) {
	folder := t.TempDir()
	long := filepath.Join(folder, strings.Repeat("x", 255)) // what file systems take
	if err := WriteBytes(long, Options{}, []byte("a")); err != nil {
		t.Errorf("a name of 255 bytes: %v", err)
	}
	for _, name := range []string{filepath.Join(folder, "no", "x"), long + "x", folder} {
		err := WriteBytes(name, Options{Force: true}, []byte("a"))
		if err == nil || !strings.Contains(err.Error(), filepath.Base(name)) || strings.Contains(err.Error(), nameOfBeside) {
			t.Errorf("%v", err)
		}
	}
	if there, err := os.ReadDir(folder); err != nil || len(there) != 1 {
		t.Errorf("%v, %v", there, err)
	}
}

// Devices are written into as they are, by force, and are there afterwards.
func TestDevice(t *testing.T) {
	before, err := os.Stat("/dev/full")
	if err != nil {
		t.Skip("there is no device here that is always full: ", err)
	}
	if err := WriteBytes("/dev/full", Options{}, nil); !errors.Is(err, fs.ErrExist) {
		t.Error(err)
	}
	var full *WriteError
	if err := WriteBytes("/dev/full", Options{Force: true}, []byte("a")); !errors.As(err, &full) || !full.Part {
		t.Error(err)
	}
	if err := WriteBytes("/dev/null", Options{Force: true}, bytes.Repeat([]byte("a"), 1<<10)); err != nil {
		t.Error(err)
	}
	after, err := os.Stat("/dev/full")
	if err != nil || before.Mode() != after.Mode() {
		t.Errorf("%v, %v", after, err)
	}
}

// A program that ends while it writes leaves nothing of what it wrote, and all else.
func TestAbandon(t *testing.T) {
	dir := t.TempDir()
	placed, err := Create(filepath.Join(dir, "placed"), Options{})
	if err == nil {
		err = placed.Place()
	}
	if err != nil {
		t.Fatal(err)
	}
	underWay, err := Create(filepath.Join(dir, "under way"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	another, err := Create(filepath.Join(dir, "another"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	Abandon(filepath.Join(dir, "placed"))
	Abandon(filepath.Join(dir, "under way"))
	if err := another.Place(); err != nil {
		t.Error(err)
	}
	holds(t, dir, map[string]string{"placed": "", "another": ""})
	if _, err := placed.Write([]byte("a line")); err != nil {
		t.Errorf("what is in its place is not written any more: %v", err)
	}
	if _, err := underWay.Write([]byte("a line")); err == nil {
		t.Error("what was taken away is written")
	}
	if err := underWay.Place(); err == nil {
		t.Error("what was taken away is put in its place")
	}
	if err := errors.Join(placed.Close(), underWay.Close(), another.Close()); err != nil {
		t.Error(err)
	}
}
