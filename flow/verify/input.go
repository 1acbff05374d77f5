package verify

import (
	"time"

	"doorstep/client"
)

// An Input is what Verify looks at: what came back, and what is known of the handshake around it. Whatever is nil is
// not known, and what needs it stays not checked.
type Input struct {
	RoomID   string
	Template *Template       // the protoevent that the join was made from; it knows the room version
	Reply    *Reply          // the answer to send_join
	Keys     KeyRing         // the key documents that were fetched
	Sent     *client.Request // send_join, as it was sent
	Join     *Made           // our join
	Leave    *Made           // our leave, where the join was undone
	Redacted bool            // signatures, hashes and keys were taken out of the recording: what rests on them is open
	Theirs   bool            // the join is another server's, and we are its hosts
	Progress *Progress       // is told how far it got; nil: nobody asks

	// Time is how long the checks may take: what was not looked at by then is not checked. 0: as long as it takes.
	Time time.Duration
}

// Made is an event of ours as it was made: signed, ready to be sent.
type Made struct {
	EventID string
	Event   []byte
}
