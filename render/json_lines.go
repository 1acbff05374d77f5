package render

import "sort"

// A lineKind is what a line of pretty-printed JSON holds.
type lineKind uint8

const (
	scalarLine lineKind = iota // a number, string, literal or empty container
	deepLine                   // a container beyond the depth cap
	openLine                   // the start of a container
	closeLine                  // its end
)

// A jsonLine is one line of pretty-printed JSON: where its text stands in the raw bytes and how it hangs together with
// other lines. The text itself is cut from the raw bytes when it is drawn.
type jsonLine struct {
	at       int32  // which line it is
	off      uint32 // of the key, or the value where there is none, or the closing bracket
	val, end uint32 // where the value starts and ends; open: only the bracket
	link     int32  // open: its closing line, -1 when not indexed yet; close: its opening line
	parent   int32  // opening line of the container around it; -1 at the top
	n        uint32 // place in the container; close: members of the container it ends
	depth    uint16
	kind     lineKind
	keyed    bool // starts with a key
}

// A readRun is a run whose lines were read.
type readRun struct {
	lines []jsonLine
	first int // the first of them
	span  int32
}

// runsKept is how many runs stay read: those of a window, and those of the containers around it.
const runsKept = 8

// run returns the run that holds line i.
func (d *Document) run(i int) *readRun {
	for k := range d.read {
		if r := &d.read[k]; i >= r.first && i < r.first+len(r.lines) {
			return r
		}
	}
	r := &d.read[d.nextRead]
	d.nextRead = (d.nextRead + 1) % runsKept
	runs := d.lines.runs
	k := sort.Search(len(runs)-1, func(k int) bool { return int(runs[k].line) > i }) - 1
	d.readLines(r, k)
	return r
}

// line returns line i.
func (d *Document) line(i int) jsonLine {
	r := d.run(i)
	return r.lines[i-r.first]
}

// A runReader reads the lines of one run.
type runReader struct {
	x       indexer
	carried []carried
	stack   []frame // the containers the next line is in, from the first that matters here
}

// readLines reads the lines of run k, which were read as JSON before.
func (d *Document) readLines(r *readRun, k int) {
	from, next := d.lines.runs[k], d.lines.runs[k+1]
	s := runReader{x: indexer{raw: d.raw, pos: int(from.off)}, carried: d.lines.carried}
	s.enter(from.span, from.n)
	r.first, r.span, r.lines = int(from.line), from.span, r.lines[:0]
	for i := from.line; i < next.line; i++ {
		if i > from.line {
			s.separator()
		}
		l := s.start(i)
		switch {
		case l.kind == closeLine:
			if at := int(l.link) - r.first; at >= 0 {
				r.lines[at].link = i
			}
		case i == next.line-1: // it may be long: what is to be known of it is known
			l.val, l.end = next.val, next.end
			l.kind = s.lastKind(l, next.span >= 0 && s.carried[next.span].open == i)
		default:
			s.value(&l)
		}
		r.lines = append(r.lines, l)
	}
	for at := next.span; at >= 0 && s.carried[at].open >= from.line; at = s.carried[at].up {
		r.lines[s.carried[at].open-from.line].link = s.carried[at].close
	}
}

// enter puts what follows into a container with n members so far.
func (s *runReader) enter(at int32, n uint32) {
	if at >= 0 {
		in := s.carried[at]
		s.stack = append(s.stack, frame{line: in.open, n: n, place: in.n, span: at, object: in.object})
	}
}

// separator reads what stands between two lines.
func (s *runReader) separator() {
	s.x.space()
	if s.x.peek() == ',' {
		s.x.pos++
		s.x.space()
	}
}

// start reads as much of line i as tells where it hangs: of the end of a container, all.
func (s *runReader) start(i int32) jsonLine {
	l := jsonLine{at: i, off: uint32(s.x.pos), link: -1, parent: -1}
	if len(s.stack) == 0 {
		return l
	}
	in := &s.stack[len(s.stack)-1]
	if c := s.x.peek(); c == ']' || c == '}' {
		l.kind, l.link, l.n = closeLine, in.line, in.n
		l.val, l.end = l.off, l.off+1
		s.x.pos++
		s.leave()
		if len(s.stack) > 0 {
			l.parent = s.stack[len(s.stack)-1].line
		}
		l.depth = s.depth()
		return l
	}
	l.parent, l.n, l.keyed, l.depth = in.line, in.n, in.object, s.depth()
	in.n++
	return l
}

// leave goes into the container around the innermost.
func (s *runReader) leave() {
	k := len(s.stack) - 1
	in := s.stack[k]
	s.stack = s.stack[:k]
	if k == 0 && in.span >= 0 {
		s.enter(s.carried[in.span].up, in.place+1)
	}
}

// depth is how many containers are around what follows.
func (s *runReader) depth() uint16 {
	if len(s.stack) == 0 {
		return 0
	}
	n := uint16(len(s.stack))
	if at := s.stack[0].span; at >= 0 {
		n += s.carried[at].depth
	}
	return n
}

// value reads the key and the value of a line.
func (s *runReader) value(l *jsonLine) {
	if l.keyed {
		_ = s.x.key() // read before, as all of it
	}
	l.val = uint32(s.x.pos)
	l.kind, _ = s.x.value(int(l.depth))
	l.end = uint32(s.x.pos)
	if l.kind == openLine {
		s.stack = append(s.stack, frame{line: l.at, span: -1, place: l.n, object: s.x.raw[l.val] == '{'})
	}
}

// lastKind is the kind of the last line of a run. opens says that the next run begins in it.
func (s *runReader) lastKind(l jsonLine, opens bool) lineKind {
	c := s.x.raw[l.val]
	switch {
	case opens:
		return openLine
	case c != '{' && c != '[' || int(l.depth) < depthCap:
		return scalarLine
	}
	inside := indexer{raw: s.x.raw[:l.end], pos: int(l.val)}
	if inside.empty(c) {
		return scalarLine
	}
	return deepLine
}

// around returns the opening lines of the containers around line i, the innermost first.
func (d *Document) around(i int) []jsonLine {
	r := d.run(i)
	var out []jsonLine
	p := r.lines[i-r.first].parent
	for ; int(p) >= r.first; p = r.lines[int(p)-r.first].parent {
		out = append(out, r.lines[int(p)-r.first])
	}
	for at := r.span; at >= 0; at = d.lines.carried[at].up {
		s := d.lines.carried[at]
		if s.open > p {
			continue
		}
		l := jsonLine{at: s.open, off: s.off, link: s.close, parent: -1, n: s.n, depth: s.depth, kind: openLine,
			keyed: s.keyed}
		if s.up >= 0 {
			l.parent = d.lines.carried[s.up].open
		}
		out = append(out, l)
	}
	return out
}
