package verify

import (
	"fmt"
	"strconv"
	"time"

	"doorstep/client"
)

// A Received is a request of a joining server as its hosts have it.
type Received struct {
	Seq     int    // the entry that holds it
	Server  string // who was asked
	At      time.Time
	Request *client.Request
	Auth    *Authenticity    // what the server that was asked made of its signature; nil: that is not known
	Answer  *client.Response // nil: none
}

// subject is the subject of the checks on a request.
func (r *Received) subject() string { return "request " + strconv.Itoa(r.Seq) }

// An Authenticity is what a server made of the signature of a request.
type Authenticity struct {
	Reason client.AuthReason // why it was not believed; empty: the signature verifies
	Detail string            // the same in words
}

// A Joiner is what its hosts know of a joining server before they look at a request of it.
type Joiner struct {
	Server string // its name
	User   string // who joins
	RoomID string // empty: not known
	Keys   KeyRing
}

// A MadeEvent is the event that a joining server sent, and what it was made of.
type MadeEvent struct {
	Sent     Received
	Template *Template // nil: none is known
	Joiner   Joiner
	Redacted bool // signatures, hashes and keys were taken out of the recording
}

// A Conduct is what a joining server did with an answer, and what would have been right.
type Conduct struct {
	Seq      int  // the answer
	Accepted bool // it went on with it
	Refused  bool // it did not; neither: that is not known
	How      string
}

// subject is the subject of the checks on what became of an answer.
func (c *Conduct) subject() string { return fmt.Sprintf("answer %d", c.Seq) }
