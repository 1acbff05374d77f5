package ui

import (
	"fmt"
	"regexp"
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"doorstep/flow"
	"doorstep/flow/recording"
)

// save writes a recording to a file that must not exist.
func save(name string, t flow.Trace) tea.Cmd {
	return func() tea.Msg {
		if err := writeRecording(name, t); err != nil {
			return savedMsg{"not written: " + err.Error()}
		}
		return savedMsg{fmt.Sprintf("%s: %d entries written", name, len(t.Entries))}
	}
}

func writeRecording(name string, t flow.Trace) (err error) {
	rw, done, err := recording.Create(name, t.Header, false)
	if err != nil {
		return err
	}
	for i := range t.Entries {
		if err := rw.Append(&t.Entries[i]); err != nil {
			_ = done() // the first error is the one to tell
			return err
		}
	}
	return done()
}

// fileWord makes a word for a file name out of a fixed alphabet.
func fileWord(name string) string {
	word := strings.Trim(notInFiles.ReplaceAllString(strings.ToLower(name), "-"), "-")
	if word == "" {
		return "join"
	}
	return word[:min(len(word), 40)]
}

var notInFiles = regexp.MustCompile(`[^a-z0-9]+`)
