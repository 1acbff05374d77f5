package flowtest

import (
	"bytes"
	"errors"
	"testing"

	"doorstep/flow"
	"doorstep/flow/recording"
)

// Records fails a test whose trace, which was made of what strangers wrote, cannot be folded, or is no recording that
// can be read again.
func Records(t *testing.T, trace flow.Trace) {
	t.Helper()
	flow.Fold(trace).Outcome()
	var b bytes.Buffer
	if err := recording.Write(&b, trace); err != nil {
		t.Fatal(err)
	}
	written := bytes.Clone(b.Bytes())
	if _, err := recording.Read(&b); err != nil && !errors.Is(err, recording.ErrTruncated) {
		t.Fatalf("%v\n%s", err, written)
	}
}
