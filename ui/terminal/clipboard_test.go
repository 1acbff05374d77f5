package terminal

import (
	"bytes"
	"strings"
	"testing"
)

// What terminals would cut off is not sent at all.
func TestTooLargeForTheClipboard(t *testing.T) {
	var out bytes.Buffer
	if said := Copy(&out, "value", strings.Repeat("x", 60_000)); !strings.Contains(said, "more than terminals take") ||
		out.Len() > 0 {
		t.Errorf("%q, %d bytes written", said, out.Len())
	}
	if said := Copy(&out, "value", "x"); !strings.Contains(said, "sent 1 B") || out.Len() == 0 {
		t.Errorf("%q, %d bytes written", said, out.Len())
	}
}
