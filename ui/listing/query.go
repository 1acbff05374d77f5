package listing

import (
	"slices"
	"strings"
)

// A Query is what is asked of the events: all of its terms have to hold.
type Query []Term

// A Term is one condition.
type Term struct {
	Not   bool
	Field Field
	Value string // as it is written, but for quotes

	patterns []pattern // of a text
	words    []int     // of Field.words
	span     span      // of a number or a time
}

// Parse reads a query. What is wrong in it is told, and is no part of the query.
func Parse(text string) (Query, []Problem) {
	var q Query
	var problems []Problem
	for _, t := range scan(text) {
		term, problem := t.term()
		if problem != nil {
			problem.Term = text[t.start:t.end]
			problems = append(problems, *problem)
			continue
		}
		q = append(q, term)
	}
	return q, problems
}

// term reads one term.
func (t token) term() (Term, *Problem) {
	out := Term{Not: t.not}
	if t.name != "" {
		var known bool
		if out.Field, known = fieldOf(t.name); !known {
			return out, &Problem{Fault: NoField, Near: near(t.name, fieldNames()), Name: t.name}
		}
	}
	if t.raw == "" && !t.quoted {
		return out, &Problem{Fault: NoValue, Field: out.Field}
	}
	out.patterns = parsePatterns(t.raw)
	out.Value = writePatterns(out.patterns)
	row := &fields[out.Field]
	switch row.sort {
	case word:
		return out, out.readWords(row.words)
	case number:
		return out, out.readSpan(parseNumber, NoNumber)
	case moment:
		return out, out.readSpan(parseMoment, NoTime)
	}
	return out, nil
}

// readWords finds which of the words that the field can be a term means; wildcards stand for some of them.
func (t *Term) readWords(words []string) *Problem {
	for _, p := range t.patterns {
		test, found := p.test(), false
		for i, w := range words {
			if test(w) {
				found = true
				t.words = append(t.words, i)
			}
		}
		if !found {
			said := plainText(p)
			return &Problem{Fault: NoWord, Field: t.Field, Name: said, Near: near(said, words)}
		}
	}
	t.patterns = nil
	slices.Sort(t.words)
	t.words = slices.Compact(t.words)
	return nil
}

func (t *Term) readSpan(unit func(string) (span, bool), fault Fault) *Problem {
	said := plainText(t.patterns[0])
	s, ok := parseSpan(said, unit)
	if !ok || len(t.patterns) > 1 {
		return &Problem{Fault: fault, Field: t.Field, Name: t.Value}
	}
	t.span, t.patterns = s, nil
	return nil
}

// plainText is a pattern as people read it.
func plainText(p pattern) string {
	b := make([]byte, 0, len(p))
	for _, e := range p {
		switch e {
		case any1:
			b = append(b, '?')
		case anyN:
			b = append(b, '*')
		default:
			b = append(b, byte(e))
		}
	}
	return string(b)
}

// String writes a term so that Parse reads it.
func (t Term) String() string {
	s := ""
	if t.Not {
		s = "-"
	}
	if t.Field != Anywhere {
		s += t.Field.String() + ":"
	}
	return s + quote(t.Value, t.Field == Anywhere)
}

// String writes a query so that Parse reads it.
func (q Query) String() string {
	words := make([]string, len(q))
	for i, t := range q {
		words[i] = t.String()
	}
	return strings.Join(words, " ")
}

// With returns a query that asks for a value of a field as well, in place of what it asked of that field before.
func (q Query) With(f Field, value string) Query {
	out := slices.DeleteFunc(slices.Clone(q), func(t Term) bool { return t.Field == f && !t.Not })
	term := Term{Field: f, Value: value}
	parsed, _ := Parse(term.String())
	return append(out, parsed...)
}
