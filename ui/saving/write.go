package saving

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"doorstep/flow"
	"doorstep/flow/export"
	"doorstep/flow/recording"
	"doorstep/flow/redact"
	"doorstep/flow/safely"
	"doorstep/ui/document"
)

// A Form is something that a handshake can be written as.
type Form struct {
	document.Format
	recording bool
}

// Forms are all of them: the recording, then those that export writes.
func Forms() []Form {
	out := []Form{{document.Format{Name: "recording", Extension: ".jsonl",
		Says: "all of it, as replay, verify and diff read it; .jsonl.gz packs it"}, true}}
	for _, f := range document.Formats() {
		out = append(out, Form{Format: f})
	}
	return out
}

// Lookup returns the form of that name; false when there is none.
func Lookup(name string) (Form, bool) {
	for _, f := range Forms() {
		if f.Name == name {
			return f, true
		}
	}
	return Form{}, false
}

// A Job is a handshake that is to be written to a file.
type Job struct {
	Trace  flow.Trace
	Form   Form
	File   string
	Redact bool   // take names and texts out first
	Force  bool   // what is there is written over
	Tool   string // program and version, which a redacted recording names

	Report export.ReportOptions
}

// A Result is what was written, and where.
type Result struct {
	Path    string // absolute, unless the folder we are in is not known
	Bytes   int64
	Entries int
}

// Do writes it. Errors are those of safely: fs.ErrExist where the file is there and Force is not set.
func (j Job) Do() (Result, error) {
	r := Result{Path: j.File, Entries: len(j.Trace.Entries)}
	if path, err := filepath.Abs(j.File); err == nil {
		r.Path = path
	}
	if j.Redact {
		j.Trace = redact.Trace(j.Trace, j.Tool)
	}
	err := j.write()
	if info, statErr := os.Stat(j.File); statErr == nil && err == nil {
		r.Bytes = info.Size()
	}
	return r, err
}

func (j Job) write() error {
	if j.Form.recording {
		return Record(j.Trace, j.File, j.Force)
	}
	s := flow.Fold(j.Trace)
	h := document.Handshake{Trace: j.Trace, State: s, Report: export.NewReport(j.Trace, s, j.Report),
		AllChecks: j.Report.AllChecks}
	return Into(j.File, j.Force, func(w io.Writer) error { return j.Form.Write(w, h) })
}

// Record writes a recording to a file that only its owner can read, over one that is there only with force.
func Record(t flow.Trace, file string, force bool) error { return recording.Save(file, t, force) }

// Into writes a file that only its owner can read, over one that is there only with force. It is whole, or not there.
func Into(file string, force bool, write func(io.Writer) error) error {
	return safely.Write(file, safely.Options{Mode: safely.Private, Force: force}, write)
}

// NewName returns a name for a file of a form that does not exist yet: word with the extension, or with a number before
// that.
func NewName(word string, f Form) string {
	const most = 1000
	name := word + f.Extension
	for n := 2; n < most; n++ {
		if _, err := os.Lstat(name); err != nil {
			return name
		}
		name = fmt.Sprintf("%s-%d%s", word, n, f.Extension)
	}
	return name
}

// named is a path as the reader typed it, with ~ for their home spelled out.
func named(text string) string {
	rest, ok := strings.CutPrefix(text, "~"+string(filepath.Separator))
	if home, err := os.UserHomeDir(); ok && err == nil {
		return filepath.Join(home, rest)
	}
	return text
}
