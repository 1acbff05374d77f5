package ui

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"testing"

	tea "github.com/charmbracelet/bubbletea"

	"doorstep/client"
	"doorstep/flow"
	"doorstep/flow/recording"
	"doorstep/ui/theme"
)

// A feed is a recording that comes line by line, as the test has it.
type feed struct {
	lines [][]byte
	w     *io.PipeWriter
	*recording.Stream
}

func fed(t *testing.T, trace flow.Trace) *feed {
	t.Helper()
	var b bytes.Buffer
	if err := recording.Write(&b, trace); err != nil {
		t.Fatal(err)
	}
	r, w := io.Pipe()
	f := &feed{lines: bytes.SplitAfter(bytes.TrimSuffix(b.Bytes(), []byte("\n")), []byte("\n")), w: w}
	opened := make(chan error, 1)
	client.Go(func() {
		var err error
		f.Stream, err = recording.FollowReader(t.Context(), r)
		opened <- err
	})
	f.give(t, 1)
	if err := <-opened; err != nil {
		t.Fatal(err)
	}
	return f
}

// give writes the next n lines, and waits until they were read.
func (f *feed) give(t *testing.T, n int) {
	t.Helper()
	for _, line := range f.lines[:n] {
		if _, err := f.w.Write(line); err != nil {
			t.Fatal(err)
		}
	}
	f.lines = f.lines[n:]
}

// shown runs the command that waits for more of the recording until the screen shows n entries.
func (f *feed) shown(t *testing.T, s *screen, n int) {
	t.Helper()
	for range n + 1 {
		if h := s.m.screen; h.shown == n {
			return
		}
		s.pass(s.m.screen.watch()())
	}
	t.Fatalf("%d entries are shown, not %d", s.m.screen.shown, n)
}

func reading(t *testing.T, f *feed) *screen {
	t.Helper()
	s := &screen{t: t, m: newModel(context.Background(), Options{Recorded: f.Stream, Recording: "fed"},
		theme.NewLook("", false, false), io.Discard)}
	s.m.Update(tea.WindowSizeMsg{Width: 120, Height: 40})
	s.m.Update(s.m.Init()())
	return s
}

func TestRecordingIsShownWhileItIsRead(t *testing.T) {
	trace := recorded(t, "joined")
	f := fed(t, trace)
	f.give(t, 3)
	s := reading(t, f)
	f.shown(t, s, 3)
	s.shows("reading: 3 entries")
	if s.m.code() != flow.Cancelled.ExitCode() {
		t.Errorf("left while it is read, it exits with %d", s.m.code())
	}
	if strings.Contains(s.text(), " next ") {
		t.Error("what comes next is shown as if it were not in the recording")
	}
	s.press("b", "b") // the reader who went back stays there
	f.give(t, 2)
	for len(s.m.screen.whole.Entries) < 5 {
		s.pass(s.m.screen.watch()())
	}
	if s.m.screen.shown != 1 {
		t.Errorf("%d entries are shown, not the one that was gone back to", s.m.screen.shown)
	}
	s.press("c")
	f.give(t, len(f.lines))
	f.w.Close()
	f.shown(t, s, len(trace.Entries))
	<-f.Done()
	s.pass(s.m.screen.watch()())
	if s.m.screen.reading != nil {
		t.Fatal("it is still being read")
	}
	want := replaying(t, 120, 40, trace, -1, Options{})
	want.press("G")
	if got := s.press("G").text(); got != want.text() {
		t.Errorf("read little by little it looks otherwise:\n%s\nnot\n%s", got, want.text())
	}
}

func TestRecordingThatEndsInItsMiddle(t *testing.T) {
	for name, c := range map[string]struct {
		end  func(f *feed)
		says string
	}{
		"a cut": {func(f *feed) { _, _ = f.w.Write(f.lines[0][:20]); f.w.Close() },
			"breaks off in the middle of an entry: what comes before it is shown"},
		"no entry": {func(f *feed) { _, _ = f.w.Write([]byte("{\"seq\":99,\"kind\":\"local\"}\n")); f.w.Close() },
			"entry 4: seq is 99, not 4: what comes before it is shown"},
		"an error": {func(f *feed) { f.w.CloseWithError(errors.New("the disk is gone")) },
			"the disk is gone: what comes before it is shown"},
	} {
		t.Run(name, func(t *testing.T) {
			f := fed(t, recorded(t, "joined"))
			f.give(t, 3)
			s := reading(t, f)
			f.shown(t, s, 3)
			c.end(f)
			<-f.Done()
			for s.m.screen.reading != nil {
				s.pass(s.m.screen.watch()())
			}
			s.shows(c.says).shows("3 entries")
		})
	}
}

// An answer that takes time to read and to verify holds up nothing that comes before it.
func TestTogether(t *testing.T) {
	large := &client.Response{Status: 200, Body: make([]byte, bodyAtOnce+1)}
	small := &client.Response{Status: 200, Body: []byte("{}")}
	trace := flow.Trace{Entries: []flow.Entry{
		{Step: flow.A1}, {Step: flow.A5, Response: small}, {Step: flow.A7, Response: large}, {Step: flow.R},
		{Step: flow.R, Response: small}, {Step: flow.L2}, {Step: flow.A8},
	}}
	for from, to := range []int{2, 2, 5, 5, 5, 7, 7, 7} {
		if got := together(trace, from); got != to {
			t.Errorf("after %d entries come those up to %d, not %d", from, got, to)
		}
	}
	trace.Entries[2].Response = small
	if got := together(trace, 0); got != 7 {
		t.Errorf("of a small recording %d entries come at once, not all 7", got)
	}
}

// What a shorter part of a large trace shows is looked for beside the screen, which says so of a handshake that failed.
func TestFindingsOfALargeTraceCome(t *testing.T) {
	trace := recorded(t, "refused")
	last := trace.Entries[len(trace.Entries)-1]
	for len(trace.Entries) < findAtOnce+2 {
		more := flow.Entry{Seq: len(trace.Entries) + 1, At: last.At, Kind: flow.Local, Step: flow.R, From: flow.Joining,
			To: flow.Joining, Discovery: &client.Discovery{Server: "other.example",
				Destinations: []client.Destination{{Address: "127.0.0.1:1"}}}}
		trace.Entries = append(trace.Entries, more.Remembering())
	}
	s := replaying(t, 120, 40, trace, -1, Options{})
	want := s.m.screen.standing("")
	cmd := s.pass(keyMsg("b"))
	s.shows("finding out why")
	s.run(cmd)
	if got := s.m.screen.standing(""); got != want || s.m.screen.looking {
		t.Errorf("once they are found it says %q, not %q", got, want)
	}
	if cmd := s.pass(keyMsg("b")); s.m.screen.looking {
		s.run(cmd)
	}
	if s.pass(keyMsg(".")); s.m.screen.looking {
		t.Error("what was found before is looked for again")
	}
}
