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
		if err := recording.Save(name, t, false); err != nil {
			return savedMsg{"not written: " + err.Error()}
		}
		return savedMsg{fmt.Sprintf("%s: %d entries written", name, len(t.Entries))}
	}
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
