package recording_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"doorstep/flow"
	"doorstep/flow/flowtest"
	"doorstep/flow/recording"
)

// inFile writes a trace to a file of that name, and returns its path.
func inFile(t *testing.T, name string, trace flow.Trace) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), name)
	w, done, err := recording.Create(file, trace.Header, false)
	if err != nil {
		t.Fatal(err)
	}
	for i := range trace.Entries {
		if err := w.Append(&trace.Entries[i]); err != nil {
			t.Fatal(err)
		}
	}
	if err := done(); err != nil {
		t.Fatal(err)
	}
	return file
}

func TestStreamOfAFile(t *testing.T) {
	want := flowtest.SomeTrace()
	for _, name := range []string{"some.jsonl", "some.jsonl.gz"} {
		file := inFile(t, name, want)
		s, err := recording.Follow(t.Context(), file)
		if err != nil {
			t.Fatal(err)
		}
		<-s.Done()
		if s.Err() != nil {
			t.Fatal(s.Err())
		}
		if d := cmp.Diff(want, s.Trace(), cmpopts.IgnoreUnexported(flow.Entry{})); d != "" {
			t.Error(d)
		}
		info, err := os.Stat(file)
		if err != nil {
			t.Fatal(err)
		}
		if p := s.Progress(); p.Done != info.Size() || p.All != info.Size() {
			t.Errorf("%s: %d bytes of %d were read, of a file of %d", name, p.Done, p.All, info.Size())
		}
	}
}

func TestStreamOfNothing(t *testing.T) {
	if _, err := recording.Follow(t.Context(), filepath.Join(t.TempDir(), "none")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("of no file: %v", err)
	}
	if _, err := recording.Follow(t.Context(), t.TempDir()); err == nil {
		t.Error("a directory is read")
	}
	if _, err := recording.FollowReader(t.Context(), bytes.NewReader([]byte("{}\n"))); err == nil {
		t.Error("what is no recording is read")
	}
}

// A stream that nobody waits for any more ends with its context.
func TestStreamIsGivenUp(t *testing.T) {
	file := recorded(t, flowtest.SomeTrace())
	lines := bytes.SplitAfter(file, []byte("\n"))
	r, w := io.Pipe()
	ctx, give := context.WithCancel(t.Context())
	written := make(chan struct{})
	go func() {
		defer close(written)
		_, _ = w.Write(bytes.Join(lines[:2], nil))
		<-ctx.Done()
		_, _ = w.Write(bytes.Join(lines[2:], nil))
		w.Close()
	}()
	s, err := recording.FollowReader(ctx, r)
	if err != nil {
		t.Fatal(err)
	}
	<-s.Changed()
	give()
	<-s.Done()
	if !errors.Is(s.Err(), context.Canceled) {
		t.Errorf("it ends with %v", s.Err())
	}
	r.Close()
	<-written
}
