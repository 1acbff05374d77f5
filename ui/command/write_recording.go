package command

import (
	"errors"
	"fmt"
	"io/fs"

	"doorstep/flow"
	"doorstep/flow/recording"
)

// writeRecording writes a recording to a file, or to standard output where none is named.
func (p *program) writeRecording(t flow.Trace, output string) error {
	if output == "" {
		return unfinished("standard output", recording.Write(p.wholeOutput(), t))
	}
	w, done, err := recording.Create(output, t.Header, p.force)
	if at := (*fs.PathError)(nil); errors.As(err, &at) && at.Op == "write" {
		return unfinished(fmt.Sprintf("%q", output), err)
	}
	if err != nil {
		return recordingError(err)
	}
	for i := 0; i < len(t.Entries) && err == nil; i++ {
		err = w.Append(&t.Entries[i])
	}
	if closing := done(); err == nil {
		err = closing
	}
	return unfinished(fmt.Sprintf("%q", output), err)
}
