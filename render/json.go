package render

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"sort"
	"strings"
	"unicode/utf8"
)

// A Mode says how a [Document] is shown.
type Mode int

// The modes.
const (
	Pretty Mode = iota // one member a line, indented; keys, numbers and strings spelled as received
	Raw                // the bytes as text, wrapped
	Hex                // the bytes as hexadecimal digits
)

// A Document is a body ready to be looked at. It keeps the bytes it was made from and an index of lines, of less than a
// byte each, and makes text only of the lines in view. Lines are counted as shown, from 0: folding changes the numbers
// of the lines that follow.
//
// A Document is not safe for concurrent use.
type Document struct {
	raw    []byte
	mode   Mode
	json   bool
	text   bool // valid UTF-8
	notice string
	title  string // instead of what the mode says

	lines    lineIndex
	read     [runsKept]readRun
	nextRead int // of read, to be given up next
	rest     indexer
	folds    []fold // by their lines, ascending
	foldFrom int    // containers in at least so many others are folded as they are indexed; 0: none are
	hidden   []hidden

	marks      map[int]*[]mark // in long texts, by the offset of the text
	marksASCII bool            // they are for ASCII

	wrap   int       // width of a wrapped line, or of a row in hex
	ascii  bool      // the wrapped lines are for ASCII
	starts []uint32  // of wrapped lines
	window inkedPart // of the bytes as they came
}

// A fold hides the lines after its opening line up to the closing one, which is -1 when it is not indexed yet.
type fold struct{ open, close int32 }

// hidden is a run of lines a fold hides: those after line at, up to and with line to.
type hidden struct {
	at, to int32
	before int32 // lines hidden before this run
}

// An inkedPart is a part of a document with the ink of every byte.
type inkedPart struct {
	from, to int
	inks     []ink
}

// A mark is a place in a long text that drawing goes on from.
type mark struct {
	n, col int    // bytes and cells before it
	base   string // the piece before it, as of a scanner
	baseW  int
}

// NewDocument reads raw, which the document keeps and which must not change. What is not JSON is shown as text, what is
// not text as hexadecimal digits, and Notice says why. It looks at every byte once: some hundred megabytes a second.
// told, unless it is nil, hears now and then how many bytes were read.
func NewDocument(raw []byte, told func(bytes int)) *Document {
	d := &Document{raw: raw, text: utf8.Valid(raw)}
	lines, rest, err := index(raw, lineBatch, told)
	switch {
	case len(raw) == 0:
		d.notice = "empty"
	case err != nil:
		d.notice = "not JSON: " + err.Error()
	default:
		d.json, d.lines, d.rest = true, lines, rest
		if rest.deep {
			d.notice = fmt.Sprintf("nested more than %d deep: the rest does not open", depthCap)
		}
		return d
	}
	d.SetMode(Raw)
	return d
}

// Raw returns the bytes that d was made from, which must not be changed.
func (d *Document) Raw() []byte { return d.raw }

// Mode returns the mode in use.
func (d *Document) Mode() Mode { return d.mode }

// SetMode changes the mode. Pretty needs JSON and Raw needs UTF-8; Hex stands in for Raw, Raw for Pretty.
func (d *Document) SetMode(m Mode) {
	if m == Pretty && !d.json {
		m = Raw
	}
	if m == Raw && !d.text {
		m = Hex
	}
	if m != d.mode {
		d.mode, d.wrap, d.starts = m, 0, nil
		d.setWidth(80, false)
	}
}

// Notice returns what the reader should know about the bytes; empty for ordinary JSON.
func (d *Document) Notice() string { return d.notice }

// SetTitle has Title say what the bytes are, where they are not those that were received.
func (d *Document) SetTitle(title string) { d.title = title }

// Title says how the bytes are shown, for the head of a pane.
func (d *Document) Title() string {
	if d.title != "" {
		return d.title
	}
	switch d.mode {
	case Raw:
		return "raw"
	case Hex:
		return "hex"
	}
	return "pretty-printed: spacing is not as received"
}

// Lines returns the number of lines. In Raw and Hex it depends on the width last drawn.
func (d *Document) Lines() int {
	switch d.mode {
	case Raw:
		return len(d.starts)
	case Hex:
		return (len(d.raw) + d.wrap - 1) / d.wrap
	}
	n := d.lines.n
	if k := len(d.hidden); k > 0 {
		last := d.hidden[k-1]
		n -= int(last.before + last.to - last.at)
	}
	if !d.rest.done {
		n++ // "show more"
	}
	return n
}

// more reports whether line is the one that stands for lines not indexed yet.
func (d *Document) more(line int) bool {
	return d.mode == Pretty && !d.rest.done && line == d.Lines()-1
}

// More indexes further lines of a body with very many; false when there are none.
func (d *Document) More() bool {
	if d.rest.done || !d.json {
		return false
	}
	from := d.lines.n
	if d.rest.goOn(&d.lines, d.lines.size()+lineBatch, nil) != nil { // cannot be: it was read before
		d.rest.done = true
	}
	d.read = [runsKept]readRun{}
	for i := range d.folds {
		d.folds[i].close = d.line(int(d.folds[i].open)).link
	}
	if d.foldFrom > 0 {
		d.foldLines(from, d.foldFrom)
	}
	d.hide()
	return true
}

// foldLines folds the containers from line i on that lie in at least depth others.
func (d *Document) foldLines(i, depth int) {
	for i < d.lines.n {
		r := d.run(i)
		for ; i < r.first+len(r.lines); i++ {
			if l := &r.lines[i-r.first]; l.kind == openLine && int(l.depth) >= depth {
				d.folds = append(d.folds, fold{int32(i), l.link})
			}
		}
	}
}

// at returns the index of a shown line; false when there is no such line.
func (d *Document) at(line int) (int, bool) {
	if d.mode != Pretty || line < 0 || line >= d.Lines() || d.more(line) {
		return 0, false
	}
	k := sort.Search(len(d.hidden), func(k int) bool { return int(d.hidden[k].at-d.hidden[k].before) >= line })
	if k == 0 {
		return line, true
	}
	h := d.hidden[k-1]
	return line + int(h.before+h.to-h.at), true
}

// shown returns the shown line for an index: that of the fold it is hidden in, if it is.
func (d *Document) shown(i int) int {
	k := sort.Search(len(d.hidden), func(k int) bool { return int(d.hidden[k].at) >= i })
	if k == 0 {
		return i
	}
	h := d.hidden[k-1]
	if i <= int(h.to) {
		return int(h.at - h.before)
	}
	return i - int(h.before+h.to-h.at)
}

// last returns the line that ends what line i opens.
func (d *Document) last(i int) int {
	l := d.line(i)
	switch {
	case l.kind != openLine:
		return i
	case l.link >= 0:
		return int(l.link)
	}
	return d.lines.n - 1
}

// hide works out which lines the folds hide.
func (d *Document) hide() {
	d.hidden = d.hidden[:0]
	before, end := int32(0), int32(-1)
	for _, f := range d.folds {
		if f.open <= end {
			continue // inside another
		}
		if end = f.close; end < 0 {
			end = int32(d.lines.n - 1)
		}
		d.hidden = append(d.hidden, hidden{f.open, end, before})
		before += end - f.open
	}
}

// opener returns the opening line of the container line i belongs to: itself, the one it closes, or the one around it.
func (d *Document) opener(i int) int {
	switch l := d.line(i); l.kind {
	case openLine:
		return i
	case closeLine:
		return int(l.link)
	default:
		return int(l.parent)
	}
}

// Fold hides the members of the container a line belongs to and returns the line that is left of it.
func (d *Document) Fold(line int) int {
	i, ok := d.at(line)
	if !ok {
		return line
	}
	o := d.opener(i)
	if o >= 0 && d.isFolded(o) {
		o = int(d.line(o).parent)
	}
	if o < 0 {
		return line
	}
	if k, found := d.foldAt(o); !found {
		d.folds = slices.Insert(d.folds, k, fold{int32(o), d.line(o).link})
		d.hide()
	}
	return d.shown(o)
}

// Unfold shows the members of the container folded on a line; false when none is. On the last line of a body with more
// lines than were indexed it shows more.
func (d *Document) Unfold(line int) bool {
	if d.more(line) {
		return d.More()
	}
	i, ok := d.at(line)
	if !ok {
		return false
	}
	k, found := d.foldAt(i)
	if found {
		d.folds = slices.Delete(d.folds, k, k+1)
		d.hide()
	}
	return found
}

// FoldAll folds every container that lies in at least depth others: 0 folds all there is, 1 leaves the outermost open.
func (d *Document) FoldAll(depth int) {
	d.folds, d.foldFrom = d.folds[:0], depth
	d.foldLines(0, depth)
	d.hide()
}

// UnfoldAll opens everything.
func (d *Document) UnfoldAll() {
	d.folds, d.foldFrom = nil, 0
	d.hide()
}

// foldAt returns where among the folds that of line i is, or would be.
func (d *Document) foldAt(i int) (k int, found bool) {
	return slices.BinarySearchFunc(d.folds, int32(i), func(f fold, line int32) int { return int(f.open - line) })
}

func (d *Document) isFolded(i int) bool {
	_, found := d.foldAt(i)
	return found
}

// Offset returns where the text of a line starts in the bytes; after the last line, where they end.
func (d *Document) Offset(line int) int {
	switch i, ok := d.at(line); {
	case line < 0:
		return 0
	case ok:
		return int(d.line(i).off)
	case d.mode == Raw && line < len(d.starts):
		return int(d.starts[line])
	case d.mode == Hex && line < d.Lines():
		return line * d.wrap
	}
	return len(d.raw)
}

// At returns the line that shows the byte at an offset, or the fold that hides it.
func (d *Document) At(offset int) int {
	switch d.mode {
	case Raw:
		return max(sort.Search(len(d.starts), func(k int) bool { return int(d.starts[k]) > offset })-1, 0)
	case Hex:
		return min(max(offset, 0), max(len(d.raw)-1, 0)) / d.wrap
	}
	return d.shown(d.lineAt(offset))
}

// Reveal returns the line the byte at an offset is shown on, unfolding what hides it.
func (d *Document) Reveal(offset int) int {
	if d.mode != Pretty {
		return d.At(offset)
	}
	for !d.rest.done && offset >= d.rest.pos {
		d.More()
	}
	return d.reveal(d.lineAt(offset))
}

// lineAt returns the line that the byte at an offset belongs to.
func (d *Document) lineAt(offset int) int {
	if d.lines.n == 0 {
		return 0
	}
	runs := d.lines.runs
	k := max(sort.Search(len(runs)-1, func(k int) bool { return int(runs[k].off) > offset })-1, 0)
	r := d.run(int(runs[k].line))
	return max(r.first+sort.Search(len(r.lines), func(i int) bool { return int(r.lines[i].off) > offset })-1, 0)
}

// reveal opens every fold around line i.
func (d *Document) reveal(i int) int {
	if d.lines.n == 0 {
		return 0
	}
	inside := d.around(i)
	if l := d.line(i); l.kind == closeLine {
		inside = append(inside, d.line(int(l.link)))
	}
	opened := false
	for _, l := range inside {
		if k, found := d.foldAt(int(l.at)); found {
			d.folds = slices.Delete(d.folds, k, k+1)
			opened = true
		}
	}
	if opened {
		d.hide()
	}
	return d.shown(i)
}

// A step leads from a container to one of its members.
type step struct {
	key    string
	index  int
	object bool
}

func (d *Document) steps(line int) []step {
	i, ok := d.at(line)
	if !ok {
		return nil
	}
	if d.line(i).kind == closeLine {
		i = d.opener(i)
	}
	var out []step
	for _, l := range append([]jsonLine{d.line(i)}, d.around(i)...) {
		if l.parent < 0 {
			break
		}
		s := step{index: int(l.n), object: l.keyed}
		if l.keyed {
			s.key = d.keyOf(l)
		}
		out = append(out, s)
	}
	slices.Reverse(out)
	return out
}

// keyOf returns the key of a line with its escapes resolved.
func (d *Document) keyOf(l jsonLine) string {
	x := indexer{raw: d.raw, pos: int(l.off)}
	if x.str() != nil {
		return ""
	}
	quoted := d.raw[l.off:x.pos]
	if !bytes.ContainsRune(quoted, '\\') {
		return string(quoted[1 : len(quoted)-1])
	}
	var key string
	if json.Unmarshal(quoted, &key) != nil {
		return ""
	}
	return key
}

var pointerEscapes = strings.NewReplacer("~", "~0", "/", "~1")

// PathAt returns the JSON pointer (RFC 6901) to the value on a line; empty for the whole, and outside Pretty.
func (d *Document) PathAt(line int) Untrusted {
	var b strings.Builder
	for _, s := range d.steps(line) {
		b.WriteByte('/')
		if s.object {
			b.WriteString(pointerEscapes.Replace(s.key))
			continue
		}
		b.WriteString(itoa(s.index))
	}
	return Untrusted(b.String())
}

// KeyAt returns the key of the value on a line, or its number in a list, with escapes resolved; empty for the whole.
func (d *Document) KeyAt(line int) Untrusted {
	steps := d.steps(line)
	if len(steps) == 0 {
		return ""
	}
	if s := steps[len(steps)-1]; s.object {
		return Untrusted(s.key)
	}
	return Untrusted(itoa(steps[len(steps)-1].index))
}

// JQAt returns the path to the value on a line as jq spells it: .state[3].content["m.federate"].
func (d *Document) JQAt(line int) Untrusted {
	var b strings.Builder
	for _, s := range d.steps(line) {
		switch {
		case !s.object:
			if b.Len() == 0 {
				b.WriteByte('.')
			}
			b.WriteString("[" + itoa(s.index) + "]")
		case plainKey(s.key):
			b.WriteString("." + s.key)
		default:
			if b.Len() == 0 {
				b.WriteByte('.')
			}
			quoted, err := json.Marshal(s.key)
			if err != nil {
				return ""
			}
			b.WriteString("[" + string(quoted) + "]")
		}
	}
	if b.Len() == 0 {
		return "."
	}
	return Untrusted(b.String())
}

func plainKey(key string) bool {
	for i := range len(key) {
		c := key[i] | 0x20
		if (c < 'a' || c > 'z') && key[i] != '_' && (i == 0 || key[i] < '0' || key[i] > '9') {
			return false
		}
	}
	return key != ""
}

// ValueAt returns the bytes of the value on a line as received, a whole container on its first or last line; outside
// Pretty the bytes of the line.
func (d *Document) ValueAt(line int) []byte {
	if d.mode != Pretty {
		if line < 0 || line >= d.Lines() {
			return nil
		}
		return d.raw[d.Offset(line):d.Offset(line+1)]
	}
	i, ok := d.at(line)
	if !ok {
		return nil
	}
	if d.line(i).kind == closeLine {
		i = d.opener(i)
	}
	l := d.line(i)
	end := int(l.end)
	switch {
	case l.kind == openLine && l.link >= 0:
		end = int(d.line(int(l.link)).end)
	case l.kind == openLine:
		x := indexer{raw: d.raw, pos: int(l.val)}
		_ = x.skipDeep() // read before
		end = x.pos
	}
	return d.raw[l.val:end]
}

// LineOf returns the line of the value a JSON pointer leads to, unfolding what hides it and indexing on to it; false
// when there is none. Of equal keys it takes the first.
func (d *Document) LineOf(pointer Untrusted) (line int, ok bool) {
	if d.mode != Pretty || d.lines.n == 0 || pointer != "" && pointer[0] != '/' {
		return 0, false
	}
	i, found := d.find(pointer)
	for !found && d.More() {
		i, found = d.find(pointer)
	}
	if !found {
		return 0, false
	}
	return d.reveal(i), true
}

var pointerUnescapes = strings.NewReplacer("~1", "/", "~0", "~")

// find returns the index of the line a pointer leads to.
func (d *Document) find(pointer Untrusted) (int, bool) {
	i, ok := 0, true
	for _, token := range strings.Split(string(pointer), "/")[1:] { // the part before the first slash is empty
		if i, ok = d.member(i, pointerUnescapes.Replace(token)); !ok {
			return 0, false
		}
	}
	return i, true
}

// member returns the line of a member of the container line i opens.
func (d *Document) member(i int, token string) (int, bool) {
	if d.line(i).kind != openLine {
		return 0, false
	}
	for m := i + 1; m < d.lines.n; m = d.last(m) + 1 {
		l := d.line(m)
		if l.kind == closeLine {
			break
		}
		if l.keyed && d.keyOf(l) == token || !l.keyed && itoa(int(l.n)) == token {
			return m, true
		}
	}
	return 0, false
}
