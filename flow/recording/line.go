package recording

import (
	"encoding/json"

	"doorstep/flow"
)

// HeaderJSON gives the first line of a recording, without its end.
func HeaderJSON(h flow.Header) ([]byte, error) { return json.Marshal(headerLine{recordingVersion, h}) }

// EntryJSON gives the line of an entry, without its end.
func EntryJSON(e *flow.Entry) ([]byte, error) {
	if e.Unknown != nil {
		return e.Unknown, nil
	}
	return json.Marshal(lineOf(e))
}
