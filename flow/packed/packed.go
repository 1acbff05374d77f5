// Package packed reads files of others, which may be packed by gzip, within bounds.
package packed

import (
	"bufio"
	"compress/gzip"
	"fmt"
	"io"
)

// Limits bound what is read of a stream.
type Limits struct {
	Whole  int64 // bytes, unpacked
	Freely int64 // bytes that anything may unpack to
	Ratio  int64 // how many times its packed size it may have once it is more than that
}

// A Reader gives what is in a stream, unpacked where its first bytes say that it is gzip.
type Reader struct {
	in     counting // what is packed
	from   io.Reader
	limits Limits
	packed bool
	given  int64
}

// NewReader returns a reader of what is in r. The error is that of a header of gzip.
func NewReader(r io.Reader, l Limits) (*Reader, error) {
	out := &Reader{in: counting{r: r}, limits: l}
	b := bufio.NewReaderSize(&out.in, 1<<16)
	out.from = b
	if magic, _ := b.Peek(2); len(magic) < 2 || magic[0] != 0x1f || magic[1] != 0x8b {
		return out, nil
	}
	z, err := gzip.NewReader(b)
	if err != nil {
		return nil, err
	}
	out.from, out.packed = z, true
	return out, nil
}

// Packed reports whether the stream is gzip.
func (r *Reader) Packed() bool { return r.packed }

// Given returns how many bytes have been read of what is in the stream.
func (r *Reader) Given() int64 { return r.given }

// Read reads what is in the stream. The error says which limit that is over.
func (r *Reader) Read(p []byte) (int, error) {
	left := r.limits.Whole - r.given
	if left <= 0 {
		var one [1]byte
		if n, err := r.from.Read(one[:]); n == 0 && err != nil {
			return 0, err // it ends exactly there
		}
		return 0, r.tooLarge()
	}
	n, err := r.from.Read(p[:min(int64(len(p)), left)])
	r.given += int64(n)
	if r.packed && r.given > r.limits.Freely && r.given/r.limits.Ratio > r.in.n {
		return 0, fmt.Errorf("it unpacks to more than %d MiB, and to more than %d times its size: where that is as it "+
			"should be, unpack it with gunzip first", r.limits.Freely>>20, r.limits.Ratio)
	}
	return n, err
}

func (r *Reader) tooLarge() error {
	if r.packed {
		return fmt.Errorf("it unpacks to more than %d bytes", r.limits.Whole)
	}
	return fmt.Errorf("it has more than %d bytes", r.limits.Whole)
}

// counting counts what is read.
type counting struct {
	r io.Reader
	n int64
}

func (c *counting) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	return n, err
}
