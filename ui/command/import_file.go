package command

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"time"

	"doorstep/ui/theme"
)

// openImport reads what is to be imported from a file, or from standard input.
func openImport[T any](p *program, name, what string, read func(io.Reader) (*T, error)) (*T, error) {
	if name == standardInput {
		if p.interactive() {
			return nil, errors.New("standard input is this terminal: send " + what + " into it, or name a file")
		}
		return read(p.untilSignal(os.Stdin))
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if info, err := f.Stat(); err != nil {
		return nil, err
	} else if !info.Mode().IsRegular() {
		return nil, errors.New("not a regular file")
	}
	return read(p.untilSignal(f))
}

// untilSignal reads r until a signal comes.
func (p *program) untilSignal(r io.Reader) io.Reader {
	return bufio.NewReaderSize(stopping{p, r}, 1<<16)
}

type stopping struct {
	p *program
	r io.Reader
}

func (s stopping) Read(b []byte) (int, error) {
	if err := s.p.signals.ctx.Err(); err != nil {
		return 0, err
	}
	return s.r.Read(b)
}

// chosen is the number of the handshake that was asked for.
func chosen(all int, args []string) (int, error) {
	if len(args) < 2 {
		if all > 1 {
			return 0, fmt.Errorf("import: there are %d handshakes in the file: --list names them, and a NUMBER says which",
				all)
		}
		return 1, nil
	}
	n, err := strconv.Atoi(args[1])
	if err != nil || n < 1 || n > all {
		return 0, fmt.Errorf("import: %q is no number from 1 to %d: --list names them", args[1], all)
	}
	return n, nil
}

// handshakeJSON is a handshake as --list --json gives it.
type handshakeJSON struct {
	Number int       `json:"number"`
	Began  time.Time `json:"began"`
	User   string    `json:"user_id"`
	Target string    `json:"target"`
	Room   string    `json:"room_id,omitempty"`
	Status int       `json:"status"`
}

// tellHandshakes lists handshakes in the form that was asked for.
func (p *program) tellHandshakes(list []handshakeJSON) error {
	if p.form != nil && p.form.name == "json" {
		return p.writeJSON(list)
	}
	for _, h := range list {
		status := "no answer"
		if h.Status != 0 {
			status = strconv.Itoa(h.Status)
		}
		fmt.Fprintln(p.stdout, p.spelled(theme.SafeText(fmt.Sprintf("%d  %s  %s joins %s: %s", h.Number,
			h.Began.UTC().Format(time.DateTime), h.User, h.Target, status))))
	}
	return nil
}
