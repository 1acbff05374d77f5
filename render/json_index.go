package render

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"math/bits"
)

const (
	depthCap  = 512     // containers nested deeper are one line that does not open
	lineBatch = 1 << 23 // how much is indexed at a time: lines, and more for a carried container
)

// A run of lines ends after so many of them, or after the line that makes it so long: one is read in microseconds.
const (
	runLines = 128
	runBytes = 8 << 10
)

// A lineIndex lists the lines of pretty-printed JSON by runs: where a run begins, and in which containers. That takes
// less than a byte a line. The lines themselves are read from the bytes again where they are needed.
type lineIndex struct {
	runs    []run     // the last one is where the lines end
	carried []carried // the containers that runs begin in
	n       int
}

// A run is the place of a line from which the lines after it can be read.
type run struct {
	line     int32
	off      uint32 // of its first line
	span     int32  // the innermost container around it there; -1: none
	n        uint32 // members before it in that container
	val, end uint32 // where the value of the line before starts and ends
}

// A carried container goes on from one run to the next.
type carried struct {
	off           uint32
	open, close   int32 // its lines; close is -1 when it is not indexed yet
	up            int32 // the one around it; -1: none
	n             uint32
	depth         uint16
	object, keyed bool
}

// size is what the index takes, in lines of an ordinary body.
func (s *lineIndex) size() int { return s.n + 8*len(s.carried) }

// begin is called before a line is added: it begins a run where the one before is full.
func (s *lineIndex) begin(x *indexer) {
	if k := len(s.runs); k > 0 && s.n-int(s.runs[k-1].line) < runLines && x.pos-int(s.runs[k-1].off) < runBytes {
		return
	}
	s.cut(x)
}

// cut begins a run at the place where x is.
func (s *lineIndex) cut(x *indexer) {
	r := run{line: int32(s.n), off: uint32(x.pos), span: -1, val: x.val, end: x.end}
	for i := range x.stack {
		f := &x.stack[i]
		if f.span < 0 {
			f.span = int32(len(s.carried))
			s.carried = append(s.carried, carried{f.off, f.line, -1, r.span, f.place, uint16(i), f.object, f.keyed})
		}
		r.span, r.n = f.span, f.n
	}
	s.runs = append(s.runs, r)
}

// closed takes in the line that ends a container.
func (s *lineIndex) closed(f *frame) {
	if f.span >= 0 {
		s.carried[f.span].close = int32(s.n)
	}
}

// A frame is a container the indexer is in.
type frame struct {
	line          int32
	off           uint32 // of that line
	n             uint32 // members so far
	place         uint32 // in the container around it
	span          int32  // of the lineIndex; -1: none
	object, keyed bool
}

// An indexer reads JSON strictly (RFC 8259, except that bytes in strings need not be UTF-8) and lists the lines it
// takes when pretty-printed. Its value is all it needs to go on later.
type indexer struct {
	raw      []byte
	pos      int
	stack    []frame
	val, end uint32 // where the value of the last line starts and ends
	deep     bool   // something lies beyond the depth cap
	done     bool
}

// A syntaxError says where the bytes stop being JSON.
type syntaxError struct {
	at   int
	what string
}

func (e *syntaxError) Error() string { return fmt.Sprintf("%s at byte %d", e.what, e.at) }

func (x *indexer) fail(what string) error {
	if x.pos >= len(x.raw) {
		what = "the end"
	}
	return &syntaxError{x.pos, what}
}

// run reads on until the end, or until lines has the size limit; without lines all of it is read, and nothing listed.
func (x *indexer) run(lines *lineIndex, limit int, told func(bytes int)) error {
	for steps := 0; !x.done && (lines == nil || lines.size() < limit); steps++ {
		if err := x.step(lines); err != nil {
			return err
		}
		if told != nil && steps%(1<<14) == 0 {
			told(x.pos)
		}
	}
	return nil
}

// step reads one value or the start or end of a container, with what separates it from the one before.
func (x *indexer) step(lines *lineIndex) error {
	x.space()
	f := frame{span: -1}
	var in *frame
	if len(x.stack) > 0 {
		in = &x.stack[len(x.stack)-1]
		if closed, err := x.separator(in, lines); closed || err != nil {
			return err
		}
		f.keyed, f.place = in.object, in.n
	}
	f.off = uint32(x.pos)
	if lines != nil {
		lines.begin(x)
		f.line = int32(lines.n)
		lines.n++
	}
	if in != nil {
		in.n++
	}
	if f.keyed {
		if err := x.key(); err != nil {
			return err
		}
	}
	x.val = uint32(x.pos)
	kind, err := x.value(len(x.stack))
	if err != nil {
		return err
	}
	x.end = uint32(x.pos)
	if kind == openLine {
		f.object = x.raw[x.val] == '{'
		x.stack = append(x.stack, f)
		return nil
	}
	x.deep = x.deep || kind == deepLine
	return x.after()
}

// separator reads the comma before the next member, or the end of the container.
func (x *indexer) separator(in *frame, lines *lineIndex) (closed bool, err error) {
	end := byte(']')
	if in.object {
		end = '}'
	}
	switch c := x.peek(); {
	case c == end && x.pos < len(x.raw):
		if lines != nil {
			lines.begin(x)
			lines.closed(in)
			lines.n++
		}
		x.val = uint32(x.pos)
		x.pos++
		x.end = uint32(x.pos)
		x.stack = x.stack[:len(x.stack)-1]
		return true, x.after()
	case in.n == 0:
		return false, nil
	case c != ',':
		return false, x.fail("no comma")
	}
	x.pos++
	x.space()
	return false, nil
}

// after ends the document when the outermost value is complete.
func (x *indexer) after() error {
	if len(x.stack) > 0 {
		return nil
	}
	x.space()
	if x.pos < len(x.raw) {
		return x.fail("more after the value")
	}
	x.done = true
	return nil
}

func (x *indexer) key() error {
	if x.peek() != '"' {
		return x.fail("no key")
	}
	if err := x.str(); err != nil {
		return err
	}
	x.space()
	if x.peek() != ':' {
		return x.fail("no colon")
	}
	x.pos++
	x.space()
	return nil
}

// value reads what a line holds that lies in depth containers: a scalar, an empty container, or the start of one.
func (x *indexer) value(depth int) (kind lineKind, err error) {
	switch c := x.peek(); c {
	case '{', '[':
		if x.empty(c) {
			return scalarLine, nil
		}
		if depth >= depthCap {
			return deepLine, x.skipDeep()
		}
		x.pos++
		return openLine, nil
	case '"':
		return scalarLine, x.str()
	case 't':
		return scalarLine, x.literal("true")
	case 'f':
		return scalarLine, x.literal("false")
	case 'n':
		return scalarLine, x.literal("null")
	default:
		return scalarLine, x.number()
	}
}

// empty reads past {} or [], with or without blanks inside; false when there is something inside.
func (x *indexer) empty(open byte) bool {
	at := x.pos
	x.pos++
	x.space()
	if x.peek() == open+2 { // the closing bracket, in ASCII
		x.pos++
		return true
	}
	x.pos = at
	return false
}

// skipDeep reads past a container by counting brackets.
func (x *indexer) skipDeep() error {
	for depth := 0; x.pos < len(x.raw); {
		switch x.raw[x.pos] {
		case '{', '[':
			depth++
		case '}', ']':
			if depth--; depth == 0 {
				x.pos++
				return nil
			}
		case '"':
			if err := x.str(); err != nil {
				return err
			}
			continue
		}
		x.pos++
	}
	return x.fail("unclosed")
}

func (x *indexer) peek() byte {
	if x.pos < len(x.raw) {
		return x.raw[x.pos]
	}
	return 0
}

func (x *indexer) space() {
	for x.pos < len(x.raw) {
		switch x.raw[x.pos] {
		case ' ', '\t', '\n', '\r':
			x.pos++
		default:
			return
		}
	}
}

func (x *indexer) str() error {
	x.pos++
	for {
		x.pos += plainBytes(x.raw[x.pos:])
		if x.pos >= len(x.raw) {
			return x.fail("unclosed")
		}
		switch x.raw[x.pos] {
		case '"':
			x.pos++
			return nil
		case '\\':
			if err := x.escape(); err != nil {
				return err
			}
		default:
			return x.fail("a control character in a string")
		}
	}
}

// plainBytes returns how many bytes of a string stand before the next quotation mark, backslash or control character.
// It looks at eight at a time.
func plainBytes(s []byte) int {
	const ones, high = 0x0101010101010101, 0x8080808080808080
	n := 0
	for ; n+8 <= len(s); n += 8 {
		w := binary.LittleEndian.Uint64(s[n:])
		quote, slash := w^ones*'"', w^ones*'\\'
		// The lowest bit that is left stands in the first byte that is one of them; those above it may err.
		if hit := ((quote-ones)&^quote | (slash-ones)&^slash | (w-ones*' ')&^w) & high; hit != 0 {
			return n + bits.TrailingZeros64(hit)/8
		}
	}
	for ; n < len(s); n++ {
		if c := s[n]; c == '"' || c == '\\' || c < ' ' {
			break
		}
	}
	return n
}

func (x *indexer) escape() error {
	x.pos++
	c := x.peek()
	switch c {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		x.pos++
		return nil
	case 'u':
		for range 4 {
			x.pos++
			c := x.peek()
			if letter := c | 0x20; (c < '0' || c > '9') && (letter < 'a' || letter > 'f') { // folding would turn 0x10 into '0'
				return x.fail("no hexadecimal digit")
			}
		}
		x.pos++
		return nil
	}
	return x.fail("no such escape")
}

func (x *indexer) literal(word string) error {
	if !bytes.HasPrefix(x.raw[x.pos:], []byte(word)) {
		return x.fail("no value")
	}
	x.pos += len(word)
	return nil
}

func (x *indexer) number() error {
	if x.peek() == '-' {
		x.pos++
	}
	if x.peek() == '0' {
		x.pos++
	} else if x.digits() == 0 {
		return x.fail("no value")
	}
	if x.peek() == '.' {
		x.pos++
		if x.digits() == 0 {
			return x.fail("no digit")
		}
	}
	if x.peek()|0x20 == 'e' {
		x.pos++
		if c := x.peek(); c == '+' || c == '-' {
			x.pos++
		}
		if x.digits() == 0 {
			return x.fail("no digit")
		}
	}
	return nil
}

func (x *indexer) digits() int {
	from := x.pos
	for c := x.peek(); c >= '0' && c <= '9'; c = x.peek() {
		x.pos++
	}
	return x.pos - from
}

// index reads raw as JSON. It checks all of it and lists lines up to a limit; rest goes on from there. told hears how
// many bytes were read, now and then.
func index(raw []byte, limit int, told func(bytes int)) (lines lineIndex, rest indexer, err error) {
	if uint64(len(raw)) > math.MaxUint32 {
		return lines, rest, &syntaxError{0, "more than 4 GiB"}
	}
	rest = indexer{raw: raw}
	if err := rest.goOn(&lines, limit, told); err != nil {
		return lineIndex{}, indexer{}, err
	}
	x := rest
	x.stack = append([]frame(nil), rest.stack...)
	err = x.run(nil, 0, told)
	rest.deep = x.deep
	return lines, rest, err
}

// goOn lists lines up to a limit, and where they end.
func (x *indexer) goOn(lines *lineIndex, limit int, told func(bytes int)) error {
	if k := len(lines.runs); k > 0 {
		lines.runs = lines.runs[:k-1]
	}
	err := x.run(lines, limit, told)
	lines.cut(x)
	return err
}
