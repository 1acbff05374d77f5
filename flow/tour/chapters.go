package tour

import (
	"embed"
	"fmt"
	"io/fs"
	"sync"
)

//go:embed chapters/*.md
var files embed.FS

// Chapters returns the tour. The caller must not change it. What is embedded in the program can be read: a test sees to
// that.
var Chapters = sync.OnceValue(func() []Chapter {
	chapters, err := readAll(files)
	if err != nil {
		panic(err)
	}
	return chapters
})

// readAll reads all chapters, in the order of the files' names. No two stops or chapters have one name.
func readAll(from fs.FS) ([]Chapter, error) {
	names, err := fs.Glob(from, "chapters/*.md")
	if err != nil {
		return nil, fmt.Errorf("chapters: %w", err)
	}
	var chapters []Chapter
	stops, seen := map[string]bool{}, map[string]bool{}
	for _, name := range names {
		text, err := fs.ReadFile(from, name)
		if err != nil {
			return nil, err
		}
		c, err := Parse(name, text)
		if err != nil {
			return nil, err
		}
		if seen[c.Name] {
			return nil, fmt.Errorf("%s: another chapter is called %q", name, c.Name)
		}
		seen[c.Name] = true
		for _, s := range c.Stops {
			if stops[s.Name] {
				return nil, fmt.Errorf("%s:%d: another stop is called %q", s.File, s.Line, s.Name)
			}
			stops[s.Name] = true
		}
		chapters = append(chapters, c)
	}
	return chapters, nil
}
