package sandbox

import (
	"time"

	"doorstep/flow/auth"
)

// fields is a JSON object in the making.
type fields = map[string]any

// A draft is one state event of a room's history before its place in the room is known. The first five fields make
// an honest event; the others are what a fault may bend.
type draft struct {
	step     string // its name, for faults and for the drafts that refer to it
	kind     string
	sender   string
	stateKey string
	content  fields

	redacts string // the step whose event it redacts: it is a message then, and no state

	rotates bool // the sender's server takes a new signing key just before it

	accepted  bool                         // taken for good by the room's servers, although the rules reject it
	bare      bool                         // a redacted event goes out without a word of this redaction, as Synapse sends it
	unchecked bool                         // admitted although the authorisation rules may forbid it
	outlier   bool                         // known to the room, but neither in its state nor at its end
	auth      map[auth.Tuple]string        // names the step to refer to in place of, or beside, what is selected
	key       string                       // the ID of the key that signs; empty: the server's present one
	unhashed  func([]byte) ([]byte, error) // changes the event before it is hashed and signed
	signed    func([]byte) ([]byte, error) // changes the event after it was signed
}

// The steps of every history that faults refer to.
const (
	stepCreate   = "create"
	stepLevels   = "power levels"
	stepLevels2  = "more power levels"
	stepOldName  = "old name"
	stepTopic    = "topic"
	stepInvited  = "carol is invited"
	stepDeclined = "carol declines"
)

// A cast holds the user IDs of a room's people.
type cast struct {
	alice string // creates the room
	bob   string // is invited, and trusted later
	carol string // is invited, and declines
	dora  string // is on the directory server: gives the room its alias, then leaves
	erin  string // is a member without any power
	you   string // wants to join
}

// at returns the draft of a step. It panics when the history has none: a scenario that bends what is not there is a
// mistake in the table.
func at(h []draft, step string) *draft {
	for i := range h {
		if h[i].step == step {
			return &h[i]
		}
	}
	panic("sandbox: no step " + step + " in the history")
}

// gap is the time between two events of a room's history.
const gap = 20 * time.Second
