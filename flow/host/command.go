package host

import (
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"strings"
	"time"

	"doorstep/flow"
)

// A Command is a program that makes a homeserver join: what it says goes to Output, and it is told by its environment
// what there is to join.
type Command struct {
	Args    []string // the program, and what it is given
	Output  io.Writer
	Timeout time.Duration // 0: it takes as long as it likes
}

// Environment is what a command is told of what is hosted. authority is the file with its certificate.
func (h *Host) Environment(authority string) []string {
	f := h.Federation
	return []string{
		"DOORSTEP_SCENARIO=" + h.Scenario.Name,
		"DOORSTEP_TARGET=" + h.Target(),
		"DOORSTEP_ALIAS=" + f.Alias,
		"DOORSTEP_ROOM_ID=" + f.RoomID,
		"DOORSTEP_ROOM_VERSION=" + f.Room.Version().ID,
		"DOORSTEP_SERVER=" + f.Scenario.Layout.Directory,
		"DOORSTEP_SERVERS=" + strings.Join(h.Servers(), ","),
		"DOORSTEP_VIA=" + strings.Join(f.Scenario.Layout.Candidates, ","),
		"DOORSTEP_CA=" + authority,
	}
}

// Run runs the command and tells how it ended. The error is that it could not be started. When ctx ends, or the time is
// over, it is ended together with the programs it started.
func (c Command) Run(ctx context.Context, environment []string) (*flow.Exited, error) {
	stop := func() {}
	if c.Timeout > 0 {
		ctx, stop = context.WithTimeout(ctx, c.Timeout)
	}
	defer stop()
	cmd := exec.CommandContext(ctx, c.Args[0], c.Args[1:]...)
	cmd.Env = append(os.Environ(), environment...)
	cmd.Stdout, cmd.Stderr = c.Output, c.Output
	cmd.WaitDelay = 2 * time.Second
	inGroup(cmd)
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	err := cmd.Wait()
	out := &flow.Exited{TimedOut: errors.Is(ctx.Err(), context.DeadlineExceeded)}
	var exit *exec.ExitError
	switch {
	case errors.As(err, &exit):
		out.Code, out.Signal = exit.ExitCode(), signalOf(exit)
	case err != nil:
		out.Code = -1
	}
	return out, nil
}
