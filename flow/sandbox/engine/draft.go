package engine

import (
	"time"

	"doorstep/flow/auth"
	"doorstep/flow/event"
)

// Fields is a JSON object in the making.
type Fields = map[string]any

// A Draft is one state event of a room's history before its place in the room is known. The first five fields make
// an honest event; the others are what a fault may alter.
type Draft struct {
	Step     string // its name, for faults and for the drafts that refer to it
	Kind     string
	Sender   string
	StateKey string
	Content  Fields

	Redacts string // the step whose event it redacts: it is a message then, and no state

	Rotates bool // the sender's server takes a new signing key just before it

	Cosigner string // the server that signs it as well; empty: nobody does
	Cosigns  event.SigningKey

	Accepted bool // taken for good by the room's servers, although the rules reject it
	// a redacted event goes out without a word of this redaction, as Synapse sends it
	Bare      bool
	Unchecked bool                         // admitted although the authorisation rules may forbid it
	Outlier   bool                         // known to the room, but neither in its state nor at its end
	Auth      map[auth.Tuple]string        // names the step to refer to in place of, or next to, what is selected
	Key       string                       // the ID of the key that signs; empty: the server's present one
	Unhashed  func([]byte) ([]byte, error) // changes the event before it is hashed and signed
	Signed    func([]byte) ([]byte, error) // changes the event after it was signed
}

// The steps of every history that faults refer to.
const (
	StepCreate   = "create"
	StepLevels   = "power levels"
	StepLevels2  = "more power levels"
	StepOldName  = "old name"
	StepTopic    = "topic"
	StepInvited  = "carol is invited"
	stepDeclined = "carol declines"
)

// A Cast holds the user IDs of a room's people.
type Cast struct {
	Alice string // creates the room
	Bob   string // is invited, and trusted later
	carol string // is invited, and declines
	Dora  string // is on the directory server: gives the room its alias, then leaves
	Erin  string // is a member without any power
	You   string // wants to join
}

// At returns the draft of a step. It panics when the history has none: a scenario that alters what is not there is a
// mistake in the table.
func At(h []Draft, step string) *Draft {
	for i := range h {
		if h[i].Step == step {
			return &h[i]
		}
	}
	panic("sandbox: no step " + step + " in the history")
}

// Gap is the time between two events of a room's history.
const Gap = 20 * time.Second
