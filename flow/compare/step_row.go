package compare

import (
	"doorstep/client"
	"doorstep/flow"
)

// A StepRow is one exchange, or one piece of local work, of two handshakes: what was asked in both, or in one only.
type StepRow struct {
	ID       flow.StepID     `json:"id"` // of the request, or of the work
	Endpoint client.Endpoint `json:"endpoint,omitempty"`
	Work     Work            `json:"work,omitempty"` // what it is where nobody was asked
	A        *Exchange       `json:"a"`              // nil: there is none
	B        *Exchange       `json:"b"`
	// Differences are what differs and does not between any two runs. What differs in the same way in several events is
	// one of them.
	Differences []Difference `json:"differences"`
	// Asides are headers and facts of TLS that differ. They are worth a look, and count for nothing: software, proxies and
	// certificates set them, not the handshake.
	Asides  []Difference `json:"asides"`
	Follows int          `json:"follows"`         // differences told before: fields that were copied from there
	Alike   int          `json:"alike"`           // values that are equal
	AsAny   int          `json:"as_any_two_runs"` // values that differ as between any two runs
	Events  int          `json:"events"`          // of two answers: events that are in both
}
