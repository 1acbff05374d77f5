package command

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"doorstep/flow/host"
	"doorstep/flow/safely"
)

// A hosting is what a command line of host asks for.
type hosting struct {
	o        host.Options
	child    []string // the command that makes a server join, and its arguments
	list     bool
	all      bool
	markdown bool
	once     bool
	expect   string
	caOut    string
	certs    string // a folder with an authority
	timeout  time.Duration

	runOn      bool          // on the screen answers are not held to begin with
	holdAtMost time.Duration // an answer that was held so long is given as it is
}

// authority writes the certificate of the authority where it was asked for, or where the command finds it. remove takes
// the latter away again.
func (p *program) authority(h *hosting, pem []byte) (file string, remove func(), err error) {
	if h.caOut != "" {
		err = safely.WriteBytes(h.caOut, safely.Options{Mode: safely.Public, Force: p.force}, pem)
		file, _ = filepath.Abs(h.caOut)
		return file, func() {}, recordingError(err)
	}
	if len(h.child) == 0 {
		return "", func() {}, nil
	}
	dir, err := os.MkdirTemp("", "doorstep-host")
	if err != nil {
		return "", nil, err
	}
	file, remove = filepath.Join(dir, "ca.pem"), func() { os.RemoveAll(dir) }
	if err := safely.WriteBytes(file, safely.Options{Mode: safely.Public}, pem); err != nil {
		remove()
		return "", nil, err
	}
	return file, remove, nil
}

// command is what is run to make a server join.
func (h *hosting) command(w io.Writer) host.Command {
	return host.Command{Args: h.child, Output: w, Timeout: h.timeout}
}

// commandQuiet keeps joins from being over before the command has ended.
const commandQuiet = 24 * time.Hour

// quietTime is how long nothing has to come of a join, once the command has ended.
func (h *hosting) quietTime() time.Duration {
	if h.o.Quiet > 0 && h.o.Quiet != commandQuiet {
		return h.o.Quiet
	}
	return time.Second
}

// invite sends the invite with which a scenario begins. It errs where that did not arrive, and tells where it did and
// nothing came of it.
func (p *program) invite(ctx context.Context, r *host.Host) error {
	notTaken, err := r.Invite(ctx)
	if err != nil {
		return fmt.Errorf("the invite did not arrive: %w", err)
	}
	if notTaken != nil {
		p.notice(oneLine(fmt.Errorf("the joining server made nothing of the invite to an address: %w", notTaken)))
	}
	return nil
}
