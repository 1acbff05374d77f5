package ui

import (
	"context"
	"os"
	"runtime"
	"sync"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/mattn/go-runewidth"

	"doorstep/flow/verify"
	"doorstep/ui/terminal"
	"doorstep/ui/theme"
)

// framesPerSecond halves the time from key to frame, compared with Bubble Tea's own rate. Its renderer looks for a
// frame that often also when nothing happens, and takes neither another rate later nor another renderer: an idle screen
// costs 1.6 % of a core, and would cost 1.3 % at half the rate.
const framesPerSecond = 120

// Run shows the screen until the user leaves it or ctx ends, and returns the exit code: that of the handshake where one
// was asked for in o, 130 when Ctrl-c ended it. For the terminal, panics and signals see terminal.Show.
func Run(ctx context.Context, o Options) (code int, err error) {
	// Terminals that draw ambiguous characters wide are served by ASCII; everybody counts cells the same way.
	runewidth.DefaultCondition.EastAsianWidth = false
	noColour := theme.SetColour(o.Color, os.Getenv("NO_COLOR") != "")
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	m := newModel(ctx, o, theme.NewLook(o.Theme, o.ASCII || !terminal.SpeaksUTF8(), noColour), os.Stdout)
	defer responsive()()
	err = terminal.Show(ctx, m, o.Mouse, tea.WithFPS(framesPerSecond))
	if m.screen != nil {
		m.screen.close()
	}
	if m.starting != nil {
		m.starting()
	}
	return m.code(), err
}

// spareThreads is how many goroutines more than there are processors run at once while a screen is shown.
const spareThreads = 2

var spare sync.Once

// responsive has the scheduler put keys and frames before verifications, until the function it returns is called. With
// as many threads as workers, a key would wait for the scheduler's own rounds, which take 10 ms and more. The threads
// stay: to take them back the world is stopped, for which whoever leaves would wait while much is verified.
func responsive() (done func()) {
	verify.GiveWay(true)
	spare.Do(func() { runtime.GOMAXPROCS(runtime.GOMAXPROCS(0) + spareThreads) })
	return func() { verify.GiveWay(false) }
}
