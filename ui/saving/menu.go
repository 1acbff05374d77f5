package saving

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"doorstep/flow"
	"doorstep/flow/safely"
	"doorstep/ui/chooser"
	"doorstep/ui/keymap"
	"doorstep/ui/story"
	"doorstep/ui/theme"
)

// A Menu lists the forms, with what is done about names in the one under the cursor, and what became of what was
// written.
type Menu struct {
	theme.Look
	list  *chooser.Chooser
	forms []Form
	word  string // for names of files that are offered

	header flow.Header
	wants  map[int]bool // by form: redacted or not, where the reader settled that
	knows  bool         // the reader was told before what redaction does
	told   bool         // ... or is now

	job    *Job // that is being done, or that waits for an answer
	asks   bool // whether the file of job may be written over
	busy   bool
	done   *Result
	failed error
	aside  string // one line, until the next key
}

// An Outcome says what a key came to.
type Outcome int

// The outcomes.
const (
	Stays  Outcome = iota // the menu stays open
	Names                 // the file of the form under the cursor is to be named
	Writes                // the job is to be done: see Job
	Copies                // the path of what was written is to be copied: see Path
	Leaves                // the menu was left
)

// NewMenu returns the menu for a trace with that header. word is what names of files begin with; knows says that the
// reader was told before what redaction does.
func NewMenu(l theme.Look, h flow.Header, word string, knows bool) *Menu {
	m := &Menu{Look: l, forms: Forms(), word: word, header: h, wants: map[int]bool{}, knows: knows}
	var items []chooser.Item
	for _, f := range m.forms {
		items = append(items, chooser.Item{Title: f.Name, Remark: f.Says, Words: f.Extension})
	}
	m.list = chooser.New(l, "write as", items)
	return m
}

// Say shows a line below the list, until the next key.
func (m *Menu) Say(words string) { m.aside = words }

// Told reports whether the reader knows now what redaction does.
func (m *Menu) Told() bool { return m.knows || m.told }

// Busy reports whether something is being written.
func (m *Menu) Busy() bool { return m.busy }

// Asks reports whether the menu asks if a file may be written over.
func (m *Menu) Asks() bool { return m.asks }

// Typing reports whether keys are letters of the filter now.
func (m *Menu) Typing() bool { return m.list.Typing() }

// form is the form under the cursor; false where a filter leaves none.
func (m *Menu) form() (Form, bool) {
	i := m.list.Chosen()
	if i < 0 {
		return Form{}, false
	}
	return m.forms[i], true
}

// Redacts reports whether the form under the cursor is written redacted.
func (m *Menu) Redacts() bool {
	if wants, settled := m.wants[m.list.Chosen()]; settled {
		return wants
	}
	f, ok := m.form()
	return ok && f.Redacts(m.header)
}

// Offered is the name of a file for the form under the cursor that does not exist.
func (m *Menu) Offered() string {
	f, ok := m.form()
	if !ok {
		return ""
	}
	return NewName(m.word, f)
}

// Take takes a key, and what it asks for in the table of keys.
func (m *Menu) Take(msg tea.KeyMsg, a keymap.Action) Outcome {
	m.aside = ""
	switch {
	case m.asks:
		return m.answer(msg.String())
	case m.Typing():
	case a == keymap.ActRedact:
		m.toggle()
		return Stays
	case a == keymap.ActYank && m.done != nil:
		return Copies
	case a == keymap.ActYank:
		m.aside = "nothing has been written yet: there is no path to copy"
		return Stays
	case a == keymap.ActWrite:
		a = keymap.ActOpen
	}
	return m.came(m.list.Take(msg, a))
}

// Click takes a click on a line of what was drawn last.
func (m *Menu) Click(y int) Outcome { return m.came(m.list.Click(y)) }

// Scroll moves the cursor by the wheel.
func (m *Menu) Scroll(by int) { m.list.Scroll(by) }

func (m *Menu) came(out chooser.Outcome) Outcome {
	switch {
	case out == chooser.Leaves:
		return Leaves
	case out == chooser.Takes && m.busy:
		m.aside = "a file is being written: wait for that"
	case out == chooser.Takes:
		return Names
	}
	return Stays
}

// toggle has the form under the cursor redacted, or not.
func (m *Menu) toggle() {
	switch _, ok := m.form(); {
	case m.header.Redacted != nil:
		m.aside = "the recording is redacted already: what was taken out cannot be put back"
	case ok:
		m.wants[m.list.Chosen()] = !m.Redacts()
	}
}

// answer takes the answer to whether a file may be written over: any key but y keeps it.
func (m *Menu) answer(key string) Outcome {
	m.asks = false
	if key == "y" || key == "Y" {
		m.job.Force, m.failed = true, nil
		return Writes
	}
	m.aside = "kept as it was: " + m.job.File
	m.job, m.failed = nil, nil
	return Stays
}

// Name settles the file of what is to be written.
func (m *Menu) Name(file string) Outcome {
	f, ok := m.form()
	file = named(strings.TrimSpace(file))
	if !ok || file == "" {
		m.aside = "not written: it has no name"
		return Stays
	}
	m.job = &Job{Form: f, File: file, Redact: m.Redacts()}
	return Writes
}

// Begin returns the job that is to be done, and takes it as begun.
func (m *Menu) Begin() Job {
	m.busy, m.done, m.failed = true, nil, nil
	return *m.job
}

// Ended takes in what became of a job.
func (m *Menu) Ended(r Result, err error) {
	m.busy = false
	m.asks = errors.Is(err, fs.ErrExist)
	if err != nil {
		m.failed = err
		return
	}
	m.done = &r
}

// Path is where the last file that was written whole lies; empty where there is none.
func (m *Menu) Path() string {
	if m.done == nil {
		return ""
	}
	return m.done.Path
}

// Words is what became of a job, in a line.
func Words(r Result, err error) string {
	var failed *safely.WriteError
	switch {
	case errors.As(err, &failed):
		return strings.Join(strings.Fields(failed.Error()), " ")
	case err != nil:
		return "not written: " + strings.Join(strings.Fields(err.Error()), " ")
	}
	return r.Path + ": " + amount(r)
}

// amount says how much was written.
func amount(r Result) string {
	return Entries(r.Entries) + ", " + story.Size(int(r.Bytes)) + " written"
}

// Entries counts entries in words.
func Entries(n int) string {
	if n == 1 {
		return "1 entry"
	}
	return fmt.Sprintf("%d entries", n)
}

// aim is a file as one line says it.
func aim(file string) string { return filepath.Base(file) }
