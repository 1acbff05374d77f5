package command

import (
	"fmt"

	"doorstep/flow"
	"doorstep/flow/recording"
	"doorstep/ui/theme"
)

// writeRecording writes a recording to a file, or to standard output where none is named.
func (p *program) writeRecording(t flow.Trace, output string) error {
	if output == "" {
		if err := recording.Write(p.stdout, t); err != nil {
			return fmt.Errorf("write to standard output: %w", err)
		}
		return nil
	}
	w, done, err := recording.Create(output, t.Header, p.force)
	if err != nil {
		return recordingError(err)
	}
	for i := 0; i < len(t.Entries) && err == nil; i++ {
		err = w.Append(&t.Entries[i])
	}
	if closing := done(); err == nil {
		err = closing
	}
	if err != nil {
		return fmt.Errorf("%s is incomplete: %w", theme.SafeText(output), err)
	}
	return nil
}
