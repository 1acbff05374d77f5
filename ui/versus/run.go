package versus

import (
	"context"
	"errors"
	"os"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/mattn/go-runewidth"

	"doorstep/flow/compare"
	"doorstep/ui/keymap"
	"doorstep/ui/terminal"
	"doorstep/ui/theme"
)

// Options say how the screen looks and which keys it has.
type Options struct {
	ASCII, Mouse bool
	Theme, Color string
	Bindings     []keymap.Binding // the table of all keys; nil: the usual one
}

// Run shows the comparison until the user leaves it or ctx ends, and returns the exit code: that of the comparison, 130
// where Ctrl-c ended it.
func Run(ctx context.Context, c compare.Comparison, o Options) (code int, err error) {
	runewidth.DefaultCondition.EastAsianWidth = false // everybody counts cells the same way
	noColour := theme.SetColour(o.Color, os.Getenv("NO_COLOR") != "")
	m := New(theme.NewLook(o.Theme, o.ASCII || !terminal.SpeaksUTF8(), noColour), c, o.Bindings)
	m.mouse = o.Mouse
	options := []tea.ProgramOption{tea.WithContext(ctx), tea.WithAltScreen(), tea.WithoutSignalHandler()}
	if o.Mouse {
		options = append(options, tea.WithMouseCellMotion())
	}
	_, err = tea.NewProgram(m, options...).Run()
	if errors.Is(err, tea.ErrProgramKilled) && !errors.Is(err, tea.ErrProgramPanic) && ctx.Err() != nil {
		err = nil // the caller ended it, and knows the code
	}
	return m.code, err
}
