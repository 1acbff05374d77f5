package recording

import (
	"doorstep/flow"
	"doorstep/flow/printable"
)

// HeaderJSON gives the first line of a recording, without its end.
func HeaderJSON(h flow.Header) ([]byte, error) { return lineJSON(headerLine{recordingVersion, h}) }

// EntryJSON gives the line of an entry, without its end.
func EntryJSON(e *flow.Entry) ([]byte, error) {
	if e.Unknown != nil {
		return printable.JSON(e.Unknown), nil
	}
	return lineJSON(lineOf(e))
}

// lineJSON is a line that is safe to show. What it says to a parser, the bytes of bodies too, is the same as without
// the escapes.
func lineJSON(v any) ([]byte, error) {
	text, err := marshal(v)
	return printable.JSON(text), err
}
