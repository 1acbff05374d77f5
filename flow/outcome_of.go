package flow

import "doorstep/client"

// outcomeOf says how a handshake ends that cannot go on after e, which brought no whole answer. Whoever began to answer
// was reached.
func outcomeOf(e *Entry) Outcome {
	o := outcomeOfFailure(e.Failure)
	if o == Unreachable && e.Response != nil {
		return Failed
	}
	return o
}

func outcomeOfFailure(f *client.Failure) Outcome {
	switch f.Kind {
	case client.FailedTimeout:
		return TimedOut
	case client.FailedCancelled:
		return Cancelled
	case client.FailedMalformed, client.FailedTooLarge:
		return Failed
	}
	return Unreachable
}
