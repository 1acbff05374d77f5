package whatif

import "errors"

// A Subject is what somebody wants to be otherwise: a request, an event, an answer.
type Subject interface {
	Title() string // the question of the menu
	Ready() []Ready
	Change(i int) (Draft, error) // makes the ready change in that place
	Text() string                // for an editor
	// Parse reads a text that came back from an editor. It errs with an *alter.ParseError.
	Parse(text string) (Draft, error)
	Editing() string     // what editing means, in a sentence
	ComesOfEdit() string // what comes of it
}

// A Ready is a ready change as the menu has it.
type Ready struct {
	Name, Title, Teaches string
	Why                  string // why it cannot be made; empty: it can
	Comes                string // what comes of it, in sentences
}

// A Draft is what is to be done, or answered, instead.
type Draft interface{ Changed() bool }

// reason is why a change cannot be made, without its name.
func reason(err error) string {
	if inner := errors.Unwrap(err); inner != nil {
		return inner.Error()
	}
	return err.Error()
}
