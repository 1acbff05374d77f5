package sandbox

import (
	"doorstep/flow/event"
)

// redact keeps for e what is handed out of it from now on: what its redaction, by, leaves. Dendrite tells of the
// redaction in unsigned, with its own record of the event around it; Synapse sends the bare event.
func (r *Room) redact(e, by *event.Event, bare bool) error {
	left := e.Redacted()
	if !bare {
		unsigned, err := encode(fields{
			"redacted_by":      by.ID(),
			"redacted_because": fields{"EventNID": len(r.order), "PDU": rawJSON(by.Raw()), "Rejected": false},
		})
		if err != nil {
			return err
		}
		raw, err := event.Edit(left.Raw(), []event.Member{{Key: "unsigned", Value: unsigned}})
		if err != nil {
			return err
		}
		if left, err = event.Parse(r.version, raw); err != nil {
			return err
		}
	}
	r.redacted[e.ID()] = left
	return nil
}

// handedOut returns events as they are sent to other servers: those that were redacted as redaction leaves them.
func (r *Room) handedOut(events []*event.Event) []*event.Event {
	out := make([]*event.Event, len(events))
	for i, e := range events {
		out[i] = e
		if left := r.redacted[e.ID()]; left != nil {
			out[i] = left
		}
	}
	return out
}
