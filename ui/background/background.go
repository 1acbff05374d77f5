// Package background keeps the program from asking the terminal for its background colour.
//
// Bubble Tea's package initialisation asks through lipgloss, and on a terminal that does not answer it waits five
// seconds for every command, --help included. Telling lipgloss an answer first prevents the question. It works because
// Go initialises packages that are ready in the order of their import paths, and this one sorts before Bubble Tea's.
package background

import "github.com/charmbracelet/lipgloss"

func init() { lipgloss.SetHasDarkBackground(true) }
