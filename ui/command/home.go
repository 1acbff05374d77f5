package command

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"doorstep/flow"
	"doorstep/flow/diagnose"
	"doorstep/flow/inspect"
	"doorstep/flow/kept"
	"doorstep/flow/recording"
	"doorstep/flow/sandbox"
	"doorstep/flow/sandbox/engine"
	"doorstep/recordings"
	"doorstep/ui/home"
	"doorstep/ui/story"
)

// homeScenarios are the scenarios as the home screen offers them: group by group, with the words of their findings to
// be found by.
func homeScenarios() []home.Scenario {
	words := map[string]string{}
	for _, c := range diagnose.Catalogue() {
		words[c.ID] = strings.Join([]string{c.Title, c.Cause, c.Advice}, " ")
	}
	var out []home.Scenario
	for _, g := range engine.Groups() {
		for _, s := range sandbox.Scenarios() {
			if s.Group == g {
				out = append(out, home.Scenario{Name: s.Name, Title: s.Title, Teaches: s.Teaches, Finding: s.Finding,
					Group: string(g), About: words[s.Finding]})
			}
		}
	}
	return out
}

// homeRecordings are the embedded recordings as the home screen offers them. Those of a scenario are found by what it
// teaches.
func homeRecordings() []home.Recording {
	var out []home.Recording
	for _, r := range recordings.All() {
		about := ""
		if s, ok := sandbox.Lookup(r.Name); ok {
			about = s.Teaches + " " + s.Finding
		}
		out = append(out, home.Recording{Name: r.Name, Command: string(story.ReplayCommand(r.Name)),
			Title: r.Title, Group: string(r.Group), About: about})
	}
	return out
}

// mostRecent is how many of the user's own recordings are offered; outcomeBytes how large one may be whose end is
// looked at for that.
const (
	mostRecent   = 50
	outcomeBytes = 1 << 20
)

// recentRecordings returns what lists the user's own recordings: the newest files of the folder for them. What was read
// of a file is kept until it changes.
func recentRecordings() func(context.Context) ([]home.Recording, string) {
	type seen struct {
		path string
		at   int64
		size int64
	}
	known := map[seen]home.Recording{}
	var mu sync.Mutex // the screen may ask again before it has the answer
	return func(ctx context.Context) ([]home.Recording, string) {
		mu.Lock()
		defer mu.Unlock()
		folder, err := kept.Folder()
		if err != nil {
			return nil, err.Error()
		}
		files, err := newest(folder)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, err.Error()
		}
		var out []home.Recording
		for _, f := range files {
			path := filepath.Join(folder, f.Name())
			key := seen{path, f.ModTime().UnixNano(), f.Size()}
			r, ok := known[key]
			if !ok && ctx.Err() == nil {
				r = recent(ctx, path, f)
				known[key] = r
			}
			if r.Name != "" {
				out = append(out, r)
			}
		}
		return out, "None yet: what you run is recorded in " + inHome(folder)
	}
}

// inHome spells a path with ~ where it is in the user's home.
func inHome(path string) string {
	if home, err := os.UserHomeDir(); err == nil {
		if rest, ok := strings.CutPrefix(path, home+string(filepath.Separator)); ok {
			return filepath.Join("~", rest)
		}
	}
	return path
}

// newest returns the newest recordings in a folder, the newest first, as far as their names tell.
func newest(folder string) ([]fs.FileInfo, error) {
	entries, err := os.ReadDir(folder)
	var out []fs.FileInfo
	for _, e := range entries {
		if !strings.HasSuffix(e.Name(), ".jsonl") && !strings.HasSuffix(e.Name(), ".jsonl.gz") {
			continue
		}
		if info, err := e.Info(); err == nil && info.Mode().IsRegular() {
			out = append(out, info)
		}
	}
	slices.SortFunc(out, func(a, b fs.FileInfo) int {
		return cmp.Or(b.ModTime().Compare(a.ModTime()), cmp.Compare(a.Name(), b.Name()))
	})
	return out[:min(len(out), mostRecent)], err
}

// recent is a recording of the user's own as the home screen offers it; without a name where the file is none.
func recent(ctx context.Context, path string, f fs.FileInfo) home.Recording {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	s, err := recording.Follow(ctx, path)
	if err != nil {
		return home.Recording{}
	}
	h := s.Trace().Header
	title := cmp.Or(h.Title, f.Name())
	if h.Source == "join" {
		title = story.TargetWords(h) + " as " + h.User
	}
	marks := strings.Join(story.ProvenanceMarks(h), ", ")
	r := home.Recording{Name: path, Command: string(story.ReplayCommand(path)), Title: title,
		When: f.ModTime().Format("2006-01-02 15:04"), About: strings.Join([]string{h.Target, h.User, h.Server, marks}, " "),
		Check: h.Source == flow.SourceCheck}
	if f.Size() > outcomeBytes {
		r.Outcome = fmt.Sprintf("%d MiB", f.Size()>>20) + lead(marks)
		return r
	}
	select {
	case <-s.Done():
		t := s.Trace()
		outcome := flow.Fold(t).Outcome()
		if h.Source == flow.SourceCheck {
			outcome = inspect.Of(t).Outcome
		}
		r.Outcome = outcomeWord(outcome) + lead(marks)
	case <-ctx.Done():
	}
	return r
}

// lead puts a comma before words, where there are any.
func lead(words string) string {
	if words == "" {
		return ""
	}
	return ", " + words
}

// outcomeWord is an outcome as people say it.
func outcomeWord(o flow.Outcome) string { return strings.ReplaceAll(string(o), "_", " ") }
