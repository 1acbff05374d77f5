package recording

import (
	"encoding/json"

	"doorstep/flow"
)

// HeaderLine gives the first line of a recording, without its end.
func HeaderLine(h flow.Header) ([]byte, error) { return json.Marshal(headerLine{recordingVersion, h}) }

// Line gives the line of an entry, without its end.
func Line(e *flow.Entry) ([]byte, error) {
	if e.Unknown != nil {
		return e.Unknown, nil
	}
	return json.Marshal(lineOf(e))
}
