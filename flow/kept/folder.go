// Package kept keeps a recording of every handshake that is run, whether or not one was asked for: in a folder of its
// own, the newest of them.
package kept

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
)

// What is kept where nothing else is asked for: so many recordings; and never more bytes of them. The newest is always
// kept, however large it is.
const (
	Most      = 50
	mostBytes = 2 << 30
)

// Last is the name that the newest recording goes by.
const Last = "last"

const suffix = ".jsonl"

// ours are the names that this package gives, and the only files that it removes: the time, then what was run.
var ours = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^[0-9]{8}T[0-9]{6}\.[0-9]{3}Z-[a-z0-9][a-z0-9-]{0,63}\.jsonl$`)
})

// A Recording is one that was kept.
type Recording struct {
	Name  string // when it was made, and of what
	File  string // its path
	Bytes int64
}

// Folder returns where recordings are kept: the folder recordings in that of State. It need not exist.
func Folder() (string, error) {
	state, err := State()
	if err != nil {
		return "", err
	}
	return filepath.Join(state, "recordings"), nil
}

// State returns where everything is that is kept from one run of the program to the next: doorstep in XDG_STATE_HOME,
// or in ~/.local/state where that is not set to an absolute path. The folder need not exist.
func State() (string, error) {
	state := os.Getenv("XDG_STATE_HOME")
	if !filepath.IsAbs(state) {
		home, err := os.UserHomeDir()
		if err != nil {
			return "", err
		}
		if !filepath.IsAbs(home) {
			return "", errors.New("the home folder is not known")
		}
		state = filepath.Join(home, ".local", "state")
	}
	return filepath.Join(state, "doorstep"), nil
}

// List returns the recordings that are kept, the newest first. A folder that does not exist holds none.
func List() ([]Recording, error) {
	folder, err := Folder()
	if err != nil {
		return nil, err
	}
	return list(folder)
}

func list(folder string) ([]Recording, error) {
	files, err := os.ReadDir(folder)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var found []Recording
	for _, f := range files {
		if !ours().MatchString(f.Name()) || !f.Type().IsRegular() {
			continue
		}
		info, err := f.Info()
		if err != nil {
			continue // removed meanwhile
		}
		found = append(found, Recording{strings.TrimSuffix(f.Name(), suffix), filepath.Join(folder, f.Name()), info.Size()})
	}
	slices.Reverse(found) // the names begin with the time
	return found, nil
}

// Find returns the file of the kept recording with that name, or of the newest for Last; false where there is none.
func Find(name string) (file string, found bool) {
	if name != Last && !ours().MatchString(name+suffix) {
		return "", false
	}
	all, err := List()
	if err != nil {
		return "", false
	}
	for _, r := range all {
		if name == Last || name == r.Name {
			return r.File, true
		}
	}
	return "", false
}

// prune removes the oldest recordings beyond so many. Whatever cannot be removed stays.
func prune(folder string, most int) {
	all, err := list(folder)
	if err != nil {
		return
	}
	bytes := int64(0)
	for i, r := range all {
		if bytes += r.Bytes; i > 0 && (i >= most || bytes > mostBytes) {
			_ = os.Remove(r.File) // the next run tries again
		}
	}
}
