package recording

import (
	"errors"
	"fmt"

	"doorstep/flow/packed"
)

// Limits on a recording, which may come from anybody. What a Writer writes keeps within them: a join has a few thousand
// entries of some twenty elements, and one large answer, which takes four thirds of its size in a line at the most.
const (
	maxRecordingLine    = 1 << 30  // bytes: a send_join answer of the largest size accepted, escaped
	maxHeader           = 16 << 20 // bytes of the first line
	maxRecordingEntries = 1 << 17
	maxLineElements     = 1 << 18 // of the lists in a line: header fields, addresses, certificates, names in them
	maxElements         = 1 << 22 // of those in all lines
	maxRecordingSize    = 4 << 30 // bytes, of what is unpacked as well
	freelyUnpacked      = 768 << 20
	maxRatio            = 100 // of what is unpacked to what is packed, once it is more than freelyUnpacked
)

// limits are those of a reader; tests have lower ones.
type limits struct {
	line, entries, lineElements, elements int
}

var usualLimits = limits{maxRecordingLine, maxRecordingEntries, maxLineElements, maxElements}

// usuallyPacked are those of what a recording is read from.
var usuallyPacked = packed.Limits{Whole: maxRecordingSize, Freely: freelyUnpacked, Ratio: maxRatio}

// errNesting tells that values nest deeper than encoding/json reads.
var errNesting = errors.New("values nest too deep")

// maxNesting is how deep values may nest.
const maxNesting = 10_000

// CountElements counts the elements of the lists in a line of JSON, each empty list as one: what a line takes in memory
// beyond its bytes are these. Whether the line is JSON is for others to say. It errs where values nest deeper than
// encoding/json reads.
func CountElements(line []byte) (n int, err error) {
	var lists []bool // of what is open, whether it is a list
	for i := 0; i < len(line); i++ {
		switch line[i] {
		case '"':
			end := stringEnd(line, i)
			if end < 0 {
				return n, nil
			}
			i = end - 1
		case '[', '{':
			list := line[i] == '['
			if lists = append(lists, list); len(lists) > maxNesting {
				return n, errNesting
			}
			if list {
				n++
			}
		case ']', '}':
			lists = lists[:max(len(lists)-1, 0)]
		case ',':
			if len(lists) > 0 && lists[len(lists)-1] {
				n++
			}
		}
	}
	return n, nil
}

// within counts the elements of a line, which are bounded by themselves and with those before it.
func (in *reader) within(line []byte) error {
	n, err := CountElements(line)
	in.elements += n
	switch {
	case err != nil:
		return err
	case n > in.most.lineElements:
		return fmt.Errorf("its lists have %d elements, and the limit is %d", n, in.most.lineElements)
	case in.elements > in.most.elements:
		return fmt.Errorf("up to here lists have %d elements, and the limit is %d", in.elements, in.most.elements)
	}
	return nil
}
