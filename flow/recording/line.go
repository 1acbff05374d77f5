package recording

import (
	"doorstep/flow"
)

// HeaderJSON gives the first line of a recording, without its end.
func HeaderJSON(h flow.Header) ([]byte, error) { return marshal(headerLine{recordingVersion, h}) }

// EntryJSON gives the line of an entry, without its end.
func EntryJSON(e *flow.Entry) ([]byte, error) {
	if e.Unknown != nil {
		return e.Unknown, nil
	}
	return marshal(lineOf(e))
}
