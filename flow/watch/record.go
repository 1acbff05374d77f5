package watch

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"strings"

	"doorstep/flow"
	"doorstep/flow/recording"
)

// A Recorder writes the recording of one join to a file of its own, entry by entry, so that a killed program leaves one
// that can be read. Its header is that of the beginning then; Close has it say what was known in the end.
type Recorder struct {
	file   string
	header flow.Header // as written
	w      *recording.Writer
	close  func() error
	err    error
}

// mostNames bounds the recordings that begin in the same millisecond.
const mostNames = 1000

// Record creates the file of a join's recording in a folder, readable by the user alone. Its name is made of the time
// and of who joins, of letters, digits, dots and dashes only. The join's entries are given to Entry, as a sink; once
// the join is over, Close has to be called.
func Record(folder string, j *Join) (*Recorder, error) {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, err
	}
	r := &Recorder{header: j.Trace().Header}
	for n := 1; ; n++ {
		r.file = filepath.Join(folder, nameOf(r.header, n))
		var err error
		r.w, r.close, err = recording.Create(r.file, r.header, false)
		if err == nil || !errors.Is(err, fs.ErrExist) || n == mostNames {
			return r, err
		}
	}
}

// nameOf is the name of the file of a join's recording; n tells apart those that would have the same one.
func nameOf(h flow.Header, n int) string {
	who := h.User
	if who == "" {
		who = h.Joining
	}
	plain := strings.Map(func(c rune) rune {
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c == '.', c == '-':
			return c
		case c == ':':
			return '-'
		}
		return -1
	}, who)
	name := h.Created.UTC().Format("20060102T150405.000Z") + "-" + plain[:min(len(plain), 64)]
	if n > 1 {
		name += fmt.Sprintf("-%d", n)
	}
	return name + ".jsonl"
}

// File is the path of the recording.
func (r *Recorder) File() string { return r.file }

// Entry appends an entry to the file. After an error it does nothing more.
func (r *Recorder) Entry(_ flow.Trace, e *flow.Entry) error {
	if r.err == nil {
		r.err = r.w.Append(e)
	}
	return r.err
}

// Close completes the file: t is the whole trace. It returns the first error there was in writing it.
func (r *Recorder) Close(t flow.Trace) error {
	closed := r.close()
	r.err = cmp.Or(r.err, closed)
	if r.err != nil || reflect.DeepEqual(r.header, t.Header) {
		return r.err
	}
	r.err = recording.Save(r.file, t, true) // what was written entry by entry is there where that fails
	return r.err
}
