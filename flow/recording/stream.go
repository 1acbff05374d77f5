package recording

import (
	"context"
	"errors"
	"io"
	"sync"
	"time"

	"doorstep/client"
	"doorstep/flow"
	"doorstep/flow/packed"
)

// A Stream is a recording that is read in the background: its trace grows until all is read. It is safe for concurrent
// use.
type Stream struct {
	in      *reader // of the goroutine that reads
	changed chan struct{}
	done    chan struct{} // closed when nothing more comes

	mu    sync.Mutex
	trace flow.Trace
	err   error // what ended it; nil: all was read, or is still being read

	read func() int64
	size int64
}

// Follow opens the recording in a file and reads it in the background until ctx ends. Errors are those of Open, as far
// as they show in the first line.
func Follow(ctx context.Context, name string) (*Stream, error) {
	f, err := openFile(name)
	if err != nil {
		return nil, err
	}
	s := newStream(f.reader)
	s.read, s.size = f.read.Load, f.size
	client.Go(func() {
		defer f.Close()
		s.follow(ctx, f.told)
	})
	return s, nil
}

// FollowReader is Follow for a recording whose size is not known; it is read until it ends.
func FollowReader(ctx context.Context, r io.Reader) (*Stream, error) {
	in, err := newReader(r, nil)
	if err != nil {
		return nil, err
	}
	s := newStream(in)
	client.Go(func() {
		s.follow(ctx, func(err error) error {
			if errors.Is(err, io.EOF) {
				return nil
			}
			return err
		})
	})
	return s, nil
}

// FollowInput is FollowReader for what may be gzip, as its first bytes say, and may never end.
func FollowInput(ctx context.Context, r io.Reader) (*Stream, error) {
	in, err := packed.NewReader(r, usuallyPacked)
	if err != nil {
		return nil, err
	}
	return FollowReader(ctx, in)
}

// Whole returns the stream of a trace that is there already.
func Whole(t flow.Trace) *Stream {
	s := newStream(&reader{trace: t})
	close(s.done)
	return s
}

func newStream(in *reader) *Stream {
	return &Stream{changed: make(chan struct{}, 1), done: make(chan struct{}), in: in, trace: in.trace,
		read: func() int64 { return 0 }}
}

// follow reads what is left. told is what an error is told as, nil at the end.
func (s *Stream) follow(ctx context.Context, told func(error) error) {
	defer close(s.done)
	for {
		err := s.in.next()
		if err == nil {
			err = ctx.Err()
		}
		s.mu.Lock()
		s.trace = s.in.trace
		if err != nil {
			s.err = told(err)
		}
		s.mu.Unlock()
		if err != nil {
			return
		}
		select {
		case s.changed <- struct{}{}:
		default:
		}
	}
}

// Trace returns the trace so far. It is never changed; later entries are in later traces.
func (s *Stream) Trace() flow.Trace {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.trace.Prefix(len(s.trace.Entries))
}

// Changed receives a value after entries were appended.
func (s *Stream) Changed() <-chan struct{} { return s.changed }

// Done is closed when nothing more comes.
func (s *Stream) Done() <-chan struct{} { return s.done }

// Err returns what ended the reading before the end of the recording: ErrTruncated where it breaks off, the end of the
// context, or what is wrong with it. Nil while it goes on, and where all was read.
func (s *Stream) Err() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.err
}

// Progress returns how far the reading has got.
func (s *Stream) Progress() flow.Progress {
	return flow.Progress{Of: flow.Reading, Done: s.read(), All: s.size, Entries: len(s.Trace().Entries)}
}

// Wait waits until all is read, but no longer than patience; false when more is to come.
func (s *Stream) Wait(ctx context.Context, patience time.Duration) bool {
	late := time.NewTimer(patience)
	defer late.Stop()
	select {
	case <-s.done:
		return true
	case <-ctx.Done():
	case <-late.C:
	}
	return false
}
