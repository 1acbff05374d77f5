package kept

import (
	"cmp"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"doorstep/flow"
	"doorstep/flow/recording"
)

// A Recorder keeps the recording of one run. Its file is made with the first entry: a run that did nothing leaves none.
// Nothing that goes wrong with it ends the run. A nil Recorder keeps nothing. It is safe for concurrent use.
type Recorder struct {
	header flow.Header
	what   string
	most   int // recordings that are kept, this one among them

	mu    sync.Mutex
	file  string
	w     *recording.Writer
	close func() error
	err   error // the first that came up
	ended bool
}

// New returns what keeps the recording of a run; what says in the name of the file what is run. Of all
// recordings the newest stay, most of them.
func New(h flow.Header, what string, most int) *Recorder {
	return &Recorder{header: h, what: what, most: most}
}

// Entry appends an entry. It never returns an error: see Err.
func (r *Recorder) Entry(_ flow.Trace, e *flow.Entry) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.err != nil || r.ended {
		return nil
	}
	if r.w == nil {
		if r.err = r.create(); r.err != nil {
			return nil
		}
	}
	r.err = r.w.Append(e)
	return nil
}

// create makes the folder and the file, both for their owner alone, and removes what is too old.
func (r *Recorder) create() error {
	folder, err := Folder()
	if err != nil {
		return err
	}
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return err
	}
	const tries = 1000 // of runs in the same millisecond
	for at := r.header.Created.UTC(); ; at = at.Add(time.Millisecond) {
		r.file = filepath.Join(folder, nameOf(at, r.what))
		r.w, r.close, err = recording.Create(r.file, r.header, false)
		if err == nil {
			prune(folder, r.most)
			return nil
		}
		if !errors.Is(err, fs.ErrExist) || at.Sub(r.header.Created) >= tries*time.Millisecond {
			r.w, r.file = nil, ""
			return err
		}
	}
}

// nameOf is the name of the file of a run. Whatever what holds, it is made of letters, digits and dashes.
func nameOf(at time.Time, what string) string {
	plain := strings.Map(func(c rune) rune {
		if c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '-' {
			return c
		}
		return -1
	}, what)
	plain = strings.TrimLeft(plain, "-")
	if plain == "" {
		plain = "run"
	}
	return at.Format("20060102T150405.000Z") + "-" + plain[:min(len(plain), 64)] + suffix
}

// Close completes the file, once.
func (r *Recorder) Close() {
	if r == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.ended = true
	if r.close != nil {
		closed := r.close()
		r.err = cmp.Or(r.err, closed)
		r.close = nil
	}
}

// File returns the path of the recording; empty where there is none.
func (r *Recorder) File() string {
	if r == nil {
		return ""
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.file
}

// Err returns what kept the recording from being written; nil where nothing did.
func (r *Recorder) Err() error {
	if r == nil {
		return nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.err
}
