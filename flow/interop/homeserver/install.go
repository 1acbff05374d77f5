package homeserver

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/lockedfile"
)

// installLimit bounds getting and building one homeserver: Dendrite takes about three minutes on two idle cores.
const installLimit = 25 * time.Minute

// installed returns the folder the software is installed in, installing it first when that has not been done on this
// machine. Folders are named by version and by what was asked of the installer, so that a changed pin is a new folder.
// Where the software is not available, the test fails in CI (CI=true) and is skipped, with the reason, elsewhere.
func (s *Software) installed(t testing.TB) string {
	t.Helper()
	dir, err := s.install(t.Context(), t.Logf)
	if err == nil {
		return dir
	}
	message := fmt.Sprintf("%s %s cannot be installed: %v\n%s", s.Name, s.Version, err, s.needs)
	if os.Getenv("CI") == "true" {
		t.Fatal(message)
	}
	t.Skip(message)
	return ""
}

func (s *Software) install(ctx context.Context, logf func(string, ...any)) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, installLimit)
	defer cancel()
	pins, err := s.pins(ctx)
	if err != nil {
		return "", err
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	cache = filepath.Join(cache, "doorstep-interop")
	if err := os.MkdirAll(cache, 0o755); err != nil {
		return "", err
	}
	dir := filepath.Join(cache, fmt.Sprintf("%s-%s-%x", s.Name, s.Version,
		sha256.Sum256([]byte(pins)))[:len(s.Name)+len(s.Version)+14])
	// go test runs the packages' tests at the same time: one installs, the others wait here.
	unlock, err := lockedfile.MutexAt(filepath.Join(cache, s.Name+".lock")).Lock()
	if err != nil {
		return "", err
	}
	defer unlock()
	finished := filepath.Join(dir, "finished")
	if _, err := os.Stat(finished); err == nil && s.works(ctx, dir) == nil {
		return dir, nil
	}
	if err := os.RemoveAll(dir); err != nil { // half an installation, or one whose interpreter is gone
		return "", err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", err
	}
	began := time.Now()
	if err := s.fetch(ctx, dir); err != nil {
		return "", err
	}
	if err := s.works(ctx, dir); err != nil {
		return "", err
	}
	logf("installed %s %s in %s", s.Name, s.Version, time.Since(began).Round(time.Second))
	return dir, os.WriteFile(finished, nil, 0o644)
}

// run carries out one command of an installation. Its error carries the end of what the command printed.
func run(ctx context.Context, env []string, name string, args ...string) error {
	_, err := output(ctx, env, name, args...)
	return err
}

// output carries out a command and returns what it printed on its standard output, and that alone: pins are made of it,
// and the other stream tells how the command fared this time (what go list downloaded, a warning of pyenv's).
func output(ctx context.Context, env []string, name string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Env = append(os.Environ(), env...)
	cmd.WaitDelay = 5 * time.Second
	var out, all strings.Builder
	// Both streams go to all as they come; the mutex is for the two goroutines that copy them.
	both := &locked{w: &all}
	cmd.Stdout, cmd.Stderr = io.MultiWriter(&out, both), both
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("%s %s: %w\n%s", name, strings.Join(args, " "), err, tail(all.String(), 2000))
	}
	return out.String(), nil
}

// locked is a writer that several goroutines may write to.
type locked struct {
	mu sync.Mutex
	w  io.Writer
}

func (l *locked) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.w.Write(p)
}

// tail returns the last n bytes of s, from the start of a line where there is one.
func tail(s string, n int) string {
	if len(s) <= n {
		return s
	}
	s = s[len(s)-n:]
	if _, rest, ok := strings.Cut(s, "\n"); ok {
		return rest
	}
	return s
}

// readTail returns at most the last n bytes of a file.
func readTail(file string, n int64) string {
	f, err := os.Open(file)
	if err != nil {
		return err.Error()
	}
	defer f.Close()
	if info, err := f.Stat(); err == nil && info.Size() > n {
		if _, err := f.Seek(-n, io.SeekEnd); err != nil {
			return err.Error()
		}
	}
	text, err := io.ReadAll(io.LimitReader(f, n))
	if err != nil && !errors.Is(err, io.EOF) {
		return err.Error()
	}
	return string(text)
}
