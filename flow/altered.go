package flow

import (
	"time"

	"doorstep/client"
)

// An Altered says that somebody changed a step before it was done, and keeps what would have been done instead. It is
// evidence: what was really sent, made or answered is in the entry itself.
type Altered struct {
	By       AlteredBy
	Mutation string // its name; empty: somebody wrote it

	Server  string          // who would have been asked
	Request *client.Request // what would have been sent, but for the fields set on sending; nil: it is local work
	Event   []byte          // the event that would have been made; nil: none would
	Sealing Sealing         // how the event was hashed and signed instead
	// OwnSignature says that the signature in the Authorization header was written too, and is none of our key's.
	OwnSignature bool

	Response *client.Response // what would have been answered, but for the fields set on answering; nil: it is no answer
	Delivery Delivery         // how the answer was written instead
}

// A Delivery says how an answer is written. The zero value is as it should be: whole, and at once.
type Delivery struct {
	Dropped bool          `json:"dropped,omitempty"` // the connection is closed instead of an answer
	Cut     int           `json:"cut,omitempty"`     // ... after that many bytes of the body; 0: it is not
	Over    time.Duration `json:"over,omitempty"`    // the body takes so long, in pieces; 0: no longer than it has to
}

// AlteredBy says who changed a step.
type AlteredBy string

// Who changes a step.
const (
	ByMutation AlteredBy = "mutation" // a ready one
	ByEditor   AlteredBy = "editor"   // somebody, by hand
)

// A Sealing says how an event is hashed and signed. The zero value is as it should be.
type Sealing struct {
	Hash     Sealed `json:"hash,omitempty"`
	Key      Sealed `json:"key,omitempty"`
	RedactAs string `json:"redact_as,omitempty"` // room version by whose rules it is redacted to be signed; empty: its own
}

// Sealed says what becomes of the content hash, or of the signature.
type Sealed string

// What becomes of them. A wrong hash is one of another content, a wrong key one that we do not publish.
const (
	SealedRight Sealed = ""
	SealedWrong Sealed = "wrong"
	SealedNot   Sealed = "none"
)
