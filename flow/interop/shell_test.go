//go:build unix

package interop

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"doorstep/flow/interop/homeserver"
)

// A terminal is where somebody types commands: a shell, a folder, and an environment in which doorstep and homeservers
// are on the PATH.
type terminal struct {
	shell, dir string
	env        []string
}

func newTerminal(t *testing.T, shell, dir string, installed ...*homeserver.Software) terminal {
	t.Helper()
	path := []string{filepath.Dir(program)}
	for _, software := range installed {
		path = append(path, software.Bin(t))
	}
	path = append(path, os.Getenv("PATH"))
	home := t.TempDir()
	env := append(os.Environ(), "HOME="+home, "XDG_CONFIG_HOME="+home, "XDG_STATE_HOME="+home,
		"PATH="+strings.Join(path, string(os.PathListSeparator)))
	return terminal{shell, dir, env}
}

func (term terminal) command(ctx context.Context, script string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, term.shell, "-e", "-c", script)
	cmd.Dir, cmd.Env = term.dir, term.env
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // what it starts ends with it
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGTERM) }
	cmd.WaitDelay = 20 * time.Second
	return cmd
}

// types runs commands and returns what they printed and the exit code of the one that failed, or 0.
func (term terminal) types(t *testing.T, script string) (stdout, stderr string, code int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	cmd := term.command(ctx, script)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	err := cmd.Run()
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
		code = exit.ExitCode()
	} else if err != nil {
		t.Fatalf("%s\n%v", script, err)
	}
	return out.String(), errs.String(), code
}

// A left is what was left running.
type left struct {
	cmd  *exec.Cmd
	file string // what it prints
	stop context.CancelFunc
	over chan struct{} // closed when it has ended
}

// leaves runs commands and leaves them running. They end with the test in any case, and where that has failed, what
// they printed is told.
func (term terminal) leaves(t *testing.T, script string) *left {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	cmd := term.command(ctx, script)
	file, err := os.Create(filepath.Join(t.TempDir(), "log"))
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stdout, cmd.Stderr = file, file
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	file.Close() // the program holds its own copy
	l := &left{cmd, file.Name(), cancel, make(chan struct{})}
	go func() {
		defer close(l.over)
		_ = cmd.Wait() // how it ended is in its state
	}()
	t.Cleanup(func() {
		l.end()
		if t.Failed() {
			text := l.printed()
			t.Logf("%s\nprinted\n%s", script, text[max(len(text)-8000, 0):])
		}
	})
	return l
}

// end ends it.
func (l *left) end() {
	l.stop()
	<-l.over
}

// ended waits until it has ended by itself, and well, and returns what it printed.
func (l *left) ended(t *testing.T) string {
	t.Helper()
	select {
	case <-l.over:
	case <-time.After(time.Minute):
		t.Fatalf("it has not ended; it printed\n%s", l.printed())
	}
	if code := l.cmd.ProcessState.ExitCode(); code != 0 {
		t.Errorf("exit code %d; it printed\n%s", code, l.printed())
	}
	return l.printed()
}

func (l *left) printed() string {
	text, _ := os.ReadFile(l.file) // what cannot be read was not printed
	return string(text)
}
