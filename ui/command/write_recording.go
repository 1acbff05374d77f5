package command

import (
	"errors"
	"fmt"

	"doorstep/flow"
	"doorstep/flow/recording"
)

// writeRecording writes a recording to a file, or to standard output where none is named. One that is there is kept
// unless --force is given. What could only be written in part is named, and the program ends with code 1.
func (p *program) writeRecording(t flow.Trace, output string) error {
	if output == "" {
		return unfinished("standard output", recording.Write(p.wholeOutput(), t))
	}
	w, done, err := recording.Create(output, t.Header, p.force)
	if done == nil {
		return recordingError(err)
	}
	for i := 0; i < len(t.Entries) && err == nil; i++ {
		err = w.Append(&t.Entries[i])
	}
	return unfinished(fmt.Sprintf("%q", output), errors.Join(err, done()))
}
