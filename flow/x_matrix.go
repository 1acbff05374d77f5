package flow

import (
	"strings"

	"doorstep/client"
)

// XMatrix returns the X-Matrix header of a request as it was sent; false when it has none that can be read.
func (e *Entry) XMatrix() (client.XMatrix, bool) {
	if e.Request == nil {
		return client.XMatrix{}, false
	}
	for _, f := range e.Request.Header {
		if strings.EqualFold(f.Name, "Authorization") && isXMatrix(f.Value) {
			x, err := client.ParseXMatrix(f.Value)
			return x, err == nil
		}
	}
	return client.XMatrix{}, false
}

func isXMatrix(value string) bool {
	scheme, _, _ := strings.Cut(strings.TrimSpace(value), " ")
	return strings.EqualFold(scheme, "X-Matrix")
}

// Signed reports whether a request is one between servers that is signed, and whether it went out. What it says for
// itself is its header; a request without any was never sent, and its endpoint says what it would have been.
func (e *Entry) Signed() (signed, sent bool) {
	if len(e.Request.Header) == 0 {
		return e.From == Joining && e.Request.Endpoint.Signed(), false
	}
	for _, f := range e.Request.Header {
		if strings.EqualFold(f.Name, "Authorization") && isXMatrix(f.Value) {
			return true, true
		}
	}
	return false, true
}
