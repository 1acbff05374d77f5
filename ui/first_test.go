package ui

import (
	"path/filepath"
	"strings"
	"testing"

	"doorstep/flow/recording"
	"doorstep/render/rendertest"
)

// The first recordings are drawn as they always were, in one frame each: the one they open with.
func TestFirstRecordingsAreDrawn(t *testing.T) {
	files, err := filepath.Glob("../recordings/testdata/first/*.jsonl*")
	if err != nil || len(files) < 50 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	var frames strings.Builder
	for _, file := range files {
		trace, err := recording.Open(file)
		if err != nil {
			t.Fatal(err)
		}
		s := replaying(t, 120, 30, trace, -1, Options{})
		s.sound()
		name, _, _ := strings.Cut(filepath.Base(file), ".")
		frames.WriteString("== " + name + "\n" + rendertest.Frame(s.lines()) + "\n")
	}
	golden(t, "first.txt", frames.String())
}
