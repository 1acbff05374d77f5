package command

import (
	"io"

	"doorstep/flow"
	"doorstep/flow/recording"
)

// writeRecording writes a recording to a file, or to standard output where none is named. One that is there is kept
// unless --force is given.
func (p *program) writeRecording(t flow.Trace, output string) error {
	if output == "" {
		return unfinished(recording.Write(p.wholeOutput(), t))
	}
	return p.writeFile(output, func(w io.Writer) error { return recording.WriteAs(w, output, t) })
}
