package terminal

import (
	"errors"
	"fmt"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"doorstep/client"
)

// trouble is a model that panics somewhere.
type trouble struct{ at string }

type poke struct{}

func oh() tea.Msg { panic("oh") }

func poked() tea.Msg { return poke{} }

func (m trouble) Init() tea.Cmd {
	switch m.at {
	case "Init":
		panic("oh")
	case "command of Init":
		return oh
	}
	return poked
}

func (m trouble) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	if _, ok := msg.(poke); !ok {
		return m, nil
	}
	switch m.at {
	case "Update":
		panic("oh")
	case "command":
		return m, oh
	case "batch":
		return m, tea.Batch(oh, func() tea.Msg { return nil }) // poked again, it would panic again
	case "sequence":
		return m, tea.Sequence(func() tea.Msg { return nil }, oh)
	case "batch in a sequence in a batch":
		return m, tea.Batch(tea.Sequence(tea.Batch(oh, func() tea.Msg { return nil }), func() tea.Msg { return nil }),
			func() tea.Msg { return nil })
	case "tick":
		return m, tea.Tick(time.Nanosecond, func(time.Time) tea.Msg { panic("oh") })
	}
	return trouble{"View now"}, nil
}

func (m trouble) View() string {
	if m.at == "View now" {
		panic("oh")
	}
	return "fine"
}

// A panic in any part of a model reaches the handler, wherever Bubble Tea runs that part.
func TestShowPanics(t *testing.T) {
	for _, at := range []string{"Init", "command of Init", "Update", "View", "command", "batch", "sequence",
		"batch in a sequence in a batch", "tick"} {
		told := make(chan client.Panic, 1)
		undo := client.OnPanic(client.PanicHandler{Ends: func(p client.Panic) {
			told <- p
			<-t.Context().Done() // what panicked goes no further
		}})
		client.Go(func() {
			// Without a renderer nothing of the terminal of whoever runs this is touched.
			_ = Show(t.Context(), trouble{at}, false, tea.WithInput(nil), tea.WithoutRenderer())
		})
		select {
		case p := <-told:
			if fmt.Sprint(p.Value) != "oh" {
				t.Errorf("%s: %v\n%s", at, p.Value, p.Stack)
			}
		case <-time.After(20 * time.Second):
			t.Errorf("%s: nobody was told", at)
		}
		undo()
	}
}

// What a command leads to arrives as it would without its guard.
func TestGuardKeepsMessages(t *testing.T) {
	if guard(nil) != nil {
		t.Error("no command became one")
	}
	for _, msg := range []tea.Msg{nil, poke{}, 1, "text", errors.New("oh")} {
		if got := guard(func() tea.Msg { return msg })(); got != msg {
			t.Errorf("%v became %v", msg, got)
		}
	}
	if got, ok := guard(tea.Batch(poked, poked))().(tea.BatchMsg); !ok || len(got) != 2 || got[1]() != (poke{}) {
		t.Errorf("a batch became %v", got)
	}
	before, after := tea.Sequence(poked, nil)(), guard(tea.Sequence(poked, nil))()
	if a, b := fmt.Sprintf("%T", before), fmt.Sprintf("%T", after); a != b {
		t.Errorf("%s became %s", a, b)
	}
}
