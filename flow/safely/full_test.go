//go:build unix

package safely

import (
	"errors"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// Whatever the room there is, a file is whole or as it was before, and one that grows holds what was written while
// there was room.
func TestKillNoRoom(t *testing.T) {
	const limited = "DOORSTEP_LIMITED"
	if os.Getenv(limited) == "" { // the limit is the process's, and go test has files of its own
		child := exec.Command(os.Args[0], "-test.run=^"+t.Name()+"$", "-test.v")
		child.Env = append(os.Environ(), limited+"=1")
		out, err := child.CombinedOutput()
		if err != nil {
			t.Errorf("%v", err)
		}
		t.Logf("%s", out)
		return
	}
	signal.Ignore(syscall.SIGXFSZ) // writing over the limit is an error then
	defer signal.Reset(syscall.SIGXFSZ)
	var usual syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &usual); err != nil {
		t.Fatal(err)
	}
	const line = "0123456789\n"
	lines, failed := 20, 0
	for room := 0; room <= lines*len(line)+1; room++ {
		folder := t.TempDir()
		old, grows := filepath.Join(folder, "old"), filepath.Join(folder, "grows")
		if err := WriteBytes(old, Options{}, []byte("old")); err != nil {
			t.Fatal(err)
		}
		limit := usual
		limit.Cur = uint64(room)
		if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
			t.Fatal(err)
		}
		err := Write(old, Options{Force: true}, func(w io.Writer) error { return writeLines(w, line, lines) })
		grown := grow(grows, line, lines)
		if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &usual); err != nil {
			t.Fatal(err)
		}
		want := map[string]string{"old": strings.Repeat(line, lines), "grows": strings.Repeat(line, lines)}
		if room < lines*len(line) {
			failed++
			for _, err := range []error{err, grown} {
				if full := (*WriteError)(nil); !errors.As(err, &full) || !errors.Is(err, syscall.EFBIG) {
					t.Errorf("with room for %d bytes: %v", room, err)
				}
			}
			want["old"], want["grows"] = "old", want["grows"][:room]
		} else if err != nil || grown != nil {
			t.Errorf("with room for %d bytes: %v, %v", room, err, grown)
		}
		if room < len(line) {
			delete(want, "grows")
		}
		holds(t, folder, want)
	}
	t.Logf("no room at %d sizes: nothing is half written", failed)
}

func writeLines(w io.Writer, line string, n int) error {
	for range n {
		if _, err := io.WriteString(w, line); err != nil {
			return err
		}
	}
	return nil
}

// grow places a file after its first line.
func grow(name, line string, n int) error {
	f, err := Create(name, Options{})
	if err != nil {
		return err
	}
	defer f.Close()
	if err := writeLines(f, line, 1); err != nil {
		return err
	}
	if err := f.Place(); err != nil {
		return err
	}
	return writeLines(f, line, n-1)
}
