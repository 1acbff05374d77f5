package command

import (
	"doorstep/flow"
	"doorstep/flow/recording"
	"doorstep/ui/saving"
)

// writeRecording writes a recording to a file, or to standard output where none is named. One that is there is kept
// unless --force is given.
func (p *program) writeRecording(t flow.Trace, output string) error {
	if output == "" {
		return unfinished(recording.Write(p.wholeOutput(), t))
	}
	defer p.whileWriting(output, true)()
	return recordingError(saving.Record(t, output, p.force))
}
