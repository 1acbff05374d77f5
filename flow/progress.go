package flow

import (
	"time"

	"doorstep/client"
	"doorstep/flow/verify"
)

// A Progress says how far something has got that takes its time. It is no evidence: it stands beside the trace, and is
// gone when the thing is done.
type Progress struct {
	Of   Progressing
	Done int64
	All  int64         // of how many; 0: that is not known
	Took time.Duration // so far; 0: that is not known
	Idle time.Duration // since there was more; 0: that is not known

	Entries int // Reading: entries that have been read
}

// Progressing is what a Progress is about.
type Progressing int

// What takes its time, and what is counted of it. Nothing is the zero value.
const (
	Nothing      Progressing = iota
	Receiving                // an answer, in bytes
	FetchingKeys             // in servers
	Verifying                // events, by their signatures
	Judging                  // events by the authorisation rules, which is not counted
	Reading                  // a recording, in bytes of its file
	Looking                  // at a server that is checked, in questions that were answered
	Awaiting                 // an invite, in seconds of the time there is
)

// Rate returns how much is done in a second; 0 where that cannot be told yet.
func (p Progress) Rate() float64 {
	if p.Took < time.Second {
		return 0
	}
	return float64(p.Done) / p.Took.Seconds()
}

// Left returns how long the rest takes if it goes on like this; false where that cannot be told.
func (p Progress) Left() (time.Duration, bool) {
	rate := p.Rate()
	if rate == 0 || p.All == 0 || p.Done > p.All {
		return 0, false
	}
	return time.Duration(float64(p.All-p.Done) / rate * float64(time.Second)), true
}

// Received is the progress of an answer that arrives; begun is false before its body does.
func Received(a client.Arrived, begun bool) Progress {
	if !begun {
		return Progress{}
	}
	return Progress{Of: Receiving, Done: a.Bytes, All: a.Of, Took: a.Took, Idle: a.Idle}
}

// Checked is how far the verification of the answer that e holds has got; of Nothing before that begins. The
// authorisation rules come last.
func (e *Entry) Checked() Progress {
	if e.memo == nil {
		return Progress{}
	}
	return Checked(&e.memo.progress)
}

// Checked is how far a verification has got that tells p; of Nothing before it begins.
func Checked(p *verify.Progress) Progress {
	switch done, all := p.Signatures(); {
	case all == 0:
		return Progress{}
	case done == all:
		return Progress{Of: Judging}
	default:
		return Progress{Of: Verifying, Done: int64(done), All: int64(all)}
	}
}
