package tour

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"doorstep/flow/safely"
	"doorstep/flow/tour"
)

// Progress is how far somebody has come.
type Progress struct {
	At   string   `json:"at,omitempty"` // the stop that was looked at last
	Done []string `json:"done"`         // the stops whose questions were answered
}

// A file is progress as it is kept, with the version of its form.
type file struct {
	Version int `json:"doorstep_tour"`
	Progress
}

const version = 1

// limit is how many bytes of a file are read.
const limit = 1 << 20

// read reads a file, which must not be over the limit.
func read(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	raw, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err == nil && len(raw) > limit {
		err = fmt.Errorf("%s: more than %d bytes", path, limit)
	}
	return raw, err
}

// Read reads progress from a file; one that does not exist holds none.
func Read(path string) (Progress, error) {
	raw, err := read(path)
	if errors.Is(err, fs.ErrNotExist) {
		return Progress{}, nil
	}
	if err != nil {
		return Progress{}, err
	}
	var f file
	if err := json.Unmarshal(raw, &f); err != nil {
		return Progress{}, fmt.Errorf("%s: %w", path, err)
	}
	if f.Version != version {
		return Progress{}, fmt.Errorf("%s: progress of version %d, and only %d is known", path, f.Version, version)
	}
	return f.Progress, nil
}

// Write writes progress to a file, of which either all is written or nothing.
func (p Progress) Write(path string) error {
	if p.Done == nil {
		p.Done = []string{}
	}
	raw, err := json.Marshal(file{version, p})
	if err != nil {
		return err
	}
	folder := filepath.Dir(path)
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return err
	}
	return safely.WriteBytes(path, safely.Options{Mode: safely.Private, Force: true}, append(raw, '\n'))
}

// A course is the tour, and what of it is done.
type course struct {
	chapters []tour.Chapter
	at       string
	done     map[string]bool
}

func newCourse(chapters []tour.Chapter, p Progress) *course {
	c := &course{chapters: chapters, at: p.At, done: map[string]bool{}}
	for _, name := range p.Done {
		c.done[name] = true
	}
	return c
}

// progress is how far it is, in the order of the tour. What is not in the tour any more is forgotten.
func (c *course) progress() Progress {
	p := Progress{At: c.at}
	for _, chapter := range c.chapters {
		for _, s := range chapter.Stops {
			if c.done[s.Name] {
				p.Done = append(p.Done, s.Name)
			}
		}
	}
	return p
}

// doneIn counts the stops of a chapter that are done.
func (c *course) doneIn(chapter int) int {
	n := 0
	for _, s := range c.chapters[chapter].Stops {
		if c.done[s.Name] {
			n++
		}
	}
	return n
}

// entry is the stop to begin a chapter at: where somebody was, unless all of the chapter is done; otherwise the first
// that is not done.
func (c *course) entry(chapter int) int {
	stops := c.chapters[chapter].Stops
	if c.doneIn(chapter) == len(stops) {
		return 0
	}
	if in, at, ok := tour.Find(c.chapters, c.at); ok && in == chapter {
		return at
	}
	for i, s := range stops {
		if !c.done[s.Name] {
			return i
		}
	}
	return 0
}
