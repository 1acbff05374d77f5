package versus

import (
	"context"
	"os"

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
	err = terminal.Show(ctx, m, o.Mouse)
	return m.code, err
}
