package terminal

import (
	"context"
	"errors"
	"os"
	"reflect"
	"sync/atomic"
	"time"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/term"

	"doorstep/client"
)

// Show runs m in the whole terminal until m quits or ctx ends; that ctx ended is no error. Signals are the caller's: it
// ends ctx. The terminal is as it was when Show returns. A panic of m, or of a command that m returned, goes to the
// handler of client.OnPanic, which gives the terminal back by GiveBack.
func Show(ctx context.Context, m tea.Model, mouse bool, options ...tea.ProgramOption) error {
	options = append([]tea.ProgramOption{tea.WithContext(ctx), tea.WithAltScreen(), tea.WithoutSignalHandler(),
		tea.WithoutCatchPanics()}, options...) // Bubble Tea would tell of panics in its own way, and in two places
	if mouse {
		options = append(options, tea.WithMouseCellMotion())
	}
	s := &screen{}
	s.before, _ = term.GetState(os.Stdin.Fd()) // nil where standard input is no terminal
	s.program = tea.NewProgram(guarded{m, s}, options...)
	shown.Store(s)
	defer shown.CompareAndSwap(s, nil)
	defer client.Guard()
	_, err := s.program.Run()
	if errors.Is(err, tea.ErrProgramKilled) && ctx.Err() != nil {
		return nil
	}
	return err
}

// A screen is a terminal that a program of Bubble Tea has.
type screen struct {
	program *tea.Program
	before  *term.State // of standard input; nil: it is no terminal
	runs    atomic.Bool // its event loop has begun
}

var shown atomic.Pointer[screen]

// releaseTime is how long Bubble Tea has to give the terminal back: it waits for its own reader, and for a terminal
// that takes nothing it waits for ever.
const releaseTime = 2 * time.Second

// GiveBack gives the terminal back while a screen is shown that cannot go on; otherwise it does nothing. It returns
// within a few seconds, whatever state the program is in.
func GiveBack() {
	s := shown.Swap(nil)
	if s == nil {
		return
	}
	if s.runs.Load() && within(releaseTime, func() { _ = s.program.ReleaseTerminal() }) {
		return
	}
	if s.before != nil {
		_ = term.Restore(os.Stdin.Fd(), s.before) // nothing more can be done
	}
	within(releaseTime, func() { _, _ = os.Stdout.WriteString(asItWas) })
}

// asItWas leaves what a screen enters: mouse reports, bracketed paste, the hidden cursor, the alternate screen.
const asItWas = "\x1b[?1002l\x1b[?1003l\x1b[?1006l\x1b[?2004l\x1b[?25h\x1b[?1049l"

// within does something, and reports whether it was done in time.
func within(limit time.Duration, do func()) bool {
	done := make(chan struct{})
	client.Go(func() {
		do()
		close(done)
	})
	select {
	case <-done:
		return true
	case <-time.After(limit):
		return false
	}
}

// guarded is a model whose commands run under client.Guard: Bubble Tea runs each in a goroutine of its own.
type guarded struct {
	tea.Model
	s *screen
}

func (g guarded) Init() tea.Cmd { return guard(g.Model.Init()) }

func (g guarded) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	g.s.runs.Store(true)
	m, cmd := g.Model.Update(msg)
	return guarded{m, g.s}, guard(cmd)
}

// guard returns a command that runs under client.Guard, and so do those that it leads to.
func guard(cmd tea.Cmd) tea.Cmd {
	if cmd == nil {
		return nil
	}
	return func() tea.Msg {
		defer client.Guard()
		return guardEach(cmd())
	}
}

// commandsType is what tea.Batch and tea.Sequence make messages of; the type of the latter has no name to us.
var commandsType = reflect.TypeFor[[]tea.Cmd]()

// guardEach guards the commands of a message that consists of commands.
func guardEach(msg tea.Msg) tea.Msg {
	v := reflect.ValueOf(msg)
	if !v.IsValid() || v.Kind() != reflect.Slice || !v.Type().ConvertibleTo(commandsType) {
		return msg
	}
	cmds := v.Convert(commandsType).Interface().([]tea.Cmd)
	out := make([]tea.Cmd, len(cmds))
	for i, cmd := range cmds {
		out[i] = guard(cmd)
	}
	return reflect.ValueOf(out).Convert(v.Type()).Interface()
}
