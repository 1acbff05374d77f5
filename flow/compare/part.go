package compare

// A Part is what of a step a difference is in.
type Part string

// The parts.
const (
	PartAsked      Part = "request"    // method, endpoint, path
	PartQuery      Part = "query"      //
	PartSent       Part = "sent"       // the body of the request
	PartStatus     Part = "status"     // of the answer
	PartFailure    Part = "failure"    // why there is no whole answer
	PartType       Part = "media_type" // Content-Type of the answer
	PartPace       Part = "pace"       // how its time or size compares with what homeservers put up with
	PartTook       Part = "took"       // how long the answer took, in milliseconds
	PartBody       Part = "body"       // of the answer
	PartProtoevent Part = "protoevent"
	PartEvent      Part = "event"      // the event as it was signed
	PartReturned   Part = "returned"   // the event as it came back
	PartState      Part = "state"      // which events are in state
	PartAuthChain  Part = "auth_chain" // which events are in auth_chain
	PartEvents     Part = "events"     // what is in the events of state and auth_chain
	PartDiscovery  Part = "discovery"

	PartRequestHeaders Part = "request_headers" // of an aside
	PartAnswerHeaders  Part = "answer_headers"  // of an aside
	PartTLS            Part = "tls"             // of an aside: version, cipher suite, why a certificate was not accepted

	PartHead     Part = "head"      // all of a message but its body; of discovery what was found
	PartInstead  Part = "instead"   // the body or event that would have been sent or made, had nobody changed the step
	PartNotAsked Part = "not_asked" // the request that would have been sent then
)
