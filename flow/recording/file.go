package recording

import (
	"bufio"
	"compress/gzip"
	"fmt"
	"io"
	"os"
	"strings"

	"doorstep/flow"
)

// maxRecordingSize is how much a recording may unpack to.
const maxRecordingSize = 4 << 30

// Create creates the file of a recording and writes its header; gzip when the name ends in .gz. An existing
// file is never overwritten unless force is set. close completes the file; it must be called.
func Create(name string, h flow.Header, force bool) (rw *Writer, close func() error, err error) {
	flags := os.O_WRONLY | os.O_CREATE | os.O_EXCL
	if force {
		flags = os.O_WRONLY | os.O_CREATE | os.O_TRUNC
	}
	f, err := os.OpenFile(name, flags, 0o600)
	if err != nil {
		return nil, nil, err
	}
	if !strings.HasSuffix(name, ".gz") {
		rw, err = NewWriter(f, h)
		return rw, f.Close, err
	}
	z := gzip.NewWriter(f)
	rw, err = NewWriter(flushing{z}, h)
	return rw, func() error {
		if err := z.Close(); err != nil {
			f.Close()
			return err
		}
		return f.Close()
	}, err
}

// flushing writes every line through to the file, so that a killed program leaves a readable recording.
type flushing struct{ z *gzip.Writer }

func (f flushing) Write(p []byte) (int, error) {
	n, err := f.z.Write(p)
	if err == nil {
		err = f.z.Flush()
	}
	return n, err
}

// Open reads the recording in a file, gzip or not as its first bytes say. Errors are those of ReadRecording.
func Open(name string) (flow.Trace, error) {
	f, err := os.Open(name)
	if err != nil {
		return flow.Trace{}, err
	}
	defer f.Close()
	if info, err := f.Stat(); err == nil && !info.Mode().IsRegular() {
		return flow.Trace{}, fmt.Errorf("%s: not a regular file", name)
	}
	b := bufio.NewReaderSize(f, 1<<16)
	var r io.Reader = b
	if magic, _ := b.Peek(2); len(magic) == 2 && magic[0] == 0x1f && magic[1] == 0x8b {
		z, err := gzip.NewReader(b)
		if err != nil {
			return flow.Trace{}, fmt.Errorf("%s: %w", name, err)
		}
		r = z
	}
	limited := &io.LimitedReader{R: r, N: maxRecordingSize}
	t, err := Read(limited)
	if limited.N <= 0 {
		return flow.Trace{}, fmt.Errorf("%s: unpacks to more than %d bytes", name, int64(maxRecordingSize))
	}
	if err != nil {
		return t, fmt.Errorf("%s: %w", name, err)
	}
	return t, nil
}
