package recording

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"doorstep/flow"
)

// A reader reads a recording entry by entry.
type reader struct {
	lines    *bufio.Reader
	ahead    func() int // how many bytes beyond those read are left of the line; nil: that is not known
	most     limits
	trace    flow.Trace // what has been read
	elements int        // of the lists in the lines read
	small    compactor
	end      error // what next goes on to return
}

// newReader reads the header.
func newReader(r io.Reader, ahead func() int) (*reader, error) {
	in := &reader{lines: bufio.NewReaderSize(r, 1<<16), ahead: ahead, most: usualLimits}
	in.most.line = maxHeader
	first, err := in.line()
	in.most.line = usualLimits.line
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, err
	}
	if err := in.within(first); err != nil {
		return nil, fmt.Errorf("header: %w", err)
	}
	var h headerLine
	if json.Unmarshal(first, &h) != nil || h.Version == 0 {
		return nil, errors.New("not a recording: its first line has no doorstep_recording")
	}
	if h.Version != recordingVersion {
		return nil, fmt.Errorf("recording version %d: this program reads version %d", h.Version, recordingVersion)
	}
	if err := checkHeader(h.Header); err != nil {
		return nil, fmt.Errorf("header: %w", err)
	}
	in.trace.Header = h.Header
	in.trace.Header.Replaced = replaced(first)
	return in, nil
}

// next appends the next entry to the trace. io.EOF tells that there is none, ErrTruncated that it breaks off.
func (in *reader) next() error {
	if in.end != nil {
		return in.end
	}
	line, err := in.line()
	whole, cut := err == nil, errors.Is(err, io.ErrUnexpectedEOF) // cut: the gzip stream itself breaks off
	switch {
	case err != nil && !errors.Is(err, io.EOF) && !cut:
		in.end = err
	case cut && len(line) == 0:
		in.end = ErrTruncated
	case len(line) == 0 && !whole:
		in.end = io.EOF
	}
	if in.end != nil {
		return in.end
	}
	n := len(in.trace.Entries) + 1
	if n > in.most.entries {
		in.end = fmt.Errorf("more than %d entries", in.most.entries)
		return in.end
	}
	if err := in.within(line); err != nil {
		in.end = fmt.Errorf("entry %d: %w", n, err)
		return in.end
	}
	lost := replacedIn(line)
	e, err := entryOf(line, in.trace, &in.small)
	switch {
	case err != nil && !whole:
		in.end = ErrTruncated
		return in.end
	case err != nil:
		in.end = fmt.Errorf("entry %d: %w", n, err)
		return in.end
	case !whole:
		in.end = io.EOF
	}
	in.trace.Entries = append(in.trace.Entries, e)
	in.trace.Header.Shown(&in.trace.Entries[n-1])
	if e.Unknown == nil { // which is kept as it is
		in.trace.Header.Replaced += lost
	}
	return nil
}

// line returns the next line without its end; io.EOF with what is left where there is none.
func (in *reader) line() ([]byte, error) {
	var line []byte
	for {
		part, err := in.lines.ReadSlice('\n')
		switch before, with := len(line), len(line)+len(part); {
		case with > in.most.line:
			return nil, fmt.Errorf("a line of more than %d bytes", in.most.line)
		case before < longLine && with >= longLine && in.ahead != nil:
			line = withRoom(line, min(with+in.ahead()+1, in.most.line))
		case with >= longLine && with > cap(line):
			line = withRoom(line, min(2*with, in.most.line)) // append makes less room at a time, and leaves more behind
		}
		line = append(line, part...)
		switch {
		case err == nil:
			return line[:len(line)-1], nil
		case !errors.Is(err, bufio.ErrBufferFull):
			return line, err
		}
	}
}

// withRoom returns a line with room for so many bytes.
func withRoom(line []byte, room int) []byte {
	// Not slices.Grow: it clears what it adds at a stretch, and nothing else runs meanwhile.
	longer := make([]byte, len(line), room)
	copy(longer, line)
	return longer
}

// Read reads a recording. With ErrTruncated the trace holds every whole entry; with any other error there is
// none. Entries of a kind this version does not know are kept as they are.
func Read(r io.Reader) (flow.Trace, error) {
	in, err := newReader(r, nil)
	if err != nil {
		return flow.Trace{}, err
	}
	for err == nil {
		err = in.next()
	}
	switch {
	case errors.Is(err, io.EOF):
		return in.trace, nil
	case errors.Is(err, ErrTruncated):
		return in.trace, ErrTruncated
	}
	return flow.Trace{}, err
}
