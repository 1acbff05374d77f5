package tap

import (
	"io"
	"sync"
)

// A passing is a body that passes: what is read of it is copied, up to a bound.
type passing struct {
	io.ReadCloser
	length int64 // as announced; -1: it is not
	most   int64 // bytes that are kept
	ended  func(*passing)

	once sync.Once
	n    int64 // bytes that have passed
	kept []byte
	over bool  // there is more than is kept
	err  error // why it ended; nil: it is whole
}

// firstRoom is how much is asked for at once for a body, whatever length it announces.
const firstRoom = 4 << 20

// pass has a body copied while it passes; ended is called once, before the reader of the last of it gets that.
func pass(body io.ReadCloser, length, most int64, ended func(*passing)) *passing {
	p := &passing{ReadCloser: body, length: length, most: most, ended: ended}
	if length > 0 && length <= most {
		p.kept = make([]byte, 0, min(length, firstRoom))
	}
	return p
}

// Read reads what passes.
func (p *passing) Read(b []byte) (int, error) {
	n, err := p.ReadCloser.Read(b)
	p.take(b[:n])
	switch {
	case err == io.EOF || err == nil && p.length >= 0 && p.n >= p.length:
		p.end(nil)
	case err != nil:
		p.end(err)
	}
	return n, err
}

// Close ends it, whether all of it was read or not.
func (p *passing) Close() error {
	p.end(io.ErrUnexpectedEOF)
	return p.ReadCloser.Close()
}

func (p *passing) take(b []byte) {
	p.n += int64(len(b))
	if p.over = p.over || p.n > p.most; p.over {
		p.kept = nil
		return
	}
	p.kept = append(p.kept, b...)
}

func (p *passing) end(err error) {
	p.once.Do(func() {
		p.err = err
		p.ended(p)
	})
}
