package export

import (
	"encoding/json"
	"strings"

	"doorstep/flow/event"
)

// jsonOrNull gives a value that a report can carry: text that encoding/json would refuse or alter becomes a string.
func jsonOrNull(v []byte) json.RawMessage {
	if v == nil {
		return json.RawMessage("null")
	}
	if json.Valid(v) {
		return json.RawMessage(v)
	}
	return event.Quote(strings.ToValidUTF8(string(v), "\uFFFD"))
}
