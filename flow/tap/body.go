package tap

import (
	"io"
	"sync"
)

// A passing is a body that passes: what is read of it is copied, up to a bound. Once it has stopped nothing of it
// changes any more, whoever still reads of it: who answers may do so before it has read a request, and who copies an
// answer asks for more than there is.
type passing struct {
	io.ReadCloser
	length int64 // as announced; -1: it is not
	most   int64 // bytes that are kept
	ended  func(*passing)
	unread int64 // bytes that are read of it in the end where nobody read any

	once   sync.Once
	mu     sync.Mutex // of what follows, until it has stopped
	done   bool       // it has stopped
	came   bool       // and all of it had passed
	n      int64      // bytes that have passed
	pieces [][]byte   // of them, those that are kept
	over   bool       // there is more than is kept
	err    error      // why it ended; nil: it is whole
}

// pass has a body copied while it passes; ended is called once, before the reader of the last of it gets that.
func pass(body io.ReadCloser, length, most int64, ended func(*passing)) *passing {
	return &passing{ReadCloser: body, length: length, most: most, ended: ended}
}

// Read reads what passes.
func (p *passing) Read(b []byte) (int, error) {
	n, err := p.ReadCloser.Read(b)
	passed := p.take(b[:n])
	switch {
	case err == io.EOF || err == nil && p.length >= 0 && passed >= p.length:
		p.end(nil)
	case err != nil:
		p.end(err)
	}
	return n, err
}

// finish reads a body that nobody read any of, as far as it may: what it ends with is kept.
func (p *passing) finish() {
	p.mu.Lock()
	begun := p.done || p.n > 0
	p.mu.Unlock()
	if !begun {
		_, _ = io.CopyN(io.Discard, p, p.unread)
	}
}

// Close ends it, whether all of it was read or not.
func (p *passing) Close() error {
	p.finish()
	p.end(io.ErrUnexpectedEOF)
	return p.ReadCloser.Close()
}

// take copies what was read, and returns how much has passed.
func (p *passing) take(b []byte) int64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.done {
		return p.n
	}
	p.n += int64(len(b))
	if p.over = p.over || p.n > p.most; p.over {
		p.drop()
		return p.n
	}
	for len(b) > 0 {
		if last := len(p.pieces) - 1; last < 0 || len(p.pieces[last]) == cap(p.pieces[last]) {
			p.pieces = append(p.pieces, pieces.get())
		}
		last := &p.pieces[len(p.pieces)-1]
		room := min(cap(*last)-len(*last), len(b))
		*last, b = append(*last, b[:room]...), b[room:]
	}
	return p.n
}

func (p *passing) end(err error) {
	p.once.Do(func() {
		p.stopAs(err == nil)
		p.err = err
		p.ended(p)
	})
}

// stop has no more of it copied. What is kept is for whoever stopped it from then on.
func (p *passing) stop() { p.stopAs(false) }

func (p *passing) stopAs(came bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.done {
		p.done, p.came = true, came
	}
}

// kept reports whether all of it passed and was kept, once it has stopped.
func (p *passing) kept() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.came && !p.over
}

// size is how many bytes are kept.
func (p *passing) size() int {
	n := 0
	for _, piece := range p.pieces {
		n += len(piece)
	}
	return n
}

// whole returns what is kept, once: it is not for the way that the body takes, since a large one takes a while to be
// put together.
func (p *passing) whole() []byte {
	out := make([]byte, 0, p.size())
	for _, piece := range p.pieces {
		out = append(out, piece...)
	}
	p.drop()
	return out
}

// drop gives the pieces back.
func (p *passing) drop() {
	for _, piece := range p.pieces {
		pieces.put(piece)
	}
	p.pieces = nil
}

// A stock holds pieces of memory that are used again and again: fresh memory takes longer to be had than to be filled.
type stock struct {
	mu   sync.Mutex
	free [][]byte
}

const (
	pieceSize  = 64 << 10
	mostPieces = 256 // that are kept for the next body: 16 MiB
)

var pieces stock

func (s *stock) get() []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	if n := len(s.free); n > 0 {
		piece := s.free[n-1]
		s.free = s.free[:n-1]
		return piece
	}
	return make([]byte, 0, pieceSize)
}

func (s *stock) put(piece []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.free) < mostPieces {
		s.free = append(s.free, piece[:0])
	}
}
