package render

import (
	"bytes"
	"errors"
	"regexp"
	"regexp/syntax"
	"sort"
	"strings"
	"unicode"
)

// ParseNeedle returns what is searched for where pattern is typed: a regular expression as RE2 has them. What has
// nothing of one in it is searched for as it stands, which is quick; what is none as well, and err says why.
func ParseNeedle(pattern string) (n Needle, err error) {
	if regexp.QuoteMeta(pattern) == pattern {
		return NewNeedle(pattern), nil
	}
	if len(pattern) > 1 && pattern[0] == '$' { // the ID of an event: no text goes on after its end
		pattern = `\` + pattern
	}
	flags := syntax.Perl
	if !hasCapital(pattern) {
		flags |= syntax.FoldCase
	}
	tree, err := syntax.Parse(pattern, flags)
	if err != nil {
		return NewNeedle(pattern), whyNone(err)
	}
	tree = tree.Simplify()
	if text, ok := literal(tree, flags); ok {
		return Needle{text: []byte(text), fold: flags&syntax.FoldCase != 0}, nil
	}
	exp, err := regexp.Compile(tree.String())
	if err != nil {
		return NewNeedle(pattern), whyNone(err)
	}
	must := mustHold(tree)
	return Needle{text: []byte(must.text), fold: must.fold, exp: exp}, nil
}

// whyNone says in short why a text is no regular expression.
func whyNone(err error) error {
	var e *syntax.Error
	if errors.As(err, &e) {
		return errors.New(e.Code.String())
	}
	return err
}

// hasCapital reports whether a pattern has a capital letter that stands for itself.
func hasCapital(pattern string) bool {
	escaped := false
	for _, r := range pattern {
		if unicode.IsUpper(r) && !escaped {
			return true
		}
		escaped = r == '\\' && !escaped
	}
	return false
}

// literal returns the text that is all that tree matches, but for the cases that flags tell of; false where there is
// more to it.
func literal(tree *syntax.Regexp, flags syntax.Flags) (text string, ok bool) {
	parts := []*syntax.Regexp{tree}
	if tree.Op == syntax.OpConcat {
		parts = tree.Sub
	}
	for _, part := range parts {
		of := mustHold(part)
		if part.Op != syntax.OpLiteral || of.text == "" || part.Flags&syntax.FoldCase&^flags != 0 {
			return "", false
		}
		text += of.text
	}
	return text, true
}

// A held text is in all that an expression matches.
type held struct {
	text string
	fold bool
}

// mustHold returns the longest text that is known to be in whatever tree matches. Letters outside of ASCII have more
// cases than are looked for, so text with them does not count.
func mustHold(tree *syntax.Regexp) (must held) {
	switch tree.Op {
	case syntax.OpLiteral:
		must = held{string(tree.Rune), tree.Flags&syntax.FoldCase != 0}
		if must.fold {
			must.text = strings.ToLower(must.text)
		}
		for _, c := range []byte(must.text) {
			if c >= 0x80 {
				return held{}
			}
		}
	case syntax.OpCapture, syntax.OpPlus:
		return mustHold(tree.Sub[0])
	case syntax.OpConcat:
		for _, part := range tree.Sub {
			if of := mustHold(part); len(of.text) > len(must.text) {
				must = of
			}
		}
	}
	return must
}

// A clause is a part of the bytes that an expression is looked for in, and where it is there. No match goes beyond one:
// a body is often a single line, and an expression is about a field or two of it.
type clause struct {
	from, to int
	matches  [][]int // counted from from; none is empty
}

// unbroken is how many bytes without an end of a clause are a clause of their own.
const unbroken = 64 << 10

// nextMatch is Next for an expression.
func (f *Finder) nextMatch(from, to int) int {
	to = min(to, len(f.raw))
	for at := max(from, 0); at < to; at = f.clause.to {
		if at < f.clause.from || at >= f.clause.to {
			if len(f.needle.text) > 0 { // the rest of the expression is worth a look only around it
				start := clauseStart(f.raw, at)
				held := f.nextText(start, len(f.raw))
				if held < 0 {
					return -1
				}
				at = max(at, clauseStart(f.raw, held))
			}
			f.lookAt(at)
		}
		c := &f.clause
		k := sort.Search(len(c.matches), func(k int) bool { return c.from+c.matches[k][0] >= from })
		if k < len(c.matches) {
			m := c.matches[k]
			if c.from+m[0] >= to {
				return -1
			}
			f.end = c.from + m[1]
			return c.from + m[0]
		}
	}
	return -1
}

// lookAt looks for the expression in the clause that the byte at an offset is of.
func (f *Finder) lookAt(at int) {
	c := &f.clause
	c.from = clauseStart(f.raw, at)
	c.to = clauseEnd(f.raw, c.from)
	c.matches = c.matches[:0]
	for _, m := range f.needle.exp.FindAllIndex(f.raw[c.from:c.to], -1) {
		if m[1] > m[0] {
			c.matches = append(c.matches, m)
		}
	}
}

// ends reports whether a clause ends after byte i: at the end of a line, at a bracket, or at a comma before a string.
func ends(raw []byte, i int) bool {
	switch raw[i] {
	case '\n', '{', '}', '[', ']':
		return true
	case ',':
		rest := bytes.TrimLeft(raw[i+1:min(i+3, len(raw))], " ")
		return len(rest) > 0 && rest[0] == '"'
	}
	return false
}

// clauseStart returns where the clause begins that byte at is of, whichever clause was looked at before.
func clauseStart(raw []byte, at int) int {
	chunk := at / unbroken * unbroken
	for i := at - 1; i >= max(chunk-unbroken, 0); i-- {
		if ends(raw, i) {
			return i + 1
		}
	}
	return max(chunk, 0)
}

// clauseEnd returns where the clause ends that begins at from.
func clauseEnd(raw []byte, from int) int {
	for i := from; i < len(raw); i++ {
		if ends(raw, i) {
			return i + 1
		}
		if next := i + 1; next%unbroken == 0 && clauseStart(raw, next) == next {
			return next
		}
	}
	return len(raw)
}

// reach returns from where on a match may go over byte from.
func (n Needle) reach(raw []byte, from int) int {
	if n.exp != nil {
		return clauseStart(raw, from)
	}
	return max(from-len(n.text)+1, 0)
}
