package keymap

import (
	"slices"

	tea "github.com/charmbracelet/bubbletea"
)

// For returns the rows of a table that are for one of those places.
func For(table []Binding, places Place) []Binding {
	var out []Binding
	for _, b := range table {
		if b.Where&places != 0 {
			out = append(out, b)
		}
	}
	return out
}

// ActionOf is what a key asks for in a place; empty: nothing.
func ActionOf(table []Binding, at Place, k string) Action {
	for _, b := range table {
		if b.Where&at != 0 && slices.Contains(b.Keys(), k) {
			return b.Action
		}
	}
	return ""
}

// OneByOne returns the keys of a message that holds several which arrived at once; nil where it holds one, or is
// pasted.
func OneByOne(msg tea.KeyMsg) []tea.KeyMsg {
	if msg.Type != tea.KeyRunes || len(msg.Runes) < 2 || msg.Alt || msg.Paste {
		return nil
	}
	var out []tea.KeyMsg
	for _, r := range msg.Runes {
		out = append(out, tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune{r}})
	}
	return out
}

// Steps is by how many lines an action moves what stands on one of count lines, of which a page shows so many.
func Steps(a Action, page, count int) int {
	switch a {
	case ActUp:
		return -1
	case ActDown:
		return 1
	case ActPageUp:
		return -page
	case ActPageDown:
		return page
	case ActHalfUp:
		return -max(page/2, 1)
	case ActHalfDown:
		return max(page/2, 1)
	case ActToFirst:
		return -count
	case ActToLast:
		return count
	}
	return 0
}
