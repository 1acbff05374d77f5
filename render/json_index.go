package render

import (
	"bytes"
	"fmt"
	"math"
)

const (
	depthCap  = 512     // containers nested deeper are one line that does not open
	lineBatch = 1 << 22 // lines indexed at a time
)

// A lineKind is what a line of pretty-printed JSON holds.
type lineKind uint8

const (
	scalarLine lineKind = iota // a number, string, literal or empty container
	deepLine                   // a container beyond the depth cap
	openLine                   // the start of a container
	closeLine                  // its end
)

// A jsonLine is one line of pretty-printed JSON: where its text starts in the raw bytes and how it hangs together with
// other lines. The text itself is cut from the raw bytes when it is drawn.
type jsonLine struct {
	off    uint32 // of the key, or the value where there is none, or the closing bracket
	link   int32  // open: its closing line, -1 when not indexed yet; close: its opening line
	parent int32  // opening line of the container around it; -1 at the top
	n      uint32 // place in the container; close: members of the container it ends
	depth  uint16
	kind   lineKind
	keyed  bool // starts with a key
}

const chunkLines = 1 << 14

// A lineStore is a list of lines that grows without copying.
type lineStore struct {
	chunks [][]jsonLine
	n      int
}

func (s *lineStore) add(l jsonLine) int32 {
	if s.n%chunkLines == 0 {
		s.chunks = append(s.chunks, make([]jsonLine, 0, min(chunkLines, 64+s.n)))
	}
	last := len(s.chunks) - 1
	s.chunks[last] = append(s.chunks[last], l)
	s.n++
	return int32(s.n - 1)
}

func (s *lineStore) at(i int) *jsonLine { return &s.chunks[i/chunkLines][i%chunkLines] }

// A frame is a container the indexer is in.
type frame struct {
	line   int32
	n      uint32 // members so far
	object bool
}

// An indexer reads JSON strictly (RFC 8259, except that bytes in strings need not be UTF-8) and lists the lines it
// takes when pretty-printed. Its value is all it needs to go on later.
type indexer struct {
	raw    []byte
	pos    int
	stack  []frame
	record bool
	deep   bool // something lies beyond the depth cap
	done   bool
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

// run reads on until the end or until lines holds limit lines.
func (x *indexer) run(lines *lineStore, limit int) error {
	for !x.done && (!x.record || lines.n < limit) {
		if err := x.step(lines); err != nil {
			return err
		}
	}
	return nil
}

// step reads one value or the start or end of a container, with what separates it from the one before.
func (x *indexer) step(lines *lineStore) error {
	x.space()
	parent, keyed := int32(-1), false
	var in *frame
	start := x.pos
	if len(x.stack) > 0 {
		in = &x.stack[len(x.stack)-1]
		parent = in.line
		if closed, err := x.separator(in, lines); closed || err != nil {
			return err
		}
		start = x.pos
		if in.object {
			keyed = true
			if err := x.key(); err != nil {
				return err
			}
		}
	}
	l := jsonLine{off: uint32(start), link: -1, parent: parent, depth: uint16(len(x.stack)), keyed: keyed}
	if in != nil {
		l.n = in.n
		in.n++
	}
	opens, object, err := x.value(&l)
	if err != nil {
		return err
	}
	at := int32(-1)
	if x.record {
		at = lines.add(l)
	}
	if opens {
		x.stack = append(x.stack, frame{line: at, object: object})
		return nil
	}
	return x.after()
}

// separator reads the comma before the next member, or the end of the container.
func (x *indexer) separator(in *frame, lines *lineStore) (closed bool, err error) {
	end := byte(']')
	if in.object {
		end = '}'
	}
	switch c := x.peek(); {
	case c == end && x.pos < len(x.raw):
		if x.record {
			at := lines.add(jsonLine{off: uint32(x.pos), link: in.line, parent: x.around(), n: in.n,
				depth: uint16(len(x.stack) - 1), kind: closeLine})
			lines.at(int(in.line)).link = at
		}
		x.pos++
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

// around returns the opening line of the container around the innermost.
func (x *indexer) around() int32 {
	if len(x.stack) < 2 {
		return -1
	}
	return x.stack[len(x.stack)-2].line
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

// value reads a scalar, an empty container, or the start of a container.
func (x *indexer) value(l *jsonLine) (opens, object bool, err error) {
	switch c := x.peek(); c {
	case '{', '[':
		if x.empty(c) {
			return false, false, nil
		}
		if len(x.stack) >= depthCap {
			l.kind = deepLine
			x.deep = true
			return false, false, x.skipDeep()
		}
		x.pos++
		l.kind = openLine
		return true, c == '{', nil
	case '"':
		return false, false, x.str()
	case 't':
		return false, false, x.literal("true")
	case 'f':
		return false, false, x.literal("false")
	case 'n':
		return false, false, x.literal("null")
	default:
		return false, false, x.number()
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
	for x.pos < len(x.raw) {
		switch c := x.raw[x.pos]; {
		case c == '"':
			x.pos++
			return nil
		case c < ' ':
			return x.fail("a control character in a string")
		case c == '\\':
			if err := x.escape(); err != nil {
				return err
			}
		default:
			x.pos++
		}
	}
	return x.fail("unclosed")
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

// index reads raw as JSON. It checks all of it and lists the first limit lines; rest goes on from there.
func index(raw []byte, limit int) (lines lineStore, rest indexer, err error) {
	if uint64(len(raw)) > math.MaxUint32 {
		return lines, rest, &syntaxError{0, "more than 4 GiB"}
	}
	x := indexer{raw: raw, record: true}
	if err := x.run(&lines, limit); err != nil {
		return lineStore{}, rest, err
	}
	rest = x
	rest.stack = append([]frame(nil), x.stack...)
	x.record = false
	err = x.run(&lines, limit)
	rest.deep = x.deep
	return lines, rest, err
}
