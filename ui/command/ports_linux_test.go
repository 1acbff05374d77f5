package command

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"
)

// nobody is the user who is nobody, for what root may do and others may not.
const nobody = 65534

// Who may not listen at a port hears that it is root's, in one line. Whoever tests as root has the program run as
// nobody.
func TestRootsPorts(t *testing.T) {
	first, err := os.ReadFile("/proc/sys/net/ipv4/ip_unprivileged_port_start")
	if err != nil || strings.TrimSpace(string(first)) == "0" {
		t.Skipf("no port is known to be root's here: %q %v", first, err)
	}
	for _, args := range []string{
		"tap --listen 127.0.0.1:1 --upstream http://127.0.0.1:2",
		"host public-v12 --listen 127.0.0.1:1",
		"check hs.invalid --server-name my.example --listen 127.0.0.1:1",
		"join #r:hs.invalid --user @me:my.example --listen 127.0.0.1:1",
	} {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		cmd := exec.CommandContext(ctx, "/proc/self/exe") // of which nobody need know where it lies
		cmd.Args = append([]string{"doorstep", "--no-record"}, strings.Fields(args)...)
		cmd.Dir = "/"
		cmd.Env = []string{asProgram + "=1", "HOME=/nonexistent", "PATH=" + os.Getenv("PATH")}
		if os.Geteuid() == 0 {
			cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
		}
		var stdout, stderr bytes.Buffer
		cmd.Stdout, cmd.Stderr = &stdout, &stderr
		err := cmd.Run()
		cancel()
		if cmd.ProcessState == nil {
			t.Skip("nothing can be run as nobody here: ", err)
		}
		if cmd.ProcessState.ExitCode() != usage || stdout.Len() > 0 || strings.Count(stderr.String(), "\n") != 1 ||
			!strings.Contains(stderr.String(), `listen on "127.0.0.1:1": ports below 1024 are root's`) {
			t.Errorf("%s: %v\n%s%s", args, err, &stdout, &stderr)
		}
	}
}
