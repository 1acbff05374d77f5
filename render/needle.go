package render

import (
	"bytes"
	"regexp"
)

// A Needle is what is searched for in bytes as they came: text as it stands, or a regular expression. Without a capital
// letter it is found in capitals too, as far as ASCII goes.
type Needle struct {
	text []byte         // of an expression what is in all it matches; empty: nothing is
	fold bool           // letters of text are found in both cases
	exp  *regexp.Regexp // nil: text is what is searched for
}

// NewNeedle returns what text stands for when it is searched for as it stands.
func NewNeedle(text string) Needle {
	n := Needle{text: []byte(text)}
	for _, c := range n.text {
		n.fold = n.fold || isLetter(c)
	}
	for _, c := range n.text {
		n.fold = n.fold && (c < 'A' || c > 'Z')
	}
	return n
}

// Empty reports whether there is nothing to search for.
func (n Needle) Empty() bool { return len(n.text) == 0 && n.exp == nil }

// IsExpression reports whether n is a regular expression.
func (n Needle) IsExpression() bool { return n.exp != nil }

func isLetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }

// A Finder finds a needle in bytes.
type Finder struct {
	raw    []byte
	needle Needle
	at     int    // the byte of the needle that is looked for, as it is seldom
	cases  []byte // that byte in its cases
	next   [2]int // before it the case is not found
	last   int    // where it was looked from last
	end    int    // of the match found last
	clause clause // of an expression: the one looked at last
}

// sampled is how many bytes tell which byte of a needle is seldom.
const sampled = 16 << 10

// In returns what finds n in raw.
func (n Needle) In(raw []byte) *Finder {
	f := &Finder{raw: raw, needle: n}
	if !n.fold || len(n.text) == 0 {
		return f
	}
	var seen [256]int
	from := max(len(raw)-sampled, 0) / 2
	for _, c := range raw[from:min(from+sampled, len(raw))] {
		seen[c]++
	}
	often := func(i int) int {
		c := n.text[i]
		if isLetter(c) {
			return seen[c] + seen[c&^0x20]
		}
		return seen[c]
	}
	for i := range n.text {
		if often(i) < often(f.at) {
			f.at = i
		}
	}
	f.cases = []byte{n.text[f.at]}
	if isLetter(n.text[f.at]) {
		f.cases = append(f.cases, n.text[f.at]&^0x20)
	}
	return f
}

// Next returns the first place from from on, and before to, where the needle is; -1 when there is none.
func (f *Finder) Next(from, to int) int {
	if f.needle.exp != nil {
		return f.nextMatch(from, to)
	}
	at := f.nextText(from, to)
	f.end = at + len(f.needle.text)
	return at
}

// End returns where the match ends that Next found last.
func (f *Finder) End() int { return f.end }

func (f *Finder) nextText(from, to int) int {
	size := len(f.needle.text)
	end := min(len(f.raw), to+size-1)
	if size == 0 || from < 0 || from+size > end {
		return -1
	}
	if !f.needle.fold {
		if i := bytes.Index(f.raw[from:end], f.needle.text); i >= 0 {
			return from + i
		}
		return -1
	}
	if from < f.last { // what lies before was not looked at, or is looked at again
		f.next = [2]int{}
	}
	f.last = from
	for at := from + f.at; ; at++ {
		at = f.candidate(at, end)
		if at-f.at+size > end {
			return -1
		}
		if f.isAt(at - f.at) {
			return at - f.at
		}
	}
}

// candidate returns the first place from at on that may hold the byte looked for; end when there is none before.
func (f *Finder) candidate(at, end int) int {
	first := end
	for k, c := range f.cases {
		if f.next[k] < at {
			f.next[k] = end
			if i := bytes.IndexByte(f.raw[min(at, end):end], c); i >= 0 {
				f.next[k] = at + i
			}
		}
		first = min(first, f.next[k])
	}
	return first
}

// isAt reports whether the needle is at a place.
func (f *Finder) isAt(at int) bool {
	for i, c := range f.raw[at : at+len(f.needle.text)] {
		if c >= 'A' && c <= 'Z' {
			c |= 0x20
		}
		if c != f.needle.text[i] {
			return false
		}
	}
	return true
}
