package ui

import (
	tea "github.com/charmbracelet/bubbletea"

	"doorstep/ui/chooser"
	"doorstep/ui/keymap"
)

// A choice is a list over the lower lines of the screen, to choose one thing from.
type choice struct {
	list *chooser.Chooser
	take func(item int) tea.Cmd // does what choosing an item does
	also keymap.Action          // takes the item under the cursor as well; empty: Enter alone does
	// others are the items as they are now, with the names they stand for; nil: they stay as they are.
	others func() ([]chooser.Item, []string)
	names  *[]string
	top    int // the line of the screen it begins on, as drawn last
}
