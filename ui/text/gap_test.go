package text

import (
	"bytes"
	"strings"
	"testing"

	"doorstep/flow"
)

// A recording may have an entry that stands for what a log lacks, and nothing of the log in it.
func TestHostileGap(t *testing.T) {
	trace := flow.Trace{Header: flow.Header{Source: "import", Joining: "a.example", User: "@a:a.example", Target: "!r:b.example"},
		Entries: []flow.Entry{{Seq: 1, Kind: flow.Gap, Step: flow.A4, From: flow.Joining, To: flow.Resident, Server: "b.example"}}}
	var b bytes.Buffer
	if err := Write(&b, trace, Options{}); err != nil || !strings.Contains(b.String(), "not in the log") {
		t.Errorf("%v: %s", err, b.String())
	}
}
