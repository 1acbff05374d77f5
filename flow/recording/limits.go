package recording

import (
	"bufio"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
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

// A bounded reader gives no more than so many bytes of r, and then an error.
type bounded struct {
	r    io.Reader
	left int64
	what string // "is", "unpacks to"
}

func (b *bounded) Read(p []byte) (int, error) {
	if b.left <= 0 {
		var one [1]byte
		if n, err := b.r.Read(one[:]); n == 0 && err != nil {
			return 0, err // it ends exactly there
		}
		return 0, fmt.Errorf("it %s more than %d bytes", b.what, int64(maxRecordingSize))
	}
	n, err := b.r.Read(p[:min(int64(len(p)), b.left)])
	b.left -= int64(n)
	return n, err
}

// A measured reader counts what it reads.
type measured struct {
	r io.Reader
	n int64
}

func (m *measured) Read(p []byte) (int, error) {
	n, err := m.r.Read(p)
	m.n += int64(n)
	return n, err
}

// An unpacking reader unpacks gzip, no more than a packed recording has in it.
type unpacking struct {
	z      io.Reader
	packed func() int64 // bytes read so far
	n      int64        // bytes given
	freely int64
}

func (u *unpacking) Read(p []byte) (int, error) {
	n, err := u.z.Read(p)
	u.n += int64(n)
	if u.n > u.freely && u.n/maxRatio > u.packed() {
		return 0, fmt.Errorf("it unpacks to more than %d MiB, and to more than %d times its size: where that is as it "+
			"should be, unpack it with gunzip first", u.freely>>20, maxRatio)
	}
	return n, err
}

// unpacked returns what is in b, within the limits, and whether it was packed: gzip, as the first bytes say. packed is
// how many bytes have been read for b.
func unpacked(b *bufio.Reader, packed func() int64) (io.Reader, bool, error) {
	if magic, _ := b.Peek(2); len(magic) < 2 || magic[0] != 0x1f || magic[1] != 0x8b {
		return &bounded{b, maxRecordingSize, "has"}, false, nil
	}
	z, err := gzip.NewReader(b)
	if err != nil {
		return nil, true, err
	}
	return &bounded{&unpacking{z: z, packed: packed, freely: freelyUnpacked}, maxRecordingSize, "unpacks to"}, true, nil
}
