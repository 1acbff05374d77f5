package recording

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"sync/atomic"

	"doorstep/flow"
	"doorstep/flow/packed"
	"doorstep/flow/safely"
)

// Create creates the file of a recording, readable by its owner alone; gzip when the name ends in .gz. It is there once
// its header is. An existing file is never overwritten unless force is set; errors are those of safely. close completes
// the file; it must be called.
func Create(name string, h flow.Header, force bool) (rw *Writer, close func() error, err error) {
	f, err := safely.Create(name, safely.Options{Mode: safely.Private, Force: force})
	if err != nil {
		return nil, nil, err
	}
	rw, close, err = begin(f, h, strings.HasSuffix(name, ".gz"))
	if err == nil {
		err = f.Place()
	}
	if err != nil {
		_ = f.Close() // which takes it away again: the first error is the one to tell
		return nil, nil, err
	}
	return rw, close, nil
}

// begin writes the header.
func begin(f *safely.File, h flow.Header, pack bool) (rw *Writer, close func() error, err error) {
	if !pack {
		rw, err = NewWriter(f, h)
		return rw, f.Close, err
	}
	z := gzip.NewWriter(f)
	rw, err = NewWriter(flushing{z}, h)
	return rw, func() error {
		whole, closed := z.Close(), f.Close()
		return cmp.Or(whole, closed)
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

// Open reads the recording in a file, gzip or not as its first bytes say. Errors are those of Read.
func Open(name string) (flow.Trace, error) {
	f, err := openFile(name)
	if err != nil {
		return flow.Trace{}, err
	}
	defer f.Close()
	for err == nil {
		err = f.next()
	}
	switch err = f.told(err); {
	case err == nil || errors.Is(err, ErrTruncated):
		return f.trace, err
	}
	return flow.Trace{}, err
}

// ReadHeader reads no more than the header of the recording in a file.
func ReadHeader(name string) (flow.Header, error) {
	f, err := openFile(name)
	if err != nil {
		return flow.Header{}, err
	}
	defer f.Close()
	return f.trace.Header, nil
}

// HeaderIn reads no more than the header of the recording in r.
func HeaderIn(r io.Reader) (flow.Header, error) {
	in, err := newReader(r, nil)
	if err != nil {
		return flow.Header{}, err
	}
	return in.trace.Header, nil
}

// A file is a recording in a file, being read.
type file struct {
	*reader
	f    *os.File
	name string
	size int64        // of the file, in bytes
	read atomic.Int64 // bytes of the file that have been read
}

// openFile opens a recording and reads its header.
func openFile(name string) (*file, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	in := &file{f: f, name: name}
	if err := in.begin(); err != nil {
		f.Close()
		return nil, err
	}
	return in, nil
}

func (in *file) begin() error {
	info, err := in.f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		return fmt.Errorf("%s: not a regular file", in.name)
	}
	if err == nil {
		in.size = info.Size()
	}
	r, err := packed.NewReader(counting{in}, usuallyPacked)
	if err != nil {
		return fmt.Errorf("%s: %w", in.name, err)
	}
	ahead := func() int { return in.lineAhead(r.Given()) }
	if r.Packed() {
		ahead = nil
	}
	in.reader, err = newReader(r, ahead)
	return in.told(err)
}

// told is err as Open tells it: none at the end, otherwise with the name of the file.
func (in *file) told(err error) error {
	if err == nil || errors.Is(err, io.EOF) {
		return nil
	}
	return fmt.Errorf("%s: %w", in.name, err)
}

// Close closes the file.
func (in *file) Close() error { return in.f.Close() }

// lineAhead returns how many bytes there are from at to the end of the line, or of the file.
func (in *file) lineAhead(at int64) int {
	n, chunk := 0, make([]byte, 1<<18)
	for n < maxRecordingLine {
		got, err := in.f.ReadAt(chunk, at+int64(n))
		if end := bytes.IndexByte(chunk[:got], '\n'); end >= 0 {
			return n + end
		}
		if n += got; err != nil {
			break
		}
	}
	return n
}

// counting reads a file and counts.
type counting struct{ in *file }

func (c counting) Read(p []byte) (int, error) {
	n, err := c.in.f.Read(p)
	c.in.read.Add(int64(n))
	return n, err
}
