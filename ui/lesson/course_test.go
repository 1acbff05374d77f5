package lesson

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"

	"doorstep/flow/sandbox"
	"doorstep/flow/sandbox/engine"
	"doorstep/flow/tour"
)

func start(ctx context.Context, name string) (Run, func(), error) {
	scenario, ok := sandbox.Lookup(name)
	if !ok {
		return nil, nil, errors.New("no scenario " + name)
	}
	return sandbox.Join(ctx, scenario, engine.JoinOptions{})
}

func plainly(s string) string { return s }

// Every stop of the tour shows what it points at, with that lit where it is a part of something, one right answer, and
// a ladder on which its arrow stands out and every arrow leads somewhere.
func TestCourseShows(t *testing.T) {
	c, err := newCourse(t.Context(), Tour{Chapters: tour.Chapters(), Start: start, Spelled: plainly})
	if err != nil {
		t.Fatal(err)
	}
	for i, chapter := range tour.Chapters() {
		if len(c.Chapters[i].Stops) != len(chapter.Stops) {
			t.Fatalf("%s: %d stops of %d", chapter.Name, len(c.Chapters[i].Stops), len(chapter.Stops))
		}
		for j := range chapter.Stops {
			s, of := c.Chapters[i].Stops[j], &chapter.Stops[j]
			right := 0
			for k, choice := range s.Choices {
				if choice.Right {
					right++
				}
				if len(choice.Reply) == 0 || choice.Right != of.Choices[k].Right {
					t.Errorf("%s: choice %d says %v", of.Name, k, choice.Reply)
				}
			}
			if right != 1 || len(s.Text) == 0 || len(s.Question) == 0 || len(s.See) < len(of.See) {
				t.Errorf("%s: %d answers, %d things to read on", of.Name, right, len(s.See))
			}
			if strings.Count(string(s.Ladder), " lit\"") != 1 {
				t.Errorf("%s: no arrow stands out, or several", of.Name)
			}
			if of.Look != "" && !looksAt(s) {
				t.Errorf("%s: nothing is lit at %s", of.Name, of.Look)
			}
			if shown := &s.Shown; len(shown.Head)+len(shown.Aside)+len(shown.Body.Lines)+len(shown.Changes) == 0 &&
				shown.Sets == nil && shown.Checks == nil {
				t.Errorf("%s: nothing is shown", of.Name)
			}
		}
	}
}

func looksAt(s *Stop) bool {
	for _, l := range s.Shown.Body.Lines {
		if l.Lit {
			return true
		}
	}
	for _, c := range s.Shown.Changes {
		if c.Lit {
			return true
		}
	}
	return false
}

// Where a handshake cannot be started, does not come to a stop, or is no longer wanted, nothing is written.
func TestCourseFails(t *testing.T) {
	chapters := tour.Chapters()[2:3]
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	for name, c := range map[string]struct {
		ctx   context.Context
		start func(context.Context, string) (Run, func(), error)
	}{
		"no such thing": {t.Context(), func(context.Context, string) (Run, func(), error) {
			return nil, nil, errors.New("no such thing")
		}},
		"did not come to": {t.Context(), func(ctx context.Context, _ string) (Run, func(), error) {
			return start(ctx, "unknown-alias")
		}},
		"canceled": {cancelled, func(_ context.Context, name string) (Run, func(), error) {
			return start(t.Context(), name)
		}},
	} {
		w := &written{}
		err := WriteCourse(c.ctx, w, Tour{Chapters: chapters, Start: c.start, Spelled: plainly})
		if err == nil || !strings.Contains(err.Error(), name) || w.n > 0 {
			t.Errorf("%v, want %q; %d bytes are written", err, name, w.n)
		}
	}
	if err := WriteCourse(t.Context(), &written{most: 10}, Tour{Chapters: chapters, Start: start,
		Spelled: plainly}); !errors.Is(err, io.ErrShortWrite) {
		t.Errorf("a full disk: %v", err)
	}
}

// written counts what is written, and takes no more than most, if that is set.
type written struct{ n, most int }

func (w *written) Write(p []byte) (int, error) {
	if w.n += len(p); w.most > 0 && w.n > w.most {
		return w.most, io.ErrShortWrite
	}
	return len(p), nil
}
