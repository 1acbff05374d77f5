package compare

import (
	"fmt"
	"time"

	"doorstep/client"
	"doorstep/flow"
)

// A Light says how the time or the size of an answer compares with what homeservers put up with.
type Light int

// The lights.
const (
	Green Light = iota
	Amber       // far more than usual
	Red         // more than a homeserver waits for, or takes
)

const mebibyte = 1 << 20

// A pace is what answers of one step usually stay under, and where homeservers give up. Zero: no limit is known.
type pace struct {
	slow, tooSlow time.Duration // until the whole answer is there
	firstByte     time.Duration // until it begins
	big, tooBig   int           // bytes of the body
	signers       int           // servers whose keys have to be fetched to check it
}

// paces are by step of the answer. The deadlines are the shortest of Synapse's and Dendrite's for one attempt; the
// sizes what reports of slow joins and Synapse's former limit suggest.
var paces = map[flow.StepID]pace{
	flow.A3: {slow: 2 * time.Second, tooSlow: 10 * time.Second},
	flow.A5: {slow: 5 * time.Second, tooSlow: 20 * time.Second},
	flow.A7: {tooSlow: 60 * time.Second, firstByte: 20 * time.Second, big: 10 * mebibyte, tooBig: 100 * mebibyte,
		signers: 200},
}

// Pace returns the light of an answer, and what of it is slow or big, in words; Green for all else.
func Pace(s flow.State, e *flow.Entry) (Light, string) {
	p, ok := paces[e.Step]
	if !ok || e.Response == nil || e.Failure != nil && e.Failure.Kind == client.FailedCancelled {
		return Green, ""
	}
	size := len(e.Response.Body)
	took := e.Took - e.Held // what somebody held says nothing of the server
	var first time.Duration
	if e.Connection != nil {
		t := e.Connection.Timings
		first = t.Connect + t.TLS + t.Write + t.FirstByte
	}
	switch {
	case p.tooSlow > 0 && took > p.tooSlow:
		return Red, fmt.Sprintf("slower than the %v homeservers wait", p.tooSlow)
	case p.tooBig > 0 && size > p.tooBig:
		return Red, fmt.Sprintf("over %d MiB", p.tooBig/mebibyte)
	case p.slow > 0 && took > p.slow:
		return Amber, fmt.Sprintf("slow: over %v", p.slow)
	case p.firstByte > 0 && first > p.firstByte:
		return Amber, fmt.Sprintf("slow: over %v to the first byte", p.firstByte)
	case p.big > 0 && size > p.big:
		return Amber, fmt.Sprintf("big: over %d MiB", p.big/mebibyte)
	case p.signers > 0 && s.Reply != nil && s.Reply.Seq == e.Seq && len(s.Signers()) > p.signers:
		return Amber, fmt.Sprintf("%d servers' keys to fetch", len(s.Signers()))
	}
	return Green, ""
}
