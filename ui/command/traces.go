package command

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"doorstep/flow"
	"doorstep/flow/kept"
	"doorstep/flow/recording"
	"doorstep/flow/wording"
	"doorstep/recordings"
)

// followTrace opens a recording for the screen, which shows it while it is read. What is found wrong with it in the
// first moment is an error, as it is without a screen.
func followTrace(ctx context.Context, name string) (*recording.Stream, error) {
	s, err := follow(ctx, name)
	if err != nil {
		return nil, err
	}
	if s.Wait(ctx, firstLook) && s.Err() != nil && !errors.Is(s.Err(), recording.ErrTruncated) {
		return nil, s.Err()
	}
	return s, nil
}

// standardInput is what standard input goes by where a file is asked for.
const standardInput = "-"

// firstLook is how long a recording is looked at before the screen opens, at most.
const firstLook = 10 * time.Millisecond

// follow opens a recording and has it read: an embedded one or a run of the user's by its name, otherwise a file.
func follow(ctx context.Context, name string) (s *recording.Stream, err error) {
	if name == standardInput {
		return recording.FollowInput(ctx, os.Stdin)
	}
	if r, embedded := recordings.Open(name); embedded == nil {
		return recording.FollowReader(ctx, r)
	}
	if file, own := kept.Find(name); own {
		name = file
	} else if name == kept.Last {
		return nil, errors.New("no run of yours is recorded yet: see doorstep replay --list")
	}
	s, err = recording.Follow(ctx, name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("no file and no recording %q%s; doorstep replay --list names them all", name,
			didYouMean(name, recordingNames(), ""))
	}
	return s, err
}

// openTrace reads a recording, and tells meanwhile how far it has got. notice is set when it breaks off.
func (p *program) openTrace(ctx context.Context, name string) (t flow.Trace, notice string, err error) {
	s, err := follow(ctx, name)
	if err != nil {
		return t, "", err
	}
	defer p.meter.follow(s.Progress)()
	select {
	case <-s.Done():
	case <-ctx.Done():
		return t, "", context.Cause(ctx)
	}
	p.tellReplaced(s.Trace())
	switch err := s.Err(); {
	case errors.Is(err, recording.ErrTruncated):
		return s.Trace(), oneLine(err), nil
	case err != nil:
		return t, "", err
	}
	return s.Trace(), "", nil
}

// tellReplaced says how many characters of a recording are not those that were sent.
func (p *program) tellReplaced(t flow.Trace) {
	if n := t.Header.Replaced; n > 0 {
		p.noticeOnce(wording.Count(n, "character") + " of the recording, shown as U+FFFD, stand for bytes that are no " +
			"UTF-8, which it does not have")
	}
}

// isCheck reports whether a recording is one of a check, as its header says; standard input is not looked into.
func (p *program) isCheck(ctx context.Context, name string) bool {
	if name == standardInput {
		return false
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	s, err := follow(ctx, name)
	return err == nil && s.Trace().Header.Source == flow.SourceCheck
}

// openHandshake is openTrace for what only a handshake can be used for; a check is none. says is what takes handshakes.
func (p *program) openHandshake(ctx context.Context, says, name string) (flow.Trace, string, error) {
	t, notice, err := p.openTrace(ctx, name)
	if err == nil {
		err = notOfCheck(says, t.Header)
	}
	return t, notice, err
}

// notOfCheck refuses the recording of a check, in which nobody joined anything.
func notOfCheck(says string, h flow.Header) error {
	if h.Source != flow.SourceCheck {
		return nil
	}
	return fmt.Errorf("%s: this is a check of %s, in which nobody joined anything: see it by doorstep replay, --plain "+
		"or --json", says, wording.Name(h.Server))
}

// recordingNames are the names that recordings go by.
func recordingNames() []string {
	names := append(recordings.Names(), kept.Last)
	own, _ := kept.List() // a folder that cannot be read holds nothing to offer
	for _, r := range own {
		names = append(names, r.Name)
	}
	return names
}
