package ui

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/mattn/go-runewidth"

	"doorstep/client"
	"doorstep/flow/verify"
	"doorstep/ui/terminal"
	"doorstep/ui/theme"
)

// framesPerSecond halves the time from key to frame, compared with Bubble Tea's own rate. Its renderer looks for a
// frame that often also when nothing happens, and takes neither another rate later nor another renderer: an idle screen
// costs 1.6 % of a core, and would cost 1.3 % at half the rate.
const framesPerSecond = 120

// Run shows the screen until the user leaves it or ctx ends, and returns the exit code: that of the handshake where one
// was asked for in o, 130 when Ctrl-c ended it. The terminal is as it was before, also after a panic anywhere, which
// comes back as an error. Signals are the caller's: it ends ctx and knows the code.
func Run(ctx context.Context, o Options) (code int, err error) {
	// Terminals that draw ambiguous characters wide are served by ASCII; everybody counts cells the same way.
	runewidth.DefaultCondition.EastAsianWidth = false
	noColour := theme.SetColour(o.Color, os.Getenv("NO_COLOR") != "")
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	m := newModel(ctx, o, theme.NewLook(o.Theme, o.ASCII || !terminal.SpeaksUTF8(), noColour), os.Stdout)
	options := []tea.ProgramOption{
		tea.WithContext(ctx), tea.WithAltScreen(), tea.WithFPS(framesPerSecond), tea.WithoutSignalHandler(),
	}
	if o.Mouse {
		options = append(options, tea.WithMouseCellMotion())
	}
	p := tea.NewProgram(m, options...)
	restore := onPanic(p)
	defer restore()
	defer responsive()()
	_, err = p.Run()
	if m.screen != nil {
		m.screen.close()
	}
	if m.starting != nil {
		m.starting()
	}
	if errors.Is(err, tea.ErrProgramKilled) && !errors.Is(err, tea.ErrProgramPanic) && ctx.Err() != nil {
		err = nil // the caller ended it
	}
	return m.code(), err
}

// onPanic has a panic in a goroutine of ours give the terminal back before the program ends. undo takes that back.
func onPanic(p *tea.Program) (undo func()) {
	before := client.OnPanic
	client.OnPanic = func(value any, stack []byte) {
		_ = p.ReleaseTerminal() // the panic is what matters now
		fmt.Fprintf(os.Stderr, "doorstep: panic: %s\n\n%s\n", theme.SafeText(fmt.Sprint(value)), stack)
		os.Exit(2)
	}
	return func() { client.OnPanic = before }
}

// spareThreads is how many goroutines more than there are processors run at once while a screen is shown.
const spareThreads = 2

// responsive has the scheduler put keys and frames before verifications, until the function it returns is called. With
// as many threads as workers, a key would wait for the scheduler's own rounds, which take 10 ms and more.
func responsive() (done func()) {
	verify.GiveWay(true)
	before := runtime.GOMAXPROCS(0)
	runtime.GOMAXPROCS(before + spareThreads)
	return func() {
		runtime.GOMAXPROCS(before)
		verify.GiveWay(false)
	}
}
