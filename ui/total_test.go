package ui

import (
	"bytes"
	"errors"
	"fmt"
	"runtime/debug"
	"strings"
	"testing"

	"doorstep/flow"
	"doorstep/flow/flowtest"
	"doorstep/flow/recording"
	"doorstep/recordings"
	"doorstep/recordings/mutate"
	"doorstep/render/rendertest"
	"doorstep/ui/tab"
	"doorstep/ui/text"
)

// drawn draws a trace in every way there is, and returns what is wrong with what came out.
func drawn(t testing.TB, trace flow.Trace, first int) error {
	return errors.Join(drawnAsLines(trace), drawnOnScreen(t, trace, first))
}

// drawnAsLines draws a trace as plain lines, and as a ladder of every prefix.
func drawnAsLines(trace flow.Trace) error {
	var out bytes.Buffer
	if err := text.Write(&out, trace, text.Options{AllChecks: true}); err != nil {
		return err
	}
	for _, line := range strings.Split(strings.TrimSuffix(out.String(), "\n"), "\n") {
		if err := rendertest.Check([]string{line}, cellsOf(line)); err != nil {
			return fmt.Errorf("plain: %w", err)
		}
	}
	for n := range trace.Entries {
		if err := rendertest.Check(text.Ladder(trace.Prefix(n), 80, 0, false), 80); err != nil {
			return fmt.Errorf("ladder of %d entries: %w", n, err)
		}
	}
	return nil
}

// drawnOnScreen draws a trace on the screen, each row in another tab, the first in tab first.
func drawnOnScreen(t testing.TB, trace flow.Trace, first int) error {
	if trace.Header.Source == flow.SourceCheck {
		return nil // it has a screen of its own, which is drawn in its package
	}
	s := replaying(t, 100, 26, trace, -1, Options{})
	defer s.m.screen.close()
	s.press("g")
	for i := range s.m.screen.story.Rows {
		s.m.screen.chooseTab(tab.All[(first+i)%len(tab.All)])
		s.send(nil)
		if err := rendertest.Check(s.lines(), 100); err != nil {
			return fmt.Errorf("row %d: %w", i, err)
		}
		s.m.screen.yanked("c")
		s.m.screen.yanked("r")
		s.press("j")
	}
	return nil
}

// survives is drawn, with a panic as an error.
func survives(t testing.TB, trace flow.Trace, first int) (err error) {
	defer func() {
		if r := recover(); r != nil {
			var where []string
			for _, line := range strings.Split(string(debug.Stack()), "\n") {
				if strings.Contains(line, ".go:") && !strings.Contains(line, "total_test") && !strings.Contains(line, "/runtime/") {
					where = append(where, strings.TrimSpace(line))
				}
			}
			err = fmt.Errorf("%v\n%s", r, strings.Join(where, "\n"))
		}
	}()
	return drawn(t, trace, first)
}

// mutants is how many are made of each recording.
var mutants = 4

// Whatever becomes of the structure of a recording, as long as the reader accepts it, it is drawn.
func TestMutantsDrawn(t *testing.T) {
	read := 0
	all := flowtest.Forms(t)
	for _, name := range recordings.Names() {
		if b := flowtest.EmbeddedBytes(t, name); len(b) <= 1<<18 { // the structure of others is that of these
			all[name] = b
		}
	}
	for name, b := range all {
		for mutant := range mutate.All(b, mutants) {
			trace, err := recording.Read(bytes.NewReader(mutant))
			if err != nil {
				continue
			}
			read++
			if err := survives(t, trace, read); err != nil {
				t.Errorf("%s: %v\n%.3000s", name, err, mutant)
			}
		}
	}
	t.Logf("%d mutants were drawn", read)
	if read < 100 {
		t.Errorf("only %d mutants were drawn", read)
	}
}

// FuzzDraw: whatever the reader accepts is drawn on the screen.
func FuzzDraw(f *testing.F) {
	fuzzDrawn(f, func(t *testing.T, trace flow.Trace, first int) error { return drawnOnScreen(t, trace, first) })
}

// FuzzLines: whatever the reader accepts is drawn as lines.
func FuzzLines(f *testing.F) {
	fuzzDrawn(f, func(_ *testing.T, trace flow.Trace, _ int) error { return drawnAsLines(trace) })
}

// fuzzDrawn has recordings drawn. The seed changes the structure of one, which bytes changed at random rarely do.
func fuzzDrawn(f *testing.F, draw func(*testing.T, flow.Trace, int) error) {
	short := []byte(`{"doorstep_recording":1,"joining":"j.test","user_id":"@a:j.test","target":"!r:r.test","form":"current","ask_all":true}
{"seq":1,"kind":"request","step":"A1","from":"client","to":"joining","endpoint":"join","method":"POST","target":"/x"}
{"seq":2,"kind":"request","step":"A4","from":"joining","to":"resident","server":"r.test","endpoint":"make_join","method":"GET","target":"/x"}
{"seq":3,"kind":"response","step":"A5","from":"resident","to":"joining","server":"r.test","answers":2,"status":200,"body":"{\"event\":{}}"}
`)
	f.Add(short, uint64(0))
	f.Add(short, uint64(1))
	f.Fuzz(func(t *testing.T, file []byte, seed uint64) {
		if seed > 0 {
			file = mutate.One(file, seed)
		}
		trace, err := recording.Read(bytes.NewReader(file))
		if err != nil && !errors.Is(err, recording.ErrTruncated) || len(trace.Entries) > 30 {
			return
		}
		if err := draw(t, trace, len(file)); err != nil {
			t.Error(err)
		}
	})
}
