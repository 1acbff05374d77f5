//go:build unix

package host

import (
	"os/exec"
	"syscall"
)

// inGroup has a program be the first of a group of its own, which is ended as a whole.
func inGroup(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
}

// signalOf is the name of the signal that ended a program; empty where none did.
func signalOf(exit *exec.ExitError) string {
	if status, ok := exit.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		return signalName(int(status.Signal()))
	}
	return ""
}
