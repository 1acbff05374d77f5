package command

import (
	"bufio"
	"io"

	"doorstep/flow/har"
	"doorstep/flow/mitm"
	"doorstep/flow/traffic"
)

// readCapture reads recorded traffic in whichever form it is. What it begins with says so: a flow file with the length
// of its first flow, an archive with a brace.
func readCapture(r io.Reader) (*traffic.Capture, error) {
	b := bufio.NewReader(r)
	if mitm.Begins(b) {
		return mitm.Read(b)
	}
	return har.Read(b)
}
